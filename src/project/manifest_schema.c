#include "project/manifest_schema.h"

#include <stddef.h>

#include "project/manifest_value.h"

static const char *const cpus[] = {"v1", "v2", "v3", "v4", "probe", NULL};
static const char *const types[] = {"needed", "full", NULL};
static const char *const links[] = {"elf", "lto", NULL};
static const char *const levels_of_optimization[] = {"0", "1", "2", "3", "s", "z", NULL};

#define IN_PROJECT(field) offsetof(struct project, field)
#define IN_TARGET(field) offsetof(struct target, field)

const struct manifest_key manifest_keys[KEY_COUNT] = {
	[KEY_OUTPUT] = {"output", &value_path, LEVEL_PROJECT, IN_PROJECT(output)},
	[KEY_CLANG] = {"clang", &value_text, LEVEL_PROJECT, IN_PROJECT(clang)},
	[KEY_ARCH] = {"arch", &value_archs, LEVEL_PROJECT},
	[KEY_CACHE] = {"cache", &value_cache, LEVEL_PROJECT},
	[KEY_VERIFY] = {"verify", &value_verify, LEVEL_PROJECT, IN_PROJECT(verify)},
	[KEY_OBJECTS] = {"objects", &value_list, LEVEL_PROJECT},
	[KEY_NAME] = {"name", &value_name, LEVEL_OBJECT},
	[KEY_SOURCES] = {"sources", &value_patterns, LEVEL_OBJECT},
	[KEY_MATRIX] = {"matrix", &value_mapping, LEVEL_OBJECT},
	[KEY_EXCLUDE] = {"exclude", &value_list, LEVEL_OBJECT},
	[KEY_CPU] = {"cpu", &value_word, LEVEL_ALL, IN_TARGET(compile.cpu), cpus},
	[KEY_OPTIMIZE] = {"optimize", &value_word, LEVEL_ALL, IN_TARGET(compile.optimize),
			  levels_of_optimization},
	[KEY_CFLAGS] = {"cflags", &value_texts, LEVEL_ALL, IN_TARGET(compile.cflags)},
	[KEY_DEFINES] = {"defines", &value_defines, LEVEL_ALL, IN_TARGET(compile.defines)},
	[KEY_INCLUDE] = {"include", &value_paths, LEVEL_ALL, IN_TARGET(compile.include)},
	[KEY_VMLINUX] = {"vmlinux", &value_vmlinux, LEVEL_ALL},
	[KEY_TYPES] = {"types", &value_word, LEVEL_ALL, IN_TARGET(compile.types), types},
	[KEY_LINK] = {"link", &value_word, LEVEL_ALL, IN_TARGET(compile.link), links},
	[KEY_SKELETON] = {"skeleton", &value_skeleton, LEVEL_ALL},
	[KEY_DEBUG] = {"debug", &value_bool, LEVEL_ALL, IN_TARGET(compile.debug)},
	/* The same word, but what it says stays apart from what is said for all. */
	[KEY_VERIFY_OBJECT] = {"verify", &value_verify_object, LEVEL_OBJECT | LEVEL_ALTERNATIVE,
			       IN_TARGET(verify)},
};

static void report_key(struct manifest_report *r, const struct node *key, enum manifest_level level)
{
	static const char *const belongs[] = {
		[LEVEL_PROJECT] = "belongs to the top level of the file",
		[LEVEL_OBJECT] = "belongs to an entry of 'objects'",
	};
	_cleanup_strv_ struct strv known = {0};

	for (size_t i = 0; i < KEY_COUNT; i++) {
		if (str_eq(manifest_keys[i].name, key->text)) {
			manifest_error(r, key, "'%s' %s", key->text,
				       belongs[manifest_keys[i].levels]);
			return;
		}
		if (manifest_keys[i].levels & level)
			strv_add(&known, manifest_keys[i].name);
	}
	value_report_unknown(r, key, "key", key->text, &known);
}

void layer_read(struct manifest_report *r, const struct node *mapping, enum manifest_level level,
		struct layer *ret)
{
	*ret = (struct layer){0};
	for (const struct node *value = mapping->first; value; value = value->next) {
		size_t i = 0;

		while (i < KEY_COUNT && !(manifest_keys[i].levels & level &&
					  str_eq(manifest_keys[i].name, value->key->text)))
			i++;
		if (i == KEY_COUNT) {
			report_key(r, value->key, level);
			continue;
		}
		manifest_keys[i].kind->check(r, &manifest_keys[i], value);
		ret->value[i] = value;
	}
}

static void apply(const struct layer *layer, bool to_project, void *to)
{
	for (size_t i = 0; i < KEY_COUNT; i++) {
		const struct manifest_key *key = &manifest_keys[i];

		if (layer->value[i] && key->kind->apply &&
		    (key->levels == LEVEL_PROJECT) == to_project)
			key->kind->apply(key, layer->value[i], to);
	}
}

void layer_apply(const struct layer *layer, struct target *t)
{
	apply(layer, false, t);
}

void layer_apply_project(const struct layer *layer, struct project *p)
{
	apply(layer, true, p);
}

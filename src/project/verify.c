#include "project/verify.h"

#include "project/pattern.h"

void verify_values_free(struct verify_values *v)
{
	strv_free(&v->globals);
	strv_free(&v->targets);
	strv_free(&v->types);
	strv_free(&v->map_sizes);
}

void verify_groups_free(verify_groups *g)
{
	vec_foreach (group, g)
		strv_free(group);
	vec_free(g);
}

void verify_options_free(struct verify_options *o)
{
	strv_free(&o->kernels);
	strv_free(&o->optional);
	verify_groups_free(&o->one_of);
	verify_values_free(&o->values);
	vec_foreach (p, &o->presets) {
		free(p->name);
		verify_values_free(&p->values);
	}
	vec_free(&o->presets);
}

const struct verify_preset *verify_find_preset(const struct verify_options *o, const char *name)
{
	vec_foreach (p, &o->presets)
		if (str_eq(p->name, name))
			return p;
	return NULL;
}

const char *verify_pattern_problem(const char *text)
{
	_cleanup_pattern_ struct pattern p = {0};
	const char *why;

	if (pattern_parse(text, &p, &why) < 0)
		return why;
	if (p.absolute || p.parts.n > 2)
		return "a pattern is PROGRAM or OBJECT/PROGRAM";
	return NULL;
}

bool verify_pattern_matches(const char *text, const char *object, const char *program)
{
	_cleanup_pattern_ struct pattern p = {0};
	_cleanup_free_ char *path =
		strchr(text, '/') ? xasprintf("%s/%s", object, program) : xstrdup(program);
	const char *why;

	return pattern_parse(text, &p, &why) == 0 && pattern_match(&p, path);
}

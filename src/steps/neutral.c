#include "steps/neutral.h"

#include <endian.h>
#include <errno.h>

#include "base/map.h"
#include "base/message.h"
#include "base/path.h"
#include "slice/cutter.h"
#include "steps/memory.h"

/* Raised when the same unit gets another answer. */
#define NEUTRAL_REVISION 2

/*
 * The kernel's headers in asm/ that are alike for all architectures but for names of their own:
 * what they include is the same for a compiler with BPF as its target.
 */
static const struct {
	const char *name;
	const char *prefix; /* of names that others have otherwise, or NULL */
	bool by_byte_order; /* alike for architectures of one byte order only */
} alike[] = {
	{"asm/types.h", NULL, false},
	{"asm/posix_types.h", "__kernel_", false},
	{"asm/posix_types_32.h", "__kernel_", false},
	{"asm/posix_types_64.h", "__kernel_", false},
	{"asm/posix_types_x32.h", "__kernel_", false},
	{"asm/bitsperlong.h", "__BITS_PER_LONG", false},
	{"asm/swab.h", "__arch_swab", false},
	{"asm/errno.h", "EDEADLOCK", false},
	{"asm/ioctl.h", "_IO", false},
	{"asm/byteorder.h", NULL, true},
};

/*
 * Beginnings of flags with which what nobody mentions shows in the object all the same, or that
 * define macros in ways that are not seen here.
 */
static const char *const revealing[] = {
	"-g3",
	"-ggdb3",
	"-fdebug-macro",
	"-fno-eliminate-unused-debug-types",
	"-femit-all-decls",
	"-frecord-",
	"-grecord-",
	"-fkeep-",
	"-fcoverage-",
	"-fprofile-",
	"-fembed-bitcode",
	"-dD",
	"-dM",
	"-Xclang",
	"-Xpreprocessor",
	"-Wp,",
	"--define-macro",
};

struct verdict {
	struct digest key;
	char *why_not; /* NULL: neutral */
};

void neutral_verdicts_free(struct map *verdicts)
{
	for (size_t i = 0; i < verdicts->n; i++) {
		struct verdict *v = verdicts->entries[i].value;

		free(v->why_not);
		free(v);
	}
	map_free(verdicts);
}

void neutral_clear(struct neutral *n)
{
	free(n->why_not);
	vec_free(&n->beside);
	*n = (struct neutral){0};
}

/* The name of a file below one of the folders, or NULL. */
static const char *name_below(const struct strv *dirs, const char *path)
{
	for (size_t i = 0; i < dirs->n; i++)
		if (path_below(path, dirs->v[i]) && !str_eq(path, dirs->v[i]))
			return path + strlen(dirs->v[i]) + 1;
	return NULL;
}

/* The same for headers that systems of other architectures have otherwise. */
static const char *system_name(const struct strv *dirs, const char *path)
{
	static const char usual[] = "/usr/include/";

	/* Where there are no folders for architectures. */
	if (str_starts(path, usual) && str_starts(path + strlen(usual), "asm/"))
		return path + strlen(usual);
	return name_below(dirs, path);
}

static bool is_other_order(const struct arch *arch)
{
	return arch->big_endian != (BYTE_ORDER == BIG_ENDIAN);
}

/* The entry of the table for a name, or -1 when it is another one for that architecture. */
static int find_alike(const struct compile_arch *a, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(alike); i++) {
		bool is_another = alike[i].by_byte_order && a->borrows && is_other_order(a->arch);

		if (str_eq(alike[i].name, name) && !is_another)
			return (int)i;
	}
	return -1;
}

/*
 * Sorts out the files of which each architecture has its own. A file that is not alike, or one from
 * a folder that the project names for this architecture alone, is the reason.
 */
static char *sort_out(const struct compile_arch *a, const file_list *files, file_list *others,
		      struct strv *prefixes)
{
	vec_foreach (f, files) {
		const char *name = system_name(&a->system_dirs, (*f)->path);
		int i = name ? find_alike(a, name) : -1;

		if (name_below(&a->dirs, (*f)->path))
			return xasprintf("%s is there for it alone", (*f)->path);
		if (!name)
			continue;
		if (i < 0)
			return xasprintf("%s may be another elsewhere", (*f)->path);
		vec_push(others, *f);
		if (alike[i].prefix && !strv_has(prefixes, alike[i].prefix))
			strv_add(prefixes, alike[i].prefix);
	}
	return NULL;
}

static char *find_flag(const struct compile *c)
{
	for (size_t i = 0; i < c->way->flags.n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(revealing); k++)
			if (str_starts(c->way->flags.v[i], revealing[k]))
				return xasprintf("%s may show what is not used, too",
						 c->way->flags.v[i]);
	return c->way->flag_files.n ? xasprintf("a flag names %s", c->way->flag_files.v[0]) : NULL;
}

/* All that the answer follows from. */
static int digest_key(const struct compile *c, const file_list *files,
		      const struct slicing *slicing, struct digest *ret)
{
	struct digest_state state;
	int err = 0;

	digest_begin(&state);
	digest_add_u64(&state, NEUTRAL_REVISION);
	digest_add_u64(&state, slicing->use);
	digest_add(&state, slicing->digest.bytes, DIGEST_SIZE);
	for (size_t i = 0; i < files->n && err == 0; i++) {
		err = files_digest(c->build->files, files->v[i]);
		digest_add_string(&state, files->v[i]->path);
		digest_add(&state, files->v[i]->digest.bytes, DIGEST_SIZE);
	}
	for (size_t i = 0; i < c->way->flags.n; i++)
		if (!strv_has(&c->way->arch.flags, c->way->flags.v[i]))
			digest_add_string(&state, c->way->flags.v[i]);
	for (size_t i = 0; i < c->way->arch.macros->n; i++)
		digest_add_string(&state, c->way->arch.macros->v[i]);
	*ret = digest_end(&state);
	return err;
}

static void remember(const struct compile *c, const struct step *s, const struct verdict *v)
{
	_cleanup_buf_ struct buf value = {0};

	put_string(&value, v->why_not ? v->why_not : "");
	memory_share(c, MEMORY_NEUTRAL, s, &v->key, &value);
}

/* What was found before for the same. */
static bool recall(const struct compile *c, const struct step *s, struct verdict *v)
{
	const char *why_not;
	struct reader r;

	if (!memory_recall(c, MEMORY_NEUTRAL, s, &v->key, &r))
		return false;
	why_not = get_string(&r);
	v->why_not = *why_not ? xstrdup(why_not) : NULL;
	return !r.bad;
}

static int look(const struct compile *c, const file_list *files, const file_list *others,
		const struct strv *prefixes, struct slicing *slicing, char **ret_why_not)
{
	struct cut_question q = {
		.files = files,
		.source = c->source,
		.name = c->sliced,
		.flags = &c->way->flags,
		.macros = c->way->arch.macros,
		.others = others,
		.prefixes = prefixes,
	};
	int err = slicing->use ? slicer_need_text(c, files, slicing) : 0;

	if (err < 0)
		return err;
	q.text = slicing->use ? slicing->text.v : NULL;
	q.size = slicing->text.n;
	return cutter_find_dependence(slicer_cutter(c->build->slicer), &q, ret_why_not);
}

/* The verdict for the same unit, for another architecture perhaps, or a new one. */
static int find_verdict(const struct compile *c, const file_list *files, const file_list *others,
			const struct strv *prefixes, struct slicing *slicing, struct verdict *ret)
{
	struct map *verdicts = slicer_verdicts(c->build->slicer);
	struct map_entry *e = map_find(verdicts, ret->key.bytes, DIGEST_SIZE);
	struct verdict *v = e ? e->value : NULL;
	char *why_not = NULL;
	int err;

	if (!v) {
		err = look(c, files, others, prefixes, slicing, &why_not);
		if (err < 0)
			return err;
		v = xcalloc(1, sizeof(*v));
		*v = (struct verdict){ret->key, why_not};
		map_add(verdicts, v->key.bytes, DIGEST_SIZE)->value = v;
	}
	ret->why_not = v->why_not ? xstrdup(v->why_not) : NULL;
	return 0;
}

static int decide(const struct compile *c, const struct step *s, const file_list *files,
		  struct slicing *slicing, struct neutral *ret)
{
	_cleanup_strv_ struct strv prefixes = {0};
	struct verdict v = {0};
	int err;

	if (c->way->arch.arch && c->way->arch.arch->is_unlike)
		ret->why_not = xstrdup("its kernel's headers are unlike others'");
	else
		ret->why_not = sort_out(&c->way->arch, files, &ret->beside, &prefixes);
	if (ret->why_not)
		return 0;
	err = digest_key(c, files, slicing, &v.key);
	if (err == 0 && !recall(c, s, &v)) {
		err = find_verdict(c, files, &ret->beside, &prefixes, slicing, &v);
		if (err == 0 && !c->build->dry_run)
			remember(c, s, &v);
	}
	ret->why_not = v.why_not;
	ret->yes = err == 0 && !v.why_not;
	return err;
}

/* A dry run makes neither a header nor the index that slices are cut from. */
static bool is_there(const struct compile *c, const file_list *files, const struct slicing *slicing)
{
	vec_foreach (f, files)
		if (!(*f)->exists)
			return false;
	return !slicing->use || files_get(c->build->files, c->index)->exists;
}

int neutral_decide(const struct compile *c, const struct step *s, const file_list *files,
		   bool computed, struct slicing *slicing, struct neutral *ret)
{
	struct neutral n = {0};
	int err = 0;

	neutral_clear(ret);
	if (c->build->dry_run && !is_there(c, files, slicing))
		return 0;
	if (c->build->separate_arch)
		n.why_not = xstrdup("--separate-arch asks for that");
	else if (computed)
		n.why_not = xstrdup("the name of an include is computed by a macro");
	else
		n.why_not = find_flag(c);
	if (!n.why_not)
		err = decide(c, s, files, slicing, &n);
	if (!n.yes)
		vec_free(&n.beside);
	*ret = n;
	return err;
}

bool neutral_can_borrow(const struct compile_arch *own, const file_list *files)
{
	_cleanup_strv_ struct strv prefixes = {0};
	file_list others = {0};
	_cleanup_free_ char *why_not = sort_out(own, files, &others, &prefixes);

	vec_free(&others);
	return !why_not;
}

int neutral_check_borrowed(const struct compile *c, const struct strv *read)
{
	for (size_t i = 0; c->way->arch.borrows && i < read->n; i++) {
		const char *name = system_name(&c->way->arch.system_dirs, read->v[i]);

		if (!name || find_alike(&c->way->arch, name) >= 0)
			continue;
		return message_error(
			-ENOENT,
			"compile: %s: for %s it needs that architecture's <%s>, and %s is this "
			"machine's; Debian has the other's in linux-libc-dev-%s-cross, and "
			"include: "
			"below arch: in skep.yaml can name a folder",
			c->source, c->way->arch.arch->name, name, read->v[i],
			c->way->arch.arch->debian);
	}
	return 0;
}

#include "kernel/modules.h"

#include <errno.h>
#include <fts.h>
#include <unistd.h>

#include "base/file.h"
#include "base/map.h"
#include "base/message.h"
#include "base/path.h"
#include "btf/elf_section.h"
#include "kernel/unpack.h"

#define MODULE_MAX ((size_t)256 << 20) /* bytes, unpacked */
#define MODINFO_MAX ((size_t)1 << 20)
#define DEPTH_MAX 32 /* of modules that depend on each other */

/* What registers kfuncs for programs, and file systems and drivers whose functions are traced by
 * widely used tools. What a kernel has built in, or has not, is not missed. */
static const char *const wanted[] = {
	"nf_conntrack", "nf_nat", "nf_flow_table", "xfrm_interface", "fou",
	"hid",		"xfs",	  "md_mod",	   "bpf_testmod",
};

struct modules {
	struct strv names, paths; /* by the same index */
	struct map by_name;	  /* name -> its path */
	struct map begun, taken;  /* by path */
	unsigned soft;		  /* wishes on the way to the module at hand */
	kept_modules *ret;
};

static void modules_free(struct modules *m)
{
	map_free(&m->by_name);
	map_free(&m->begun);
	map_free(&m->taken);
	strv_free(&m->names);
	strv_free(&m->paths);
}

/* Modules go by names with dashes in files and with underscores elsewhere, some everywhere. */
static char *make_name(const char *s, size_t n)
{
	char *name = xstrndup(s, n);

	for (char *p = name; *p; p++)
		*p = *p == '-' ? '_' : *p;
	return name;
}

/* "nf-nat.ko.xz" as the kernel calls it: "nf_nat"; NULL for other files. Caller frees. */
static char *name_of_file(const char *file)
{
	const char *end = strstr(file, ".ko");

	if (!end || end == file || (end[3] && end[3] != '.'))
		return NULL;
	return make_name(file, (size_t)(end - file));
}

static int collect(const char *dir, struct modules *m)
{
	_cleanup_free_ char *top = path_join(dir, "kernel");
	char *const paths[] = {top, NULL};
	const FTSENT *e;
	FTS *fts;

	if (access(top, F_OK) < 0)
		return -errno;
	fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!fts)
		return -errno;
	while ((e = fts_read(fts))) {
		char *name = e->fts_info == FTS_F ? name_of_file(e->fts_name) : NULL;

		if (!name)
			continue;
		strv_take(&m->names, name);
		strv_add(&m->paths, e->fts_path);
	}
	fts_close(fts);
	for (size_t i = 0; i < m->names.n; i++)
		map_put(&m->by_name, m->names.v[i], m->paths.v[i]);
	return 0;
}

static int read_module(const char *path, struct buf *ret)
{
	_cleanup_buf_ struct buf file = {0};
	int err = file_read(path, MODULE_MAX, &file);
	const struct packing *p = err < 0 ? NULL : packing_of(file.v, file.n);

	if (err < 0)
		return message_error(err, "kernel module: %s: %s", path, strerror(-err));
	if (p)
		return unpack(p, file.v, file.n, MODULE_MAX, path, ret);
	*ret = file;
	file = (struct buf){0};
	return 0;
}

/* What a module says of itself: "KEY=VALUE", each with a NUL. */
static int read_info(const struct buf *module, const char *path, struct buf *ret)
{
	struct elf_image image = {.data = (const uint8_t *)module->v, .size = module->n};
	int err = elf_is_image(&image)
			  ? elf_read_section(&image, ".modinfo", MODINFO_MAX, path, ret)
			  : -ENOENT;

	if (err == -ENOENT)
		return message_error(-EBADMSG, "kernel module: %s: no module of a kernel", path);
	return err;
}

/* The next value of a key, which may have several; NULL: that was all. */
static const char *next_value(const struct buf *info, const char *key, size_t *at)
{
	size_t n = strlen(key);

	while (*at < info->n) {
		const char *line = info->v + *at;

		*at += strlen(line) + 1;
		if (strncmp(line, key, n) == 0 && line[n] == '=')
			return line + n + 1;
	}
	return NULL;
}

/* "depends=libcrc32c,nf_defrag_ipv4": what it cannot be without. */
static void add_depends(const struct buf *info, struct strv *ret)
{
	const char *value;
	size_t at = 0;

	while ((value = next_value(info, "depends", &at)))
		for (size_t n; *value; value += n + (value[n] == ',')) {
			n = strcspn(value, ",");
			if (n)
				strv_take(ret, make_name(value, n));
		}
}

/*
 * "softdep=pre: crc32c post: other": what it asks for by another name when it begins. On a running
 * system modprobe sees to that.
 */
static void add_soft(const struct buf *info, struct strv *ret)
{
	const char *value;
	size_t at = 0;

	while ((value = next_value(info, "softdep", &at))) {
		bool is_before = false;

		for (size_t n; *value; value += n + (value[n] == ' ')) {
			n = strcspn(value, " ");
			if (n && value[n - 1] == ':')
				is_before = str_starts(value, "pre:");
			else if (n && is_before)
				strv_take(ret, make_name(value, n));
		}
	}
}

/* --- other names */

static bool has_alias(const char *path, const char *word)
{
	_cleanup_buf_ struct buf module = {0}, info = {0};
	const char *value;
	size_t at = 0;

	if (read_module(path, &module) < 0 || read_info(&module, path, &info) < 0)
		return false;
	while ((value = next_value(&info, "alias", &at))) {
		_cleanup_free_ char *alias = make_name(value, strlen(value));

		if (str_eq(alias, word))
			return true;
	}
	return false;
}

/*
 * The module that a word means which is none's name: "crypto-crc32c" is crc32c_generic. Only names
 * that contain the word are looked into, of several thousand. What works on every processor goes
 * first. NULL: none, as for what the kernel has built in.
 */
static const char *find_alias(const struct modules *m, const char *word)
{
	const char *stem = word + (str_starts(word, "crypto_") ? strlen("crypto_") : 0);
	const char *found = NULL;

	for (size_t i = 0; i < m->names.n; i++) {
		const char *name = m->names.v[i];
		bool is_better =
			!found || (str_ends(name, "_generic") && !str_ends(found, "_generic"));

		if (is_better && strstr(name, stem) && has_alias(m->paths.v[i], word))
			found = name;
	}
	return found;
}

/* --- choosing */

static int take(struct modules *m, const char *name, unsigned depth);

/* What a module is better with. */
static int take_soft(struct modules *m, const struct strv *words, unsigned depth)
{
	int err = 0;

	for (size_t i = 0; i < words->n && err == 0; i++) {
		const char *word = words->v[i];
		const char *name = map_get(&m->by_name, word) ? word : find_alias(m, word);

		if (!name)
			continue;
		m->soft++;
		err = take(m, name, depth);
		m->soft--;
	}
	return err;
}

static int take_before(struct modules *m, const struct buf *module, const char *path,
		       unsigned depth)
{
	_cleanup_buf_ struct buf info = {0};
	_cleanup_strv_ struct strv depends = {0}, soft = {0};
	int err = read_info(module, path, &info);

	if (err < 0)
		return err;
	if (depth == DEPTH_MAX)
		return message_error(-EBADMSG,
				     "kernel module: %s: modules depend on each other in a circle",
				     path);
	add_depends(&info, &depends);
	add_soft(&info, &soft);
	err = take_soft(m, &soft, depth + 1);
	for (size_t i = 0; err == 0 && i < depends.n; i++)
		err = take(m, depends.v[i], depth + 1);
	return err;
}

/* Adds a module behind those that it depends on, once. */
static int take(struct modules *m, const char *name, unsigned depth)
{
	const char *path = map_get(&m->by_name, name);
	struct kept_module module = {0};
	int err;

	if (!path || map_find(&m->taken, path, strlen(path)))
		return 0;
	/* Circles with a wish in them are none of what a module cannot be without. */
	if (m->soft && map_find(&m->begun, path, strlen(path)))
		return 0;
	map_put(&m->begun, path, NULL);
	err = read_module(path, &module.content);
	err = err < 0 ? err : take_before(m, &module.content, path, depth);
	if (err < 0) {
		buf_free(&module.content);
		return err;
	}
	module.name = xstrdup(name);
	vec_push(m->ret, module);
	map_put(&m->taken, path, NULL);
	return 0;
}

int modules_read(const char *dir, kept_modules *ret)
{
	_cleanup_(modules_free) struct modules m = {.ret = ret};
	int err = collect(dir, &m);

	if (err < 0)
		return message_error(err,
				     "kernel modules: %s/kernel: %s; name a kernel's "
				     "/lib/modules/RELEASE",
				     dir, strerror(-err));
	for (size_t i = 0; err == 0 && i < ARRAY_SIZE(wanted); i++)
		err = take(&m, wanted[i], 0);
	return err;
}

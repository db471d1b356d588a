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
	struct map taken;
	kept_modules *ret;
};

static void modules_free(struct modules *m)
{
	map_free(&m->by_name);
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

/* Appends what a module says it depends on: "depends=libcrc32c,nf_defrag_ipv4" among its strings.
 */
static int read_depends(const struct buf *module, const char *path, struct strv *ret)
{
	static const char key[] = "depends=";
	struct elf_image image = {.data = (const uint8_t *)module->v, .size = module->n};
	_cleanup_buf_ struct buf info = {0};
	int err = elf_is_image(&image)
			  ? elf_read_section(&image, ".modinfo", MODINFO_MAX, path, &info)
			  : -ENOENT;

	if (err == -ENOENT)
		return message_error(-EBADMSG, "kernel module: %s: no module of a kernel", path);
	for (size_t at = 0; err == 0 && at < info.n; at += strlen(info.v + at) + 1) {
		char *rest = info.v + at + sizeof(key) - 1, *name;

		if (!str_starts(info.v + at, key))
			continue;
		rest = xstrdup(rest);
		for (char *names = rest; (name = strsep(&names, ","));)
			if (*name)
				strv_take(ret, make_name(name, strlen(name)));
		free(rest);
	}
	return err;
}

/* Adds a module behind those that it depends on, once. */
static int take(struct modules *m, const char *name, unsigned depth)
{
	const char *path = map_get(&m->by_name, name);
	_cleanup_strv_ struct strv depends = {0};
	struct kept_module module = {0};
	int err;

	if (!path || map_find(&m->taken, path, strlen(path)))
		return 0;
	err = read_module(path, &module.content);
	err = err < 0 ? err : read_depends(&module.content, path, &depends);
	if (err == 0 && depth == DEPTH_MAX)
		err = message_error(-EBADMSG,
				    "kernel module: %s: modules depend on each other in a circle",
				    path);
	for (size_t i = 0; err == 0 && i < depends.n; i++)
		err = take(m, depends.v[i], depth + 1);
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

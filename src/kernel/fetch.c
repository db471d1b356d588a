#include <ctype.h>
#include <errno.h>
#include <fts.h>

#include "base/file.h"
#include "base/message.h"
#include "base/path.h"
#include "kernel/apt.h"
#include "kernel/kept.h"
#include "kernel/version.h"

#define IMAGE "linux-image-"

/* Where kernels are looked for, until one is found: small lists first. */
static const struct apt_suite new_suites[] = {
	{APT_SECURITY, "bullseye-security"}, {APT_SECURITY, "bookworm-security"},
	{APT_SECURITY, "trixie-security"},   {APT_MAIN, "bookworm-backports"},
	{APT_MAIN, "trixie-backports"},
};
static const struct apt_suite all_suites[] = {
	{APT_MAIN, "bullseye"},
	{APT_MAIN, "bookworm"},
	{APT_MAIN, "trixie"},
};
static const struct apt_suite old_suites[] = {
	{APT_ARCHIVE, "buster"},
	{APT_ARCHIVE, "buster-backports"},
	{APT_ARCHIVE, "bullseye"},
	{APT_ARCHIVE, "bullseye-backports"},
};
static const struct {
	const struct apt_suite *suites;
	size_t n;
} stages[] = {
	{new_suites, ARRAY_SIZE(new_suites)},
	{all_suites, ARRAY_SIZE(all_suites)},
	{old_suites, ARRAY_SIZE(old_suites)},
};

struct fetch {
	const char *version;
	const struct arch *arch;
	void (*say)(const char *line);
	struct apt apt;
};

static void say(const struct fetch *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(const struct fetch *f, const char *fmt, ...)
{
	_cleanup_buf_ struct buf line = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&line, fmt, ap);
	va_end(ap);
	if (f->say)
		f->say(line.v);
}

/* What the plain kernel's packages end with. */
static const char *flavour(const struct arch *a)
{
	return str_eq(a->debian, "ppc64el") ? "powerpc64le" : a->debian;
}

/*
 * Whether "6.12.117+deb12-amd64" or "6.1.0-0.deb11.48-amd64" is the release of a plain kernel: not
 * "…-cloud-amd64", nor the "6.12-amd64" of a package that only depends on one.
 */
static bool is_plain(const char *release, const char *end)
{
	const char *dot = strchr(release, '.');
	size_t n = strlen(release), m = strlen(end);

	if (!isdigit((unsigned char)*release) || n <= m + 1 || !str_ends(release, end) ||
	    release[n - m - 1] != '-' || !dot || dot[1 + strspn(dot + 1, "0123456789")] != '.')
		return false;
	for (const char *p = release; (p = strchr(p, '-')) && p < release + n - m - 1; p++)
		if (!isdigit((unsigned char)p[1]))
			return false;
	return true;
}

static bool is_wanted(const struct fetch *f, const struct apt_package *p)
{
	const char *release = p->name + sizeof(IMAGE) - 1;

	return str_starts(p->name, IMAGE) && is_plain(release, flavour(f->arch)) &&
	       (str_eq(f->version, "newest") || str_eq(f->version, release) ||
		version_means(f->version, p->version));
}

/* Looks through one stage; leaves the newest in *ret, whose name is NULL when there is none. */
static int look_in(struct fetch *f, size_t stage, struct apt_package *ret)
{
	_cleanup_free_ char *regex = xasprintf("^" IMAGE "[0-9].*-%s$", flavour(f->arch));
	_cleanup_(apt_packages_free) apt_packages all = {0};
	struct apt_package *best = NULL;
	int err = apt_update(&f->apt, stages[stage].suites, stages[stage].n);

	err = err < 0 ? err : apt_search(&f->apt, regex, &all);
	if (err < 0)
		return err;
	vec_foreach (p, &all)
		if (is_wanted(f, p) && (!best || version_compare(p->version, best->version) > 0))
			best = p;
	if (best) {
		*ret = *best;
		*best = (struct apt_package){0};
	}
	return 0;
}

static int find_package(struct fetch *f, struct apt_package *ret)
{
	_cleanup_free_ char *trouble = NULL;
	struct apt_package p = {0};

	for (size_t i = 0; i < ARRAY_SIZE(stages) && !p.name; i++) {
		int err = look_in(f, i, &p);

		if (err < 0)
			return err;
		/* What was released before is not all there: that alone is no trouble. */
		if (!trouble && stages[i].suites != old_suites)
			trouble = steal(&f->apt.trouble);
	}
	if (p.name && trouble)
		message_warning("kernels: not all of Debian could be looked through: %s", trouble);
	if (!p.name && trouble)
		return message_error(-EIO, "kernels: %s: Debian cannot be asked: %s", f->version,
				     trouble);
	if (!p.name)
		return message_error(-ENOENT,
				     "kernels: %s: Debian has no such kernel for %s; `skep kernel "
				     "add` takes a kernel that you have",
				     f->version, f->arch->name);
	*ret = p;
	return 0;
}

/* A kernel may be spread over packages, each named after its release. */
static void list_packages(const struct apt_package *p, struct strv *ret)
{
	const char *release = p->name + sizeof(IMAGE) - 1;
	_cleanup_free_ char *depends = xstrdup(p->depends);
	char *rest = depends, *one;

	strv_addf(ret, "%s=%s", p->name, p->version);
	while ((one = strsep(&rest, ","))) {
		one += strspn(one, " ");
		one[strcspn(one, " ")] = '\0';
		if (str_starts(one, "linux-") && str_ends(one, release))
			strv_add(ret, one);
	}
}

/* What matters of unpacked packages. */
struct found {
	char *image, *modules;
};

static void found_free(struct found *f)
{
	free(f->image);
	free(f->modules);
}

static void look_at(const FTSENT *e, struct found *f)
{
	const char *parent = e->fts_level > 0 ? e->fts_parent->fts_name : "";

	if (e->fts_info == FTS_F && !f->image &&
	    (str_starts(e->fts_name, "vmlinuz") || str_starts(e->fts_name, "vmlinux")))
		f->image = xstrdup(e->fts_path);
	if (e->fts_info == FTS_D && !f->modules && str_eq(parent, "modules"))
		f->modules = xstrdup(e->fts_path);
}

static int look_through(const char *dir, struct found *f)
{
	char *const paths[] = {(char *)dir, NULL};
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	const FTSENT *e;

	while (fts && (e = fts_read(fts)))
		look_at(e, f);
	if (fts)
		fts_close(fts);
	return f->image ? 0 : message_error(-ENODATA, "kernels: %s: no kernel is in there", dir);
}

/* "6.12" of "6.12.117-1~deb12u1". */
static char *short_version(const char *version)
{
	size_t n = strcspn(version, ".");

	n += version[n] ? 1 + strspn(version + n + 1, "0123456789") : 0;
	return xstrndup(version, n);
}

static int keep(const struct fetch *f, const struct apt_package *p, const char *dir,
		struct kernel *ret)
{
	_cleanup_(found_free) struct found found = {0};
	_cleanup_free_ char *name = short_version(p->version);
	_cleanup_free_ char *package = xasprintf("%s %s", p->name, p->version);
	struct kept_parts about = {.name = name, .package = package, .arch = f->arch};
	int err = look_through(dir, &found);

	return err < 0 ? err : kept_add(found.image, found.modules, &about, NULL, ret);
}

static int fetch(struct fetch *f, struct kernel *ret)
{
	_cleanup_free_ char *dir = NULL;
	_cleanup_strv_ struct strv names = {0};
	_cleanup_(apt_packages_free) apt_packages one = {0};
	struct apt_package p;
	int err;

	say(f, "%s: asking Debian", f->version);
	err = find_package(f, &p);
	if (err < 0)
		return err;
	vec_push(&one, p);
	list_packages(&p, &names);
	say(f, "%s: downloading %s", f->version, names.v[0]);
	err = apt_get(&f->apt, &names, &dir);
	if (err < 0)
		return err;
	say(f, "%s: unpacking", f->version);
	return keep(f, &p, dir, ret);
}

int kernel_fetch(const char *version, const struct arch *arch, void (*tell)(const char *line),
		 struct kernel *ret)
{
	struct fetch f = {.version = version, .arch = arch, .say = tell};
	_cleanup_free_ char *root = kept_root(), *room = NULL;
	int err = root ? kept_make_room(root, &room) : -ENOENT;

	err = err < 0 ? err : apt_open(room, arch, &f.apt);
	err = err < 0 ? err : fetch(&f, ret);
	apt_close(&f.apt);
	if (room)
		file_remove_tree(room);
	return err;
}

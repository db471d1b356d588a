#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/message.h"
#include "base/path.h"
#include "base/process.h"
#include "llvm/find.h"

/* What rustc may take to say where it is. */
#define SECONDS_MAX 10

/* Who wrote the modules. */
struct origin {
	struct producer newest;
	const struct input_module *module; /* the newest's; NULL: nobody is known */
	bool is_unknown;		   /* somebody whose name says nothing wrote one */
};

static struct origin find_origin(const struct inputs *in)
{
	struct origin o = {0};

	vec_foreach (m, &in->modules) {
		struct producer p;

		if (m->kind != MODULE_BITCODE)
			continue;
		if (!m->producer || !producer_parse(m->producer, &p)) {
			o.is_unknown = true;
			continue;
		}
		/* rustc's LLVM is patched: of the same major version it reads what others wrote. */
		if (o.module && p.major == o.newest.major && !p.rust[0] != !o.newest.rust[0]) {
			if (!p.rust[0])
				continue;
		} else if (o.module && producer_compare(&p, &o.newest) <= 0) {
			continue;
		}
		o.newest = p;
		o.module = m;
	}
	return o;
}

static const struct llvm_library *find_newest(const llvm_libraries *list)
{
	return list->n && list->v[0].major >= LLVM_MIN_MAJOR ? &list->v[0] : NULL;
}

static const struct llvm_library *find_rust(const llvm_libraries *list, const struct producer *p)
{
	vec_foreach (l, list)
		if (p->rust[0] && l->rust && l->major == p->major && str_eq(l->rust, p->rust))
			return l;
	return NULL;
}

/* The first of the lowest major version that is at least this one. */
static const struct llvm_library *find_oldest(const llvm_libraries *list, unsigned major)
{
	const struct llvm_library *best = NULL;

	if (major < LLVM_MIN_MAJOR)
		major = LLVM_MIN_MAJOR;
	vec_foreach (l, list)
		if (l->major >= major && (!best || l->major < best->major))
			best = l;
	return best;
}

static const struct llvm_library *find_fitting(const llvm_libraries *list, const struct origin *o)
{
	const struct llvm_library *l;

	if (!o->module || o->is_unknown)
		return find_newest(list);
	l = o->newest.major >= LLVM_MIN_MAJOR ? find_rust(list, &o->newest) : NULL;
	return l ? l : find_oldest(list, o->newest.major);
}

/* "19", "22.1" or all of a version as LLVM or rustc give it, without "LLVM". */
static const struct llvm_library *find_version(const llvm_libraries *list, const char *wanted)
{
	vec_foreach (l, list) {
		_cleanup_free_ char *major = xasprintf("%u", l->major);
		_cleanup_free_ char *minor = xasprintf("%u.%u", l->major, l->minor);
		_cleanup_free_ char *full =
			xasprintf("%s%s%s", minor, l->rust ? "-rust-" : "", l->rust ? l->rust : "");

		if (l->major >= LLVM_MIN_MAJOR &&
		    (str_eq(wanted, major) || str_eq(wanted, minor) || str_eq(wanted, full)))
			return l;
	}
	return NULL;
}

static void put_libraries(const llvm_libraries *list, struct buf *ret)
{
	buf_puts(ret, list->n ? "found were "
			      : "looked in the system's library folders and in "
				"rustc's toolchains and found none");
	vec_foreach (l, list)
		buf_printf(ret, "%s%s", l == list->v ? "" : ", ", l->path);
}

static int report_version(const llvm_libraries *list, const char *wanted)
{
	_cleanup_buf_ struct buf found = {0};

	put_libraries(list, &found);
	return message_error(-ENOENT,
			     "link: no LLVM %s that can be used: %s; name another version (from "
			     "%d on) or a library's path with --llvm",
			     wanted, found.v, LLVM_MIN_MAJOR);
}

static int report_origin(const llvm_libraries *list, const struct origin *o)
{
	_cleanup_buf_ struct buf found = {0};
	const struct producer *p = &o->newest;

	put_libraries(list, &found);
	if (!o->module || o->is_unknown)
		return message_error(-ENOENT,
				     "link: no LLVM from %d on: %s; install one (Debian: apt-get "
				     "install libllvm22) or name its library with --llvm",
				     LLVM_MIN_MAJOR, found.v);
	if (p->rust[0])
		return message_error(
			-ENOENT,
			"link: %s: written by LLVM %u.%u.%u of rustc %s, which no LLVM here "
			"reads: "
			"%s; install rustc %s with rustup, or LLVM %u (Debian: apt-get install "
			"libllvm%u), or name a library with --llvm",
			o->module->name, p->major, p->minor, p->patch, p->rust, found.v, p->rust,
			p->major, p->major);
	return message_error(
		-ENOENT,
		"link: %s: written by LLVM %u.%u.%u, which no LLVM here reads: %s; "
		"install LLVM %u (Debian: apt-get install libllvm%u) or name a library "
		"with --llvm",
		o->module->name, p->major, p->minor, p->patch, found.v, p->major, p->major);
}

int llvm_choose_from(const llvm_libraries *list, const struct inputs *in, const char *wanted,
		     char **ret_path)
{
	struct origin o = find_origin(in);
	const struct llvm_library *l = wanted ? find_version(list, wanted) : find_fitting(list, &o);

	if (!l)
		return wanted ? report_version(list, wanted) : report_origin(list, &o);
	*ret_path = xstrdup(l->path);
	return 0;
}

/* A library, or the folder that one was installed in. */
static int choose_path(const char *wanted, char **ret_path)
{
	_cleanup_free_ char *path = realpath(wanted, NULL);
	_cleanup_strv_ struct strv folders = {0};
	const struct llvm_library *newest;
	llvm_libraries list = {0};
	struct stat st;
	int err = 0;

	if (!path || stat(path, &st) < 0)
		return message_error(-ENOENT, "link: --llvm: %s: %s", wanted, strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		strv_add(&folders, path);
		strv_addf(&folders, "%s/lib", path);
		llvm_find_in(&folders, &list);
		newest = find_newest(&list);
		if (newest)
			*ret_path = xstrdup(newest->path);
		else
			err = message_error(-ENOENT,
					    "link: --llvm: %s: no libLLVM from %d on in it or in "
					    "its lib",
					    wanted, LLVM_MIN_MAJOR);
		llvm_libraries_free(&list);
		return err;
	}
	if (!llvm_is_library(path))
		return message_error(
			-ENOENT, "link: --llvm: %s: not a shared library for this machine", wanted);
	*ret_path = steal(&path);
	return 0;
}

/*
 * Asks the rustc in PATH where it keeps its libraries. That is a process to start, so only the
 * last thing to try. It must not fetch a toolchain meanwhile.
 */
static void add_asked_sysroot(llvm_libraries *list)
{
	_cleanup_strv_ struct strv env = {0}, folders = {0};
	_cleanup_buf_ struct buf out = {0};
	char *argv[] = {(char *)"/usr/bin/env", (char *)"rustc", (char *)"--print",
			(char *)"sysroot", NULL};
	int status;

	strv_add(&env, "RUSTUP_AUTO_INSTALL=0");
	for (char **e = environ; *e; e++)
		if (!str_starts(*e, "RUSTUP_AUTO_INSTALL="))
			strv_add(&env, *e);
	strv_take(&env, NULL);
	if (process_capture_within(SECONDS_MAX, argv, env.v, &out, &status) < 0 || status != 0 ||
	    *out.v != '/')
		return;
	out.v[strcspn(out.v, "\n")] = '\0';
	strv_addf(&folders, "%s/lib", out.v);
	llvm_find_in(&folders, list);
}

/*
 * Whether the library that fits is where it should be, and so the same as if all had been looked
 * for: rustc's own, or the system's of the very version.
 */
static bool find_usual(const struct origin *o, const char *wanted, llvm_libraries *list)
{
	unsigned major = o->is_unknown ? 0 : o->newest.major;

	if (wanted)
		major = wanted[strspn(wanted, "0123456789")] ? 0 : (unsigned)atoi(wanted);
	if (major < LLVM_MIN_MAJOR)
		return false;
	if (!wanted && o->newest.rust[0]) {
		llvm_find_rust(list);
		return find_rust(list, &o->newest);
	}
	llvm_find_release(major, list);
	return list->n;
}

static void find_libraries(const struct origin *o, const char *wanted, llvm_libraries *list)
{
	if (find_usual(o, wanted, list))
		return;
	llvm_libraries_free(list);
	llvm_find_all(list);
	if (!wanted && !find_fitting(list, o) && o->newest.rust[0])
		add_asked_sysroot(list);
}

int llvm_choose(const struct inputs *in, const char *wanted, char **ret_path)
{
	struct origin o = find_origin(in);
	llvm_libraries list = {0};
	int err;

	if (wanted && strchr(wanted, '/'))
		return choose_path(wanted, ret_path);
	find_libraries(&o, wanted, &list);
	err = llvm_choose_from(&list, in, wanted, ret_path);
	llvm_libraries_free(&list);
	return err;
}

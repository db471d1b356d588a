#include "base/file.h"
#include "base/path.h"
#include "cli/uptodate_parts.h"
#include "llvm/find.h"

static void add_absent(const char *dir, void *arg)
{
	uptodate_add_folder(arg, dir);
}

/*
 * Adds a program, with the folders whose change makes it be asked again. An answer that is not
 * remembered (a script's, a refusal) is asked for by each build, and no snapshot can stand for
 * that.
 */
static void add_asked(struct uptodate *u, struct state *state, const char *path)
{
	_cleanup_strv_ struct strv folders = {0};
	struct file_stamp of;
	struct stat st;

	uptodate_add_file(u, path);
	compiler_folders(path, &folders);
	for (size_t i = 0; i < folders.n; i++) {
		if (stat(folders.v[i], &st) < 0) {
			uptodate_add_as_it_is(u, folders.v[i]);
			continue;
		}
		of = file_stamp_of(&st);
		uptodate_add_stamp(u, folders.v[i], &of);
	}
	u->unknown |= !compiler_is_remembered(path, state);
}

/* Adds the places where a program of this name is looked for; the first that is one, or NULL. */
static char *add_in_path(struct uptodate *u, const char *name)
{
	const char *path = getenv("PATH");
	_cleanup_free_ char *copy = xstrdup(path ? path : "/usr/local/bin:/usr/bin:/bin");
	char *rest = copy, *dir;
	struct stat st;

	while ((dir = strsep(&rest, ":"))) {
		_cleanup_free_ char *file = *dir == '/' ? path_join(dir, name) : NULL;

		if (!file)
			continue;
		if (stat(dir, &st) < 0) {
			uptodate_add_folder(u, dir);
			continue;
		}
		uptodate_add_file(u, file);
		if (file_exists(file) && access(file, X_OK) == 0)
			return steal(&file);
	}
	return NULL;
}

void uptodate_add_compiler(struct uptodate *u, const struct session *s)
{
	const struct compiler *c = &s->build.compiler;
	_cleanup_free_ char *plain = NULL;

	compiler_each_absent(s->outdir.state, add_absent, u);
	add_asked(u, s->outdir.state, c->path);
	if (s->clang && strchr(s->clang, '/'))
		return;
	plain = add_in_path(u, s->clang ? s->clang : "clang");
	if (plain)
		add_asked(u, s->outdir.state, plain);
	for (unsigned major = COMPILER_MAX_MAJOR; !s->clang && major >= c->major; major--) {
		_cleanup_free_ char *name = xasprintf("clang-%u", major);
		_cleanup_free_ char *found = add_in_path(u, name);

		if (found && str_eq(found, c->path))
			break;
		/* It was refused. */
		u->unknown |= found != NULL;
	}
}

/*
 * A library that was named by its path, or one at the places where the compiler's release is looked
 * for first. For any other choice folders were searched, which is left to each build.
 */
void uptodate_add_llvm(struct uptodate *u, const struct session *s)
{
	const char *path = s->plan.llvm.path;
	_cleanup_strv_ struct strv places = {0};
	bool found = false;

	if (!path)
		return;
	if (s->llvm)
		strv_add(&places, s->llvm);
	else
		llvm_release_places(s->build.compiler.major, &places);
	for (size_t i = 0; i < places.n && !found; i++) {
		_cleanup_free_ char *real = realpath(places.v[i], NULL);

		uptodate_add_file(u, places.v[i]);
		found = real && str_eq(real, path);
	}
	u->unknown |= !found;
}

void uptodate_add_system_folders(struct uptodate *u, const struct arch *arch)
{
	_cleanup_strv_ struct strv dirs = {0};

	if (arch)
		arch_system_dirs(arch, &dirs);
	for (size_t i = 0; i < dirs.n; i++)
		uptodate_add_folder(u, dirs.v[i]);
}

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/file.h"
#include "base/path.h"
#include "cli/uptodate_parts.h"
#include "plan/flags.h"
#include "project/finder.h"
#include "version.h"

#define SNAPSHOT_NAME "clean"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* Who notes what is looked at: the functions of struct files_world are not told. */
static struct uptodate *current;

/* --- The question: whatever else a build follows from */

static void ask_text(struct digest_state *d, const char *text)
{
	digest_add_u64(d, text != NULL);
	digest_add_string(d, text ? text : "");
}

static void ask_texts(struct digest_state *d, const struct strv *texts)
{
	digest_add_u64(d, texts->n);
	for (size_t i = 0; i < texts->n; i++)
		ask_text(d, texts->v[i]);
}

static void ask_options(struct digest_state *d, const struct session_options *o)
{
	const char *const texts[] = {o->output,	 o->manifest, o->clang,	 o->llvm,
				     o->vmlinux, o->cache,    o->remote, o->archs};
	const bool flags[] = {o->remote_write, o->separate_arch, o->debug, o->full_types,
			      o->no_cache};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		ask_text(d, texts[i]);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		digest_add_u64(d, flags[i]);
	ask_texts(d, &o->vmlinux_for);
	ask_texts(d, &o->words);
}

static void ask_environment(struct digest_state *d)
{
	static const char *const steering[] = {"PATH", "LD_LIBRARY_PATH", "HOME", "XDG_CACHE_HOME"};

	for (size_t i = 0; i < ARRAY_SIZE(steering); i++)
		ask_text(d, getenv(steering[i]));
	for (char *const *e = environ; e && *e; e++)
		if (str_starts(*e, "SKEP_"))
			ask_text(d, *e);
}

/* This program, its libraries, the machine and the user. False when they cannot be told. */
static bool ask_world(struct digest_state *d)
{
	_cleanup_buf_ struct buf boot = {0};
	struct utsname host;
	struct stat self;
	struct file_stamp stamp;

	if (stat("/proc/self/exe", &self) < 0 || uname(&host) < 0 ||
	    file_read(BOOT_ID, BUFSIZ, &boot) < 0)
		return false;
	stamp = file_stamp_of(&self);
	ask_text(d, SKEP_VERSION);
	digest_add(d, &stamp, sizeof(stamp));
	ask_text(d, libbpf_version_string());
	ask_text(d, host.machine);
	ask_text(d, host.release);
	ask_text(d, boot.v);
	digest_add_u64(d, geteuid());
	return true;
}

/* The current directory, under a name by which compilers reach it as well. */
static bool ask_directory(struct digest_state *d)
{
	_cleanup_free_ char *name = getcwd(NULL, 0);
	struct stat here, named;

	ask_text(d, name);
	return name && *name == '/' && stat(".", &here) == 0 && stat(name, &named) == 0 &&
	       here.st_dev == named.st_dev && here.st_ino == named.st_ino;
}

/* A kept kernel's name may mean another tomorrow: then all is looked at. */
static bool names_files(const struct session_options *o)
{
	if (o->vmlinux && !file_exists(o->vmlinux))
		return false;
	for (size_t i = 0; i < o->vmlinux_for.n; i++)
		if (!file_exists(strchr(o->vmlinux_for.v[i], '=') + 1))
			return false;
	return true;
}

static bool make_question(const struct session_options *o, struct digest *ret)
{
	struct digest_state d;
	bool ok;

	digest_begin(&d);
	ask_options(&d, o);
	ask_environment(&d);
	ok = ask_world(&d) && ask_directory(&d) && names_files(o);
	*ret = digest_end(&d);
	return ok;
}

/* --- The answer */

/* As outdir_open holds it, and without any waiting: -1 when it is not to be had. */
static int hold(const char *dir)
{
	_cleanup_free_ char *name = path_join(dir, ".skep/lock");
	int fd = open(name, O_RDWR | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool ask_at(char *dir, const struct digest *question, uint32_t *ret_answer)
{
	_cleanup_free_ char *name = path_join(path_tidy(dir), ".skep/" SNAPSHOT_NAME);
	int fd;

	if (!file_exists(name))
		return false;
	fd = hold(dir);
	if (fd < 0)
		return false;
	if (snapshot_holds(name, question, ret_answer))
		return true;
	close(fd);
	return false;
}

/*
 * The output directory that a manifest seems to name, or NULL. A guess will do: a snapshot that is
 * found there by mistake is of another manifest, or of this one and then it is no mistake.
 */
static char *guess_output(const char *manifest)
{
	static const char key[] = "\noutput:";
	_cleanup_buf_ struct buf text = {0};
	const char *line;

	buf_putc(&text, '\n');
	if (file_read(manifest, FILE_MAX_SIZE, &text) < 0)
		return NULL;
	line = strstr(text.v, key);
	if (!line)
		return NULL;
	line += strlen(key);
	line += strspn(line, " \t\"'");
	return xstrndup(line, strcspn(line, " \t\"'#\r\n"));
}

bool uptodate_ask(const struct session_options *o, unsigned *ret_objects)
{
	_cleanup_free_ char *dir = xstrdup(o->output ? o->output : "build"), *other = NULL;
	struct digest question;
	uint32_t answer;
	bool holds;

	if (!make_question(o, &question))
		return false;
	holds = ask_at(dir, &question, &answer);
	if (!holds && !o->output) {
		other = guess_output(o->manifest ? o->manifest : PROJECT_MANIFEST);
		holds = other && *other && ask_at(other, &question, &answer);
	}
	if (holds)
		*ret_objects = answer;
	return holds;
}

/* --- What is looked at */

static int note_and_stat(const char *path, struct stat *st)
{
	if (current)
		buf_add(&current->seen, path, strlen(path) + 1);
	return stat(path, st);
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static const struct files_world noting_world = {.stat = note_and_stat, .now = now};

static void add(struct uptodate *u, enum snapshot_kind kind, const char *path,
		const struct file_stamp *stamp, uint32_t type)
{
	struct snapshot_place p = {.kind = kind, .path = path, .type = type};

	if (stamp)
		p.stamp = *stamp;
	vec_push(&u->snapshot.places, p);
}

/* A copy of the path, or NULL when a place of it was added for the same reason before. */
static const char *note_path(struct uptodate *u, char reason, const char *path)
{
	char *key = xasprintf("%c%s", reason, path);

	if (map_get(&u->known, key)) {
		free(key);
		return NULL;
	}
	strv_take(&u->paths, key);
	map_put(&u->known, key, u);
	return key + 1;
}

/* Whether neither the place nor a link there changed since the build began. */
static bool is_settled(const struct uptodate *u, const char *path, const struct stat *st)
{
	struct file_stamp stamp = file_stamp_of(st), own;
	struct stat link;

	if (lstat(path, &link) < 0)
		return false;
	own = file_stamp_of(&link);
	return file_stamp_is_settled(&stamp, u->began) && file_stamp_is_settled(&own, u->began);
}

void uptodate_add_stamp(struct uptodate *u, const char *path, const struct file_stamp *stamp)
{
	const char *name = note_path(u, 's', path);

	if (!file_stamp_is_settled(stamp, u->began))
		u->unknown = true;
	else if (name)
		add(u, SNAPSHOT_SAME, name, stamp, 0);
}

void uptodate_add_file(struct uptodate *u, const char *path)
{
	const char *name = note_path(u, 'f', path);
	struct file_stamp stamp;
	struct stat st;

	if (!name)
		return;
	if (stat(path, &st) < 0 || S_ISDIR(st.st_mode)) {
		add(u, SNAPSHOT_NO_FILE, name, NULL, 0);
		return;
	}
	stamp = file_stamp_of(&st);
	u->unknown |= !is_settled(u, path, &st);
	add(u, SNAPSHOT_SAME, name, &stamp, 0);
}

void uptodate_add_as_it_is(struct uptodate *u, const char *path)
{
	const char *name = note_path(u, 'a', path);
	struct stat st;

	if (!name)
		return;
	if (stat(path, &st) < 0)
		add(u, SNAPSHOT_NOTHING, name, NULL, 0);
	else
		add(u, SNAPSHOT_THERE, name, NULL, st.st_mode & S_IFMT);
}

void uptodate_add_folder(struct uptodate *u, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		u->unknown |= !is_settled(u, path, &st);
	uptodate_add_as_it_is(u, path);
}

static void note_sight(enum finder_sight sight, const char *path, const struct stat *st, void *arg)
{
	struct uptodate *u = arg;
	struct file_stamp stamp;

	switch (sight) {
	case FINDER_READ:
		stamp = file_stamp_of(st);
		uptodate_add_stamp(u, path, &stamp);
		break;
	case FINDER_FOLLOWED:
	case FINDER_MISSED:
		uptodate_add_as_it_is(u, path);
		break;
	case FINDER_WARNED:
		u->unknown = true;
		break;
	}
}

struct uptodate *uptodate_begin(struct session_options *options)
{
	struct uptodate *u = xcalloc(1, sizeof(*u));

	u->options = options;
	u->began = now();
	options->world = &noting_world;
	finder_set_watch(note_sight, u);
	current = u;
	return u;
}

void uptodate_free(struct uptodate *u)
{
	if (!u)
		return;
	finder_set_watch(NULL, NULL);
	current = NULL;
	snapshot_free(&u->snapshot);
	buf_free(&u->seen);
	map_free(&u->known);
	strv_free(&u->paths);
	free(u);
}

/* All files that were looked at, and the places that lack one. */
static void add_files(struct uptodate *u, struct files *files)
{
	const char *end = u->seen.v + u->seen.n;
	struct map known = {0};

	/* That none is added while they are gone through. */
	current = NULL;
	for (const char *path = u->seen.v; path < end && !u->unknown; path += strlen(path) + 1) {
		struct map_entry *e = map_add(&known, path, strlen(path));
		const struct file *f = e->value ? NULL : files_get(files, path);

		if (!f)
			continue;
		e->value = u;
		if (!f->exists)
			add(u, SNAPSHOT_NO_FILE, path, NULL, 0);
		else if (f->has_digest ? f->settled : file_stamp_is_settled(&f->stamp, u->began))
			add(u, SNAPSHOT_SAME, path, &f->stamp, 0);
		else
			u->unknown = true;
	}
	map_free(&known);
}

/* The project's own words, and files that flags may name. */
static void add_project(struct uptodate *u, const struct project *p)
{
	uptodate_add_file(u, p->manifest ? p->manifest : PROJECT_MANIFEST);
	for (size_t i = 0; i < p->n; i++) {
		const struct compile_options *o = &p->targets[i].compile;

		/* It is asked anew each time. */
		u->unknown |= str_eq(o->cpu, "probe");
		for (size_t k = 0; k < o->cflags.n; k++) {
			const char *word = o->cflags.v[k], *equals = strchr(word, '=');

			uptodate_add_file(u, *word == '@' ? word + 1 : word);
			if (equals)
				uptodate_add_file(u, equals + 1);
		}
	}
}

/* The output directory's own files. They are written while it is held: the state by this build. */
static void add_outputs(struct uptodate *u, const struct outdir *o)
{
	_cleanup_free_ char *commands = path_join(o->path, "compile_commands.json");
	_cleanup_free_ char *state = path_join(o->dir_private, "state");
	const char *name = note_path(u, 'f', state);
	struct file_stamp stamp;
	struct stat st;

	uptodate_add_file(u, commands);
	if (stat(state, &st) < 0) {
		u->unknown = true;
		return;
	}
	stamp = file_stamp_of(&st);
	add(u, SNAPSHOT_SAME, name, &stamp, 0);
}

/* Folders that are searched for headers, and those of the system that would be if they were there.
 */
static void add_search(struct uptodate *u, const struct plan *p)
{
	vec_foreach (search, &p->searches)
		for (size_t i = 0; i < (*search)->dirs.n; i++)
			uptodate_add_as_it_is(u, (*search)->dirs.v[i]);
	vec_foreach (a, &p->archs)
		uptodate_add_system_folders(u, (*a)->arch);
	uptodate_add_system_folders(u, arch_host());
}

/* Each build warns of a store where nothing can be kept. */
static bool is_complained_of(struct store *s)
{
	return s && faccessat(AT_FDCWD, store_root(s), R_OK | W_OK | X_OK, AT_EACCESS) < 0;
}

static char *snapshot_path(const struct outdir *o)
{
	return path_join(o->dir_private, SNAPSHOT_NAME);
}

void uptodate_keep(struct uptodate *u, const struct session *s, unsigned objects)
{
	_cleanup_free_ char *path = snapshot_path(&s->outdir);

	u->unknown |= !make_question(u->options, &u->snapshot.question) || s->names_kernels ||
		      is_complained_of(s->cache.store);
	u->snapshot.answer = objects;
	add_files(u, s->files);
	if (u->unknown)
		return;
	add_project(u, &s->project);
	add_search(u, &s->plan);
	uptodate_add_compiler(u, s);
	uptodate_add_llvm(u, s);
	add_outputs(u, &s->outdir);
	if (!u->unknown)
		snapshot_write(&u->snapshot, path);
}

void uptodate_forget(const struct outdir *o)
{
	_cleanup_free_ char *path = snapshot_path(o);

	unlink(path);
}

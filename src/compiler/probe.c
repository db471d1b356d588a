#include "compiler/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/message.h"
#include "base/path.h"
#include "base/process.h"
#include "compiler/compiler.h"
#include "store/codec.h"

#define COMPILER_KEY 'c'

static void add_stamp(struct buf *key, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		st = (struct stat){0};
	put_u64(key, st.st_dev);
	put_u64(key, st.st_ino);
	put_u64(key, (uint64_t)st.st_size);
	put_u64(key, (uint64_t)st.st_mtim.tv_sec);
	put_u64(key, (uint64_t)st.st_mtim.tv_nsec);
}

/*
 * Beside the program, the folders its libraries lie in: a package upgrade may replace only libLLVM,
 * which shows in the folder's time stamp.
 */
void compiler_folders(const char *path, struct strv *ret)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	char *bin = path_dir(real ? real : path);

	strv_take(ret, bin);
	strv_take(ret, path_join(bin, "../lib"));
}

/* What the keys of all questions to a program, as it is now, begin with. */
static void make_key_start(const char *path, struct buf *key)
{
	_cleanup_strv_ struct strv folders = {0};

	compiler_folders(path, &folders);
	buf_putc(key, COMPILER_KEY);
	add_stamp(key, path);
	for (size_t i = 0; i < folders.n; i++)
		add_stamp(key, folders.v[i]);
	put_string(key, path);
}

static void make_key(const char *path, const char *target, const struct strv *flags,
		     struct buf *key)
{
	make_key_start(path, key);
	put_string(key, target);
	for (size_t i = 0; flags && i < flags->n; i++)
		put_string(key, flags->v[i]);
}

/* A script's answer is that of a program it calls, which may change while the script does not. */
static bool is_script(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char start[2];

	return fd >= 0 && read(fd, start, sizeof(start)) == sizeof(start) &&
	       memcmp(start, "#!", sizeof(start)) == 0;
}

static void put_strings(struct buf *b, const struct strv *a)
{
	put_u32(b, (uint32_t)a->n);
	for (size_t i = 0; i < a->n; i++)
		put_string(b, a->v[i]);
}

static void get_strings(struct reader *r, struct strv *ret)
{
	uint32_t n = get_u32(r);

	for (uint32_t i = 0; i < n && !r->bad; i++)
		strv_add(ret, get_string(r));
}

static void remember(const struct compiler_memory *m, const struct buf *key,
		     const struct probe_answer *a)
{
	_cleanup_buf_ struct buf value = {0};

	put_u32(&value, a->works);
	put_string(&value, a->text);
	put_string(&value, a->version);
	put_u32(&value, a->major);
	put_u32(&value, a->no_default_config);
	put_strings(&value, &a->search.dirs);
	put_u32(&value, (uint32_t)a->search.n_quote);
	put_strings(&value, &a->absent);
	state_put(m->state, key->v, key->n, value.v, value.n);
	if (m->store)
		store_put_fact(m->store, key->v, key->n, value.v, value.n);
}

static bool decode(struct state_value value, struct probe_answer *ret)
{
	struct reader r = reader_of(value);
	struct probe_answer a = {0};
	struct stat st;

	a.works = get_u32(&r);
	a.text = xstrdup(get_string(&r));
	a.version = xstrdup(get_string(&r));
	a.major = get_u32(&r);
	a.no_default_config = get_u32(&r);
	get_strings(&r, &a.search.dirs);
	a.search.n_quote = get_u32(&r);
	get_strings(&r, &a.absent);
	/* A directory that did not exist and now does may change the search path. */
	for (size_t i = 0; i < a.absent.n; i++)
		if (stat(a.absent.v[i], &st) == 0)
			r.bad = true;
	for (size_t i = 0; i < a.search.dirs.n; i++)
		if (stat(a.search.dirs.v[i], &st) < 0)
			r.bad = true;
	if (r.bad || a.search.n_quote > a.search.dirs.n) {
		probe_answer_free(&a);
		return false;
	}
	*ret = a;
	return true;
}

/* From the state, else from the store: then the state knows it from now on. */
static bool recall(const struct compiler_memory *m, const struct buf *key, struct probe_answer *ret)
{
	_cleanup_buf_ struct buf fact = {0};

	if (decode(state_get(m->state, key->v, key->n), ret))
		return true;
	if (!m->store || store_get_fact(m->store, key->v, key->n, &fact) < 0 ||
	    !decode((struct state_value){fact.v, fact.n}, ret))
		return false;
	state_put(m->state, key->v, key->n, fact.v, fact.n);
	return true;
}

static void add_dir(struct strv *dirs, const char *line)
{
	_cleanup_free_ char *dir = xstrdup(line);

	strv_add(dirs, path_tidy(dir));
}

/* Reads what `clang -v` prints: version, the two lists of directories, those it ignores. */
static void parse(char *text, struct probe_answer *a)
{
	static const char ignored[] = "ignoring nonexistent directory \"";
	bool in_list = false;
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		const char *version = strstr(line, "clang version ");

		if (version && !a->version) {
			a->version = xstrdup(line);
			a->major = (unsigned)strtoul(version + strlen("clang version "), NULL, 10);
		} else if (str_starts(line, ignored)) {
			char *dir = line + strlen(ignored);

			dir[strcspn(dir, "\"")] = '\0';
			add_dir(&a->absent, dir);
		} else if (str_starts(line, "#include \"...\"")) {
			in_list = true;
		} else if (str_starts(line, "#include <...>")) {
			a->search.n_quote = a->search.dirs.n;
		} else if (str_starts(line, "End of search list")) {
			in_list = false;
		} else if (in_list && *line == ' ') {
			add_dir(&a->search.dirs, line + 1);
		}
	}
	if (!a->version)
		a->version = xstrdup("");
}

static int run(const char *path, const char *target, const struct strv *flags, bool no_config,
	       struct buf *ret_text, int *ret_status)
{
	_cleanup_strv_ struct strv argv = {0}, env = {0};
	int err;

	strv_add(&argv, path);
	if (no_config)
		strv_add(&argv, "--no-default-config");
	strv_add(&argv, "-target");
	strv_add(&argv, target);
	if (flags)
		strv_add_all(&argv, flags);
	for (const char *const *p = (const char *const[]){"-v", "-c", "-o", "/dev/null", "-x", "c",
							  "/dev/null", NULL};
	     *p; p++)
		strv_add(&argv, *p);
	strv_take(&argv, NULL);
	compiler_environment(&env);
	strv_take(&env, NULL);
	err = process_capture(argv.v, env.v, ret_text, ret_status);
	/* Nothing follows from that, least of all that another compiler should be taken. */
	if (err == 0 && WIFSIGNALED(*ret_status) && WTERMSIG(*ret_status) == SIGKILL)
		err = message_error(-EINTR, "compiler: %s was killed; is there too little memory?",
				    path);
	return err;
}

/* The line of clang's words that says what is wrong. */
static char *find_error(const char *text)
{
	const char *error = strstr(text, "error: ");

	if (!error)
		return xstrdup(text);
	while (error > text && error[-1] != '\n')
		error--;
	return xstrndup(error, strcspn(error, "\n"));
}

int probe_compiler(const char *path, const char *target, const struct strv *flags,
		   const struct compiler_memory *memory, struct probe_answer *ret)
{
	_cleanup_buf_ struct buf key = {0}, text = {0};
	struct probe_answer a = {0};
	bool keep = !is_script(path);
	int status, err;

	make_key(path, target, flags, &key);
	if (keep && recall(memory, &key, ret))
		return 0;
	/* Older compilers do not know the option; they read no configuration file by themselves. */
	a.no_default_config = true;
	err = run(path, target, flags, true, &text, &status);
	if (err == 0 && status != 0 && strstr(text.v ? text.v : "", "no-default-config")) {
		text.n = 0;
		a.no_default_config = false;
		err = run(path, target, flags, false, &text, &status);
	}
	if (err < 0)
		return err;
	a.works = status == 0;
	a.text = a.works ? xstrdup("") : find_error(text.v ? text.v : "");
	parse(text.v ? text.v : (char[]){""}, &a);
	/* A refusal may be passing (memory, a half-installed package): ask again next time. */
	if (a.works && keep)
		remember(memory, &key, &a);
	*ret = a;
	return 0;
}

void probe_answer_free(struct probe_answer *a)
{
	free(a->text);
	free(a->version);
	search_free(&a->search);
	strv_free(&a->absent);
	*a = (struct probe_answer){0};
}

/* Looking for answers of a program. */
struct search_answers {
	struct buf start; /* of their keys */
	bool found;
};

static void look_at_answer(const char *key, size_t key_size, struct state_value value, void *arg)
{
	struct search_answers *s = arg;
	struct probe_answer a;

	if (s->found || key_size < s->start.n || memcmp(key, s->start.v, s->start.n) != 0 ||
	    !decode(value, &a))
		return;
	s->found = a.works;
	probe_answer_free(&a);
}

bool compiler_is_remembered(const char *path, struct state *state)
{
	struct search_answers s = {0};

	make_key_start(path, &s.start);
	state_each(state, COMPILER_KEY, look_at_answer, &s);
	buf_free(&s.start);
	return s.found;
}

struct absent {
	void (*fn)(const char *dir, void *arg);
	void *arg;
};

static void tell_absent(const char *key, size_t key_size, struct state_value value, void *arg)
{
	const struct absent *absent = arg;
	struct probe_answer a;

	(void)key;
	(void)key_size;
	if (!decode(value, &a))
		return;
	for (size_t i = 0; i < a.absent.n; i++)
		absent->fn(a.absent.v[i], absent->arg);
	probe_answer_free(&a);
}

void compiler_each_absent(struct state *state, void (*fn)(const char *dir, void *arg), void *arg)
{
	struct absent absent = {fn, arg};

	state_each(state, COMPILER_KEY, tell_absent, &absent);
}

#include "kernel/apt.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/message.h"
#include "base/path.h"
#include "base/process.h"

#define MIRROR "http://deb.debian.org/debian"
#define SECURITY "http://deb.debian.org/debian-security"
#define ARCHIVE "http://archive.debian.org/debian"
#define KEY "/usr/share/keyrings/debian-archive-keyring.gpg"

/* The first line of what a program said that is a complaint, or any; NULL when it said nothing. */
static char *find_complaint(const struct buf *output)
{
	_cleanup_free_ char *copy = xstrndup(output->v ? output->v : "", output->n);
	const char *any = NULL;
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (str_starts(line, "E: ") || str_starts(line, "W: ") ||
		    str_starts(line, "dpkg-deb: error: "))
			return xstrdup(line);
		any = any || !*line ? any : line;
	}
	return any ? xstrdup(any) : NULL;
}

/*
 * Runs a program in a folder; words end with NULL. What it says is appended to ret. Gives whether
 * it went well, or a negative errno after a message.
 */
static int run(const char *dir, char *const env[], struct buf *ret, const struct strv *words)
{
	static const char script[] = "cd \"$1\" && shift && exec \"$@\"";
	_cleanup_strv_ struct strv argv = {0};
	int status, err;

	strv_add(&argv, "/bin/sh");
	strv_add(&argv, "-c");
	strv_add(&argv, script);
	strv_add(&argv, "sh");
	strv_add(&argv, dir);
	strv_add_all(&argv, words);
	strv_take(&argv, NULL);
	err = process_capture(argv.v, env, ret, &status);
	if (err < 0)
		return message_error(err, "kernels: /bin/sh: %s", strerror(-err));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return message_error(-ENOENT,
				     "kernels: there is no %s here to get Debian's packages with; "
				     "`skep kernel add` takes a kernel that you have",
				     words->v[0]);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void put_words(struct strv *ret, const char *words)
{
	_cleanup_free_ char *copy = xstrdup(words);
	char *rest = copy, *word;

	while ((word = strsep(&rest, " ")))
		strv_add(ret, word);
}

/* --- how the system gets Debian's packages */

/* The environment with some variables left out, English messages, and a setting or NULL. */
static void make_env(const char *setting, struct strv *ret)
{
	for (char *const *e = environ; e && *e; e++)
		if (!str_starts(*e, "LC_ALL=") && !str_starts(*e, "LANGUAGE=") &&
		    (!setting || !str_starts(*e, "APT_CONFIG=")))
			strv_add(ret, *e);
	strv_add(ret, "LC_ALL=C");
	if (setting)
		strv_add(ret, setting);
	strv_take(ret, NULL);
}

/* The key's file in an entry of sources, of either format; NULL when it names none. */
static char *find_key(const char *entry)
{
	static const char *const marks[] = {"Signed-By:", "signed-by="};
	_cleanup_free_ char *path = xstrndup(entry, strcspn(entry, ":"));
	_cleanup_buf_ struct buf text = {0};

	if (file_read(path, 1 << 20, &text) < 0 || !text.v)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		const char *at = strstr(text.v, marks[i]);

		at = at ? at + strlen(marks[i]) : "";
		at += strspn(at, " \t");
		if (*at == '/')
			return xstrndup(at, strcspn(at, " \t\r\n],"));
	}
	return NULL;
}

/* A line "LABEL|URI|SOURCES:LINE" about one index of the system's. */
static void note_source(struct apt *a, char *line)
{
	const char *label = strsep(&line, "|"), *uri = strsep(&line, "|");
	char **place = !line				  ? NULL
		       : str_eq(label, "Debian")	  ? &a->mirror
		       : str_eq(label, "Debian-Security") ? &a->security
							  : NULL;

	if (!place || *place || !str_starts(uri, "http"))
		return;
	*place = xstrndup(uri, strlen(uri) - str_ends(uri, "/"));
	if (!a->key)
		a->key = find_key(line);
}

/* Lines of the system's configuration that say how to reach mirrors. */
static void note_setting(struct apt *a, const char *line)
{
	static const char *const kept[] = {
		"Acquire::http",    "Acquire::ForceIPv", "Acquire::Check-", "Acquire::Proxy",
		"Acquire::Retries", "Dir::Bin::Methods", "Dir::Etc::netrc",
	};

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (str_starts(line, kept[i]))
			buf_printf(&a->network, "%s\n", line);
}

static int ask_system(struct apt *a)
{
	_cleanup_strv_ struct strv env = {0}, targets = {0}, dump = {0};
	_cleanup_buf_ struct buf sources = {0}, settings = {0};
	char *rest, *line;
	int err;

	make_env(NULL, &env);
	put_words(&targets, "apt-get indextargets --format $(LABEL)|$(REPO_URI)|$(SOURCESENTRY)");
	put_words(&dump, "apt-config dump");
	err = run(a->room, env.v, &sources, &targets);
	err = err < 0 ? err : run(a->room, env.v, &settings, &dump);
	if (err < 0)
		return err;
	for (rest = sources.v; (line = strsep(&rest, "\n"));)
		note_source(a, line);
	for (rest = settings.v; (line = strsep(&rest, "\n"));)
		note_setting(a, line);
	a->mirror = a->mirror ? a->mirror : xstrdup(MIRROR);
	a->security = a->security ? a->security : xstrdup(SECURITY);
	a->key = a->key ? a->key : xstrdup(KEY);
	if (access(a->key, R_OK) == 0)
		return 0;
	return message_error(-ENOENT,
			     "kernels: %s: %s; it is needed to check Debian's packages: install "
			     "debian-archive-keyring",
			     a->key, strerror(errno));
}

/* --- a configuration of its own */

static const char conf[] =
	"APT::Architecture \"%s\";\n"
	"APT::Architectures { \"%s\"; };\n"
	"APT::Sandbox::User \"root\";\n"
	"Acquire::Retries \"2\";\n"
	"Acquire::Languages \"none\";\n"
	"Acquire::http::Timeout \"30\";\n"
	"%s"
	/* Nothing of the system's: it may have commands to be run afterwards, too. */
	"Dir::Etc::main \"/dev/null\";\n"
	"Dir::Etc::parts \"%s/none\";\n"
	"Dir::Etc::sourcelist \"%s/sources\";\n"
	"Dir::Etc::sourceparts \"%s/none\";\n"
	"Dir::Etc::preferences \"%s/none\";\n"
	"Dir::Etc::preferencesparts \"%s/none\";\n"
	"Dir::Etc::trusted \"%s/none\";\n"
	"Dir::Etc::trustedparts \"%s/none\";\n"
	"Dir::State \"%s\";\n"
	"Dir::State::lists \"%s/lists\";\n"
	"Dir::State::status \"%s/status\";\n"
	"Dir::Cache \"%s\";\n"
	"Dir::Cache::archives \"%s/archives\";\n";

static int write_text(const char *room, const char *name, const struct buf *text)
{
	_cleanup_free_ char *path = path_join(room, name);
	int err = file_write(path, text->v, text->n);

	return err < 0 ? message_error(err, "kernels: %s: %s", path, strerror(-err)) : 0;
}

static int make_room(struct apt *a)
{
	static const char *const dirs[] = {"lists/partial", "archives/partial", "none", "get"};
	_cleanup_buf_ struct buf text = {0}, empty = {0};
	_cleanup_free_ char *setting = xasprintf("APT_CONFIG=%s/conf", a->room);
	const char *r = a->room;
	int err;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		_cleanup_free_ char *dir = path_join(a->room, dirs[i]);

		err = file_make_dirs(dir);
		if (err < 0)
			return message_error(err, "kernels: %s: %s", dir, strerror(-err));
	}
	buf_printf(&text, conf, a->arch->debian, a->arch->debian, a->network.v ? a->network.v : "",
		   r, r, r, r, r, r, r, r, r, r, r, r);
	buf_puts(&empty, "");
	err = write_text(a->room, "conf", &text);
	err = err < 0 ? err : write_text(a->room, "status", &empty);
	make_env(setting, &a->env);
	return err;
}

int apt_open(const char *room, const struct arch *arch, struct apt *ret)
{
	struct apt a = {.room = xstrdup(room), .arch = arch};
	int err = ask_system(&a);

	err = err < 0 ? err : make_room(&a);
	if (err < 0) {
		apt_close(&a);
		return err;
	}
	*ret = a;
	return 0;
}

void apt_close(struct apt *a)
{
	free(a->room);
	free(a->mirror);
	free(a->security);
	free(a->key);
	free(a->trouble);
	buf_free(&a->network);
	strv_free(&a->env);
	*a = (struct apt){0};
}

/* --- what it is asked for */

static int run_apt(const struct apt *a, const char *dir, const struct strv *words, struct buf *ret)
{
	return run(dir, a->env.v, ret, words);
}

int apt_update(struct apt *a, const struct apt_suite *suites, size_t n)
{
	const char *const places[] = {a->mirror, a->security, ARCHIVE};
	/* What is in the archive is signed for a time that is over. */
	static const char *const options[] = {"", "", " check-valid-until=no"};
	_cleanup_buf_ struct buf sources = {0}, output = {0};
	_cleanup_strv_ struct strv words = {0};
	int err;

	for (size_t i = 0; i < n; i++)
		buf_printf(&sources, "deb [signed-by=%s%s] %s %s main\n", a->key,
			   options[suites[i].where], places[suites[i].where], suites[i].name);
	err = write_text(a->room, "sources", &sources);
	if (err < 0)
		return err;
	put_words(&words, "apt-get -q -q update");
	err = run_apt(a, a->room, &words, &output);
	free(a->trouble);
	a->trouble = err < 0 ? NULL : find_complaint(&output);
	return err < 0 ? err : 0;
}

void apt_packages_free(apt_packages *p)
{
	vec_foreach (package, p) {
		free(package->name);
		free(package->version);
		free(package->depends);
	}
	vec_free(p);
}

/* The value of a line "Key: value", or NULL. */
static char *value_of(const char *line, const char *key)
{
	return str_starts(line, key) ? xstrdup(line + strlen(key)) : NULL;
}

/* A record is a package's when it has a name, and all of these are on lines of their own. */
static void note_record(apt_packages *ret, char *record)
{
	struct apt_package p = {0};
	char *line;

	while ((line = strsep(&record, "\n"))) {
		p.name = p.name ? p.name : value_of(line, "Package: ");
		p.version = p.version ? p.version : value_of(line, "Version: ");
		p.depends = p.depends ? p.depends : value_of(line, "Depends: ");
	}
	if (p.name && p.version) {
		p.depends = p.depends ? p.depends : xstrdup("");
		vec_push(ret, p);
		return;
	}
	free(p.name);
	free(p.version);
	free(p.depends);
}

int apt_search(const struct apt *a, const char *regex, apt_packages *ret)
{
	_cleanup_strv_ struct strv words = {0};
	_cleanup_buf_ struct buf output = {0};
	char *rest, *end;
	int err;

	put_words(&words, "apt-cache search --names-only --full");
	strv_add(&words, regex);
	err = run_apt(a, a->room, &words, &output);
	for (rest = output.v; err >= 0 && rest; rest = end ? end + 2 : NULL) {
		end = strstr(rest, "\n\n");
		if (end)
			*end = '\0';
		note_record(ret, rest);
	}
	return err < 0 ? err : 0;
}

/* Unpacks the packages in a folder. */
static int unpack_all(const struct apt *a, const char *from, const char *to)
{
	_cleanup_closedir_ DIR *d = opendir(from);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		_cleanup_strv_ struct strv words = {0};
		_cleanup_buf_ struct buf output = {0};
		_cleanup_free_ char *why = NULL;
		int ok;

		if (!str_ends(e->d_name, ".deb"))
			continue;
		put_words(&words, "dpkg-deb -x");
		strv_add(&words, e->d_name);
		strv_add(&words, to);
		ok = run_apt(a, from, &words, &output);
		if (ok > 0)
			continue;
		why = find_complaint(&output);
		return ok < 0 ? ok
			      : message_error(-EIO, "kernels: %s: it cannot be unpacked: %s",
					      e->d_name, why ? why : "dpkg-deb does not say why");
	}
	return 0;
}

int apt_get(const struct apt *a, const struct strv *packages, char **ret_dir)
{
	_cleanup_free_ char *from = path_join(a->room, "get"), *to = path_join(a->room, "root");
	_cleanup_strv_ struct strv words = {0};
	_cleanup_buf_ struct buf output = {0};
	_cleanup_free_ char *why = NULL;
	int ok;

	put_words(&words, "apt-get -q -q download");
	strv_add_all(&words, packages);
	ok = run_apt(a, from, &words, &output);
	if (ok == 0) {
		why = find_complaint(&output);
		ok = message_error(-EIO, "kernels: %s: it cannot be downloaded: %s", packages->v[0],
				   why ? why : "apt-get does not say why");
	}
	ok = ok < 0 ? ok : unpack_all(a, from, to);
	if (ok < 0)
		return ok;
	*ret_dir = steal(&to);
	return 0;
}

#include "compiler/compiler.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/message.h"
#include "base/process.h"
#include "compiler/probe.h"

/* Why a candidate was not taken, for the message when none is left. */
static void refuse(struct buf *why, const char *path, const char *reason)
{
	buf_printf(why, "%s%s %s", why->n ? "; " : "", path, reason);
}

/* What is looked for, and where answers are kept. */
struct hunt {
	const char *target;
	const struct strv *flags; /* which will be asked about next, or NULL */
	const struct compiler_memory *memory;
};

/*
 * Asks with the flags, so that one start of the compiler answers this question and the next; when
 * it refuses them, that is not what is to be found out here.
 */
static int ask(const char *path, const struct hunt *h, struct probe_answer *ret)
{
	int err = h->flags ? probe_compiler(path, h->target, h->flags, h->memory, ret) : 0;

	if (err == 0 && ret->works)
		return 0;
	probe_answer_free(ret);
	return err < 0 ? err : probe_compiler(path, h->target, NULL, h->memory, ret);
}

/* 1: it is taken, 0: it is refused; -EINTR after a message. */
static int try_candidate(const char *path, const struct hunt *h, struct compiler *ret,
			 struct buf *why)
{
	struct probe_answer answer = {0};
	_cleanup_free_ char *first_line = NULL;
	int err = ask(path, h, &answer);

	if (err < 0) {
		refuse(why, path, "cannot be run");
		return err == -EINTR ? err : 0;
	}
	if (!answer.works) {
		first_line = xstrndup(answer.text, strcspn(answer.text, "\n"));
		refuse(why, path, "has no BPF target");
		buf_printf(why, " (%s)", *first_line ? first_line : "it said nothing");
	} else if (answer.major < COMPILER_MIN_MAJOR) {
		refuse(why, path, "is older than clang 14");
	} else {
		ret->path = xstrdup(path);
		ret->version = xstrdup(answer.version);
		ret->major = answer.major;
		ret->no_default_config = answer.no_default_config;
	}
	probe_answer_free(&answer);
	return ret->path != NULL;
}

/* 0 when it is of no use; -EINTR after a message. */
static int major_of(const char *path, const struct hunt *h)
{
	struct probe_answer answer = {0};
	int err = ask(path, h, &answer), major = 0;

	if (err == 0 && answer.works)
		major = (int)answer.major;
	probe_answer_free(&answer);
	return err == -EINTR ? err : major;
}

static int find_wanted(const char *wanted, const char *who, const struct hunt *h,
		       struct compiler *ret)
{
	_cleanup_buf_ struct buf why = {0};
	_cleanup_free_ char *path = process_find(wanted);
	int taken;

	if (!path)
		return message_error(-ENOENT,
				     "%s: %s: no such program%s; name a clang from 14 up that has "
				     "the BPF target",
				     who, wanted, strchr(wanted, '/') ? "" : " in PATH");
	taken = try_candidate(path, h, ret, &why);
	if (taken)
		return taken < 0 ? taken : 0;
	return message_error(-ENOEXEC, "%s: %s; name a clang from 14 up that has the BPF target",
			     who, why.v);
}

int compiler_find(const char *wanted, const char *who, const char *target, const struct strv *flags,
		  const struct compiler_memory *memory, struct compiler *ret)
{
	const struct hunt hunt = {target, flags, memory}, *h = &hunt;
	_cleanup_buf_ struct buf why = {0};
	_cleanup_free_ char *plain = NULL;
	int plain_major, taken = 0;

	if (wanted)
		return find_wanted(wanted, who, h, ret);
	plain = process_find("clang");
	plain_major = plain ? major_of(plain, h) : 0;
	if (plain_major < 0)
		return plain_major;
	for (int major = COMPILER_MAX_MAJOR; major >= COMPILER_MIN_MAJOR; major--) {
		_cleanup_free_ char *name = xasprintf("clang-%d", major);
		_cleanup_free_ char *path = NULL;

		if (plain_major > major)
			break;
		path = process_find(name);
		taken = path ? try_candidate(path, h, ret, &why) : 0;
		if (taken)
			return taken < 0 ? taken : 0;
	}
	taken = plain ? try_candidate(plain, h, ret, &why) : 0;
	if (taken)
		return taken < 0 ? taken : 0;
	if (!plain && !why.n)
		return message_error(-ENOENT,
				     "no clang: looked in PATH for clang and for clang-%d "
				     "and newer; install one (Debian: apt-get install "
				     "clang-19) or name it with --clang",
				     COMPILER_MIN_MAJOR);
	return message_error(-ENOEXEC,
			     "no suitable clang: %s; install one (Debian: apt-get install "
			     "clang-19) or name it with --clang",
			     why.v);
}

void compiler_free(struct compiler *c)
{
	free(c->path);
	free(c->version);
	*c = (struct compiler){0};
}

int compiler_search(const struct compiler *c, const char *target, const struct strv *flags,
		    const struct compiler_memory *memory, struct search *ret)
{
	struct probe_answer answer = {0};
	int err = probe_compiler(c->path, target, flags, memory, &answer);

	if (err == -EINTR)
		return err;
	if (err < 0)
		return message_error(err, "compiler: %s: %s", c->path, strerror(-err));
	if (!answer.works) {
		answer.text[strcspn(answer.text, "\n")] = '\0';
		err = message_error(-EINVAL, "compiler: %s refuses the flags: %s", c->path,
				    answer.text);
	} else {
		*ret = answer.search;
		answer.search = (struct search){0};
	}
	probe_answer_free(&answer);
	return err;
}

void compiler_environment(struct strv *ret)
{
	/* TMPDIR for its own temporaries, PATH for `as` of an odd installation; LC_ALL keeps
	 * messages the same everywhere. */
	static const char *const passed[] = {"PATH", "TMPDIR", "LD_LIBRARY_PATH"};

	for (size_t i = 0; i < ARRAY_SIZE(passed); i++) {
		const char *value = getenv(passed[i]);

		if (value)
			strv_addf(ret, "%s=%s", passed[i], value);
	}
	strv_add(ret, "LC_ALL=C");
}

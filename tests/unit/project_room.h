/* What tests of the project room share: a list of files, captured messages, time. */
#ifndef SKEP_TESTS_PROJECT_ROOM_H
#define SKEP_TESTS_PROJECT_ROOM_H

#include <errno.h>
#include <time.h>

#include "base/message.h"
#include "base/str.h"
#include "project/finder.h"

/* A finder for a fixed list of files, so that results do not depend on the machine. */
static inline int fixed_find(struct finder *f, const struct pattern *p, struct strv *ret,
			     struct buf *why)
{
	static const char *const files[] = {
		"a.bpf.c", "b.bpf.c", "dir/a.bpf.c", "dir/deep/c.bpf.c", "tc.c", "with {braces}.c",
	};

	(void)f;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (pattern_match(p, files[i]))
			strv_add(ret, files[i]);
	if (pattern_match(p, "unreadable.c")) {
		buf_puts(why, "unreadable.c: Permission denied");
		return -EACCES;
	}
	return 0;
}

/* Messages since the last call of messages_begin, each with a newline. */
static struct buf messages;

static inline void collect_message(enum message_level level, const char *text, void *arg)
{
	(void)arg;
	buf_printf(&messages, "%s%s\n", level == MESSAGE_WARNING ? "warning: " : "", text);
}

static inline void messages_begin(void)
{
	buf_free(&messages);
	buf_puts(&messages, "");
	message_set_sink(collect_message, NULL);
}

/* What this process has used: a busy machine does not count. */
static inline double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#endif

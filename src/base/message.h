/*
 * Messages: `skep: what: which file: why`, then what to do. A function that detects a failure
 * says so here, once, and returns a negative errno; callers only pass the errno on. The cli
 * decides where messages go (it has a status line to clear), so the sink can be replaced.
 */
#ifndef SKEP_BASE_MESSAGE_H
#define SKEP_BASE_MESSAGE_H

enum message_level {
	MESSAGE_ERROR,
	MESSAGE_WARNING,
	MESSAGE_NOTE,
};

typedef void (*message_sink)(enum message_level level, const char *text, void *arg);

/* Sends messages to sink from now on; NULL restores the default, which writes to stderr. */
void message_set_sink(message_sink sink, void *arg);

/* Writes one message as the default sink does: "skep: text\n", text made printable. */
void message_write(int fd, enum message_level level, const char *text);

/* Reports an error and returns err, so that `return message_error(-ENOENT, ...)` reads well. */
int message_error(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void message_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void message_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

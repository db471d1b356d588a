#include "base/message.h"

#include <stdio.h>
#include <unistd.h>

#include "base/str.h"

static void write_to_stderr(enum message_level level, const char *text, void *arg)
{
	(void)arg;
	message_write(STDERR_FILENO, level, text);
}

static message_sink current_sink = write_to_stderr;
static void *current_arg;

void message_set_sink(message_sink sink, void *arg)
{
	current_sink = sink ? sink : write_to_stderr;
	current_arg = sink ? arg : NULL;
}

void message_write(int fd, enum message_level level, const char *text)
{
	static const char *const prefix[] = {
		[MESSAGE_ERROR] = "skep: ",
		[MESSAGE_WARNING] = "skep: warning: ",
		[MESSAGE_NOTE] = "skep: ",
	};
	_cleanup_buf_ struct buf b = {0};

	buf_puts(&b, prefix[level]);
	buf_put_visible(&b, text);
	buf_putc(&b, '\n');
	/* A message that cannot be written has nowhere else to go. */
	if (write(fd, b.v, b.n) < 0)
		return;
}

static void send(enum message_level level, const char *fmt, va_list ap)
{
	_cleanup_buf_ struct buf b = {0};

	buf_vprintf(&b, fmt, ap);
	current_sink(level, b.v ? b.v : "", current_arg);
}

int message_error(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	send(MESSAGE_ERROR, fmt, ap);
	va_end(ap);
	return err;
}

void message_warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	send(MESSAGE_WARNING, fmt, ap);
	va_end(ap);
}

void message_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	send(MESSAGE_NOTE, fmt, ap);
	va_end(ap);
}

#include <errno.h>
#include <stdio.h>

#include "base/message.h"
#include "llvm/link_parts.h"

/* LLVM's handler of fatal errors is not told whose they are. */
static struct link *current;

static const char *const level_names[] = {
	[LINK_LOG_OFF] = "",	  [LINK_LOG_ERROR] = "error", [LINK_LOG_WARN] = "warn",
	[LINK_LOG_INFO] = "info", [LINK_LOG_DEBUG] = "debug", [LINK_LOG_TRACE] = "trace",
};

static void write_log(const struct link *l, enum link_log level, const char *text)
{
	_cleanup_buf_ struct buf line = {0};

	buf_put_visible(&line, text);
	fprintf(l->log, "%s: %s\n", level_names[level], line.v ? line.v : "");
	fflush(l->log);
}

void link_log(const struct link *l, enum link_log level, const char *fmt, ...)
{
	_cleanup_buf_ struct buf text = {0};
	va_list ap;

	if (!l->log || level > l->o->log_level)
		return;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	write_log(l, level, text.v);
}

void link_warn(const struct link *l, const char *fmt, ...)
{
	_cleanup_buf_ struct buf text = {0};
	va_list ap;

	if (l->o->log_level < LINK_LOG_WARN)
		return;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	message_warning("%s", text.v);
	if (l->o->log_file && l->log)
		write_log(l, LINK_LOG_WARN, text.v);
}

/*
 * The BPF backend complains of calls to functions of the C library that it makes itself: gives the
 * name, or NULL when the text is about anything else.
 */
static const char *builtin_in_error(const char *text)
{
	static const char *const names[] = {"memcpy", "memmove", "memset",
					    "memcmp", "bcmp",	 "strlen"};
	_cleanup_buf_ struct buf want = {0};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		want.n = 0;
		buf_printf(&want, "A call to built-in function '%s' is not supported.", names[i]);
		if (strstr(text, want.v))
			return names[i];
	}
	return NULL;
}

static void report_error(struct link *l, const char *text)
{
	l->n_errors++;
	if (l->reading)
		message_error(-EBADMSG, "link: %s: LLVM: %s", l->reading, text);
	else
		message_error(-EBADMSG, "link: LLVM: %s", text);
}

/* Such a call is well when the program brings the function, as compiler_builtins does. */
static void take_error(struct link *l, const char *text)
{
	const char *builtin = builtin_in_error(text);

	if (!builtin)
		report_error(l, text);
	else if (!link_is_defined(l, builtin))
		link_warn(l, "link: LLVM: %s", text);
}

static void take_diagnostic(LLVMDiagnosticInfoRef info, void *arg)
{
	struct link *l = arg;
	char *text = llvm.GetDiagInfoDescription(info);
	size_t len = strlen(text);

	while (len && text[len - 1] == '\n')
		text[--len] = '\0';
	switch (llvm.GetDiagInfoSeverity(info)) {
	case SEVERITY_ERROR:
		take_error(l, text);
		break;
	case SEVERITY_WARNING:
		link_warn(l, "link: %s%sLLVM: %s", l->reading ?: "", l->reading ? ": " : "", text);
		break;
	default:
		link_log(l, LINK_LOG_DEBUG, "LLVM: %s", text);
	}
	llvm.DisposeMessage(text);
}

/* LLVM would end the process: what happens on the way out of its frames no longer matters. */
static void take_fatal_error(const char *why)
{
	report_error(current, why);
	longjmp(*current->on_fatal, 1);
}

void link_listen(struct link *l)
{
	if (!current)
		llvm.InstallFatalErrorHandler(take_fatal_error);
	current = l;
	llvm.ContextSetDiagnosticHandler(l->context, take_diagnostic, l);
}

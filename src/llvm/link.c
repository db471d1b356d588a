#include "llvm/link.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/child.h"
#include "base/file.h"
#include "base/message.h"
#include "llvm/find.h"
#include "llvm/link_parts.h"

/* Processor time; the largest inputs take seconds, and damaged ones can make LLVM hang. */
#define SECONDS_MAX 600

/* What compilers make calls of on their own, after everything is linked. */
static const char *const memory_builtins[] = {"memcpy", "memmove", "memset", "memcmp", "bcmp"};

char *link_crash_file(const struct link_options *o)
{
	return xasprintf("%s.crash.ll", o->output);
}

static int open_log(struct link *l)
{
	const char *path = l->o->log_file;

	l->log = path ? fopen(path, "ae") : stderr;
	return l->log ? 0 : message_error(-errno, "link: %s: %s", path, strerror(errno));
}

static int open_inputs(struct link *l)
{
	for (size_t i = 0; i < l->o->inputs.n; i++) {
		int err = inputs_add(&l->in, l->o->inputs.v[i]);

		if (err < 0)
			return err;
	}
	for (size_t i = 0; i < l->in.notes.n; i++)
		link_log(l, LINK_LOG_DEBUG, "%s", l->in.notes.v[i]);
	if (!l->in.modules.n)
		return message_error(-ENOENT, "link: there is nothing to link in the inputs");
	vec_foreach (m, &l->in.modules)
		link_log(l, LINK_LOG_INFO, "%s: %zu bytes, by %s", m->name, m->size,
			 m->producer ?: "an unknown producer");
	return 0;
}

/* What is kept: what was asked for, memcpy and the like, and what objects among the inputs need. */
static int list_exports(struct link *l)
{
	strv_add_all(&l->exports, &l->o->exports);
	for (size_t i = 0; !l->o->disable_memory_builtins && i < ARRAY_SIZE(memory_builtins); i++)
		strv_add(&l->exports, memory_builtins[i]);
	return link_list_names(&l->in, &l->provided, &l->exports);
}

static int open_llvm(struct link *l)
{
	_cleanup_free_ char *path = NULL;
	int err = llvm_choose(&l->in, l->o->llvm, &path);

	err = err < 0 ? err : llvm_open(path);
	if (err < 0)
		return err;
	link_log(l, LINK_LOG_INFO, "LLVM %u: %s", llvm.major, path);
	link_open_context(l);
	return 0;
}

static int (*const steps[])(struct link *) = {
	open_llvm,	   link_read,	      link_choose_target, link_survey,
	link_give_options, link_make_machine, link_join,	  link_optimize,
};

static int check_result(const struct link *l)
{
	return l->n_errors && l->o->fatal_errors ? -EBADMSG : 0;
}

static int link_bitcode(struct link *l, struct buf *out)
{
	int err = 0, undefined;

	for (size_t i = 0; i < ARRAY_SIZE(steps) && !err; i++)
		err = steps[i](l);
	if (err < 0)
		return err;
	link_report_missing(l);
	/* Before code is made, which changes the module; all errors are told. */
	undefined = link_check_module(l);
	err = link_emit(l, out);
	err = err ?: undefined;
	return err ?: check_result(l);
}

static int link_inputs(struct link *l, struct buf *out)
{
	bool bitcode;
	int err = open_log(l);

	err = err ?: open_inputs(l);
	err = err ?: link_check_inputs(l->o, &l->in);
	err = err ?: list_exports(l);
	if (err < 0)
		return err;
	bitcode = link_count(&l->in, MODULE_ELF) < l->in.modules.n;
	l->btf = l->o->btf || l->o->debug_info || link_count(&l->in, MODULE_ELF);
	err = bitcode ? link_bitcode(l, out) : 0;
	err = err ?: link_check_objects(l);
	if (err == 0 && l->o->emit == LINK_OBJECT)
		err = link_finish(l->o, &l->in, out);
	return err;
}

/* Damaged bitcode can make LLVM ask for more memory than there is, which it may then even use. */
static void limit_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
	uint64_t all = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	struct rlimit limit;

	if (getrlimit(RLIMIT_AS, &limit) < 0 || all > limit.rlim_max)
		return;
	limit.rlim_cur = all;
	setrlimit(RLIMIT_AS, &limit);
#endif
}

/* What was allocated ends with the process. */
static int link_in_child(void *arg, struct buf *out)
{
	struct link l = {.o = arg};
	jmp_buf fatal;

	limit_memory();
	l.on_fatal = &fatal;
	if (setjmp(fatal))
		return -ENOTRECOVERABLE;
	return link_inputs(&l, out);
}

static char *describe(const struct link_options *o)
{
	struct buf b = {0};

	buf_puts(&b, "link: ");
	for (size_t i = 0; i < o->inputs.n && i < 3; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", o->inputs.v[i]);
	if (o->inputs.n > 3)
		buf_printf(&b, " and %zu more", o->inputs.n - 3);
	return buf_steal(&b);
}

static int check_options(const struct link_options *o)
{
	struct stat out, in;

	if (!o->inputs.n)
		return message_error(-EINVAL, "link: there are no inputs");
	if (stat(o->output, &out) < 0)
		return 0;
	for (size_t i = 0; i < o->inputs.n; i++)
		if (stat(o->inputs.v[i], &in) == 0 && in.st_dev == out.st_dev &&
		    in.st_ino == out.st_ino)
			return message_error(-EINVAL, "link: %s: it is both input and output",
					     o->output);
	return 0;
}

int link_run(const struct link_options *o)
{
	_cleanup_free_ char *what = describe(o), *crash = link_crash_file(o);
	_cleanup_buf_ struct buf out = {0};
	int err = check_options(o);

	if (err < 0)
		return err;
	err = child_run(what, SECONDS_MAX, link_in_child, (void *)o, &out);
	if (o->keep_ir_on_crash && err != -ENOTRECOVERABLE)
		unlink(crash);
	if (o->keep_ir_on_crash && err == -ENOTRECOVERABLE && file_exists(crash))
		message_note("link: what LLVM was given is in %s", crash);
	if (err < 0)
		return err;
	err = file_write_output(o->output, out.v ? out.v : "", out.n);
	return err < 0 ? message_error(err, "write: %s: %s", o->output, strerror(-err)) : 0;
}

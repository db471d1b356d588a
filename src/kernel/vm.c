#include "kernel/vm.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/message.h"
#include "base/path.h"
#include "base/process.h"
#include "kernel/cpio.h"
#include "kernel/vm_host.h"
#include "kernel/vm_machine.h"
#include "kernel/vm_rest.h"
#include "kernel/wire_pack.h"

#define BOOT_SECONDS 60
#define PROGRAM_SECONDS 60 /* as load_job says */
#define SILENT_MORE 60	   /* seconds */

/* A boot under KVM that takes longer is done again without. */
#define KVM_BOOT_SECONDS 10

#define MAX_BOOTS_LOST 2 /* that end before the agent says hello, one after another */
#define MAX_DEATHS 16	 /* of machines; what is left then is not tried */
#define MAX_CONSOLE_LINES 40

struct run {
	const struct vm_options *o;
	const struct kernel *kernel;
	int fd; /* frames go there */
	bool kvm;
	struct vm_rest rest;
	struct buf files; /* of the initial file system, all but the job */
	struct strv told; /* troubles, each of which is told once */
	char *object;	  /* that was announced last */
	bool has_greeted; /* anybody, ever */
	unsigned boots_lost, deaths;
	/* Of the machine that runs: */
	bool has_booted, is_done;
	char *why; /* it ended; NULL: that is for its status to say */
};

/* --- what the machine is given */

static int add_file(struct buf *b, const char *path, const char *name, mode_t mode)
{
	_cleanup_content_ struct file_content c = {0};
	int err = file_load(path, &c);

	if (err == 0)
		err = cpio_add(b, name, S_IFREG | mode, c.data, c.size);
	if (err < 0)
		return message_error(err, "virtual machine: %s: %s", path, strerror(-err));
	return 0;
}

/* Modules get numbers: the agent loads them in the order of their names. */
static int put_files(const struct run *r, struct buf *b)
{
	static const char *const folders[] = {"dev", "proc", "sys", "modules", "boot"};
	_cleanup_free_ char *config = xasprintf("boot/config-%s", r->kernel->release);
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		cpio_add(b, folders[i], S_IFDIR | 0755, NULL, 0);
	err = add_file(b, r->o->agent, "init", 0755);
	/* Where libbpf looks for the values of __kconfig. */
	if (err == 0 && r->kernel->config && *r->kernel->release)
		err = add_file(b, r->kernel->config, config, 0644);
	for (size_t i = 0; i < r->kernel->modules.n && err == 0; i++) {
		const char *path = r->kernel->modules.v[i];
		_cleanup_free_ char *name = xasprintf("modules/%04zu-%s", i, path_base(path));

		err = add_file(b, path, name, 0644);
	}
	return err;
}

static int start(struct run *r, struct vm_machine *m)
{
	_cleanup_buf_ struct buf initrd = {0}, job = {0};
	_cleanup_strv_ struct strv argv = {0};
	int err = vm_command(r->o, r->kernel, r->kvm, &argv);

	if (err < 0)
		return err;
	vm_rest_put(&r->rest, &job);
	buf_add(&initrd, r->files.v, r->files.n);
	if (cpio_add(&initrd, "job", S_IFREG | 0644, job.v, job.n) < 0)
		return message_error(-EFBIG, "virtual machine: a job of %zu bytes is too large",
				     job.n);
	cpio_end(&initrd);
	return vm_machine_start(&argv, &initrd, m);
}

/* --- what it says */

static int send(const struct run *r, const struct wire_frame *f)
{
	return wire_write(r->fd, f->type, f->payload, f->size);
}

/* An object whose machine died is begun again, in parts. */
static int take_object(struct run *r, const struct wire_frame *f)
{
	char *name = xstrndup(f->payload, f->size);
	bool is_new = !r->object || !str_eq(r->object, name);
	int err = vm_rest_object(&r->rest);

	free(r->object);
	r->object = name;
	if (err == 0 && is_new)
		err = send(r, f);
	return err;
}

static int take_verdict(struct run *r, const struct wire_frame *f)
{
	_cleanup_verdict_ struct verdict v = {0};
	int err = verdict_get(f->payload, f->size, &v);

	if (err == 0)
		err = vm_rest_verdict(&r->rest, &v);
	return err < 0 ? err : send(r, f);
}

static int take_trouble(struct run *r, const struct wire_frame *f)
{
	_cleanup_free_ char *text = xstrndup(f->payload, f->size);

	if (strv_has(&r->told, text))
		return 0;
	strv_add(&r->told, text);
	return send(r, f);
}

static int take_hello(struct run *r, const struct wire_frame *f)
{
	bool is_first = !r->has_greeted;

	r->has_booted = r->has_greeted = true;
	r->boots_lost = 0;
	return is_first ? send(r, f) : 0;
}

/* -EBADMSG for what the agent would not say; otherwise fd cannot be written to. */
static int take_frame(struct run *r, const struct wire_frame *f)
{
	switch (f->type) {
	case WIRE_HELLO:
		return take_hello(r, f);
	case WIRE_OBJECT:
		return take_object(r, f);
	case WIRE_VERDICT:
		return take_verdict(r, f);
	case WIRE_TROUBLE:
		return take_trouble(r, f);
	case WIRE_DONE:
		r->is_done = true;
		return 0;
	case WIRE_TRYING:
	case WIRE_PACKED:
		break;
	}
	return -EBADMSG;
}

/* --- one machine */

static unsigned patience(const struct run *r)
{
	unsigned program = r->rest.job->seconds ? r->rest.job->seconds : PROGRAM_SECONDS;

	if (r->has_booted)
		return r->o->silent_seconds ? r->o->silent_seconds : 2 * program + SILENT_MORE;
	if (r->kvm)
		return KVM_BOOT_SECONDS;
	return r->o->boot_seconds ? r->o->boot_seconds : BOOT_SECONDS;
}

/* How what a machine says is read: frames, some of them packed in others. */
struct ears {
	struct wire_reader outer, inner;
	struct wire_unpacker unpacker;
	unsigned frames; /* that came, at all */
};

static void ears_free(struct ears *e)
{
	wire_reader_free(&e->outer);
	wire_reader_free(&e->inner);
	wire_unpacker_free(&e->unpacker);
}

/* Takes all frames that have come. */
static int take_frames(struct run *r, struct ears *e, struct wire_reader *from)
{
	struct wire_frame f;
	int got;

	while (!r->is_done && (got = wire_next(from, &f)) != 0) {
		if (got > 0 && f.type == WIRE_PACKED && from == &e->outer) {
			got = wire_unpack(&e->unpacker, &f, &e->inner);
			if (got == 0)
				got = take_frames(r, e, &e->inner);
		} else if (got > 0) {
			got = take_frame(r, &f);
		}
		e->frames++;
		if (got < 0)
			return got;
	}
	return 0;
}

/* Until it is done or ends; r->why may say how it ended. Negative errno when there is no going on.
 */
static int follow(struct run *r, struct vm_machine *m)
{
	_cleanup_(ears_free) struct ears ears = {0};
	_cleanup_buf_ struct buf block = {0};
	int64_t until = 0;
	unsigned frames = 1;
	int got;

	do {
		/* Bytes alone are no answer. */
		if (frames != ears.frames)
			until = vm_now() + 1000 * (int64_t)patience(r);
		frames = ears.frames;
		block.n = 0;
		got = vm_machine_read(m, until, &block);
		if (got == -ETIMEDOUT)
			r->why = xasprintf("it said nothing for %u seconds", patience(r));
		else if (got < 0)
			return message_error(got, "virtual machine: %s: %s", r->kernel->name,
					     strerror(-got));
		if (got <= 0)
			return 0;
		wire_feed(&ears.outer, block.v, block.n);
		got = take_frames(r, &ears, &ears.outer);
		if (got == -EBADMSG)
			r->why = xstrdup("what the agent said is damaged");
		else if (got < 0)
			return got;
	} while (!r->is_done && !r->why);
	return 0;
}

/* --- when it ends too early */

/* Of a kernel's end, on its console; what says most comes first. */
static const char *const signs[] = {"Kernel panic - ", "BUG: ", "Oops: "};

static bool is_empty_line(const char *s, size_t n)
{
	for (; n; n--, s++)
		if ((unsigned char)*s > ' ')
			return false;
	return true;
}

/* The last lines of the console that say something. Caller frees. */
static char *last_lines(const struct vm_machine *m, size_t max)
{
	struct buf b = {0};
	const char *at = m->said.v + m->said.n;
	size_t lines = 0;

	while (m->said.n && at > m->said.v && lines < max) {
		const char *before = memrchr(m->said.v, '\n', (size_t)(at - 1 - m->said.v));
		const char *line = before ? before + 1 : m->said.v;

		lines += !is_empty_line(line, (size_t)(at - line));
		at = line;
	}
	for (size_t left = m->said.n ? (size_t)(m->said.v + m->said.n - at) : 0; left; left--, at++)
		if (*at != '\r' && *at)
			buf_putc(&b, *at);
	return buf_steal(&b);
}

static const char *find_sign(const struct vm_machine *m, const char *sign)
{
	return m->said.n ? memmem(m->said.v, m->said.n, sign, strlen(sign)) : NULL;
}

/* What the console says of the end in a line: a panic, or whatever came last. Caller frees. */
static char *find_reason(const struct vm_machine *m)
{
	_cleanup_free_ char *line = last_lines(m, 1);

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		const char *at = find_sign(m, signs[i]);

		if (at)
			return xstrndup(at, strcspn(at, "\r\n"));
	}
	line[strcspn(line, "\n")] = '\0';
	return steal(&line);
}

/* From the first sign of an end on, or else the last lines. Caller frees. */
static char *console_lines(const struct vm_machine *m)
{
	const char *first = NULL, *end;
	struct buf b = {0};

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		const char *at = find_sign(m, signs[i]);

		if (at && (!first || at < first))
			first = at;
	}
	if (!first)
		return last_lines(m, MAX_CONSOLE_LINES);
	end = first;
	for (size_t i = 0; i < MAX_CONSOLE_LINES && *end; i++)
		end += strcspn(end, "\n") + (strchr(end, '\n') != NULL);
	for (; first < end; first++)
		if (*first != '\r')
			buf_putc(&b, *first);
	return buf_steal(&b);
}

/* How a machine ended that was not done, in a line. Caller frees. */
static char *describe_end(const struct run *r, const struct vm_machine *m, int status)
{
	_cleanup_free_ char *reason = find_reason(m), *ended = NULL;

	if (!r->why)
		ended = status ? process_describe_status(status) : xstrdup("stopped");
	return xasprintf("%s%s%s%s", r->why ? "" : "QEMU ", r->why ? r->why : ended,
			 *reason ? ": " : "", reason);
}

/* Before the agent came up: once more, or it is told. */
static int lose_boot(struct run *r, const char *how)
{
	if (r->kvm) {
		r->kvm = false;
		return 0;
	}
	if (++r->boots_lost < MAX_BOOTS_LOST)
		return 0;
	return message_error(-EIO, "the kernel does not start in a virtual machine: %s", how);
}

static int send_verdict(struct run *r, const char *object, const char *program, bool unprivileged,
			enum verdict_kind kind, char *said)
{
	_cleanup_buf_ struct buf b = {0};
	/* Lent, but for nothing that is written to. */
	struct verdict v = {.object = (char *)object,
			    .program = (char *)program,
			    .section = (char *)"",
			    .type = (char *)"",
			    .log = (char *)"",
			    .translated = (char *)"",
			    .unprivileged = unprivileged,
			    .kind = kind,
			    .said = said};

	verdict_put(&v, &b);
	return wire_write(r->fd, WIRE_VERDICT, b.v, b.n);
}

static int blame(struct run *r, const struct vm_part *p, const char *how,
		 const struct vm_machine *m)
{
	_cleanup_free_ char *lines = console_lines(m), *said = NULL;

	said = xasprintf("the virtual machine that loaded it ended twice: %s%s%s", how,
			 *lines ? "; the console says:\n" : "", lines);
	return send_verdict(r, p->object->name, p->single.program ? p->single.program : "",
			    p->single.unprivileged, VERDICT_CRASHED, said);
}

/* Nothing more is tried. */
static int give_up(struct run *r)
{
	_cleanup_free_ char *said =
		xasprintf("not tried: virtual machines with this kernel ended %u times", r->deaths);
	int err = 0;

	vec_foreach (p, &r->rest.parts) {
		const char *program = p->is_single ? p->single.program : NULL;

		err = send_verdict(r, p->object->name, program ? program : "",
				   p->is_single && p->single.unprivileged, VERDICT_UNTRIED, said);
		if (err < 0)
			return err;
	}
	r->rest.parts.n = 0;
	return 0;
}

static int lose_machine(struct run *r, const struct vm_machine *m, int status)
{
	_cleanup_free_ char *how = describe_end(r, m, status);
	struct vm_part part;
	int err = 0;

	if (!r->has_booted)
		return lose_boot(r, how);
	if (vm_rest_died(&r->rest, &part))
		err = blame(r, &part, how, m);
	if (err == 0 && ++r->deaths == MAX_DEATHS)
		err = give_up(r);
	return err;
}

/* --- all of them */

static int run_machine(struct run *r)
{
	_cleanup_machine_ struct vm_machine m = VM_NO_MACHINE;
	int err = start(r, &m), status;

	if (err < 0)
		return err;
	r->has_booted = r->is_done = false;
	free(r->why);
	r->why = NULL;
	err = follow(r, &m);
	status = vm_machine_stop(&m);
	if (err == 0 && !r->is_done)
		err = lose_machine(r, &m, status);
	return err;
}

static void run_free(struct run *r)
{
	vm_rest_free(&r->rest);
	buf_free(&r->files);
	strv_free(&r->told);
	free(r->object);
	free(r->why);
}

int vm_run(const struct vm_options *o, const struct kernel *k, const struct load_job *j, int fd)
{
	_cleanup_(run_free) struct run r = {.o = o, .kernel = k, .fd = fd};
	int err;

	if (k->is_running)
		return message_error(-EINVAL, "virtual machine: the running kernel has no image to "
					      "start; name one of `skep kernel list`");
	r.kvm = !o->emulate && vm_has_kvm(k->arch);
	vm_rest_begin(&r.rest, j);
	err = put_files(&r, &r.files);
	while (err == 0 && !r.is_done) {
		err = run_machine(&r);
		if (err == 0 && !r.rest.parts.n)
			r.is_done = true;
	}
	return err < 0 ? err : wire_write(fd, WIRE_DONE, NULL, 0);
}

/*
 * The first and only program of a virtual machine (/init): it loads the programs of /job and says
 * through a device what the kernel makes of them (kernel/wire.h). Of the kernel's command line it
 * reads
 *	agent.out=DEVICE	port:NUMBER or a path below /dev
 *	agent.fault=WHAT	for tests, something that goes wrong: see faults
 * What cannot be said through the device goes to the console. It ends with the machine.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/path.h"
#include "kernel/load.h"
#include "kernel/wire_pack.h"
#include "output.h"
#include "types.h"

#define JOB "/job"
#define MODULES "/modules"

static struct output output = {.port = -1, .fd = -1};
static struct wire_reader passing; /* the frames once more, for faults that wait for one */
static const char *fault;	   /* as the command line has it, or NULL */

/* --- saying */

/* To the console, which the host shows when the machine ends too early. */
static void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	dprintf(STDERR_FILENO, "agent: ");
	vdprintf(STDERR_FILENO, fmt, ap);
	dprintf(STDERR_FILENO, "\n");
	va_end(ap);
}

static void put_trouble(struct buf *frame, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void put_trouble(struct buf *frame, const char *fmt, ...)
{
	_cleanup_buf_ struct buf text = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	wire_put(frame, WIRE_TROUBLE, text.v, text.n + 1);
}

static _Noreturn void end_machine(void)
{
	reboot(RB_POWER_OFF);
	complain("cannot power off: %s", strerror(errno));
	for (;;)
		pause();
}

/* --- faults */

static void panic(void)
{
	_cleanup_close_ int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "c", 1) < 0)
		complain("cannot crash: %s", strerror(errno));
}

static void be_silent(void)
{
	for (;;)
		pause();
}

static void leave(void)
{
	_exit(0);
}

static void write_noise(void)
{
	output_write(&output, "noise", strlen("noise"));
}

/* "WHAT" happens before anything is said, "WHAT:NAME" when that object is begun. */
static const struct {
	const char *name;
	void (*happen)(void);
} faults[] = {
	{"panic", panic},	/* of the kernel */
	{"silent", be_silent},	/* for ever */
	{"exit", leave},	/* which makes the kernel panic */
	{"noise", write_noise}, /* between frames it is damage, before them it is not */
	{"end", end_machine},	/* with nothing more to say */
};

static void happen(const char *object)
{
	size_t n = strcspn(fault, ":");

	if (object ? !fault[n] || !str_eq(fault + n + 1, object) : fault[n])
		return;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		if (strlen(faults[i].name) == n && memcmp(faults[i].name, fault, n) == 0)
			faults[i].happen();
}

static void watch_for_fault(const void *data, size_t size)
{
	struct wire_frame f;

	wire_feed(&passing, data, size);
	while (wire_next(&passing, &f) == 1)
		if (f.type == WIRE_OBJECT) {
			_cleanup_free_ char *name = xstrndup(f.payload, f.size);

			happen(name);
		}
}

/* --- the machine */

static void mount_all(void)
{
	static const struct {
		const char *type, *where;
	} mounts[] = {{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}};

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
		if (mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, NULL) < 0)
			complain("cannot mount %s: %s", mounts[i].where, strerror(errno));
}

static void raise_limits(void)
{
	static const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY}, many = {65536, 65536};

	/* Before 5.11 kernels count the memory of programs and maps as locked. */
	setrlimit(RLIMIT_MEMLOCK, &all);
	setrlimit(RLIMIT_NOFILE, &many);
}

/* The value of NAME=VALUE in the kernel's command line, or NULL. Caller frees. */
static char *find_option(const char *name)
{
	_cleanup_buf_ struct buf line = {0};
	char *word, *rest;

	if (file_read("/proc/cmdline", FILE_MAX_SIZE, &line) < 0)
		return NULL;
	rest = line.v;
	while ((word = strsep(&rest, " \n"))) {
		size_t n = strlen(name);

		if (strncmp(word, name, n) == 0 && word[n] == '=')
			return xstrdup(word + n + 1);
	}
	return NULL;
}

static void load_module(const char *name, struct buf *troubles)
{
	_cleanup_free_ char *path = path_join(MODULES, name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST))
		put_trouble(troubles, "module %s: %s", name, strerror(errno));
}

/* In the order of their names; the number before the name is the host's. */
static void load_modules(struct buf *troubles)
{
	_cleanup_closedir_ DIR *d = opendir(MODULES);
	_cleanup_strv_ struct strv names = {0};
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			strv_add(&names, e->d_name);
	strv_sort(&names);
	for (size_t i = 0; i < names.n; i++)
		load_module(names.v[i], troubles);
}

/* --- the job */

static void begin_job(int fd)
{
	_cleanup_buf_ struct buf troubles = {0};

	load_modules(&troubles);
	types_share();
	if (troubles.n && file_write_fd(fd, troubles.v, troubles.n) < 0)
		complain("cannot say what is wrong with modules");
}

static _Noreturn void do_job(const struct load_job *job, int fd)
{
	int err = load_job_run(job, fd);

	if (err < 0)
		complain("cannot say what came of the job: %s", strerror(-err));
	_exit(err < 0);
}

/* Copies what comes from fd to the device, until nobody is left to write. */
static int pass_on(int fd)
{
	static char block[WIRE_PIECE_MAX];
	static struct wire_packer packer;
	_cleanup_buf_ struct buf packed = {0};
	ssize_t n;
	int err;

	while ((n = read(fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		packed.n = 0;
		wire_pack(&packer, block, (size_t)n, &packed);
		err = output_write(&output, packed.v, packed.n);
		if (err < 0)
			return err;
		if (fault)
			watch_for_fault(block, (size_t)n);
	}
	return 0;
}

/* In a process of its own: what becomes of it does not concern the first process, without which
 * there is no machine. */
static int run_job(const struct load_job *job)
{
	int fds[2], err;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		close(fds[0]);
		do_job(job, fds[1]);
	}
	close(fds[1]);
	err = pass_on(fds[0]);
	close(fds[0]);
	return err;
}

static int work(void)
{
	_cleanup_free_ char *where = find_option("agent.out");
	_cleanup_content_ struct file_content c = {0};
	struct load_job job = {0};
	int err;

	fault = find_option("agent.fault");
	err = where ? output_open(where, &output) : -ENODEV;
	if (err < 0) {
		complain("no device to say anything through: %s: %s", where ? where : "agent.out",
			 strerror(-err));
		return err;
	}
	if (fault)
		happen(NULL);
	err = file_load(JOB, &c);
	if (err == 0)
		err = load_job_get(c.data, c.size, &job);
	job.begin = begin_job;
	if (err == 0)
		err = run_job(&job);
	if (err < 0) {
		_cleanup_buf_ struct buf frame = {0};

		put_trouble(&frame, "the job cannot be done: %s", strerror(-err));
		output_write(&output, frame.v, frame.n);
	}
	load_job_free(&job);
	return err;
}

int main(void)
{
	if (getpid() != 1) {
		fprintf(stderr, "skep-agent: this is the first program of a virtual machine that "
				"`skep verify --kernel` starts\n");
		return 2;
	}
	mount_all();
	raise_limits();
	work();
	end_machine();
}

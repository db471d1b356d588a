/* execs: prints every program that is started, with its arguments, until stopped. */
#include <ctype.h>
#include <getopt.h>

#include "common.h"
#include "execs.h"
#include "execs.skel.h"

static void print_usage(FILE *to)
{
	fputs("Usage: execs [-d SECONDS] [-u UID]\n"
	      "Prints every program that is started, with its arguments.\n\n"
	      "  -d, --duration SECONDS  stop after this time (default: at Ctrl-C)\n"
	      "  -u, --uid UID           only programs of this user\n"
	      "  -h, --help              show this text\n",
	      to);
}

/* Prints text from another process: its control characters must not reach the terminal. */
static void print_safely(const char *text, size_t size)
{
	for (size_t i = 0; i < size && text[i]; i++)
		putchar(iscntrl((unsigned char)text[i]) ? '?' : text[i]);
}

static int on_event(void *context, void *data, size_t size)
{
	const struct exec_event *e = data;
	unsigned int used = e->args_size < ARGS_SIZE ? e->args_size : ARGS_SIZE;
	size_t at;

	(void)context;
	if (size < sizeof(*e))
		return 0;
	printf("%10.3f %7d %7d %6u %-16.*s ", (double)e->time / 1e9, e->pid, e->ppid, e->uid,
	       COMM_SIZE, e->comm);
	print_safely(e->filename, FILENAME_SIZE);
	/* The first argument repeats the name. */
	for (at = strnlen(e->args, used) + 1; at < used;
	     at += strnlen(e->args + at, used - at) + 1) {
		putchar(' ');
		print_safely(e->args + at, used - at);
	}
	puts(e->args_size > ARGS_SIZE ? " ..." : "");
	return 0;
}

/* Prints events until told to stop; returns the exit status. */
static int print_events(struct execs_bpf *skel, unsigned int seconds)
{
	struct ring_buffer *ring =
		ring_buffer__new(bpf_map__fd(skel->maps.events), on_event, NULL, NULL);
	int err = 0;

	if (!ring)
		return report_failure("opening the ring buffer", errno);
	stop_on_signals(seconds);
	printf("%10s %7s %7s %6s %-16s %s\n", "TIME", "PID", "PPID", "UID", "COMM", "COMMAND");
	fflush(stdout);
	while (!stopping && (err >= 0 || err == -EINTR)) {
		err = ring_buffer__poll(ring, 200);
		fflush(stdout);
	}
	/* What arrived while we were being stopped. */
	ring_buffer__consume(ring);
	ring_buffer__free(ring);
	if (skel->bss->lost)
		fprintf(stderr, "%llu events were lost: the ring buffer was full\n",
			skel->bss->lost);
	return err < 0 && err != -EINTR ? report_failure("reading events", err) : 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"duration", required_argument, NULL, 'd'},
		{"uid", required_argument, NULL, 'u'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	unsigned int seconds = 0, uid = ~0U;
	struct execs_bpf *skel;
	int option, err, status;

	while ((option = getopt_long(argc, argv, "d:u:h", options, NULL)) != -1) {
		switch (option) {
		case 'd':
			seconds = parse_number("--duration", optarg, 1000000);
			break;
		case 'u':
			uid = parse_number("--uid", optarg, ~0U - 1);
			break;
		default:
			print_usage(option == 'h' ? stdout : stderr);
			return option == 'h' ? 0 : 2;
		}
	}
	if (optind < argc) {
		print_usage(stderr);
		return 2;
	}

	libbpf_set_print(print_warnings);
	skel = execs_bpf__open();
	if (!skel)
		return report_failure("opening the program", errno);
	skel->rodata->only_uid = uid;
	err = execs_bpf__load(skel);
	if (err)
		status = report_failure("loading the program", err);
	else if ((err = execs_bpf__attach(skel)))
		status = report_failure("attaching the program", err);
	else
		status = print_events(skel, seconds);
	execs_bpf__destroy(skel);
	return status;
}

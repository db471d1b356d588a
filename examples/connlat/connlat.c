/* connlat: how long TCP connections take to be established, per destination port. */
#include <getopt.h>

#include <bpf/bpf.h>

#include "common.h"
#include "connlat.h"
#include "connlat.skel.h"

#define BAR_WIDTH 40

static void print_usage(FILE *to)
{
	fputs("Usage: connlat [-d SECONDS] [-p PORT]\n"
	      "Measures how long TCP connections take to be established and prints, when stopped,\n"
	      "a histogram for each destination port.\n\n"
	      "  -d, --duration SECONDS  stop after this time (default: at Ctrl-C)\n"
	      "  -p, --port PORT         only connections to this port\n"
	      "  -h, --help              show this text\n",
	      to);
}

static void print_histogram(unsigned int port, const struct histogram *h)
{
	static const char bar[] = " ########################################";
	unsigned int first = SLOTS, last = 0, most = 0;

	_Static_assert(sizeof(bar) == BAR_WIDTH + 2, "a full bar");
	for (unsigned int i = 0; i < SLOTS; i++) {
		if (!h->slots[i])
			continue;
		first = i < first ? i : first;
		last = i;
		most = h->slots[i] > most ? h->slots[i] : most;
	}
	printf("port %u: %llu connection%s, %.1f us on average\n", port, h->count,
	       h->count == 1 ? "" : "s", h->count ? (double)h->total_us / (double)h->count : 0.0);
	printf("%21s  %8s\n", "microseconds", "count");
	for (unsigned int i = first; i <= last && i < SLOTS; i++)
		printf("%9lu - %9lu  %8u %.*s\n", i ? 1UL << i : 0, (2UL << i) - 1, h->slots[i],
		       h->slots[i] ? 1 + (int)(1ULL * h->slots[i] * BAR_WIDTH / most) : 0, bar);
	putchar('\n');
}

static int compare_ports(const void *a, const void *b)
{
	return *(const unsigned short *)a - *(const unsigned short *)b;
}

/* Prints all histograms, ordered by port; returns the exit status. */
static int print_all(struct connlat_bpf *skel)
{
	unsigned int max = bpf_map__max_entries(skel->maps.histograms), n = 0;
	unsigned short *ports = calloc(max, sizeof(*ports));
	int fd = bpf_map__fd(skel->maps.histograms);

	if (!ports)
		return report_failure("reading the histograms", ENOMEM);
	while (n < max && !bpf_map_get_next_key(fd, n ? &ports[n - 1] : NULL, &ports[n]))
		n++;
	qsort(ports, n, sizeof(*ports), compare_ports);
	for (unsigned int i = 0; i < n; i++) {
		struct histogram h;

		if (!bpf_map_lookup_elem(fd, &ports[i], &h))
			print_histogram(ports[i], &h);
	}
	free(ports);
	if (!n)
		puts("No connection was established meanwhile.");
	if (skel->bss->untold)
		fprintf(stderr, "%llu connections to further ports were not counted\n",
			skel->bss->untold);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"duration", required_argument, NULL, 'd'},
		{"port", required_argument, NULL, 'p'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	unsigned int seconds = 0, port = 0;
	struct connlat_bpf *skel;
	int option, err, status;

	while ((option = getopt_long(argc, argv, "d:p:h", options, NULL)) != -1) {
		switch (option) {
		case 'd':
			seconds = parse_number("--duration", optarg, 1000000);
			break;
		case 'p':
			port = parse_number("--port", optarg, 65535);
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
	skel = connlat_bpf__open();
	if (!skel)
		return report_failure("opening the programs", errno);
	skel->rodata->only_port = port;
	err = connlat_bpf__load(skel);
	if (err) {
		status = report_failure("loading the programs", err);
	} else if ((err = connlat_bpf__attach(skel))) {
		status = report_failure("attaching the programs", err);
	} else {
		stop_on_signals(seconds);
		puts("Measuring; Ctrl-C shows the result.");
		fflush(stdout);
		wait_until_stopped();
		status = print_all(skel);
	}
	connlat_bpf__destroy(skel);
	return status;
}

/* pktcount: counts the packets an interface receives, by protocol, until stopped. */
#include <getopt.h>
#include <linux/if_link.h>
#include <net/if.h>

#include <bpf/bpf.h>

#include "common.h"
#include "pktcount.h"
#include "pktcount.skel.h"

static void print_usage(FILE *to)
{
	fputs("Usage: pktcount [-g] [-d SECONDS] INTERFACE\n"
	      "Counts the packets an interface receives, by protocol, and prints the result when\n"
	      "stopped. The packets themselves pass as before.\n\n"
	      "  -d, --duration SECONDS  stop after this time (default: at Ctrl-C)\n"
	      "  -g, --generic           use the kernel's generic XDP, for drivers without their "
	      "own\n"
	      "  -h, --help              show this text\n",
	      to);
}

/* Adds up what the CPUs counted; returns 0 or a negative errno. */
static int read_traffic(int map, unsigned int protocol, struct traffic *sum)
{
	int cpus = libbpf_num_possible_cpus();
	struct traffic *each = cpus > 0 ? calloc(cpus, sizeof(*each)) : NULL;
	int err;

	if (!each)
		return cpus < 0 ? cpus : -ENOMEM;
	err = bpf_map_lookup_elem(map, &protocol, each);
	*sum = (struct traffic){0};
	for (int i = 0; i < cpus && !err; i++) {
		sum->packets += each[i].packets;
		sum->bytes += each[i].bytes;
	}
	free(each);
	return err;
}

static int print_traffic(int map)
{
	static const char *const names[PROTOCOL_COUNT] = {
		[PROTOCOL_ARP] = "ARP",	      [PROTOCOL_ICMP] = "ICMP",
		[PROTOCOL_ICMPV6] = "ICMPv6", [PROTOCOL_TCP] = "TCP",
		[PROTOCOL_UDP] = "UDP",	      [PROTOCOL_OTHER_IP] = "other IP",
		[PROTOCOL_OTHER] = "other",
	};

	printf("%-10s %12s %14s\n", "PROTOCOL", "PACKETS", "BYTES");
	for (unsigned int i = 0; i < PROTOCOL_COUNT; i++) {
		struct traffic sum;
		int err = read_traffic(map, i, &sum);

		if (err)
			return report_failure("reading the counters", err);
		if (sum.packets)
			printf("%-10s %12llu %14llu\n", names[i], sum.packets, sum.bytes);
	}
	return 0;
}

/* Counts until told to stop; returns the exit status. */
static int run(struct pktcount_bpf *skel, unsigned int interface, bool generic,
	       unsigned int seconds)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = generic ? XDP_FLAGS_SKB_MODE : 0);
	/* A link ends with the file descriptor: whatever happens to us, nothing stays attached. */
	int link = bpf_link_create(bpf_program__fd(skel->progs.count_packet), interface, BPF_XDP,
				   &opts);

	if (link < 0)
		return report_failure("attaching to the interface", link);
	stop_on_signals(seconds);
	puts("Counting; Ctrl-C shows the result.");
	fflush(stdout);
	wait_until_stopped();
	close(link);
	return print_traffic(bpf_map__fd(skel->maps.traffic));
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"duration", required_argument, NULL, 'd'},
		{"generic", no_argument, NULL, 'g'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	unsigned int seconds = 0, interface;
	struct pktcount_bpf *skel;
	bool generic = false;
	int option, status;

	while ((option = getopt_long(argc, argv, "d:gh", options, NULL)) != -1) {
		switch (option) {
		case 'd':
			seconds = parse_number("--duration", optarg, 1000000);
			break;
		case 'g':
			generic = true;
			break;
		default:
			print_usage(option == 'h' ? stdout : stderr);
			return option == 'h' ? 0 : 2;
		}
	}
	if (optind != argc - 1) {
		print_usage(stderr);
		return 2;
	}
	interface = if_nametoindex(argv[optind]);
	if (!interface)
		return report_failure(argv[optind], errno);

	libbpf_set_print(print_warnings);
	skel = pktcount_bpf__open_and_load();
	if (!skel)
		return report_failure("loading the program", errno);
	status = run(skel, interface, generic, seconds);
	pktcount_bpf__destroy(skel);
	return status;
}

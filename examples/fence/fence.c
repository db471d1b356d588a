/*
 * fence: runs a command that may open network connections to the named ports only.
 *
 * The command gets a control group of its own (cgroup version 2); the programs are attached to
 * that group alone and go away with it.
 */
#include <getopt.h>
#include <limits.h>
#include <mntent.h>
#include <netinet/in.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <bpf/bpf.h>

#include "common.h"
#include "fence.h"
#include "fence.skel.h"

static void print_usage(FILE *to)
{
	fputs("Usage: fence [-p PORT[,PORT...]] COMMAND [ARGUMENT...]\n"
	      "Runs a command that may open network connections to the named ports only, and\n"
	      "prints which it asked for. This machine's own addresses are not restricted.\n\n"
	      "  -p, --ports PORT,...    ports to allow (default: none)\n"
	      "  -d, --duration SECONDS  end the command after this time\n"
	      "  -h, --help              show this text\n\n"
	      "Example: fence -p 53,443 git fetch\n",
	      to);
}

/* Reads "53,443" into the map of allowed ports. */
static int allow_ports(int map, char *list)
{
	char *rest = list;

	for (char *one; (one = strsep(&rest, ","));) {
		unsigned short port = parse_number("--ports", one, 65535);
		unsigned char yes = 1;
		int err = bpf_map_update_elem(map, &port, &yes, BPF_ANY);

		if (err)
			return err;
	}
	return 0;
}

/* Makes a control group for us alone and stores its path. Returns 0 or a negative errno. */
static int make_group(char *path, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	struct mntent *m;
	int err = -ENOENT;

	if (!mounts)
		return -errno;
	while (err && (m = getmntent(mounts))) {
		if (strcmp(m->mnt_type, "cgroup2"))
			continue;
		snprintf(path, size, "%s/fence-%ld", m->mnt_dir, (long)getpid());
		err = mkdir(path, 0755) ? -errno : 0;
	}
	endmntent(mounts);
	return err;
}

/* The skeleton attaches what needs no argument; these need the group. */
static int attach_all(struct fence_bpf *skel, int group)
{
	struct {
		struct bpf_program *program;
		struct bpf_link **link;
	} hooks[] = {
		{skel->progs.on_connect4, &skel->links.on_connect4},
		{skel->progs.on_connect6, &skel->links.on_connect6},
		{skel->progs.on_sendmsg4, &skel->links.on_sendmsg4},
		{skel->progs.on_sendmsg6, &skel->links.on_sendmsg6},
	};

	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		*hooks[i].link = bpf_program__attach_cgroup(hooks[i].program, group);
		if (!*hooks[i].link)
			return -errno;
	}
	return 0;
}

/* Starts the command inside the group; the child does not run before it is in there. */
static pid_t start_command(const char *group, char **command)
{
	char path[PATH_MAX + 16];
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	/* 0 is the writing process itself. */
	if (fd < 0 || write(fd, "0", 1) != 1) {
		report_failure(path, errno);
		_exit(126);
	}
	execvp(command[0], command);
	report_failure(command[0], errno);
	_exit(127);
}

/* Waits for the command, ends it when we are told to stop, returns its exit status. */
static int wait_for_command(pid_t pid, unsigned int seconds)
{
	int status;

	stop_on_signals(seconds);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return report_failure("waiting for the command", errno);
		if (stopping)
			kill(pid, SIGTERM);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void print_decisions(int map)
{
	struct decision d, *previous = NULL;
	unsigned long long count;

	while (!bpf_map_get_next_key(map, previous, &d)) {
		if (!bpf_map_lookup_elem(map, &d, &count))
			fprintf(stderr, "fence: %s %s port %u, %llu time%s\n",
				d.allowed ? "allowed" : "refused",
				d.protocol == IPPROTO_TCP   ? "TCP"
				: d.protocol == IPPROTO_UDP ? "UDP"
							    : "other",
				d.port, count, count == 1 ? "" : "s");
		previous = &d;
	}
}

/* Puts up the fence around a new group, runs the command there, takes everything down again. */
static int run_fenced(struct fence_bpf *skel, char **command, unsigned int seconds)
{
	char group[PATH_MAX];
	int err = make_group(group, sizeof(group)), fd, status = 1;
	pid_t pid;

	if (err)
		return report_failure(err == -ENOENT ? "finding a mount of cgroup version 2"
						     : "making a control group",
				      err);
	fd = open(group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		report_failure(group, errno);
		goto remove;
	}
	err = attach_all(skel, fd);
	if (err) {
		report_failure("attaching to the control group", err);
		goto close;
	}
	pid = start_command(group, command);
	if (pid < 0) {
		report_failure("starting the command", errno);
		goto close;
	}
	status = wait_for_command(pid, seconds);
	print_decisions(bpf_map__fd(skel->maps.decisions));
close:
	close(fd);
remove:
	if (rmdir(group))
		fprintf(stderr,
			"fence: %s stays: processes of the command are still running in it\n",
			group);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"ports", required_argument, NULL, 'p'},
		{"duration", required_argument, NULL, 'd'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	unsigned int seconds = 0;
	struct fence_bpf *skel;
	char *ports = NULL;
	int option, err, status;

	/* "+": options after the command's name are the command's. */
	while ((option = getopt_long(argc, argv, "+p:d:h", options, NULL)) != -1) {
		switch (option) {
		case 'p':
			ports = optarg;
			break;
		case 'd':
			seconds = parse_number("--duration", optarg, 1000000);
			break;
		default:
			print_usage(option == 'h' ? stdout : stderr);
			return option == 'h' ? 0 : 2;
		}
	}
	if (optind == argc) {
		print_usage(stderr);
		return 2;
	}

	libbpf_set_print(print_warnings);
	skel = fence_bpf__open_and_load();
	if (!skel)
		return report_failure("loading the programs", errno);
	err = ports ? allow_ports(bpf_map__fd(skel->maps.allowed_ports), ports) : 0;
	if (err)
		status = report_failure("--ports", err);
	else
		status = run_fenced(skel, argv + optind, seconds);
	fence_bpf__destroy(skel);
	return status;
}

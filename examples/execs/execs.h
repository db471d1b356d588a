/* What execs.bpf.c sends to execs.c. */
#ifndef EXECS_H
#define EXECS_H

#define COMM_SIZE 16
#define FILENAME_SIZE 256
#define ARGS_SIZE 512

struct exec_event {
	unsigned long long time; /* nanoseconds since boot */
	int pid, ppid;
	unsigned int uid;
	unsigned int args_size; /* bytes in args; more than ARGS_SIZE when they did not fit */
	char comm[COMM_SIZE];
	char filename[FILENAME_SIZE];
	char args[ARGS_SIZE]; /* as the kernel keeps them: each ends with a NUL */
};

#endif

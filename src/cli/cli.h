/* One function per command: argv[0] is "skep COMMAND"; gives the exit status. */
#ifndef SKEP_CLI_CLI_H
#define SKEP_CLI_CLI_H

enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,	  /* the user's build or programs failed */
	CLI_UNUSABLE = 2, /* wrong usage or broken environment */
};

/* The exit status for a negative errno about what a user asked us to read: damaged or unsuitable
 * content is the user's, all else the environment's. 0: CLI_OK. */
enum cli_exit cli_exit_of(int err);

int cli_build(int argc, char **argv);
int cli_cache(int argc, char **argv);
int cli_doctor(int argc, char **argv);
int cli_kernel(int argc, char **argv);
/* argv[0] may be "bpf-linker" as well. */
int cli_link(int argc, char **argv);
int cli_verify(int argc, char **argv);
int cli_vmlinux(int argc, char **argv);

#endif

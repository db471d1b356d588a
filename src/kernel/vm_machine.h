/*
 * One QEMU. All it is given lies in memory and all it says comes through pipes, so that it leaves
 * nothing behind, whatever ends it; it ends with this process.
 */
#ifndef SKEP_KERNEL_VM_MACHINE_H
#define SKEP_KERNEL_VM_MACHINE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"

/* Names that its command line has for what it inherits. */
#define VM_CONSOLE_PATH "/proc/self/fd/1" /* and QEMU's own messages */
#define VM_OUTPUT_PATH "/proc/self/fd/3"  /* of the agent */
#define VM_INITRD_PATH "/proc/self/fd/4"

struct vm_machine {
	pid_t pid;	     /* 0: there is none */
	int output, console; /* to read from; -1: closed */
	struct buf said;     /* the last bytes of the console */
	bool is_slow;	     /* little came last time */
};
#define VM_NO_MACHINE {.output = -1, .console = -1}

/* Starts argv[0], a path, with an initial file system. Negative errno after a message. */
int vm_machine_start(const struct strv *argv, const struct buf *initrd, struct vm_machine *ret);

/*
 * Waits for what the agent writes and appends it to ret. 1: there is some; 0: the machine has
 * ended; -ETIMEDOUT: nothing until then (milliseconds of vm_now). Negative errno without a message.
 */
int vm_machine_read(struct vm_machine *m, int64_t until, struct buf *ret);

/* Ends it, takes in what is left of the console, and gives the wait status. */
int vm_machine_stop(struct vm_machine *m);
void vm_machine_free(struct vm_machine *m);
#define _cleanup_machine_ _cleanup_(vm_machine_free)

/* Milliseconds of a clock that only goes on. */
int64_t vm_now(void);

#endif

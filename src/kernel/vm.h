/*
 * A job in a virtual machine: QEMU boots a kernel with the agent as its only program. The machine
 * has no network and no disk; it lives in memory and ends with the job.
 */
#ifndef SKEP_KERNEL_VM_H
#define SKEP_KERNEL_VM_H

#include "kernel/kernels.h"
#include "kernel/load.h"

struct vm_options {
	const char *agent;     /* path of the static program for the kernel's architecture */
	const char *qemu;      /* path, or NULL: found in PATH by architecture */
	unsigned memory;       /* MiB; 0: 768 */
	unsigned boot_seconds; /* until the agent says hello; 0: 60 */
	unsigned
		silent_seconds; /* between two frames; 0: 60 more than a program's deadline twice */
	bool emulate;		/* never KVM */
	const char *append;	/* more of the kernel's command line, or NULL */
};

/*
 * Boots, hands the job over and copies the agent's frames (kernel/wire.h) to fd as they come. A
 * machine that crashes or hangs is started once more with what is left of the job; then the program
 * it was at gets VERDICT_CRASHED with the last lines of the console, and the rest goes on in a new
 * machine. Ends with WIRE_DONE. Negative errno after a message when no machine can be had at all:
 * no QEMU, no agent, or a kernel that does not boot; without one when fd cannot be written to. QEMU
 * ends with the thread that called this in any case, and nothing is written to a disk.
 */
int vm_run(const struct vm_options *o, const struct kernel *k, const struct load_job *j, int fd);

/* The path of the agent for an architecture: in SKEP_AGENT_DIR, in the build folder, or installed
 * beside skep's other files. Caller frees; NULL after a message when it is not there. */
char *vm_find_agent(const struct arch *arch);

/* Whether KVM may work here for an architecture. vm_run goes on without it when the first machine
 * does not come up soon. */
bool vm_has_kvm(const struct arch *arch);

#endif

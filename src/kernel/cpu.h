/* Which BPF instruction set the running kernel accepts. */
#ifndef SKEP_KERNEL_CPU_H
#define SKEP_KERNEL_CPU_H

/*
 * Finds the newest instruction set ("v1" to "v4", as clang's -mcpu names them) that the running
 * kernel accepts, by loading tiny programs; nothing stays loaded. *ret_cpu is a constant string.
 * Negative errno after a message: -EPERM when this process may not load programs.
 */
int kernel_probe_cpu(const char **ret_cpu);

#endif

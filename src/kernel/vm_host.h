/* What of the host a virtual machine is made of: QEMU and how it is called, KVM, memory. */
#ifndef SKEP_KERNEL_VM_HOST_H
#define SKEP_KERNEL_VM_HOST_H

#include "kernel/vm.h"

/* QEMU's command line for a kernel. -ENOENT, -EOPNOTSUPP after a message. */
int vm_command(const struct vm_options *o, const struct kernel *k, bool kvm, struct strv *ret);

#endif

/* The modules of a kernel that programs for BPF refer to. */
#ifndef SKEP_KERNEL_MODULES_H
#define SKEP_KERNEL_MODULES_H

#include "kernel/kept.h"

/*
 * Reads, from /lib/modules/RELEASE, those modules that define attach targets or kfuncs which
 * programs commonly want, unpacked, each behind those that it depends on. None is fine. Negative
 * errno after a message.
 */
int modules_read(const char *dir, kept_modules *ret);

#endif

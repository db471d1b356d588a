/*
 * vmlinux.h is included three times, by two spellings, and once behind another header: the guard
 * must hold in the slice as well.
 */
#include "vmlinux.h"
#include "./vmlinux.h"
#include "inline.h"
#include "vmlinux.h"
#ifndef __VMLINUX_H__
#error "the guard's macro is missing"
#endif

SEC("tc")
int use(struct __sk_buff *skb)
{
	return advertise(1);
}

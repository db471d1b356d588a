#ifndef INLINE_H
#define INLINE_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define FLOWER_OF(d) BPF_CORE_READ(d, target, meadow, weather, layers[1].depth)

struct season_box {
	struct season season[4];
	struct weather weather;
};

static struct season_box box;

static inline int advertise(int which)
{
	struct dance *dance = bpf_get_current_task_btf()->hive->scout->dance;

	return which + dance->next->angle + FLOWER_OF(dance);
}

static __always_inline int seasons(int which)
{
	return box.season[which].end + box.weather.wind.direction;
}

#endif

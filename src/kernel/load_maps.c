#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "kernel/load_parts.h"

#define TYPE(t) (1ull << BPF_MAP_TYPE_##t)

/* Those that have no number of entries, or for which libbpf finds one. */
static const uint64_t without_size = TYPE(SK_STORAGE) | TYPE(INODE_STORAGE) | TYPE(TASK_STORAGE) |
				     TYPE(CGROUP_STORAGE) | TYPE(PERCPU_CGROUP_STORAGE) |
				     TYPE(STRUCT_OPS) | TYPE(PERF_EVENT_ARRAY) |
				     1ull << 32 /* CGRP_STORAGE, 6.2 */;

/* Those for which the kernel asks for no capability; 31: USER_RINGBUF, 6.1. */
static const uint64_t for_all =
	TYPE(HASH) | TYPE(ARRAY) | TYPE(PROG_ARRAY) | TYPE(PERF_EVENT_ARRAY) | TYPE(PERCPU_HASH) |
	TYPE(PERCPU_ARRAY) | TYPE(CGROUP_ARRAY) | TYPE(ARRAY_OF_MAPS) | TYPE(HASH_OF_MAPS) |
	TYPE(CGROUP_STORAGE) | TYPE(PERCPU_CGROUP_STORAGE) | TYPE(RINGBUF) | 1ull << 31;

static bool is_one_of(const struct bpf_map *m, uint64_t types)
{
	unsigned type = bpf_map__type(m);

	return type < 64 && types & 1ull << type;
}

bool load_is_map_for_all(const struct bpf_map *m)
{
	/* A hash of a known seed is for tests of the kernel. */
	return is_one_of(m, for_all) && !(bpf_map__map_flags(m) & BPF_F_ZERO_SEED);
}

/* What a loader would set at run time. */
static void set_default_size(struct bpf_map *m)
{
	enum bpf_map_type type = bpf_map__type(m);
	bool is_ring = type == BPF_MAP_TYPE_RINGBUF || type == 31;

	if (!bpf_map__max_entries(m) && !is_one_of(m, without_size))
		bpf_map__set_max_entries(m, is_ring ? (uint32_t)getpagesize() : 1);
	if (type == BPF_MAP_TYPE_STACK_TRACE && !bpf_map__key_size(m))
		bpf_map__set_key_size(m, sizeof(uint32_t));
	/* As deep as the kernel records a stack unless it is told otherwise. */
	if (type == BPF_MAP_TYPE_STACK_TRACE && !bpf_map__value_size(m))
		bpf_map__set_value_size(m, 127 * sizeof(uint64_t));
}

static int set_size(const struct bpf_object *obj, const struct load_pair *pair, char **ret_why)
{
	struct bpf_map *m = bpf_object__find_map_by_name(obj, pair->name);
	_cleanup_strv_ struct strv names = {0};
	unsigned long n;
	const char *near;

	if (m && str_to_ulong(pair->value, UINT32_MAX, &n))
		return bpf_map__set_max_entries(m, (uint32_t)n);
	if (m) {
		*ret_why = xasprintf("the size of map \"%s\" is a number of entries, not \"%s\"",
				     pair->name, pair->value);
		return -EINVAL;
	}
	bpf_object__for_each_map(m, obj) strv_add(&names, bpf_map__name(m));
	near = strv_nearest(&names, pair->name);
	*ret_why = near ? xasprintf("the object has no map \"%s\"; is it \"%s\"?", pair->name, near)
			: xasprintf("the object has no map \"%s\"", pair->name);
	return -ENOENT;
}

int load_set_maps(struct bpf_object *obj, const struct load_object *o, char **ret_why)
{
	struct bpf_map *m;
	int err = 0;

	vec_foreach (s, &o->map_sizes) {
		err = set_size(obj, s, ret_why);
		if (err < 0)
			return err;
	}
	bpf_object__for_each_map(m, obj)
	{
		/* Libbpf pins while it loads, and takes a map that lies there already. */
		bpf_map__set_pin_path(m, NULL);
		set_default_size(m);
		if (bpf_map__inner_map(m))
			set_default_size(bpf_map__inner_map(m));
	}
	return 0;
}

bool load_map_has_program(const struct bpf_map *m, const struct bpf_object *obj,
			  const struct strv *programs)
{
	size_t size = 0;
	/* Before the load, libbpf keeps a program's address where its function will be. */
	void *const *value = bpf_map__initial_value(m, &size);
	bool has_any = false;
	struct bpf_program *p;

	bpf_object__for_each_program(p, obj) for (size_t i = 0; value && i < size / sizeof(*value);
						  i++)
	{
		if (value[i] != p)
			continue;
		if (strv_has(programs, bpf_program__name(p)))
			return true;
		has_any = true;
	}
	/* Where none is seen, which ones it has cannot be said. */
	return !has_any;
}

char *load_explain_map(const struct bpf_object *obj)
{
	struct bpf_map *m;

	bpf_object__for_each_map(m, obj)
	{
		_cleanup_free_ char *words =
			xasprintf("map '%s': failed to create", bpf_map__name(m));
		const char *type = libbpf_bpf_map_type_str(bpf_map__type(m));

		if (!strstr(load_said(), words) ||
		    libbpf_probe_bpf_map_type(bpf_map__type(m), NULL) > 0)
			continue;
		return type ? xasprintf("map \"%s\" is of type %s, which this kernel does not have",
					bpf_map__name(m), type)
			    : xasprintf("map \"%s\" is of a type (%u) that this kernel does not "
					"have",
					bpf_map__name(m), bpf_map__type(m));
	}
	return NULL;
}

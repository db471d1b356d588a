#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kernel/load_parts.h"

const char *load_pair_of(const struct load_pairs *l, const char *name)
{
	vec_foreach (p, l)
		if (str_eq(p->name, name))
			return p->value;
	return NULL;
}

const char *load_type_name(const struct bpf_program *p)
{
	const char *name = libbpf_bpf_prog_type_str(bpf_program__type(p));

	return name ? name : "";
}

static struct bpf_program *find_program(const struct bpf_object *obj, const char *name,
					char **ret_why)
{
	struct bpf_program *p = bpf_object__find_program_by_name(obj, name), *each;
	_cleanup_strv_ struct strv names = {0};
	const char *near;

	if (p)
		return p;
	bpf_object__for_each_program(each, obj) strv_add(&names, bpf_program__name(each));
	near = strv_nearest(&names, name);
	*ret_why = near ? xasprintf("the object has no program \"%s\"; is it \"%s\"?", name, near)
			: xasprintf("the object has no program \"%s\"", name);
	return NULL;
}

/* "sched_cls", "cgroup_sock_addr:cgroup_inet4_connect": the kernel's own names, without prefix. */
static bool type_of_kernel_names(const char *words, enum bpf_prog_type *ret_type,
				 enum bpf_attach_type *ret_attach)
{
	const char *colon = strchrnul(words, ':'), *name;
	size_t n = (size_t)(colon - words);

	*ret_type = BPF_PROG_TYPE_UNSPEC;
	for (int i = 1; (name = libbpf_bpf_prog_type_str((enum bpf_prog_type)i)); i++)
		if (strlen(name) == n && memcmp(name, words, n) == 0)
			*ret_type = (enum bpf_prog_type)i;
	*ret_attach = 0;
	if (*ret_type == BPF_PROG_TYPE_UNSPEC || !*colon)
		return *ret_type != BPF_PROG_TYPE_UNSPEC;
	for (int i = 0; (name = libbpf_bpf_attach_type_str((enum bpf_attach_type)i)); i++)
		if (str_eq(name, colon + 1)) {
			*ret_attach = (enum bpf_attach_type)i;
			return true;
		}
	return false;
}

/* The same as a section is called, with a slash or without: "xdp", "cgroup/connect4". */
static bool type_of_section(const char *words, enum bpf_prog_type *ret_type,
			    enum bpf_attach_type *ret_attach)
{
	_cleanup_free_ char *section = xstrdup(words);

	for (char *s = section; *s; s++)
		if (*s == ':')
			*s = '/';
	return libbpf_prog_type_by_name(section, ret_type, ret_attach) == 0;
}

static int set_type(const struct bpf_object *obj, const struct load_pair *pair, char **ret_why)
{
	struct bpf_program *p = find_program(obj, pair->name, ret_why);
	enum bpf_attach_type attach = 0;
	enum bpf_prog_type type;

	if (!p)
		return -ENOENT;
	if (!type_of_section(pair->value, &type, &attach) &&
	    !type_of_kernel_names(pair->value, &type, &attach)) {
		*ret_why = xasprintf("\"%s\" is no type of program that libbpf knows; name one as "
				     "sections are called (xdp, cgroup_skb:ingress)",
				     pair->value);
		return -EINVAL;
	}
	bpf_program__set_type(p, type);
	bpf_program__set_expected_attach_type(p, attach);
	return 0;
}

/* A target that names no program is a mistake even when another program is tried. */
static int check_targets(const struct bpf_object *obj, const struct load_pairs *l, char **ret_why)
{
	vec_foreach (t, l)
		if (!find_program(obj, t->name, ret_why))
			return -ENOENT;
	return 0;
}

static int apply_settings(struct bpf_object *obj, const struct load_object *o, char **ret_why)
{
	int err = load_set_maps(obj, o, ret_why);

	vec_foreach (t, &o->types) {
		if (err < 0)
			return err;
		err = set_type(obj, t, ret_why);
	}
	vec_foreach (g, &o->globals) {
		if (err < 0)
			return err;
		err = load_set_global(obj, g, ret_why);
	}
	return err < 0 ? err : check_targets(obj, &o->targets, ret_why);
}

/* A loader's name for an object is its file's, up to the first dot. */
static char *object_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	name = slash ? slash + 1 : name;
	return xstrndup(name, strcspn(name, "."));
}

struct bpf_object *load_open(const struct load_object *o, int *ret_error, char **ret_why)
{
	_cleanup_free_ char *name = object_name(o->name), *why = NULL;
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = name);
	struct bpf_object *obj;
	int err = 0;

#if LIBBPF_MAJOR_VERSION > 1 || LIBBPF_MINOR_VERSION >= 4
	/* Nothing is to depend on a token that lies in /sys/fs/bpf. */
	opts.bpf_token_path = "";
#endif
	load_said_begin();
	obj = bpf_object__open_mem(o->data.v ? o->data.v : "", o->data.n, &opts);
	if (!obj) {
		err = -errno;
		why = load_said_text(NULL);
		if (!*why) {
			free(why);
			why = xasprintf("it cannot be opened: %s", strerror(-err));
		}
	} else {
		err = apply_settings(obj, o, &why);
	}
	if (!err)
		return obj;
	bpf_object__close(obj);
	*ret_error = -err;
	if (ret_why)
		*ret_why = steal(&why);
	return NULL;
}

void load_choose(struct bpf_object *obj, const struct strv *programs, bool unprivileged)
{
	struct bpf_program *p;
	struct bpf_map *m;

	bpf_object__for_each_program(p, obj)
		bpf_program__set_autoload(p, strv_has(programs, bpf_program__name(p)));
	bpf_object__for_each_map(m, obj)
	{
		/* A struct_ops that this kernel does not have concerns its own programs only. */
		if (bpf_map__type(m) == BPF_MAP_TYPE_STRUCT_OPS && bpf_map__autocreate(m) &&
		    !load_map_has_program(m, obj, programs))
			bpf_map__set_autocreate(m, false);
		if (unprivileged && !load_is_map_for_all(m))
			bpf_map__set_autocreate(m, false);
	}
}

int load_set_target(struct bpf_program *p, const char *function, char **ret_why)
{
	enum bpf_prog_type type = bpf_program__type(p);
	int err;

	/* Where others are attached to is said when they are, not when they are loaded. */
	if (type != BPF_PROG_TYPE_TRACING && type != BPF_PROG_TYPE_LSM)
		return 0;
	err = bpf_program__set_attach_target(p, 0, function);
	if (err < 0)
		*ret_why = xasprintf("this kernel has no \"%s\" that a program of type %s could "
				     "be attached to",
				     function, load_type_name(p));
	return err;
}

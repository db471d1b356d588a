#include "gen/skeleton.h"

#include <errno.h>
#include <stdio.h>

#include "base/map.h"
#include "base/message.h"
#include "btf/twin.h"
#include "gen/skeleton_parts.h"

/* BPF_MAP_TYPE_ARENA, which the system's <linux/bpf.h> may be too old to have. */
#define MAP_TYPE_ARENA 33

/* libbpf's callback has no argument to carry this. */
static struct buf libbpf_warning;

/* Keeps the last warning, without "libbpf: " and its end of line. */
static int keep_warning(enum libbpf_print_level level, const char *fmt, va_list args)
{
	_cleanup_buf_ struct buf line = {0};

	if (level != LIBBPF_WARN)
		return 0;
	buf_vprintf(&line, fmt, args);
	if (!line.n)
		return 0;
	line.v[strcspn(line.v, "\n")] = '\0';
	libbpf_warning.n = 0;
	buf_puts(&libbpf_warning, str_starts(line.v, "libbpf: ") ? line.v + 8 : line.v);
	return 0;
}

static int name_skeleton(const struct skeleton_options *options, struct skeleton *s)
{
	const char *given = options->name;

	s->file = options->file_name ? options->file_name : given;
	s->name = given ? xstrndup(given, strnlen(given, SKELETON_NAME_MAX))
			: skeleton_name_of_file(options->file_name);
	if (skeleton_is_identifier(s->name))
		return 0;
	if (given)
		return message_error(
			-EINVAL,
			"skeleton: %s: '%s' is no name for a C struct; letters, digits "
			"and '_' are allowed, a digit first and keywords are not",
			s->file, s->name);
	return message_error(-EINVAL,
			     "skeleton: %s: 'struct %s' is not possible in C; name the object "
			     "differently or give the skeleton a name of its own",
			     s->file, s->name);
}

static int open_with_libbpf(struct skeleton *s, const void *object, size_t size)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = s->name);
	char reason[128];
	int err = skeleton_check_object(object, size, s->file);

	if (err < 0)
		return err;
	libbpf_set_print(keep_warning);
	s->obj = bpf_object__open_mem(object, size, &options);
	if (s->obj) {
		s->btf = bpf_object__btf(s->obj);
		return 0;
	}
	err = errno ? -errno : -EBADMSG;
	libbpf_strerror(err, reason, sizeof(reason));
	/* libbpf has errors of its own, which nobody else knows. */
	if (-err >= __LIBBPF_ERRNO__START)
		err = -EBADMSG;
	return message_error(err, "skeleton: %s: libbpf cannot open it: %s", s->file,
			     libbpf_warning.n ? libbpf_warning.v : reason);
}

/* Names, types and sizes are the same in an object's twin; the bytes are not taken from there. */
static int open_object(struct skeleton *s)
{
	int err;

	if (!object_is_foreign(s->object, s->size))
		return open_with_libbpf(s, s->object, s->size);
	err = object_twin(s->object, s->size, s->file, &s->twin);
	return err < 0 ? err : open_with_libbpf(s, s->twin.v, s->twin.n);
}

/* The member that a map's value is seen through, or NULL when it is not memory. */
static char *map_memory(const struct bpf_map *map)
{
	size_t size;

	/* An arena has an initial value when the object has variables in it. */
	if (bpf_map__type(map) == (enum bpf_map_type)MAP_TYPE_ARENA &&
	    bpf_map__initial_value(map, &size))
		return xstrdup("arena");
	if (!bpf_map__is_internal(map) || !(bpf_map__map_flags(map) & BPF_F_MMAPABLE))
		return NULL;
	return skeleton_map_ident(bpf_map__name(map), true);
}

static void collect_maps(struct skeleton *s)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, s->obj)
	{
		const char *name = bpf_map__name(map);
		struct skeleton_map m = {
			.map = map,
			.name = name,
			.ident = skeleton_map_ident(name, bpf_map__is_internal(map)),
			.struct_ops = bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS,
		};

		if (!m.ident) {
			message_warning("skeleton: %s: section '%s' is left out: libbpf calls it "
					"internal, but it is of no known kind",
					s->file, name);
			continue;
		}
		m.memory = map_memory(map);
		s->has_struct_ops |= m.struct_ops;
		vec_push(&s->maps, m);
	}
}

static void collect_programs(struct skeleton *s)
{
	struct bpf_program *program;

	/* Before 1.5 libbpf takes a function in .text for a program when it is the only one. */
	bpf_object__for_each_program(
		program, s->obj) if (!str_eq(bpf_program__section_name(program), ".text"))
		vec_push(&s->programs, bpf_program__name(program));
}

static int check_member(const struct skeleton *s, struct map *seen, const char *what,
			const char *name)
{
	struct map_entry *entry;

	if (!skeleton_is_identifier(name))
		return message_error(-EINVAL,
				     "skeleton: %s: %s '%s' cannot be a member of a C struct; "
				     "rename it",
				     s->file, what, name);
	entry = map_add(seen, name, strlen(name));
	if (entry->value)
		return message_error(-EEXIST,
				     "skeleton: %s: %s '%s' would be a second member of that name; "
				     "rename it",
				     s->file, what, name);
	entry->value = seen;
	return 0;
}

/* Names that C would reject are an error here, rather than where the header is included. */
static int check_members(const struct skeleton *s)
{
	struct map maps = {0}, links = {0};
	int err = 0;

	for (size_t i = 0; i < s->programs.n && !err; i++)
		err = check_member(s, &links, "program", s->programs.v[i]);
	for (size_t i = 0; i < s->maps.n && !err; i++) {
		err = check_member(s, &maps, "map", s->maps.v[i].ident);
		if (!err && s->maps.v[i].struct_ops)
			err = check_member(s, &links, "struct_ops map", s->maps.v[i].ident);
	}
	map_free(&maps);
	map_free(&links);
	return err;
}

static void put_maps(const struct skeleton *s, struct buf *ret)
{
	if (!s->maps.n)
		return;
	buf_puts(ret, "\tstruct {\n");
	vec_foreach (m, &s->maps)
		buf_printf(ret, "\t\tstruct bpf_map *%s;\n", m->ident);
	buf_puts(ret, "\t} maps;\n");
}

static void put_programs(const struct skeleton *s, struct buf *ret)
{
	if (!s->programs.n)
		return;
	buf_puts(ret, "\tstruct {\n");
	vec_foreach (name, &s->programs)
		buf_printf(ret, "\t\tstruct bpf_program *%s;\n", *name);
	buf_puts(ret, "\t} progs;\n");
}

static void put_links(const struct skeleton *s, struct buf *ret)
{
	if (!s->programs.n && !s->has_struct_ops)
		return;
	buf_puts(ret, "\tstruct {\n");
	vec_foreach (name, &s->programs)
		buf_printf(ret, "\t\tstruct bpf_link *%s;\n", *name);
	vec_foreach (m, &s->maps)
		if (m->struct_ops)
			buf_printf(ret, "\t\tstruct bpf_link *%s;\n", m->ident);
	buf_puts(ret, "\t} links;\n");
}

static int put_header(const struct skeleton *s, struct buf *ret)
{
	int err;

	skeleton_put_head(s, ret);
	buf_printf(ret,
		   "\n"
		   "struct %s {\n"
		   "\tstruct bpf_object_skeleton *skeleton;\n"
		   "\tstruct bpf_object *obj;\n",
		   s->name);
	put_maps(s, ret);
	err = skeleton_put_struct_ops(s, ret);
	if (err < 0)
		return err;
	put_programs(s, ret);
	put_links(s, ret);
	err = skeleton_put_sections(s, ret);
	if (err < 0)
		return err;
	skeleton_put_functions(s, ret);
	skeleton_put_asserts(s, ret);
	skeleton_put_tail(s, ret);
	return 0;
}

static void skeleton_free(struct skeleton *s)
{
	vec_foreach (m, &s->maps) {
		free(m->ident);
		free(m->memory);
	}
	vec_free(&s->maps);
	vec_free(&s->programs);
	bpf_object__close(s->obj);
	buf_free(&s->twin);
	free(s->name);
}

static int generate(struct skeleton *s, const struct skeleton_options *options, struct buf *ret)
{
	int err = name_skeleton(options, s);

	err = err ?: open_object(s);
	if (err < 0)
		return err;
	collect_maps(s);
	collect_programs(s);
	err = check_members(s);
	if (err < 0)
		return err;
	skeleton_find_sections(s);
	return put_header(s, ret);
}

int skeleton_generate(const void *object, size_t size, const struct skeleton_options *options,
		      struct buf *ret)
{
	struct skeleton s = {.object = object, .size = size};
	size_t start = ret->n;
	int err = generate(&s, options, ret);

	if (err < 0 && ret->v) {
		ret->n = start;
		ret->v[start] = '\0';
	}
	skeleton_free(&s);
	buf_free(&libbpf_warning);
	return err;
}

/*
 * load_alone OBJECT…: each program loaded by itself with as little code as that takes, for
 * comparison with what skep says of the same objects. A line per program: object, program,
 * accepted or failed, error, instructions.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char log_text[(16 << 20) - 1];
/* The program was loaded; arrays of programs could not be filled with those that are not. */
static int only_slots;

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	only_slots |= strstr(fmt, "failed to initialize slot") != NULL;
	return getenv("LOAD_ALONE_SAYS") && level == LIBBPF_WARN ? vfprintf(stderr, fmt, ap) : 0;
}

/* Only what the kernel refuses for want of a size that a loader would set. */
static void set_sizes(struct bpf_object *obj)
{
	struct bpf_map *m;

	bpf_object__for_each_map(m, obj)
	{
		const char *type = libbpf_bpf_map_type_str(bpf_map__type(m));

		bpf_map__set_pin_path(m, NULL);
		if (type && strstr(type, "ringbuf") && !bpf_map__max_entries(m))
			bpf_map__set_max_entries(m, 4096);
		if (type && !strstr(type, "storage") && !strstr(type, "struct_ops") &&
		    !strstr(type, "perf_event") && !bpf_map__max_entries(m))
			bpf_map__set_max_entries(m, 1);
		if (type && strstr(type, "stack_trace") && !bpf_map__value_size(m)) {
			bpf_map__set_key_size(m, 4);
			bpf_map__set_value_size(m, 127 * 8);
		}
	}
}

/* Who loads a program of another kind alone has no use for them, nor need of their types. */
static void skip_struct_ops(struct bpf_object *obj, const struct bpf_program *p)
{
	const char *type;
	struct bpf_map *m;

	if (bpf_program__type(p) == BPF_PROG_TYPE_STRUCT_OPS)
		return;
	bpf_object__for_each_map(m, obj)
	{
		type = libbpf_bpf_map_type_str(bpf_map__type(m));
		if (type && strcmp(type, "struct_ops") == 0)
			bpf_map__set_autocreate(m, false);
	}
}

static unsigned long instructions(void)
{
	char *found = NULL;

	for (char *s = log_text; (s = strstr(s, "processed ")); s++)
		if (s == log_text || s[-1] == '\n')
			found = s;
	return found ? strtoul(found + strlen("processed "), NULL, 10) : 0;
}

static void load_one(const char *path, const char *name)
{
	struct bpf_object *obj = bpf_object__open(path);
	struct bpf_program *p;
	int err;

	if (!obj)
		return;
	set_sizes(obj);
	bpf_object__for_each_program(p, obj)
		bpf_program__set_autoload(p, strcmp(bpf_program__name(p), name) == 0);
	p = bpf_object__find_program_by_name(obj, name);
	skip_struct_ops(obj, p);
	bpf_program__set_log_buf(p, log_text, sizeof(log_text));
	bpf_program__set_log_level(p, 4);
	log_text[0] = '\0';
	only_slots = 0;
	err = bpf_object__load(obj);
	err = only_slots ? 0 : err;
	printf("%s %s %s %d %lu\n", path, name, err ? "failed" : "accepted", -err, instructions());
	bpf_object__close(obj);
}

int main(int argc, char **argv)
{
	libbpf_set_print(quiet);
	for (int i = 1; i < argc; i++) {
		struct bpf_object *obj = bpf_object__open(argv[i]);
		struct bpf_program *p;

		if (!obj) {
			printf("%s - failed %d 0\n", argv[i], errno);
			continue;
		}
		bpf_object__for_each_program(p, obj) if (bpf_program__autoload(p))
			load_one(argv[i], bpf_program__name(p));
		bpf_object__close(obj);
	}
	return 0;
}

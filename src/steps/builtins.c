/*
 * What steps do inside skep itself. Each runs in a process of its own, as libbpf's log callback is
 * global and its readers may crash on damaged input; each reads its inputs and writes its output
 * as any other command would.
 */
#include "steps/steps.h"

#include <errno.h>
#include <stdio.h>

#include <bpf/libbpf.h>

#include "base/message.h"
#include "base/path.h"
#include "btf/object.h"
#include "gen/skeleton.h"
#include "slice/index.h"

/* The name a temporary will get: what people know it by. */
static char *final_name(const char *path)
{
	const char *base = path_base(path), *mark = strstr(base, ".skep-");
	_cleanup_free_ char *dir = path_dir(path), *name = NULL;
	pid_t pid;

	if (!file_is_temp_name(base, &pid) || !mark)
		return xstrdup(path);
	name = xstrndup(base + 1, (size_t)(mark - base - 1));
	return path_join(dir, name);
}

static int write_result(const char *path, const struct buf *b)
{
	_cleanup_free_ char *name = final_name(path);
	int err = file_write(path, b->v, b->n);

	if (err < 0)
		message_error(err, "write: %s: %s", name, strerror(-err));
	return err;
}

static int read_object(const char *path, struct file_content *ret)
{
	_cleanup_free_ char *name = final_name(path);
	int err = file_load(path, ret);

	if (err < 0)
		message_error(err, "read: %s: %s", name,
			      err == -ENOENT ? "the command before this one made nothing"
					     : strerror(-err));
	return err;
}

/* finish RAW OUTPUT plain|debug [FROM=TO...]: names below FROM begin with TO; the longest counts */
int builtin_finish(int argc, char **argv)
{
	_cleanup_free_ struct object_path *paths = xcalloc((size_t)argc, sizeof(*paths));
	struct object_options options = {.keep_debug = str_eq(argv[3], "debug"), .paths = paths};
	_cleanup_content_ struct file_content in = {0};
	_cleanup_buf_ struct buf out = {0};

	for (int i = 4; i < argc; i++) {
		/* The last '=': TO is a name of ours, FROM is any folder. */
		char *equals = strrchr(argv[i], '=');

		if (!equals) {
			message_error(-EINVAL, "step: finish: %s: not of the form FROM=TO",
				      argv[i]);
			return 2;
		}
		*equals = '\0';
		paths[options.n_paths++] = (struct object_path){argv[i], equals + 1};
	}
	if (read_object(argv[1], &in) < 0 ||
	    object_finish(in.data, in.size, argv[1], &options, &out) < 0)
		return 1;
	return write_result(argv[2], &out) < 0;
}

/* skeleton OBJECT OUTPUT [NAME] */
int builtin_skeleton(int argc, char **argv)
{
	struct skeleton_options options = {
		.file_name = path_base(argv[1]),
		.name = argc > 3 ? argv[3] : NULL,
	};
	_cleanup_content_ struct file_content in = {0};
	_cleanup_buf_ struct buf out = {0};

	if (read_object(argv[1], &in) < 0 ||
	    skeleton_generate(in.data, in.size, &options, &out) < 0)
		return 1;
	return write_result(argv[2], &out) < 0;
}

/* index HEADER OUTPUT: a header that is not understood gives a file that says why. */
int builtin_index(int argc, char **argv)
{
	_cleanup_content_ struct file_content in = {0};
	struct index_source source;

	(void)argc;
	if (read_object(argv[1], &in) < 0)
		return 1;
	source = (struct index_source){.text = (const char *)in.data, .size = in.size};
	return types_index_write(&source, argv[2]) < 0;
}

/* header INDEX OUTPUT: the header that an index was made of. */
int builtin_header(int argc, char **argv)
{
	_cleanup_content_ struct file_content in = {0};
	const char *text;
	size_t size;

	(void)argc;
	if (read_object(argv[1], &in) < 0)
		return 1;
	if (index_text(in.data, in.size, &text, &size) < 0) {
		message_error(-EBADMSG, "types: %s: it is damaged", argv[1]);
		return 1;
	}
	return write_result(argv[2], &(struct buf){.v = (char *)text, .n = size}) < 0;
}

/* overlay OUTPUT TYPES HIDDEN... */
int builtin_overlay(int argc, char **argv)
{
	_cleanup_strv_ struct strv hidden = {0};

	for (int i = 3; i < argc; i++)
		strv_add(&hidden, argv[i]);
	return overlay_write(argv[1], argv[2], &hidden) < 0;
}

/* Only what goes wrong; libbpf's lines carry their own newline. */
static int print_warning(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, fmt, ap) : 0;
}

/* link OUTPUT OBJECT... */
int builtin_link(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_linker_opts, linker_options);
	LIBBPF_OPTS(bpf_linker_file_opts, file_options);
	struct bpf_linker *linker;
	int err = 0;

	libbpf_set_print(print_warning);
	linker = bpf_linker__new(argv[1], &linker_options);
	if (!linker) {
		err = -errno;
		message_error(err, "link: %s: %s", argv[1], strerror(-err));
		return 1;
	}
	for (int i = 2; i < argc; i++) {
		err = bpf_linker__add_file(linker, argv[i], &file_options);
		if (err < 0)
			break;
	}
	if (err < 0)
		message_error(err, "link: cannot add the objects: %s", strerror(-err));
	else if ((err = bpf_linker__finalize(linker)) < 0)
		message_error(err, "link: cannot write the result: %s", strerror(-err));
	bpf_linker__free(linker);
	return err < 0;
}

static const struct {
	const char *name;
	int min_args, max_args; /* without the name */
	int (*run)(int argc, char **argv);
	const char *usage;
} builtins[] = {
	{"finish", 3, 100, builtin_finish, "finish RAW OUTPUT plain|debug [FROM=TO...]"},
	{"header", 2, 2, builtin_header, "header INDEX OUTPUT"},
	{"index", 2, 2, builtin_index, "index HEADER OUTPUT"},
	{"overlay", 3, 100000, builtin_overlay, "overlay OUTPUT TYPES HIDDEN..."},
	{"link", 2, 100000, builtin_link, "link OUTPUT OBJECT..."},
	{"skeleton", 2, 3, builtin_skeleton, "skeleton OBJECT OUTPUT [NAME]"},
	{"types", 2, 2, builtin_types, "types SOURCE OUTPUT"},
};

int step_main(int argc, char **argv)
{
	for (size_t i = 0; argc > 0 && i < ARRAY_SIZE(builtins); i++) {
		if (!str_eq(argv[0], builtins[i].name))
			continue;
		if (argc - 1 < builtins[i].min_args || argc - 1 > builtins[i].max_args) {
			message_error(-EINVAL, "step: usage: skep step %s", builtins[i].usage);
			return 2;
		}
		return builtins[i].run(argc, argv);
	}
	message_error(
		-EINVAL,
		"step: %s: no such step; there are finish, header, index, overlay, link, skeleton "
		"and types",
		argc > 0 ? argv[0] : "no name given");
	return 2;
}

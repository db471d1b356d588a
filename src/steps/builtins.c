/*
 * What steps do inside skep itself. Each runs in a process of its own, as libbpf's log callback is
 * global and its readers may crash on damaged input; each reads its inputs and writes its output
 * as any other command would.
 */
#include "steps/steps.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#include <bpf/libbpf.h>

#include "base/message.h"
#include "base/path.h"
#include "btf/object.h"
#include "btf/twin.h"
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

/* The file that libbpf reads, when it is not the one that people know, and that one's name. */
static struct {
	char path[32];
	const char *name; /* NULL: libbpf reads the file itself */
} stand_in;

/* Only what goes wrong; libbpf's lines carry their own newline. */
static int print_warning(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	_cleanup_buf_ struct buf line = {0};
	const char *at, *found;

	if (level != LIBBPF_WARN)
		return 0;
	buf_vprintf(&line, fmt, ap);
	at = line.v;
	while (stand_in.name && (found = strstr(at, stand_in.path))) {
		fprintf(stderr, "%.*s%s", (int)(found - at), at, stand_in.name);
		at = found + strlen(stand_in.path);
	}
	return fputs(at, stderr);
}

/* name is what people know the file by. */
static int add_file(struct bpf_linker *linker, const char *path, const char *name)
{
	LIBBPF_OPTS(bpf_linker_file_opts, options);
	int err = bpf_linker__add_file(linker, path, &options);

	return err < 0 ? message_error(err, "link: cannot add %s: %s", name, strerror(-err)) : 0;
}

/* Before 1.6 libbpf's linker takes nothing but files: a twin becomes one, in memory. */
static int add_twin(struct bpf_linker *linker, const struct file_content *object, const char *name)
{
	_cleanup_buf_ struct buf twin = {0};
	_cleanup_close_ int fd = -1;
	int err = object_twin(object->data, object->size, name, &twin);

	if (err < 0)
		return err;
	fd = memfd_create("skep", MFD_CLOEXEC);
	err = fd < 0 ? -errno : file_write_fd(fd, twin.v, twin.n);
	if (err < 0)
		return message_error(err, "link: %s: %s", name, strerror(-err));
	snprintf(stand_in.path, sizeof(stand_in.path), "/proc/self/fd/%d", fd);
	stand_in.name = name;
	err = add_file(linker, stand_in.path, name);
	stand_in.name = NULL;
	return err;
}

static int add_object(struct bpf_linker *linker, const char *path)
{
	_cleanup_content_ struct file_content in = {0};
	int err = read_object(path, &in);

	if (err < 0)
		return err;
	return object_is_foreign(in.data, in.size) ? add_twin(linker, &in, path)
						   : add_file(linker, path, path);
}

/* Whether the objects, which must be of one byte order, are foreign. */
static int find_order(char **paths, int n, bool *ret_foreign)
{
	bool first = false;

	for (int i = 0; i < n; i++) {
		_cleanup_content_ struct file_content in = {0};
		int err = read_object(paths[i], &in);
		bool foreign;

		if (err < 0)
			return err;
		foreign = object_is_foreign(in.data, in.size);
		if (i && foreign != first)
			return message_error(-EINVAL, "link: %s and %s differ in their byte order",
					     paths[0], paths[i]);
		first = foreign;
	}
	*ret_foreign = first;
	return 0;
}

/* Replaces an object by its twin. */
static int turn_object(const char *path)
{
	_cleanup_content_ struct file_content object = {0};
	_cleanup_buf_ struct buf twin = {0};
	int err = read_object(path, &object);

	err = err ?: object_twin(object.data, object.size, path, &twin);
	return err ?: write_result(path, &twin);
}

/* link OUTPUT OBJECT... */
int builtin_link(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_linker_opts, options);
	struct bpf_linker *linker;
	bool foreign = false;
	int err = 0;

	if (find_order(argv + 2, argc - 2, &foreign) < 0)
		return 1;
	libbpf_set_print(print_warning);
	linker = bpf_linker__new(argv[1], &options);
	if (!linker) {
		err = -errno;
		message_error(err, "link: %s: %s", argv[1], strerror(-err));
		return 1;
	}
	for (int i = 2; i < argc && err == 0; i++)
		err = add_object(linker, argv[i]);
	if (err == 0 && (err = bpf_linker__finalize(linker)) < 0)
		message_error(err, "link: cannot write the result: %s", strerror(-err));
	bpf_linker__free(linker);
	if (err == 0 && foreign)
		err = turn_object(argv[1]);
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
	{"lto", 6, 100000, builtin_lto, "lto OUTPUT LIBLLVM CPU LEVEL plain|debug UNIT..."},
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
	message_error(-EINVAL,
		      "step: %s: no such step; there are finish, header, index, overlay, link, "
		      "lto, skeleton "
		      "and types",
		      argc > 0 ? argv[0] : "no name given");
	return 2;
}

#include "project.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/path.h"

#define N_STRUCTS 1000

static const char manifest[] = "types: needed\n"
			       "objects:\n"
			       "  - sources: [a.bpf.c, b.bpf.c]\n"
			       "  - name: both\n"
			       "    sources: [one.bpf.c, two.bpf.c]\n"
			       "  - sources: c.bpf.c\n"
			       "    vmlinux: inc/large.h\n"
			       "  - sources: d.bpf.c\n"
			       "    vmlinux: types.o\n";

#define SECTION "#define SEC(name) __attribute__((section(name), used))\n"
#define LICENSE "char LICENSE[] SEC(\"license\") = \"GPL\";\n"

static const char typed_program[] = "#include \"vmlinux.h\"\n" SECTION "struct large_17 large;\n"
				    "SEC(\"socket\") int filter(void *ctx)\n"
				    "{\n"
				    "	return large.member_of_a_large_struct_0;\n"
				    "}\n" LICENSE;

/* What is the same in all variants, unless `other` says what a bit makes of it. */
static const struct {
	const char *path, *text, *other;
	unsigned bit;
} sources[] = {
	{"skep.yaml", manifest, NULL, 0},
	{"inc/own.h", "#pragma once\n" SECTION "#define SHARED 1\n",
	 "#pragma once\n" SECTION "#define SHARED 2\n", 0},
	{"a.bpf.c",
	 "#include \"inc/own.h\"\n"
	 "int value = SHARED;\n"
	 "SEC(\"socket\") int filter(void *ctx)\n"
	 "{\n"
	 "	return value;\n"
	 "}\n" LICENSE,
	 NULL, 0},
	{"b.bpf.c",
	 "#include <stdbool.h>\n"
	 "#include \"inc/own.h\"\n"
	 "bool known[SHARED];\n"
	 "SEC(\"xdp\") int pass(void *ctx)\n"
	 "{\n"
	 "	return known[0] ? 2 : SHARED;\n"
	 "}\n" LICENSE,
	 NULL, 0},
	{"one.bpf.c",
	 SECTION "extern int two(int x);\n"
		 "SEC(\"socket\") int filter(void *ctx)\n"
		 "{\n"
		 "	return two(3);\n"
		 "}\n" LICENSE,
	 NULL, 0},
	{"two.bpf.c", "__attribute__((noinline)) int two(int x)\n{\n	return x + 1;\n}\n",
	 "__attribute__((noinline)) int two(int x)\n{\n	return x + 2;\n}\n", 1},
	{"c.bpf.c", typed_program, NULL, 0},
	{"d.bpf.c", typed_program, NULL, 0},
};

/* Bit 2 changes a type that is needed, in place. */
static char *print_header(const struct buf *header, unsigned bit)
{
	char *text = xstrndup(header->v, header->n), *at = strstr(text, "large_17 {");

	if (bit)
		memcpy(strstr(at, "unsigned"), "signed  ", strlen("unsigned"));
	return text;
}

static void make_header(struct buf *ret)
{
	buf_puts(ret, "#ifndef __VMLINUX_H__\n#define __VMLINUX_H__\n");
	for (unsigned i = 0; i < N_STRUCTS; i++) {
		buf_printf(ret, "struct large_%u {\n", i);
		for (unsigned k = 0; k < 4; k++)
			buf_printf(ret, "	unsigned int member_of_a_large_struct_%u;\n", k);
		buf_puts(ret, "};\n");
	}
	buf_puts(ret, "#endif\n");
}

static void must(bool done, const char *what, const char *path)
{
	if (done)
		return;
	fprintf(stderr, "kill_builds: %s: %s: %s\n", what, path, strerror(errno));
	_exit(2);
}

static void write_in_place(const char *path, const void *data, size_t size)
{
	_cleanup_fclose_ FILE *f = fopen(path, "w");

	must(f && fwrite(data, 1, size, f) == size && fflush(f) == 0, "write", path);
}

/* Writes a file unless it is like that. */
static void write_source(const char *dir, const char *name, const void *data, size_t size,
			 enum project_how how)
{
	_cleanup_free_ char *path = path_join(dir, name);
	_cleanup_buf_ struct buf old = {0};

	if (file_read(path, FILE_MAX_SIZE, &old) == 0 && old.n == size &&
	    memcmp(old.v, data, size) == 0)
		return;
	must(file_make_parent(path) == 0, "make the folder of", path);
	if (how == PROJECT_IN_PLACE)
		write_in_place(path, data, size);
	else
		must(file_write(path, data, size) == 0, "write", path);
}

void project_write(const struct project *p, const char *dir, unsigned variant, enum project_how how)
{
	const struct buf *types = &p->types[variant >> 2 & 1];
	_cleanup_free_ char *header = print_header(&p->header, variant >> 2 & 1);

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		bool other = sources[i].other && variant >> sources[i].bit & 1;
		const char *text = other ? sources[i].other : sources[i].text;

		write_source(dir, sources[i].path, text, strlen(text), how);
	}
	write_source(dir, "inc/large.h", header, strlen(header), how);
	write_source(dir, "types.o", types->v, types->n, how);
}

static int build(const char *skep, const char *dir)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execl(skep, skep, "build", "--quiet", "--no-cache", "-C", dir, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return status ? -ECANCELED : 0;
}

/* A program that has all the header's types in its BTF. */
static int make_types(struct project *p, unsigned bit, const char *skep, const char *top)
{
	_cleanup_free_ char *dir = xasprintf("%s/types-%u", top, bit),
			    *header = print_header(&p->header, bit),
			    *object = path_join(dir, "build/types.bpf.o");
	_cleanup_buf_ struct buf source = {0};
	int err;

	buf_puts(&source, header);
	for (unsigned i = 0; i < N_STRUCTS; i++)
		buf_printf(&source, "struct large_%u a%u;\n", i, i);
	write_source(dir, "types.bpf.c", source.v, source.n, PROJECT_IN_PLACE);
	err = build(skep, dir);
	return err < 0 ? err : file_read(object, FILE_MAX_SIZE, &p->types[bit]);
}

/* What nftw has no argument for. */
static struct {
	size_t start; /* where paths in the output directory begin */
	struct strv outputs;
	char *temporary;
} seen;

static int note_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	pid_t pid;

	(void)st;
	if (type == FTW_D)
		return 0;
	/* clang names its own ones so. */
	if (file_is_temp_name(path + ftw->base, &pid) || str_ends(path, ".tmp")) {
		if (!seen.temporary)
			seen.temporary = xstrdup(path);
		return 0;
	}
	/* These tell of the folder and of times. */
	if (!str_ends(path, "/.skep/state") && !str_ends(path, "/.skep/lock") &&
	    !str_ends(path, "/.skep/clean") && !str_ends(path, "/compile_commands.json"))
		strv_add(&seen.outputs, path + seen.start);
	return 0;
}

static void look_around(const char *dir)
{
	strv_free(&seen.outputs);
	free(steal(&seen.temporary));
	seen.start = strlen(dir) + 1;
	nftw(dir, note_file, 16, FTW_PHYS);
}

char *project_find_temporary(const char *path)
{
	look_around(path);
	return steal(&seen.temporary);
}

static int learn_variant(struct project *p, unsigned variant, const char *skep, const char *top)
{
	_cleanup_free_ char *dir = xasprintf("%s/variant-%u", top, variant),
			    *built = path_join(dir, "build");
	int err;

	project_write(p, dir, variant, PROJECT_IN_PLACE);
	err = build(skep, dir);
	if (err < 0)
		return err;
	look_around(built);
	for (size_t i = 0; i < seen.outputs.n && !err; i++) {
		_cleanup_free_ char *path = path_join(built, seen.outputs.v[i]);
		struct project_output o = {.name = xstrdup(seen.outputs.v[i])};

		err = file_read(path, FILE_MAX_SIZE, &o.content);
		vec_push(&p->outputs[variant], o);
	}
	return err;
}

int project_learn(struct project *p, const char *skep, const char *top)
{
	int err = 0;

	make_header(&p->header);
	for (unsigned bit = 0; bit < 2 && !err; bit++)
		err = make_types(p, bit, skep, top);
	for (unsigned v = 0; v < PROJECT_VARIANTS && !err; v++)
		err = learn_variant(p, v, skep, top);
	return err;
}

void project_free(struct project *p)
{
	buf_free(&p->header);
	buf_free(&p->types[0]);
	buf_free(&p->types[1]);
	for (unsigned v = 0; v < PROJECT_VARIANTS; v++) {
		vec_foreach (o, &p->outputs[v]) {
			free(o->name);
			buf_free(&o->content);
		}
		vec_free(&p->outputs[v]);
	}
	strv_free(&seen.outputs);
	free(steal(&seen.temporary));
}

static bool is_output_of(const struct project *p, unsigned variant, const char *name,
			 const struct buf *content)
{
	vec_foreach (o, &p->outputs[variant])
		if (str_eq(o->name, name))
			return o->content.n == content->n &&
			       (!content->n || memcmp(o->content.v, content->v, content->n) == 0);
	return false;
}

static char *compare_output(const struct project *p, const char *built, const char *name,
			    unsigned variant, bool exactly)
{
	_cleanup_free_ char *path = path_join(built, name);
	_cleanup_buf_ struct buf content = {0};
	int err = file_read(path, FILE_MAX_SIZE, &content), is = -1;

	if (err < 0)
		return xasprintf("%s: %s", path, strerror(-err));
	if (is_output_of(p, variant, name, &content))
		return NULL;
	for (unsigned v = 0; v < PROJECT_VARIANTS && is < 0; v++)
		if (is_output_of(p, v, name, &content))
			is = (int)v;
	if (is < 0)
		return xasprintf("%s: %zu bytes that no clean build made", path, content.n);
	return exactly ? xasprintf("%s: that of variant %d, not of %u", path, is, variant) : NULL;
}

char *project_compare(const struct project *p, const char *dir, unsigned variant, bool exactly)
{
	_cleanup_free_ char *built = path_join(dir, "build");
	char *why = NULL;

	look_around(built);
	for (size_t i = 0; i < seen.outputs.n && !why; i++)
		why = compare_output(p, built, seen.outputs.v[i], variant, exactly);
	if (!exactly || why)
		return why;
	vec_foreach (o, &p->outputs[variant])
		if (!strv_has(&seen.outputs, o->name))
			return xasprintf("%s/%s: is missing", built, o->name);
	return NULL;
}

#include "llvm/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/message.h"
#include "base/path.h"
#include "llvm/ar.h"
#include "llvm/bitstream.h"
#include "llvm/elf_bitcode.h"
#include "llvm/input_text.h"

/* Bytes to be told apart. */
struct source {
	const char *name; /* for messages */
	const uint8_t *data;
	size_t size;
	bool is_member; /* of an archive: what is of no use is left out there */
};

#define BITCODE_MAGIC_SIZE 4
/* Of what cannot be mapped, such as a pipe, not more than this is read. */
#define UNMAPPED_MAX ((size_t)256 << 20)

static void note(struct inputs *in, const char *name, const char *why)
{
	strv_addf(&in->notes, "%s: left out: %s", name, why);
}

/* What a linker cannot use: an error when it was named, left out of an archive. */
static int refuse(struct inputs *in, const struct source *s, const char *why, const char *hint)
{
	if (!s->is_member)
		return message_error(-EINVAL, "link: %s: %s; %s", s->name, why, hint);
	note(in, s->name, why);
	return 0;
}

/* Takes ownership of name. */
static void add_module(struct inputs *in, enum module_kind kind, char *name, const uint8_t *data,
		       size_t size, char *producer)
{
	struct input_module m = {kind, name, data, size, producer};

	vec_push(&in->modules, m);
}

/*
 * Modules that share a stream are taken apart: LLVM reads one module at a time. Offsets in a module
 * count from the word before its blocks, where the magic number is put again.
 */
static const uint8_t *assemble(struct inputs *in, const struct source *s,
			       const struct bitcode_module *m, size_t *ret_size)
{
	uint8_t *p = xmalloc(BITCODE_MAGIC_SIZE + m->blocks.size + m->strings.size);

	memcpy(p, s->data + m->stream.at, BITCODE_MAGIC_SIZE);
	memcpy(p + BITCODE_MAGIC_SIZE, s->data + m->blocks.at, m->blocks.size);
	memcpy(p + BITCODE_MAGIC_SIZE + m->blocks.size, s->data + m->strings.at, m->strings.size);
	*ret_size = BITCODE_MAGIC_SIZE + m->blocks.size + m->strings.size;
	vec_push(&in->assembled, p);
	return p;
}

/* Adds all modules of a range; counts on in *number, which is for their names. */
static int add_modules(struct inputs *in, const struct source *s, size_t *number)
{
	bitcode_modules list = {0};
	int err = bitcode_split(s->data, s->size, s->name, &list);

	for (size_t i = 0; err == 0 && i < list.n; i++) {
		struct bitcode_module *m = &list.v[i];
		bool shares = (i > 0 && list.v[i - 1].stream.at == m->stream.at) ||
			      (i + 1 < list.n && list.v[i + 1].stream.at == m->stream.at);
		const uint8_t *data = s->data + m->stream.at;
		size_t size = m->stream.size;

		if (shares)
			data = assemble(in, s, m, &size);
		add_module(in, MODULE_BITCODE,
			   ++*number == 1 ? xstrdup(s->name)
					  : xasprintf("%s(module %zu)", s->name, *number),
			   data, size, steal(&m->producer));
	}
	bitcode_modules_free(&list);
	return err;
}

static int add_bitcode(struct inputs *in, const struct source *s)
{
	size_t number = 0;

	return add_modules(in, s, &number);
}

/* An object in which no bitcode was found. */
static int add_object(struct inputs *in, const struct source *s, const struct elf_content *c)
{
	if (c->metadata) {
		note(in, s->name, "metadata of rustc");
	} else if (!c->is_object) {
		return refuse(in, s, "a linked program, not an object",
			      "name objects, archives or bitcode");
	} else if (!c->defines) {
		note(in, s->name, "it defines nothing");
	} else if (!c->is_bpf) {
		return refuse(in, s, "an object for another machine, and without bitcode",
			      "compile it for BPF (clang -target bpf) or to bitcode (-emit-llvm)");
	} else {
		add_module(in, MODULE_ELF, xstrdup(s->name), s->data, s->size, NULL);
	}
	return 0;
}

static int add_elf(struct inputs *in, const struct source *s)
{
	struct elf_content c = {0};
	size_t number = 0;
	int err = elf_content_read(s->data, s->size, s->name, &c);

	for (size_t i = 0; err == 0 && i < c.bitcode.n; i++) {
		struct source part = *s;

		part.data += c.bitcode.v[i].at;
		part.size = c.bitcode.v[i].size;
		err = add_modules(in, &part, &number);
	}
	if (err == 0 && number == 0)
		err = add_object(in, s, &c);
	elf_content_free(&c);
	return err;
}

static int add_text(struct inputs *in, const struct source *s)
{
	size_t at;

	if (!text_is_whole(s->data, s->size, &at))
		return message_error(-EBADMSG,
				     "link: %s: it begins as IR does, and byte %zu is no text; "
				     "the file is damaged",
				     s->name, at);
	add_module(in, MODULE_IR, xstrdup(s->name), s->data, s->size, NULL);
	return 0;
}

static int add_archive(struct inputs *in, const struct source *s);

/* What is told by its first bytes. An archive in an archive is none. */
static const struct kind {
	bool (*is)(const uint8_t *data, size_t size);
	int (*add)(struct inputs *in, const struct source *s);
	bool is_alone;
} kinds[] = {
	{bitcode_is, add_bitcode, false},
	{elf_content_is, add_elf, false},
	{ar_is, add_archive, true},
	{text_is_ir, add_text, false},
};

static int add_source(struct inputs *in, const struct source *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].is(s->data, s->size) && !(kinds[i].is_alone && s->is_member))
			return kinds[i].add(in, s);
	return refuse(in, s,
		      s->size ? "neither bitcode, IR, an object nor an archive" : "it is empty",
		      "name what clang -emit-llvm, rustc or ar made");
}

static void unmap(struct input_file *f)
{
	if (f->is_mapped)
		munmap((void *)f->data, f->size);
	else
		free((void *)f->data);
}

/* Maps a regular file; what cannot be mapped is read. */
static int load(int fd, const struct stat *st, struct input_file *ret)
{
	_cleanup_free_ char *again = xasprintf("/proc/self/fd/%d", fd);
	struct buf content = {0};
	void *p = MAP_FAILED;
	int err;

	ret->device = st->st_dev;
	ret->inode = st->st_ino;
	if (S_ISREG(st->st_mode) && st->st_size > 0)
		p = mmap(NULL, (size_t)st->st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p != MAP_FAILED) {
		ret->data = p;
		ret->size = (size_t)st->st_size;
		ret->is_mapped = true;
		return 0;
	}
	err = file_read(again, UNMAPPED_MAX, &content);
	if (err < 0) {
		buf_free(&content);
		return err;
	}
	ret->size = content.n;
	ret->data = (uint8_t *)buf_steal(&content);
	return 0;
}

/* Whether it is there already; what is not a file has no content to be the same. */
static bool is_known(const struct inputs *in, const struct stat *st)
{
	vec_foreach (f, &in->files)
		if (S_ISREG(st->st_mode) && f->device == st->st_dev && f->inode == st->st_ino)
			return true;
	return false;
}

/* 1: it was added before. Nothing but a regular file is opened for an archive. */
static int open_input(struct inputs *in, const char *path, bool is_member, struct input_file *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | (is_member ? O_NONBLOCK : 0));
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (is_known(in, &st))
		return 1;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (is_member && !S_ISREG(st.st_mode))
		return -EINVAL;
	return load(fd, &st, ret);
}

/* Adds a file; archive is the thin archive that names it, or NULL. */
static int add_file(struct inputs *in, const char *path, const char *archive)
{
	_cleanup_free_ char *name = archive ? xasprintf("%s(%s)", archive, path) : xstrdup(path);
	struct source s = {.name = name, .is_member = archive};
	struct input_file f = {0};
	int err = open_input(in, path, archive, &f);

	if (err < 0)
		return message_error(err, "link: %s: %s", name, strerror(-err));
	if (err > 0) {
		note(in, name, "it was added before");
		return 0;
	}
	f.path = xstrdup(path);
	s.data = f.data;
	s.size = f.size;
	vec_push(&in->files, f);
	return add_source(in, &s);
}

static int add_member(struct inputs *in, const struct source *archive, const struct ar_member *m)
{
	_cleanup_free_ char *dir = path_dir(archive->name);
	_cleanup_free_ char *path = m->data ? NULL : path_join(dir, m->name);
	_cleanup_free_ char *name = xasprintf("%s(%s)", archive->name, m->name);
	struct source s = {name, m->data, m->size, true};

	if (path)
		return add_file(in, path, archive->name);
	if (str_ends(m->name, ".rmeta")) {
		note(in, name, "metadata of rustc");
		return 0;
	}
	return add_source(in, &s);
}

static int add_archive(struct inputs *in, const struct source *s)
{
	struct ar_member m;
	struct ar a;
	int err;

	ar_open(&a, s->data, s->size, s->name);
	while ((err = ar_next(&a, &m)) > 0) {
		err = add_member(in, s, &m);
		free(m.name);
		if (err < 0)
			return err;
	}
	return err;
}

int inputs_add(struct inputs *in, const char *path)
{
	return add_file(in, path, NULL);
}

int inputs_add_bytes(struct inputs *in, const char *name, const uint8_t *data, size_t size)
{
	struct source s = {name, data, size, false};

	return add_source(in, &s);
}

bool inputs_has(const struct inputs *in, const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && is_known(in, &st);
}

void inputs_free(struct inputs *in)
{
	vec_foreach (m, &in->modules) {
		free(m->name);
		free(m->producer);
	}
	vec_foreach (f, &in->files) {
		unmap(f);
		free(f->path);
	}
	vec_foreach (p, &in->assembled)
		free(*p);
	vec_free(&in->modules);
	vec_free(&in->files);
	vec_free(&in->assembled);
	strv_free(&in->notes);
}

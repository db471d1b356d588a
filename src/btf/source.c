#include "btf/source.h"

#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/btf.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/message.h"
#include "btf/check.h"
#include "btf/elf_section.h"
#include "btf/view.h"
#include "kernel/image.h"

#define SYSFS_DIR "/sys/kernel/btf/"

/* An open file and, when it cannot be read in parts, its content. */
struct input {
	struct elf_image image;
	const char *path;
	int fd;
	struct buf content;
};

static void input_close(struct input *in)
{
	cleanup_close(&in->fd);
	buf_free(&in->content);
}

static int no_kernel_types(int err)
{
	return message_error(err,
			     "reading types: %s: %s; the running kernel shows its types only when "
			     "built with CONFIG_DEBUG_INFO_BTF: name another source of types (raw "
			     "BTF, an ELF file with .BTF or a C header)",
			     BTF_SOURCE_KERNEL, strerror(-err));
}

static int input_failed(const char *path, int err)
{
	if (str_eq(path, BTF_SOURCE_KERNEL))
		return no_kernel_types(err);
	if (err == -EFBIG)
		return message_error(err, "reading types: %s: too large; the limit is %u bytes",
				     path, BTF_SIZE_MAX);
	return message_error(err, "reading types: %s: %s", path, strerror(-err));
}

static int input_open(const char *path, struct input *ret)
{
	struct input in = {.path = path, .fd = open(path, O_RDONLY | O_CLOEXEC)};
	struct stat st;
	int err = 0;

	if (in.fd < 0)
		return input_failed(path, -errno);
	if (fstat(in.fd, &st) < 0)
		err = -errno;
	else if (S_ISDIR(st.st_mode))
		err = -EISDIR;
	else if (S_ISREG(st.st_mode) && st.st_size > 0)
		in.image = (struct elf_image){.fd = in.fd, .size = (uint64_t)st.st_size};
	else
		err = file_read(path, BTF_SIZE_MAX, &in.content);
	if (!err && !in.image.size)
		in.image = (struct elf_image){.data = (const uint8_t *)in.content.v,
					      .size = in.content.n};
	if (err < 0) {
		input_close(&in);
		return input_failed(path, err);
	}
	*ret = in;
	return 0;
}

/* Appends everything to ret. */
static int input_read_all(const struct input *in, struct buf *ret)
{
	int err;

	if (in->image.size > BTF_SIZE_MAX)
		return input_failed(in->path, -EFBIG);
	ret->v = mem_grow(ret->v, &ret->cap, in->image.size + 1, 1);
	err = elf_image_read(&in->image, 0, ret->v, in->image.size);
	if (err == -EBADMSG)
		return message_error(-EIO, "reading types: %s: it became shorter meanwhile",
				     in->path);
	if (err < 0)
		return input_failed(in->path, err);
	ret->n = in->image.size;
	ret->v[ret->n] = '\0';
	return 0;
}

static bool is_raw_btf(const struct input *in)
{
	uint16_t magic;

	return elf_image_read(&in->image, 0, &magic, sizeof(magic)) == 0 &&
	       (magic == BTF_MAGIC || magic == bswap_16(BTF_MAGIC));
}

/*
 * Whether bytes can be a C header: no control characters but white space, and beginning in ASCII
 * or with UTF-8's byte order mark, which tells it from BTF cut off after a byte.
 */
static bool is_text(const char *s, size_t n)
{
	if (n == 0 || ((unsigned char)s[0] >= 0x80 && (n < 3 || memcmp(s, "\xef\xbb\xbf", 3) != 0)))
		return false;
	for (size_t i = 0; i < n; i++)
		if (s[i] == 0x7f || ((unsigned char)s[i] < 0x20 && !memchr("\t\n\v\f\r", s[i], 5)))
			return false;
	return true;
}

/* Whether a file is one of the running kernel's modules, also by way of links and "..". */
static bool is_kernel_module(const char *path)
{
	char real[PATH_MAX];

	return realpath(path, real) && str_starts(real, SYSFS_DIR) &&
	       !str_eq(real, BTF_SOURCE_KERNEL);
}

/* Reads BTF that continues nothing into ret, which is empty. */
static int read_base(const char *path, struct buf *ret)
{
	_cleanup_(input_close) struct input in = {.fd = -1};
	int err = input_open(path, &in);

	if (err < 0)
		return err;
	if (elf_is_image(&in.image))
		err = elf_read_section(&in.image, BTF_ELF_SEC, BTF_SIZE_MAX, path, ret);
	else if (is_raw_btf(&in))
		err = input_read_all(&in, ret);
	else
		err = -ENOENT;
	if (err == -ENOENT)
		return message_error(-ENODATA,
				     "reading types: %s: not BTF; a base is raw BTF or an ELF "
				     "file with .BTF",
				     path);
	return err < 0 ? err : btf_check(ret->v, ret->n, 0, 0, path);
}

/* A module may bring the few types of the kernel that it needs along; other ids mean nothing then.
 */
static int read_own_base(const struct input *in, bool want_base, struct btf_source *s)
{
	int err = elf_read_section(&in->image, BTF_BASE_ELF_SEC, BTF_SIZE_MAX, in->path, &s->base);

	if (err == -ENOENT)
		return 0;
	if (err < 0)
		return err;
	if (!want_base)
		return message_error(-EINVAL,
				     "reading types: %s: its BTF has a base of its own, in the "
				     "section " BTF_BASE_ELF_SEC "; leave the other one out",
				     in->path);
	return btf_check(s->base.v, s->base.n, 0, 0, in->path);
}

static int read_elf(const struct input *in, bool want_base, struct btf_source *s)
{
	int err = elf_read_section(&in->image, BTF_ELF_SEC, BTF_SIZE_MAX, in->path, &s->data);

	s->kind = BTF_SOURCE_ELF;
	s->pointer_size = elf_pointer_size(&in->image);
	if (err == -ENOENT)
		return message_error(-ENODATA,
				     "reading types: %s: an ELF file without a .BTF section; "
				     "compile with -g, or make one with pahole -J",
				     in->path);
	return err < 0 ? err : read_own_base(in, want_base, s);
}

/* A kernel as it is shipped: packed, or raw. */
static int read_image(const struct input *in, struct btf_source *s)
{
	_cleanup_kernel_image_ struct kernel_image image = {0};
	int err = kernel_image_parse(in->path, s->data.v, s->data.n, KERNEL_IMAGE_MAX, &image);

	if (err < 0)
		return err;
	if (!image.btf.n)
		return message_error(
			-ENODATA,
			"reading types: %s: a kernel without BTF: it was built without "
			"CONFIG_DEBUG_INFO_BTF",
			in->path);
	s->kind = BTF_SOURCE_RAW;
	s->pointer_size = 8;
	buf_free(&s->data);
	s->data = image.btf;
	image.btf = (struct buf){0};
	return 0;
}

static int read_content(const struct input *in, bool want_base, struct btf_source *s)
{
	int err;

	if (elf_is_image(&in->image))
		return read_elf(in, want_base, s);
	if (is_raw_btf(in)) {
		s->kind = BTF_SOURCE_RAW;
		return input_read_all(in, &s->data);
	}
	s->kind = BTF_SOURCE_HEADER;
	err = input_read_all(in, &s->data);
	if (err < 0)
		return err;
	if (is_text(s->data.v, s->data.n))
		return 0;
	if (kernel_image_is(s->data.v, s->data.n))
		return read_image(in, s);
	return message_error(-ENODATA,
			     "reading types: %s: %s; types are read from raw BTF, an ELF file "
			     "with .BTF (an object, a module, vmlinux), a kernel or a C header",
			     in->path, s->data.n ? "neither BTF nor text" : "an empty file");
}

static int check_source(struct btf_source *s)
{
	struct btf_view base = {0};
	int err;

	if (s->kind == BTF_SOURCE_HEADER)
		return 0;
	if (s->base.n) {
		err = btf_view_open(s->base.v, s->base.n, 0, 0, s->path, &base);
		if (err < 0)
			return err;
		btf_view_close(&base);
	}
	return btf_check(s->data.v, s->data.n, base.end, base.strings_size, s->path);
}

static int read_source(const char *path, const char *base_path, struct btf_source *s)
{
	_cleanup_(input_close) struct input in = {.fd = -1};
	int err = input_open(path, &in);

	if (err < 0)
		return err;
	if (!base_path && is_kernel_module(path))
		base_path = BTF_SOURCE_KERNEL;
	err = read_content(&in, !base_path, s);
	if (err < 0)
		return err;
	if (base_path && s->kind == BTF_SOURCE_HEADER)
		return message_error(
			-EINVAL, "reading types: %s: a C header has no base; leave it out", path);
	if (base_path) {
		err = read_base(base_path, &s->base);
		if (err < 0)
			return err;
	}
	return check_source(s);
}

int btf_source_read(const char *path, const char *base_path, struct btf_source *ret)
{
	struct btf_source s = {0};
	int err;

	path = path ? path : BTF_SOURCE_KERNEL;
	s.path = xstrdup(path);
	err = read_source(path, base_path, &s);
	if (err < 0) {
		btf_source_free(&s);
		return err;
	}
	*ret = s;
	return 0;
}

void btf_source_free(struct btf_source *s)
{
	free(s->path);
	buf_free(&s->data);
	buf_free(&s->base);
	*s = (struct btf_source){0};
}

static struct btf *parse(const struct buf *raw, struct btf *base, unsigned pointer_size,
			 const char *what)
{
	struct btf *btf = btf__new_split(raw->v, (uint32_t)raw->n, base);

	if (!btf) {
		message_error(-errno, "reading types: %s: libbpf refuses the BTF: %s", what,
			      strerror(errno));
		return NULL;
	}
	if (pointer_size)
		btf__set_pointer_size(btf, pointer_size);
	return btf;
}

int btf_source_parse(const struct btf_source *s, struct btf **ret, struct btf **ret_base)
{
	struct btf *base = NULL, *btf;

	if (s->base.n) {
		base = parse(&s->base, NULL, s->pointer_size, s->path);
		if (!base)
			return -EBADMSG;
	}
	btf = parse(&s->data, base, s->pointer_size, s->path);
	if (!btf) {
		btf__free(base);
		return -EBADMSG;
	}
	*ret_base = base;
	*ret = btf;
	return 0;
}

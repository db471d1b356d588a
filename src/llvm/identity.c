#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/message.h"
#include "base/path.h"
#include "llvm/find.h"

/* A library has a handful of segments, and its notes are some dozens of bytes. */
#define SEGMENTS_MAX 64
#define NOTES_MAX 4096

int llvm_choose_for(const char *compiler, unsigned major, const char *wanted, char **ret_path)
{
	_cleanup_free_ char *producer = xasprintf("LLVM%u.0.0", major);
	struct input_module m = {.kind = MODULE_BITCODE, .name = (char *)compiler};
	struct inputs in = {0};
	int err;

	m.producer = producer;
	vec_push(&in.modules, m);
	err = llvm_choose(&in, wanted, ret_path);
	vec_free(&in.modules);
	return err;
}

static size_t align(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* The note in which the linker has put a hash of all that it wrote, as hexadecimal digits. */
static char *find_build_id(const uint8_t *notes, size_t size)
{
	ElfW(Nhdr) h;

	for (size_t at = 0; size - at >= sizeof(h);) {
		const uint8_t *name = notes + at + sizeof(h);
		size_t n, rest = size - at - sizeof(h);
		struct buf hex = {0};

		memcpy(&h, notes + at, sizeof(h));
		if (h.n_namesz > rest || h.n_descsz > rest ||
		    align(h.n_namesz) + align(h.n_descsz) > rest)
			return NULL;
		n = align(h.n_namesz);
		for (size_t i = 0; h.n_type == NT_GNU_BUILD_ID && i < h.n_descsz; i++)
			buf_printf(&hex, "%02x", name[n + i]);
		if (hex.n && h.n_namesz == 4 && memcmp(name, "GNU", 4) == 0)
			return buf_steal(&hex);
		buf_free(&hex);
		at += sizeof(h) + n + align(h.n_descsz);
	}
	return NULL;
}

static char *read_build_id(int fd)
{
	ElfW(Phdr) segments[SEGMENTS_MAX];
	uint8_t notes[NOTES_MAX];
	ElfW(Ehdr) h;
	char *id = NULL;
	size_t size;

	if (pread(fd, &h, sizeof(h), 0) != sizeof(h) || memcmp(h.e_ident, ELFMAG, SELFMAG) != 0 ||
	    h.e_phentsize != sizeof(*segments) || h.e_phnum > SEGMENTS_MAX)
		return NULL;
	size = h.e_phnum * sizeof(*segments);
	if (pread(fd, segments, size, (off_t)h.e_phoff) != (ssize_t)size)
		return NULL;
	for (size_t i = 0; i < h.e_phnum && !id; i++) {
		size = segments[i].p_filesz;
		if (segments[i].p_type == PT_NOTE && size <= sizeof(notes) &&
		    pread(fd, notes, size, (off_t)segments[i].p_offset) == (ssize_t)size)
			id = find_build_id(notes, size);
	}
	return id;
}

static int digest_file(const char *path, char **ret)
{
	_cleanup_content_ struct file_content content = {0};
	int err = file_load(path, &content);
	char hex[DIGEST_HEX_SIZE];
	struct digest d;

	if (err < 0)
		return message_error(err, "link: %s: %s", path, strerror(-err));
	d = digest_of(content.data, content.size);
	digest_hex(&d, hex);
	*ret = xstrdup(hex);
	return 0;
}

int llvm_identify(const char *path, char **ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *id = fd < 0 ? NULL : read_build_id(fd);
	int err = id ? 0 : digest_file(path, &id);

	if (err == 0)
		*ret = xasprintf("%s %s", path_base(path), id);
	return err;
}

#include "btf/elf_section.h"

#include <byteswap.h>
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/message.h"

/* Section headers beyond this many are not looked at: 64 MB of them. */
#define SECTIONS_MAX (1u << 20)
/* A string table of section names larger than this is not read. */
#define NAMES_MAX (64u << 20)

/* What of a section header matters here, in our byte order. */
struct section {
	uint32_t name, type, link;
	uint64_t flags, offset, size;
};

struct elf {
	const struct elf_image *image;
	const char *what;
	bool is64, swap;
	uint64_t table; /* offset of the section headers */
	size_t entry;	/* bytes of each */
	uint64_t n;
	uint32_t names; /* index of the section that holds the names */
};

int elf_image_read(const struct elf_image *image, uint64_t offset, void *ret, size_t size)
{
	uint8_t *to = ret;

	if (offset > image->size || size > image->size - offset)
		return -EBADMSG;
	if (image->data) {
		memcpy(to, image->data + offset, size);
		return 0;
	}
	while (size) {
		ssize_t n = pread(image->fd, to, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EBADMSG; /* it has become shorter */
		to += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

bool elf_is_image(const struct elf_image *image)
{
	char magic[SELFMAG];

	return elf_image_read(image, 0, magic, sizeof(magic)) == 0 &&
	       memcmp(magic, ELFMAG, SELFMAG) == 0;
}

unsigned elf_pointer_size(const struct elf_image *image)
{
	uint8_t class;

	if (elf_image_read(image, EI_CLASS, &class, 1) < 0)
		return 0;
	return class == ELFCLASS64 ? 8 : class == ELFCLASS32 ? 4 : 0;
}

/* One function per width: the two layouts share names, not offsets. */
#define FIELD(e, s, field)                                                    \
	((e)->swap ? sizeof((s).field) == 2   ? bswap_16((uint16_t)(s).field) \
		     : sizeof((s).field) == 4 ? bswap_32((uint32_t)(s).field) \
					      : bswap_64((s).field)           \
		   : (s).field)

static int read_section(const struct elf *e, uint64_t index, struct section *ret)
{
	uint64_t at = e->table + index * e->entry;
	int err;

	if (e->is64) {
		Elf64_Shdr s;

		err = elf_image_read(e->image, at, &s, sizeof(s));
		if (err < 0)
			return err;
		*ret = (struct section){
			.name = FIELD(e, s, sh_name),
			.type = FIELD(e, s, sh_type),
			.link = FIELD(e, s, sh_link),
			.flags = FIELD(e, s, sh_flags),
			.offset = FIELD(e, s, sh_offset),
			.size = FIELD(e, s, sh_size),
		};
	} else {
		Elf32_Shdr s;

		err = elf_image_read(e->image, at, &s, sizeof(s));
		if (err < 0)
			return err;
		*ret = (struct section){
			.name = FIELD(e, s, sh_name),
			.type = FIELD(e, s, sh_type),
			.link = FIELD(e, s, sh_link),
			.flags = FIELD(e, s, sh_flags),
			.offset = FIELD(e, s, sh_offset),
			.size = FIELD(e, s, sh_size),
		};
	}
	return 0;
}

static int read_header(struct elf *e)
{
	int err;

	if (e->is64) {
		Elf64_Ehdr h;

		err = elf_image_read(e->image, 0, &h, sizeof(h));
		if (err < 0)
			return err;
		e->table = FIELD(e, h, e_shoff);
		e->entry = FIELD(e, h, e_shentsize);
		e->n = FIELD(e, h, e_shnum);
		e->names = FIELD(e, h, e_shstrndx);
	} else {
		Elf32_Ehdr h;

		err = elf_image_read(e->image, 0, &h, sizeof(h));
		if (err < 0)
			return err;
		e->table = FIELD(e, h, e_shoff);
		e->entry = FIELD(e, h, e_shentsize);
		e->n = FIELD(e, h, e_shnum);
		e->names = FIELD(e, h, e_shstrndx);
	}
	return 0;
}

static int cut_off(const struct elf *e, const char *part, int err)
{
	if (err != -EBADMSG)
		return message_error(err, "reading types: %s: %s", e->what, strerror(-err));
	return message_error(err,
			     "reading types: %s: its ELF %s lies outside the file; the file is "
			     "damaged",
			     e->what, part);
}

/* Finds the section headers; very many sections have their count in the first header. */
static int open_sections(struct elf *e)
{
	const size_t entry_min = e->is64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
	struct section first;
	int err = read_header(e);

	if (err < 0)
		return cut_off(e, "header", err);
	if (e->table == 0)
		return -ENOENT;
	if (e->entry < entry_min)
		return message_error(-EBADMSG,
				     "reading types: %s: its ELF section headers have %zu bytes; "
				     "the file is damaged",
				     e->what, e->entry);
	if (e->n == 0 || e->names == SHN_XINDEX) {
		err = read_section(e, 0, &first);
		if (err < 0)
			return cut_off(e, "section table", err);
		e->n = e->n ? e->n : first.size;
		e->names = e->names == SHN_XINDEX ? first.link : e->names;
	}
	if (e->n > SECTIONS_MAX || e->table > e->image->size ||
	    e->n * e->entry > e->image->size - e->table)
		return cut_off(e, "section table", -EBADMSG);
	if (e->names >= e->n)
		return cut_off(e, "table of section names", -EBADMSG);
	return 0;
}

static int open_elf(const struct elf_image *image, const char *what, struct elf *ret)
{
	struct elf e = {.image = image, .what = what};
	uint8_t ident[EI_NIDENT];
	int err = elf_image_read(image, 0, ident, sizeof(ident));

	if (err < 0)
		return cut_off(&e, "header", err);
	if ((ident[EI_CLASS] != ELFCLASS32 && ident[EI_CLASS] != ELFCLASS64) ||
	    (ident[EI_DATA] != ELFDATA2LSB && ident[EI_DATA] != ELFDATA2MSB))
		return message_error(-EBADMSG,
				     "reading types: %s: an ELF file of unknown class %u or byte "
				     "order %u; the file is damaged",
				     what, ident[EI_CLASS], ident[EI_DATA]);
	e.is64 = ident[EI_CLASS] == ELFCLASS64;
	e.swap = (ident[EI_DATA] == ELFDATA2LSB) != (BYTE_ORDER == LITTLE_ENDIAN);
	err = open_sections(&e);
	if (err < 0)
		return err;
	*ret = e;
	return 0;
}

static int append_content(const struct elf *e, const struct section *s, size_t max,
			  const char *part, struct buf *ret)
{
	int err;

	if (s->size > max)
		return message_error(-EFBIG,
				     "reading types: %s: %s of %llu bytes is too large; the limit "
				     "is %zu",
				     e->what, part, (unsigned long long)s->size, max);
	if (s->offset > e->image->size || s->size > e->image->size - s->offset)
		return cut_off(e, part, -EBADMSG);
	if (ret->n + s->size + 1 > ret->cap)
		ret->v = mem_grow(ret->v, &ret->cap, ret->n + s->size + 1, 1);
	err = elf_image_read(e->image, s->offset, ret->v + ret->n, s->size);
	if (err < 0)
		return cut_off(e, part, err);
	ret->n += s->size;
	ret->v[ret->n] = '\0';
	return 0;
}

static int find_section(const struct elf *e, const char *name, struct section *ret)
{
	_cleanup_buf_ struct buf names = {0};
	int err = read_section(e, e->names, ret);

	if (err < 0)
		return cut_off(e, "section table", err);
	err = append_content(e, ret, NAMES_MAX, "table of section names", &names);
	if (err < 0)
		return err;
	for (uint64_t i = 1; i < e->n; i++) {
		err = read_section(e, i, ret);
		if (err < 0)
			return cut_off(e, "section table", err);
		/* The buffer ends with a NUL of its own, so a cut-off name ends there. */
		if (ret->name < names.n && str_eq(names.v + ret->name, name))
			return 0;
	}
	return -ENOENT;
}

int elf_read_section(const struct elf_image *image, const char *name, size_t max, const char *what,
		     struct buf *ret)
{
	struct section s;
	struct elf e;
	int err = open_elf(image, what, &e);

	if (err < 0)
		return err;
	err = find_section(&e, name, &s);
	if (err < 0)
		return err;
	if (s.type == SHT_NOBITS)
		return message_error(-ENODATA,
				     "reading types: %s: its section %s is empty, as in a file of "
				     "debug information split off; name the file it came from",
				     what, name);
	if (s.flags & SHF_COMPRESSED)
		return message_error(-EOPNOTSUPP,
				     "reading types: %s: its section %s is compressed; undo that "
				     "with objcopy --decompress-debug-sections",
				     what, name);
	return append_content(&e, &s, max, name, ret);
}

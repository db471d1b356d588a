#include "btf/twin.h"

#include <endian.h>
#include <linux/bpf.h>

#include "btf/canonical_elf.h"
#include "btf/view.h"

/*
 * What a record consists of, field by field: a digit is a number of that many bytes, REGISTERS the
 * byte of an instruction that names two of them, whose halves change places.
 */
#define REGISTERS 'r'
#define HEADER_AFTER_IDENT "2248884222222"
#define SECTION_HEADER "4488884488"
#define BTF_HEADER "21144444"
#define WORD "4"

struct kind {
	uint32_t type;
	const char *name; /* NULL: any */
	uint64_t flags;	  /* one of them at least, 0: any */
	const char *fields;
	uint32_t size; /* of a record, in bytes */
	/* What else is to be known; converts the section's beginning and sets *at to where records
	 * start and *end to where they end. */
	int (*open)(const struct canonical_elf *e, const struct canonical_section *s, uint8_t *out,
		    uint64_t *at, uint64_t *end);
};

bool object_is_foreign(const void *object, size_t size)
{
	const uint8_t *ident = object;

	return size >= EI_NIDENT && memcmp(ident, ELFMAG, SELFMAG) == 0 &&
	       ident[EI_CLASS] == ELFCLASS64 &&
	       ident[EI_DATA] == (BYTE_ORDER == LITTLE_ENDIAN ? ELFDATA2MSB : ELFDATA2LSB);
}

static void reverse(uint8_t *p, unsigned n)
{
	for (unsigned i = 0; i < n / 2; i++) {
		uint8_t x = p[i];

		p[i] = p[n - 1 - i];
		p[n - 1 - i] = x;
	}
}

/* Converts n records in place. */
static void convert(uint8_t *p, uint64_t n, const char *fields)
{
	while (n--) {
		for (const char *f = fields; *f; f++) {
			if (*f == REGISTERS) {
				*p = (uint8_t)(*p << 4 | *p >> 4);
				p++;
			} else {
				reverse(p, (unsigned)(*f - '0'));
				p += *f - '0';
			}
		}
	}
}

/* Header, types, which are words throughout, and strings. */
static int open_types(const struct canonical_elf *e, const struct canonical_section *s,
		      uint8_t *out, uint64_t *at, uint64_t *end)
{
	struct btf_view view;
	int err = btf_view_open(s->data, s->h.sh_size, 0, 0, e->what, &view);

	if (err < 0)
		return err;
	*at = (uint64_t)(view.types - s->data);
	*end = *at + view.types_size;
	btf_view_close(&view);
	if (view.swap != e->swap)
		return canonical_damaged(e, "the byte order of %s is not that of the file",
					 s->name);
	if (canonical_u32(e, s->data + offsetof(struct btf_header, hdr_len)) !=
	    sizeof(struct btf_header))
		return canonical_damaged(e, "the header of %s has an unknown size", s->name);
	convert(out, 1, BTF_HEADER);
	return 0;
}

/* Magic number, version and flags as in .BTF; then words, whatever they mean. */
static int open_ext(const struct canonical_elf *e, const struct canonical_section *s, uint8_t *out,
		    uint64_t *at, uint64_t *end)
{
	uint16_t magic;

	(void)end;
	if (s->h.sh_size < 8)
		return canonical_damaged(e, "%s has no whole header", s->name);
	memcpy(&magic, s->data, sizeof(magic));
	magic = e->swap ? bswap_16(magic) : magic;
	if (magic != BTF_MAGIC || s->data[2] != BTF_VERSION)
		return canonical_damaged(e, "%s has an unknown form or byte order", s->name);
	convert(out, 1, "2");
	*at = 4;
	return 0;
}

/* The first that fits is a section's kind; what is of none has no numbers to convert. */
static const struct kind kinds[] = {
	{SHT_SYMTAB, NULL, 0, "411288", sizeof(Elf64_Sym), NULL},
	{SHT_REL, NULL, 0, "88", sizeof(Elf64_Rel), NULL},
	{SHT_GROUP, NULL, 0, WORD, 4, NULL},
	{SHT_PROGBITS, ".BTF", 0, WORD, 4, open_types},
	{SHT_PROGBITS, ".BTF.ext", 0, WORD, 4, open_ext},
	/* LINUX_VERSION_CODE, which libbpf reads while it opens an object. */
	{SHT_PROGBITS, "version", 0, WORD, 4, NULL},
	/* A constant of 64 bits is two instructions, its low half in the first. */
	{SHT_PROGBITS, NULL, SHF_EXECINSTR, "1r24", sizeof(struct bpf_insn), NULL},
};

static const struct kind *find_kind(const struct canonical_section *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (s->h.sh_type == kinds[i].type &&
		    (!kinds[i].name || str_eq(s->name, kinds[i].name)) &&
		    (!kinds[i].flags || s->h.sh_flags & kinds[i].flags))
			return &kinds[i];
	return NULL;
}

/* out is where the section lies in the twin. */
static int convert_section(const struct canonical_elf *e, const struct canonical_section *s,
			   uint8_t *out)
{
	const struct kind *kind = find_kind(s);
	uint64_t at = 0, end = s->h.sh_size;
	int err = kind && kind->open ? kind->open(e, s, out, &at, &end) : 0;

	if (err < 0 || !kind)
		return err;
	if ((end - at) % kind->size)
		return canonical_damaged(e, "%s does not consist of pieces of %u bytes", s->name,
					 kind->size);
	convert(out + at, (end - at) / kind->size, kind->fields);
	return 0;
}

/* A range of the file that belongs to one thing. */
struct piece {
	uint64_t start, end;
};

static int compare_pieces(const void *pa, const void *pb)
{
	const struct piece *a = pa, *b = pb;

	return a->start < b->start ? -1 : a->start > b->start;
}

/* What lies in two pieces would be converted twice. */
static int check_overlaps(const struct canonical_elf *e)
{
	uint64_t table = e->h.e_shoff;
	VEC(struct piece) pieces = {0};
	bool overlap = false;

	vec_push(&pieces, ((struct piece){0, sizeof(Elf64_Ehdr)}));
	vec_push(&pieces, ((struct piece){table, table + e->sections.n * sizeof(Elf64_Shdr)}));
	vec_foreach (s, &e->sections)
		if (s->data && s->h.sh_size)
			vec_push(&pieces,
				 ((struct piece){s->h.sh_offset, s->h.sh_offset + s->h.sh_size}));
	qsort(pieces.v, pieces.n, sizeof(*pieces.v), compare_pieces);
	for (size_t i = 1; i < pieces.n; i++)
		overlap |= pieces.v[i].start < pieces.v[i - 1].end;
	vec_free(&pieces);
	return overlap ? canonical_damaged(e, "its sections overlap") : 0;
}

static int convert_object(const struct canonical_elf *e, uint8_t *out)
{
	out[EI_DATA] ^= ELFDATA2LSB ^ ELFDATA2MSB;
	convert(out + EI_NIDENT, 1, HEADER_AFTER_IDENT);
	convert(out + e->h.e_shoff, e->sections.n, SECTION_HEADER);
	vec_foreach (s, &e->sections) {
		int err = s->data ? convert_section(e, s, out + s->h.sh_offset) : 0;

		if (err < 0)
			return err;
	}
	return 0;
}

int object_twin(const void *in, size_t size, const char *what, struct buf *ret)
{
	_cleanup_canonical_elf_ struct canonical_elf e = {0};
	_cleanup_buf_ struct buf out = {0};
	int err = canonical_elf_read(in, size, what, &e);

	err = err < 0 ? err : check_overlaps(&e);
	if (err < 0)
		return err;
	buf_add(&out, in, size);
	err = convert_object(&e, (uint8_t *)out.v);
	if (err == 0)
		buf_add(ret, out.v, out.n);
	return err;
}

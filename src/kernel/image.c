#include "kernel/image.h"

#include <ctype.h>
#include <elf.h>
#include <endian.h>
#include <errno.h>

#include "base/file.h"
#include "base/message.h"
#include "btf/check.h"
#include "btf/elf_section.h"
#include "kernel/unpack.h"

#define BANNER "Linux version "
#define RELEASE_MAX 64 /* of the kernel's own: __NEW_UTS_LEN */
/* An image in an image in an image is none that boots. */
#define DEPTH_MAX 3

/* Bytes to look at, and what they are part of. */
struct look {
	const char *path;
	const uint8_t *data;
	size_t size, limit;
	unsigned depth;
};

static int no_kernel(const struct look *l, const char *why)
{
	return message_error(-EBADMSG,
			     "kernel image: %s: %s; a kernel is a vmlinuz, an ELF vmlinux or an "
			     "arm64 Image",
			     l->path, why);
}

static uint32_t read_u32(const struct look *l, size_t at)
{
	uint32_t v;

	memcpy(&v, l->data + at, sizeof(v));
	return le32toh(v);
}

static bool has_at(const struct look *l, size_t at, const char *text, size_t size)
{
	return l->size >= at + size && memcmp(l->data + at, text, size) == 0;
}

/* The release in "Linux version 6.12.1 (…", or NULL. The same words stand elsewhere as a format. */
static char *find_release(const struct look *l)
{
	const uint8_t *at = l->data, *end = l->data + l->size;

	while ((at = memmem(at, (size_t)(end - at), BANNER, sizeof(BANNER) - 1))) {
		size_t n = 0;

		at += sizeof(BANNER) - 1;
		while (n <= RELEASE_MAX && n < (size_t)(end - at) && isgraph(at[n]) && at[n] != '/')
			n++;
		if (n && n <= RELEASE_MAX && isdigit(at[0]) && n < (size_t)(end - at) &&
		    at[n] == ' ')
			return xstrndup((const char *)at, n);
	}
	return NULL;
}

static uint32_t btf_u32(const uint8_t *header, size_t at, bool big_endian)
{
	uint32_t v;

	memcpy(&v, header + at, sizeof(v));
	return big_endian ? be32toh(v) : le32toh(v);
}

/*
 * The size of the BTF that begins here, or 0: its sections must lie as the kernel's build lays
 * them, types first and strings behind them.
 */
static uint64_t btf_size(const uint8_t *p, size_t left, bool big_endian)
{
	uint64_t header, types_at, types, strings_at, strings, size;

	if (left < 24)
		return 0;
	header = btf_u32(p, 4, big_endian);
	types_at = btf_u32(p, 8, big_endian);
	types = btf_u32(p, 12, big_endian);
	strings_at = btf_u32(p, 16, big_endian);
	strings = btf_u32(p, 20, big_endian);
	size = header + strings_at + strings;
	if (header < 24 || header > 64 || types_at != 0 || types == 0 || strings == 0 ||
	    strings_at != types || size > left)
		return 0;
	/* The first string is the empty one. */
	return p[header + strings_at] == '\0' && p[size - 1] == '\0' ? size : 0;
}

/* Finds BTF by its header, wherever it lies: the kernel's own is the largest. */
static void find_btf(const struct look *l, bool big_endian, struct buf *ret)
{
	/* Magic and version; flags are always 0. */
	static const char little[] = "\x9f\xeb\x01", big[] = "\xeb\x9f\x01";
	const uint8_t *at = l->data, *end = l->data + l->size, *best = NULL;
	uint64_t best_size = 0, size;

	while ((at = memmem(at, (size_t)(end - at), big_endian ? big : little, 4))) {
		size = btf_size(at, (size_t)(end - at), big_endian);
		if (size > best_size) {
			best = at;
			best_size = size;
		}
		at++;
	}
	if (best)
		buf_add(ret, best, best_size);
}

static const struct {
	uint16_t machine;
	uint8_t order;
	const char *arch;
} machines[] = {
	{EM_X86_64, ELFDATA2LSB, "x86_64"},
	{EM_AARCH64, ELFDATA2LSB, "arm64"},
	{EM_PPC64, ELFDATA2LSB, "powerpc"},
	{EM_PPC64, ELFDATA2MSB, "ppc64"},
	{EM_S390, ELFDATA2MSB, "s390x"},
	{EM_RISCV, ELFDATA2LSB, "riscv64"},
	{EM_LOONGARCH, ELFDATA2LSB, "loongarch64"},
};

static const struct arch *elf_arch(const struct look *l, bool *ret_is_program)
{
	uint16_t type, machine;

	if (l->size < sizeof(Elf64_Ehdr) || l->data[EI_CLASS] != ELFCLASS64)
		return NULL;
	memcpy(&type, l->data + offsetof(Elf64_Ehdr, e_type), sizeof(type));
	memcpy(&machine, l->data + offsetof(Elf64_Ehdr, e_machine), sizeof(machine));
	type = l->data[EI_DATA] == ELFDATA2MSB ? be16toh(type) : le16toh(type);
	machine = l->data[EI_DATA] == ELFDATA2MSB ? be16toh(machine) : le16toh(machine);
	*ret_is_program = type == ET_EXEC || type == ET_DYN;
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (machines[i].machine == machine && machines[i].order == l->data[EI_DATA])
			return arch_find(machines[i].arch);
	return NULL;
}

static bool is_elf(const struct look *l)
{
	return has_at(l, 0, ELFMAG, SELFMAG);
}

static int read_elf(const struct look *l, struct kernel_image *i)
{
	struct elf_image image = {.data = l->data, .size = l->size};
	bool is_program = false;
	int err;

	i->arch = elf_arch(l, &is_program);
	i->release = find_release(l);
	if (!is_program || !i->release)
		return no_kernel(l, "an ELF file, but no kernel");
	if (!i->arch)
		return message_error(-EOPNOTSUPP,
				     "kernel image: %s: of an architecture that is not known",
				     l->path);
	err = elf_read_section(&image, ".BTF", BTF_SIZE_MAX, l->path, &i->btf);
	if (err < 0 && err != -ENOENT)
		return err;
	buf_add(&i->boot, l->data, l->size);
	return 0;
}

static int read_any(const struct look *l, struct kernel_image *i);

/* Unpacks a part of an image and reads what is in it. */
static int read_packed_part(const struct look *l, size_t at, size_t size, struct kernel_image *i)
{
	const struct packing *p = packing_of(l->data + at, size);
	_cleanup_buf_ struct buf inner = {0};
	struct look in = *l;
	int err;

	if (!p)
		return message_error(-EOPNOTSUPP,
				     "kernel image: %s: it is packed in a way that is not known",
				     l->path);
	if (l->depth >= DEPTH_MAX)
		return no_kernel(l, "packed too many times");
	err = unpack(p, l->data + at, size, l->limit, l->path, &inner);
	if (err < 0)
		return err;
	in.data = (const uint8_t *)(inner.v ? inner.v : "");
	in.size = inner.n;
	in.depth++;
	return read_any(&in, i);
}

static bool is_packed(const struct look *l)
{
	return packing_of(l->data, l->size);
}

static int read_packed(const struct look *l, struct kernel_image *i)
{
	return read_packed_part(l, 0, l->size, i);
}

/* Of x86: Documentation/arch/x86/boot.rst of Linux. */
#define X86_SECTORS 0x1f1 /* u8: 512-byte sectors before the protected-mode part, less one */
#define X86_MAGIC 0x202
#define X86_VERSION 0x206
#define X86_PAYLOAD 0x248 /* u32, from where that part begins; since version 2.08 */
#define X86_PAYLOAD_SIZE 0x24c

static bool is_bzimage(const struct look *l)
{
	return has_at(l, X86_MAGIC, "HdrS", 4);
}

static int read_bzimage(const struct look *l, struct kernel_image *i)
{
	uint64_t at, size;

	if (l->size < X86_PAYLOAD_SIZE + 4)
		return no_kernel(l, "a bzImage that was cut off");
	if ((read_u32(l, X86_VERSION) & 0xffff) < 0x208)
		return message_error(-EOPNOTSUPP,
				     "kernel image: %s: a bzImage older than Linux 2.6.24",
				     l->path);
	at = l->data[X86_SECTORS] ? l->data[X86_SECTORS] : 4;
	at = (at + 1) * 512 + read_u32(l, X86_PAYLOAD);
	size = read_u32(l, X86_PAYLOAD_SIZE);
	if (at > l->size || size > l->size - at)
		return no_kernel(l, "a bzImage that was cut off");
	return read_packed_part(l, at, size, i);
}

/* Of EFI: drivers/firmware/efi/libstub/zboot-header.S. */
#define ZBOOT_MAGIC 4
#define ZBOOT_PAYLOAD 8
#define ZBOOT_PAYLOAD_SIZE 12

static bool is_zboot(const struct look *l)
{
	return has_at(l, 0, "MZ", 2) && has_at(l, ZBOOT_MAGIC, "zimg", 4);
}

static int read_zboot(const struct look *l, struct kernel_image *i)
{
	uint64_t at, size;

	if (l->size < ZBOOT_PAYLOAD_SIZE + 4)
		return no_kernel(l, "an EFI image that was cut off");
	at = read_u32(l, ZBOOT_PAYLOAD);
	size = read_u32(l, ZBOOT_PAYLOAD_SIZE);
	if (at > l->size || size > l->size - at)
		return no_kernel(l, "an EFI image that was cut off");
	return read_packed_part(l, at, size, i);
}

/* Documentation/arch/arm64/booting.rst and arch/riscv/boot-image-header.rst. */
#define RAW_MAGIC 56
static const struct {
	const char *magic; /* of four bytes */
	const char *arch;
} raws[] = {
	{"ARM\x64", "arm64"},
	{"RSC\x05", "riscv64"},
};

static const struct arch *raw_arch(const struct look *l)
{
	for (size_t i = 0; i < ARRAY_SIZE(raws); i++)
		if (has_at(l, RAW_MAGIC, raws[i].magic, 4))
			return arch_find(raws[i].arch);
	return NULL;
}

static bool is_raw(const struct look *l)
{
	return raw_arch(l);
}

static int read_raw(const struct look *l, struct kernel_image *i)
{
	i->arch = raw_arch(l);
	i->release = find_release(l);
	/* The header is followed by code and data: without the banner too much is missing. */
	if (!i->release)
		return no_kernel(l, "the header of a raw Image, but no kernel behind it");
	find_btf(l, false, &i->btf);
	buf_add(&i->boot, l->data, l->size);
	return 0;
}

/* arch/s390/boot/head.S: where a kernel may be started from behind the first 64 KiB. */
#define S390_MAGIC 0x10008

static bool is_s390(const struct look *l)
{
	return has_at(l, S390_MAGIC, "S390EP", 6);
}

/* Nothing says where the packed part begins, and what looks like its beginning need not be it. */
#define S390_TRIES 64

static int read_s390(const struct look *l, struct kernel_image *i)
{
	size_t at = S390_MAGIC;

	i->arch = arch_find("s390x");
	for (unsigned tries = 0; tries < S390_TRIES; tries++, at++) {
		_cleanup_buf_ struct buf inner = {0};
		struct look in = *l;

		at = packing_find(l->data, l->size, at);
		if (at == l->size)
			break;
		if (unpack(packing_of(l->data + at, l->size - at), l->data + at, l->size - at,
			   l->limit, NULL, &inner) < 0 ||
		    !inner.n)
			continue;
		in.data = (const uint8_t *)inner.v;
		in.size = inner.n;
		i->release = find_release(&in);
		if (!i->release)
			continue;
		find_btf(&in, true, &i->btf);
		buf_add(&i->boot, l->data, l->size);
		return 0;
	}
	return no_kernel(l, "no packed kernel is in it; it may have been cut off");
}

static const struct {
	bool (*is)(const struct look *l);
	int (*read)(const struct look *l, struct kernel_image *i);
} shapes[] = {
	{is_elf, read_elf},	{is_packed, read_packed}, {is_bzimage, read_bzimage},
	{is_zboot, read_zboot}, {is_raw, read_raw},	  {is_s390, read_s390},
};

static int read_any(const struct look *l, struct kernel_image *i)
{
	for (size_t s = 0; s < ARRAY_SIZE(shapes); s++)
		if (shapes[s].is(l))
			return shapes[s].read(l, i);
	return no_kernel(l, l->depth ? "what is packed in it is no kernel" : "no kernel");
}

bool kernel_image_is(const void *data, size_t size)
{
	struct look l = {.data = data, .size = size};

	for (size_t s = 0; s < ARRAY_SIZE(shapes); s++)
		if (shapes[s].is(&l))
			return true;
	return false;
}

int kernel_image_parse(const char *path, const void *data, size_t size, size_t limit,
		       struct kernel_image *ret)
{
	struct look l = {.path = path, .data = data, .size = size, .limit = limit};
	struct kernel_image i = {0};
	int err = read_any(&l, &i);

	if (err < 0) {
		kernel_image_free(&i);
		return err;
	}
	*ret = i;
	return 0;
}

int kernel_image_read(const char *path, struct kernel_image *ret)
{
	_cleanup_buf_ struct buf content = {0};
	int err = file_read(path, KERNEL_IMAGE_MAX, &content);

	if (err < 0)
		return message_error(err, "kernel image: %s: %s", path, strerror(-err));
	return kernel_image_parse(path, content.v, content.n, KERNEL_IMAGE_MAX, ret);
}

void kernel_image_free(struct kernel_image *i)
{
	buf_free(&i->boot);
	buf_free(&i->btf);
	free(i->release);
	*i = (struct kernel_image){0};
}

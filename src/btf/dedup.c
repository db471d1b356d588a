#include "btf/dedup.h"

#include <errno.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "base/message.h"
#include "btf/canonical_elf.h"
#include "btf/twin.h"

/*
 * Gives a section the values its relocations stand for (where in their section variables lie;
 * instructions are numbered right already) and drops these: types are about to move.
 */
static int settle(struct canonical_elf *e, uint32_t section)
{
	struct canonical_section *s = &e->sections.v[section], *relocs;
	uint8_t *data = canonical_section_edit(s);
	uint32_t rel;
	int err = canonical_find_relocs(e, section, &rel);

	if (err < 0 || !rel)
		return err;
	relocs = &e->sections.v[rel];
	for (uint32_t i = 0; i < canonical_n_relocs(relocs); i++) {
		struct canonical_reloc r = canonical_get_reloc(e, relocs, i);
		uint32_t value;

		if (r.offset > s->own.n || s->own.n - r.offset < sizeof(value))
			return canonical_damaged(e, "relocation %u of %s is out of place", i,
						 s->name);
		value = canonical_u32(e, data + r.offset) +
			(uint32_t)e->symbols.v[r.symbol].s.st_value;
		memcpy(data + r.offset, &value, sizeof(value));
	}
	relocs->h.sh_type = SHT_NULL;
	return 0;
}

static void replace(struct canonical_section *s, const void *data, uint32_t size)
{
	struct buf content = {0};

	buf_add(&content, data, size);
	canonical_section_replace(s, &content);
}

static int dedup(struct canonical_elf *e, uint32_t btf_section, uint32_t ext_section)
{
	struct canonical_section *types = &e->sections.v[btf_section];
	struct canonical_section *ext = ext_section ? &e->sections.v[ext_section] : NULL;
	LIBBPF_OPTS(btf_dedup_opts, options);
	struct btf_ext *btf_ext = NULL;
	struct btf *btf = btf__new(types->own.v, (uint32_t)types->own.n);
	const void *data;
	uint32_t size;
	int err = btf ? 0 : -errno;

	if (!err && ext)
		btf_ext = btf_ext__new((const uint8_t *)ext->own.v, (uint32_t)ext->own.n);
	if (!err && ext && !btf_ext)
		err = -errno;
	options.btf_ext = btf_ext;
	err = err ?: btf__dedup(btf, &options);
	if (!err && (data = btf__raw_data(btf, &size)))
		replace(types, data, size);
	if (!err && btf_ext && (data = btf_ext__raw_data(btf_ext, &size)))
		replace(ext, data, size);
	btf_ext__free(btf_ext);
	btf__free(btf);
	return err < 0 ? message_error(err, "types: %s: libbpf cannot put its types together: %s",
				       e->what, strerror(-err))
		       : 0;
}

/* One of this machine's byte order. */
static int dedup_own(const void *in, size_t size, const char *what, struct buf *ret)
{
	_cleanup_canonical_elf_ struct canonical_elf e = {0};
	int err = canonical_elf_read(in, size, what, &e);
	uint32_t btf, ext;

	if (err < 0)
		return err;
	btf = canonical_find_section(&e, ".BTF");
	ext = canonical_find_section(&e, ".BTF.ext");
	err = btf ? settle(&e, btf) : 0;
	err = err < 0 || !btf || !ext ? err : settle(&e, ext);
	err = err < 0 || !btf ? err : dedup(&e, btf, ext);
	if (err < 0)
		return err;
	canonical_elf_select(&e, true);
	return canonical_elf_write(&e, ret);
}

int object_dedup(const void *in, size_t size, const char *what, struct buf *ret)
{
	_cleanup_buf_ struct buf twin = {0}, done = {0};
	int err;

	if (!object_is_foreign(in, size))
		return dedup_own(in, size, what, ret);
	err = object_twin(in, size, what, &twin);
	err = err < 0 ? err : dedup_own(twin.v, twin.n, what, &done);
	return err < 0 ? err : object_twin(done.v, done.n, what, ret);
}

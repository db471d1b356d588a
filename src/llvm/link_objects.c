/*
 * From LLVM's object to the one that is shipped: functions that are local in the object are static
 * in its BTF, objects that came without bitcode are linked to it, and all gets its canonical form.
 */
#include <elf.h>
#include <errno.h>
#include <sys/mman.h>

#include <bpf/libbpf.h>

#include "base/file.h"
#include "base/message.h"
#include "btf/canonical_ext.h"
#include "btf/object.h"
#include "btf/twin.h"
#include "llvm/link_parts.h"

/* What libbpf reads at the moment, for its messages: the file, and what people know it by. */
static struct {
	char path[32];
	const char *name; /* NULL: nothing */
} adding;

size_t link_count(const struct inputs *in, enum module_kind kind)
{
	size_t n = 0;

	vec_foreach (m, &in->modules)
		n += m->kind == kind;
	return n;
}

/* As link_byte_order gives it. */
static char object_byte_order(const uint8_t *data, size_t size)
{
	return size > EI_DATA && data[EI_DATA] == ELFDATA2MSB ? 'b' : 'l';
}

static int list_object(const struct input_module *m, struct strv *defined, struct strv *needed)
{
	_cleanup_canonical_elf_ struct canonical_elf e = {0};
	int err = canonical_elf_read(m->data, m->size, m->name, &e);

	if (err < 0)
		return err;
	vec_foreach (y, &e.symbols) {
		if (ELF64_ST_BIND(y->s.st_info) == STB_LOCAL || !*y->name)
			continue;
		strv_add(y->s.st_shndx == SHN_UNDEF ? needed : defined, y->name);
	}
	return 0;
}

int link_list_names(const struct inputs *in, struct strv *defined, struct strv *needed)
{
	int err = 0;

	vec_foreach (m, &in->modules)
		if (m->kind == MODULE_ELF && !err)
			err = list_object(m, defined, needed);
	return err;
}

int link_check_inputs(const struct link_options *o, const struct inputs *in)
{
	char order = o->target ? link_byte_order(o->target) : 0;

	vec_foreach (m, &in->modules) {
		if (m->kind != MODULE_ELF)
			continue;
		if (o->emit != LINK_OBJECT)
			return message_error(
				-EINVAL,
				"link: %s: of an object without bitcode only an object "
				"can be made; leave it out, or compile it to bitcode "
				"(-emit-llvm)",
				m->name);
		if (order && order != object_byte_order(m->data, m->size))
			return message_error(
				-EINVAL,
				"link: %s: it is not for %s: its byte order is the other one",
				m->name, o->target);
	}
	return 0;
}

/* Whether a function that begins there is visible outside. */
static bool is_global_function(const struct canonical_elf *e, uint32_t section, uint32_t offset)
{
	vec_foreach (y, &e->symbols)
		if (y->s.st_shndx == section && y->s.st_value == offset &&
		    ELF64_ST_TYPE(y->s.st_info) == STT_FUNC &&
		    ELF64_ST_BIND(y->s.st_info) != STB_LOCAL)
			return true;
	return false;
}

/* Rewrites the record's linkage in the object, which types lies in. */
static void make_static(const struct canonical_types *t, uint32_t id, struct buf *object)
{
	struct btf_record r = btf_view_type(&t->view, id);
	size_t at = (size_t)(r.at - (const uint8_t *)object->v) + 4;
	uint32_t info = canonical_swap_u32(t->elf, (r.info & ~0xffffu) | BTF_FUNC_STATIC);

	if (r.kind == BTF_KIND_FUNC && r.n == BTF_FUNC_GLOBAL)
		memcpy(object->v + at, &info, sizeof(info));
}

/*
 * Kernels verify global functions on their own, knowing less than from where they are called, and
 * refuse many. LLVM goes by debug information, which does not know what was made internal.
 */
static int mark_static_functions(struct buf *object)
{
	_cleanup_canonical_elf_ struct canonical_elf e = {0};
	_cleanup_canonical_types_ struct canonical_types types = {0};
	_cleanup_canonical_ext_ struct canonical_ext ext = {0};
	int err = canonical_elf_read(object->v, object->n, "what LLVM wrote", &e);
	uint32_t btf, btf_ext;

	if (err < 0)
		return err;
	btf = canonical_find_section(&e, ".BTF");
	btf_ext = canonical_find_section(&e, ".BTF.ext");
	if (!btf || !btf_ext)
		return 0;
	err = canonical_types_open(&e, btf, &types);
	err = err < 0 ? err : canonical_ext_open(&types, btf_ext, &ext);
	if (err < 0)
		return err;
	vec_foreach (g, &ext.lists[CANONICAL_FUNCS].groups)
		for (uint32_t i = g->first; i < g->first + g->n; i++) {
			const uint32_t *words = ext.lists[CANONICAL_FUNCS].records.v[i].words;

			if (words[1] && !is_global_function(&e, g->section, words[0]))
				make_static(&types, words[1], object);
		}
	return 0;
}

static int report_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	_cleanup_buf_ struct buf text = {0}, shown = {0};
	const char *at, *found;

	if (level != LIBBPF_WARN)
		return 0;
	buf_vprintf(&text, fmt, ap);
	while (text.n && text.v[text.n - 1] == '\n')
		text.v[--text.n] = '\0';
	for (at = text.v; adding.name && (found = strstr(at, adding.path));
	     at = found + strlen(adding.path)) {
		buf_add(&shown, at, (size_t)(found - at));
		buf_puts(&shown, adding.name);
	}
	buf_puts(&shown, at);
	message_warning("link: %s", shown.v);
	return 0;
}

/* A file in memory and its name, as libbpf's linker takes nothing but names of files. */
static int memory_file(const void *data, size_t size, char path[static 32])
{
	int fd = memfd_create("skep", MFD_CLOEXEC);
	int err = fd < 0 ? -errno : file_write_fd(fd, data, size);

	snprintf(path, 32, "/proc/self/fd/%d", fd);
	if (err == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return message_error(err, "link: no memory file: %s", strerror(-err));
}

/* libbpf's linker goes by types. */
static int require_types(const void *data, size_t size, const char *name)
{
	_cleanup_canonical_elf_ struct canonical_elf e = {0};
	int err = canonical_elf_read(data, size, name, &e);

	if (err < 0 || canonical_find_section(&e, ".BTF"))
		return err;
	return message_error(-EINVAL,
			     "link: %s: it has no BTF, without which objects cannot be linked; "
			     "compile its source with -g",
			     name);
}

static int add_object(struct bpf_linker *linker, const void *data, size_t size, const char *name)
{
	LIBBPF_OPTS(bpf_linker_file_opts, options);
	_cleanup_buf_ struct buf twin = {0};
	_cleanup_close_ int fd = -1;
	int err = require_types(data, size, name);

	if (err == 0 && object_is_foreign(data, size)) {
		err = object_twin(data, size, name, &twin);
		data = twin.v;
		size = twin.n;
	}
	if (err < 0)
		return err;
	fd = memory_file(data, size, adding.path);
	if (fd < 0)
		return fd;
	adding.name = name;
	err = bpf_linker__add_file(linker, adding.path, &options);
	adding.name = NULL;
	return err < 0 ? message_error(err, "link: %s: it cannot be linked: %s", name,
				       strerror(-err))
		       : 0;
}

static int add_objects(struct bpf_linker *linker, const struct inputs *in, const struct buf *object,
		       bool *ret_foreign)
{
	int err = 0, n = 0;

	if (object->n) {
		*ret_foreign = object_is_foreign(object->v, object->n);
		err = add_object(linker, object->v, object->n, "what LLVM made of the bitcode");
		n++;
	}
	vec_foreach (m, &in->modules) {
		bool foreign;

		if (m->kind != MODULE_ELF || err < 0)
			continue;
		foreign = object_is_foreign(m->data, m->size);
		if (n++ && foreign != *ret_foreign)
			return message_error(-EINVAL,
					     "link: %s: its byte order is not that of what comes "
					     "before it; all must be for one target",
					     m->name);
		*ret_foreign = foreign;
		err = add_object(linker, m->data, m->size, m->name);
	}
	return err;
}

static int read_result(const char *path, bool foreign, struct buf *ret)
{
	_cleanup_buf_ struct buf raw = {0};
	int err = file_read(path, FILE_MAX_SIZE, &raw);

	if (err < 0)
		return message_error(err, "link: reading the result: %s", strerror(-err));
	ret->n = 0;
	if (foreign)
		return object_twin(raw.v, raw.n, "the result", ret);
	buf_add(ret, raw.v, raw.n);
	return 0;
}

/* libbpf's linker truncates and fills the file that it is given. */
static int link_objects(const struct inputs *in, struct buf *object)
{
	LIBBPF_OPTS(bpf_linker_opts, options);
	struct bpf_linker *linker;
	char path[32];
	_cleanup_close_ int fd = memory_file("", 0, path);
	bool foreign = false;
	int err = 0;

	if (fd < 0)
		return fd;
	libbpf_set_print(report_libbpf);
	linker = bpf_linker__new(path, &options);
	if (!linker)
		err = message_error(-errno, "link: libbpf's linker: %s", strerror(errno));
	err = err < 0 ? err : add_objects(linker, in, object, &foreign);
	if (err == 0 && (err = bpf_linker__finalize(linker)) < 0)
		message_error(err, "link: the objects cannot be linked: %s", strerror(-err));
	bpf_linker__free(linker);
	return err < 0 ? err : read_result(path, foreign, object);
}

int link_finish(const struct link_options *o, const struct inputs *in, struct buf *object)
{
	struct object_options options = {.keep_debug = o->debug_info};
	_cleanup_buf_ struct buf finished = {0};
	int err = object->n ? mark_static_functions(object) : 0;

	if (err == 0 && link_count(in, MODULE_ELF))
		err = link_objects(in, object);
	err = err < 0 ? err
		      : object_finish(object->v, object->n, "what LLVM wrote", &options, &finished);
	if (err < 0)
		return err;
	object->n = 0;
	buf_add(object, finished.v, finished.n);
	return 0;
}

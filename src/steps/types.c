#include "steps/steps.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <bpf/libbpf.h>

#include "btf/source.h"
#include "slice/index.h"
#include "store/cas.h"
#include "store/codec.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_MAX_SIZE 64

/* A guess until it has run once: printing a kernel's types. */
#define TYPES_COST_MS 300

struct types {
	const struct build *build;
	char *source;
};

/* What stands for the running kernel's types for as long as it runs; false when nothing does. */
static bool put_boot_key(const struct file *f, struct buf *ret)
{
	struct statfs fs;

	if (!str_eq(f->path, BTF_SOURCE_KERNEL) || statfs(f->path, &fs) < 0 ||
	    fs.f_type != SYSFS_MAGIC)
		return false;
	buf_puts(ret, "kernel types ");
	put_u64(ret, f->stamp.device);
	put_u64(ret, f->stamp.inode);
	put_u64(ret, f->stamp.size);
	return file_read(BOOT_ID, BOOT_ID_MAX_SIZE, ret) == 0;
}

/*
 * The digest of the running kernel's types, which are large, is a fact of this machine: they stay
 * what they are until the next boot. The time stamps in sysfs tell nothing.
 */
static int digest_source(const struct build *b, struct file *f)
{
	_cleanup_buf_ struct buf key = {0}, value = {0};
	struct digest digest;
	int err;

	if (f->has_digest || !f->exists || !b->store || !put_boot_key(f, &key))
		return 0;
	if (store_get_fact(b->store, key.v, key.n, &value) == 0 && value.n == DIGEST_SIZE) {
		memcpy(digest.bytes, value.v, DIGEST_SIZE);
		files_settle(b->files, f, &digest);
		return 0;
	}
	err = files_digest(b->files, f);
	if (err == 0)
		store_put_fact(b->store, key.v, key.n, f->digest.bytes, DIGEST_SIZE);
	return err;
}

static int prepare(struct step *s, struct work *ret)
{
	const struct types *t = s->data;
	struct file *source = files_get(t->build->files, t->source);

	work_add_builtin(ret, builtin_types, "types", t->source, WORK_OUTPUT, NULL);
	/* libbpf prints the types: another version may print them otherwise. */
	strv_addf(&ret->params, "libbpf %s", libbpf_version_string());
	strv_addf(&ret->params, "index %u", INDEX_REVISION);
	vec_push(&ret->inputs, source);
	return digest_source(t->build, source);
}

static void release(void *data)
{
	struct types *t = data;

	free(t->source);
	free(t);
}

static const struct step_kind kind = {
	.name = "types",
	.revision = 2,
	.prepare = prepare,
	.hint = step_hint,
	.free = release,
};

struct step *step_add_types(struct graph *g, const struct build *b, const char *source,
			    const char *output)
{
	struct types *t = xcalloc(1, sizeof(*t));
	struct step *s;

	t->build = b;
	t->source = xstrdup(source);
	s = graph_add(g, &kind, t, output, source);
	s->cost = TYPES_COST_MS;
	return s;
}

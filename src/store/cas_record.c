/* Records: actions, facts and hints. */
#include "store/cas.h"

#include <endian.h>
#include <errno.h>

#include "store/cas_parts.h"

#define MAGIC_SIZE 8

struct record_head {
	char magic[MAGIC_SIZE];
	struct digest name;
	struct digest digest; /* of what follows */
};

static void record_make(enum store_kind kind, const struct digest *name, const void *value,
			size_t size, struct buf *ret)
{
	const uint32_t no_signature = 0;
	struct record_head head = {.name = *name};
	struct digest_state state;

	memcpy(head.magic, store_kinds[kind].magic, MAGIC_SIZE);
	digest_begin(&state);
	digest_add(&state, &no_signature, sizeof(no_signature));
	digest_add(&state, value, size);
	head.digest = digest_end(&state);
	buf_add(ret, &head, sizeof(head));
	buf_add(ret, &no_signature, sizeof(no_signature));
	if (size)
		buf_add(ret, value, size);
}

int store_record_value(enum store_kind kind, const struct digest *name, const void *record,
		       size_t size, const void **ret_value, size_t *ret_size)
{
	const struct record_head *head = record;
	const char *rest = (const char *)record + sizeof(*head);
	struct digest found;
	uint32_t signature;

	if (size < sizeof(*head) + sizeof(signature) ||
	    memcmp(head->magic, store_kinds[kind].magic, MAGIC_SIZE) != 0 ||
	    !digest_eq(&head->name, name))
		return -EBADMSG;
	size -= sizeof(*head);
	found = digest_of(rest, size);
	if (!digest_eq(&found, &head->digest))
		return -EBADMSG;
	memcpy(&signature, rest, sizeof(signature));
	signature = le32toh(signature);
	size -= sizeof(signature);
	if (signature > size)
		return -EBADMSG;
	*ret_value = rest + sizeof(signature) + signature;
	*ret_size = size - signature;
	return 0;
}

static int read_record(struct store *s, enum store_kind kind, const struct digest *name, bool use,
		       struct buf *ret, const void **ret_value, size_t *ret_size)
{
	struct stat st;
	_cleanup_close_ int fd = store_open_entry(s, kind, name, &st);
	int err;

	if (fd < 0)
		return fd;
	err = (size_t)st.st_size > STORE_MAX_RECORD ? -EBADMSG
						    : store_read_all(fd, (size_t)st.st_size, ret);
	if (!err)
		err = store_record_value(kind, name, ret->v, ret->n, ret_value, ret_size);
	if (!err && use)
		store_touch(s, fd, &st);
	if (!err)
		return 0;
	return err == -EBADMSG ? store_drop(s, kind, name) : -ENOENT;
}

int store_read_record(struct store *s, enum store_kind kind, const struct digest *name,
		      struct buf *ret, const void **ret_value, size_t *ret_size)
{
	return read_record(s, kind, name, false, ret, ret_value, ret_size);
}

int store_write_record(struct store *s, enum store_kind kind, const struct digest *name,
		       const void *record, size_t size)
{
	_cleanup_writer_ struct store_writer w = {0};
	int err = store_write_begin(s, kind, name, &w);

	if (!err)
		err = store_write_add(&w, record, size);
	return err < 0 ? err : store_write_end(&w);
}

static int put_record(struct store *s, enum store_kind kind, const struct digest *name,
		      const void *value, size_t size)
{
	_cleanup_buf_ struct buf record = {0};

	if (size > STORE_MAX_RECORD - sizeof(struct record_head) - sizeof(uint32_t))
		return -EFBIG;
	record_make(kind, name, value, size, &record);
	return store_write_record(s, kind, name, record.v, record.n);
}

static int get_record(struct store *s, enum store_kind kind, const struct digest *name,
		      struct buf *ret)
{
	_cleanup_buf_ struct buf record = {0};
	const void *value;
	size_t size;
	int err = read_record(s, kind, name, true, &record, &value, &size);

	if (!err)
		buf_add(ret, value, size);
	return err;
}

int store_put_action(struct store *s, const struct digest *key, const void *value, size_t size)
{
	return put_record(s, STORE_ACTION, key, value, size);
}

int store_get_action(struct store *s, const struct digest *key, struct buf *ret)
{
	return get_record(s, STORE_ACTION, key, ret);
}

int store_put_fact(struct store *s, const void *key, size_t key_size, const void *value,
		   size_t size)
{
	struct digest name = digest_of(key, key_size);

	return put_record(s, STORE_FACT, &name, value, size);
}

int store_get_fact(struct store *s, const void *key, size_t key_size, struct buf *ret)
{
	struct digest name = digest_of(key, key_size);

	return get_record(s, STORE_FACT, &name, ret);
}

/* A hint's value is an array of these, the latest first. */
struct hint {
	uint64_t time; /* little endian */
	struct digest action;
};

static size_t read_hints(struct store *s, const struct digest *name,
			 struct hint hints[static STORE_MAX_HINTS])
{
	_cleanup_buf_ struct buf record = {0};
	const void *value;
	size_t size, n;

	if (read_record(s, STORE_HINT, name, true, &record, &value, &size) < 0)
		return 0;
	n = size / sizeof(struct hint);
	n = n < STORE_MAX_HINTS ? n : STORE_MAX_HINTS;
	memcpy(hints, value, n * sizeof(struct hint));
	return n;
}

int store_put_hint(struct store *s, const char *step, const struct digest *action)
{
	struct digest name = digest_of(step, strlen(step));
	struct hint old[STORE_MAX_HINTS], hints[STORE_MAX_HINTS];
	size_t n_old = read_hints(s, &name, old), n = 1;

	if (n_old && digest_eq(&old[0].action, action))
		return 0;
	hints[0] = (struct hint){htole64((uint64_t)store_now()), *action};
	for (size_t i = 0; i < n_old && n < STORE_MAX_HINTS; i++)
		if (!digest_eq(&old[i].action, action))
			hints[n++] = old[i];
	return put_record(s, STORE_HINT, &name, hints, n * sizeof(*hints));
}

void store_each_hint(struct store *s, const char *step,
		     void (*fn)(const struct digest *action, uint64_t time, void *arg), void *arg)
{
	struct digest name = digest_of(step, strlen(step));
	struct hint hints[STORE_MAX_HINTS];
	size_t n = read_hints(s, &name, hints);

	for (size_t i = 0; i < n; i++)
		fn(&hints[i].action, le64toh(hints[i].time), arg);
}

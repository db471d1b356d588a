/* A folder with an archive in it, and a store on another machine, for tests. */
#ifndef SKEP_TESTS_UNIT_ARCHIVE_ROOM_H
#define SKEP_TESTS_UNIT_ARCHIVE_ROOM_H

#include "store_room.h"

#include "store/archive.h"
#include "store/gc.h"

#define LIMIT ((uint64_t)1 << 20)

static char *archive;

static inline int make_rooms(void **state)
{
	if (make_room(state) < 0)
		return -1;
	archive = xasprintf("%s/archive", dir);
	return 0;
}

static inline int remove_rooms(void **state)
{
	free(steal(&archive));
	return remove_room(state);
}

/* A second store, as on another machine. */
static inline struct store *open_other(void)
{
	_cleanup_free_ char *other = xasprintf("%s/other", dir);
	struct store *s;

	assert_int_equal(store_open(other, 0, list_outputs, &s), 0);
	return s;
}

static inline void remove_other(void)
{
	_cleanup_free_ char *other = xasprintf("%s/other", dir);

	assert_int_equal(file_remove_tree(other), 0);
}

/* Two actions that share a blob, and something else that is not asked for. */
static inline void export(struct digest keys[static 2])
{
	_cleanup_store_ struct store *s = open_store();
	_cleanup_buf_ struct buf value = {0};
	struct digest shared = put_content(s, 9, 3000);
	struct archive_info info;

	put_action(s, 3);
	store_put_fact(s, "fact", 4, "here", 4);
	keys[0] = put_action(s, 1);
	keys[1] = action_key(2);
	add_output(&value, &shared, 3000);
	shared = put_content(s, 1, 100);
	add_output(&value, &shared, 100);
	assert_int_equal(store_put_action(s, &keys[1], value.v, value.n), 0);
	assert_int_equal(archive_write(s, archive, keys, 2, "index\0!", 7, &info), 0);
	assert_int_equal(info.n_blobs, 2);
	assert_int_equal(info.n_actions, 2);
}

/* The same, and the archive's bytes. */
static inline void export_bytes(struct buf *ret)
{
	struct digest keys[2];

	export(keys);
	assert_int_equal(file_read(archive, LIMIT, ret), 0);
}

static inline int import_bytes(struct store *s, const void *data, size_t size)
{
	_cleanup_archive_info_ struct archive_info info = {0};
	int err;

	/* As it is, so that a cut file is a short file. */
	unlink(archive);
	assert_int_equal(file_write(archive, data, size), 0);
	forget_messages();
	err = archive_read(s, archive, LIMIT, &info);
	assert_int_equal(n_said, err ? 1 : 0);
	return err;
}

/* What an error left must be right. */
static inline void expect_sound(struct store *s)
{
	struct verify_result v;

	store_verify(s, NULL, NULL, &v);
	assert_int_equal(v.n_damaged + v.n_incomplete, 0);
	look_around(dir);
	assert_int_equal(found.n_temps, 0);
}

#endif

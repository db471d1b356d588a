#include "store/snapshot.h"

#include <xxhash.h>

#include "base/file.h"
#include "store/codec.h"

#define MAGIC "skepcl1\n"
#define MAGIC_SIZE 8
#define HEADER_SIZE (MAGIC_SIZE + sizeof(uint64_t))

void snapshot_free(struct snapshot *s)
{
	vec_free(&s->places);
}

/* By path, so that neighbours are looked at one after another. */
static int compare_places(const void *a, const void *b)
{
	const struct snapshot_place *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	return order ? order : (int)x->kind - (int)y->kind;
}

static void put_place(struct buf *b, const struct snapshot_place *p)
{
	put_u32(b, p->kind);
	put_string(b, p->path);
	if (p->kind == SNAPSHOT_SAME) {
		put_u64(b, p->stamp.device);
		put_u64(b, p->stamp.inode);
		put_u64(b, p->stamp.size);
		put_u64(b, (uint64_t)p->stamp.mtime);
		put_u64(b, (uint64_t)p->stamp.ctime);
	} else if (p->kind == SNAPSHOT_THERE) {
		put_u32(b, p->type);
	}
}

static struct file_stamp get_stamp(struct reader *r)
{
	struct file_stamp s;

	s.device = get_u64(r);
	s.inode = get_u64(r);
	s.size = get_u64(r);
	s.mtime = (int64_t)get_u64(r);
	s.ctime = (int64_t)get_u64(r);
	return s;
}

int snapshot_write(struct snapshot *s, const char *path)
{
	_cleanup_buf_ struct buf b = {0};
	uint64_t hash = 0;

	if (s->places.n)
		qsort(s->places.v, s->places.n, sizeof(s->places.v[0]), compare_places);
	buf_add(&b, MAGIC, MAGIC_SIZE);
	put_u64(&b, 0);
	put_digest(&b, &s->question);
	put_u32(&b, s->answer);
	put_u32(&b, (uint32_t)s->places.n);
	vec_foreach (p, &s->places)
		put_place(&b, p);
	hash = htole64(XXH3_64bits(b.v + HEADER_SIZE, b.n - HEADER_SIZE));
	memcpy(b.v + MAGIC_SIZE, &hash, sizeof(hash));
	return file_write(path, b.v, b.n);
}

/* Reads one place and looks at it. */
static bool place_holds(struct reader *r)
{
	uint32_t kind = get_u32(r);
	const char *path = get_string(r);
	struct file_stamp then, now;
	struct stat st = {0};
	bool there = stat(path, &st) == 0;

	switch (kind) {
	case SNAPSHOT_SAME:
		then = get_stamp(r);
		now = file_stamp_of(&st);
		return there && memcmp(&then, &now, sizeof(then)) == 0;
	case SNAPSHOT_THERE:
		return get_u32(r) == (st.st_mode & S_IFMT) && there;
	case SNAPSHOT_NO_FILE:
		return !there || S_ISDIR(st.st_mode);
	case SNAPSHOT_NOTHING:
		return !there;
	}
	return false;
}

static bool is_sound(struct reader *r)
{
	const char *magic = get_bytes(r, MAGIC_SIZE);
	uint64_t hash = get_u64(r);

	return !r->bad && memcmp(magic, MAGIC, MAGIC_SIZE) == 0 &&
	       XXH3_64bits(r->at, (size_t)(r->end - r->at)) == hash;
}

bool snapshot_holds(const char *path, const struct digest *question, uint32_t *ret_answer)
{
	_cleanup_content_ struct file_content content = {0};
	struct digest asked;
	struct reader r;
	uint32_t answer, n;

	if (file_load(path, &content) < 0)
		return false;
	r = reader_of((struct state_value){content.data, content.size});
	if (!is_sound(&r))
		return false;
	asked = get_digest(&r);
	answer = get_u32(&r);
	n = get_u32(&r);
	if (r.bad || !digest_eq(&asked, question))
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!place_holds(&r) || r.bad)
			return false;
	if (r.at != r.end)
		return false;
	*ret_answer = answer;
	return true;
}

#include "store/remote_send.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "base/file.h"
#include "store/action_value.h"
#include "store/cas_parts.h"
#include "store/remote_fetch.h"

/* Actions at the same time. */
#define MAX_ACTIVE 8

/* An action on its way to the remote: its blobs, and when they are there, its result. */
struct offer {
	struct sender *sender;
	struct http_request request; /* PUT of the result */
	struct buf value;
	unsigned n_blobs;
	bool failed;
};

struct departure {
	struct offer *offer;
	struct http_request request; /* HEAD, then PUT */
	uint64_t size;
};

void send_offer(struct sender *s, const struct digest *action)
{
	vec_push(&s->offered, *action);
}

bool send_is_busy(const struct sender *s)
{
	return s->n_active || s->n_begun < s->offered.n;
}

static void note_known(struct sender *s, const struct digest *d)
{
	struct digest *copy;

	if (map_find(&s->known, d, sizeof(*d)))
		return;
	copy = xmalloc(sizeof(*copy));
	*copy = *d;
	map_add(&s->known, copy, sizeof(*copy));
}

static void free_offer(struct offer *o)
{
	o->sender->n_active--;
	cleanup_close(&o->request.fd);
	buf_free(&o->value);
	free(o);
}

/* The whole of the content is read twice: a damaged file must not be sent. */
static bool begin_blob(struct http_request *q)
{
	struct departure *b = q->owner;
	struct store *s = b->offer->sender->store;
	struct digest found;
	struct stat st;

	if (q->verb == HTTP_HEAD)
		return true;
	cleanup_close(&q->fd);
	q->fd = store_open_entry(s, STORE_BLOB, &q->name, &st);
	if (q->fd < 0 || digest_of_fd(q->fd, &found) < 0)
		return false;
	if (!digest_eq(&found, &q->name) || (uint64_t)st.st_size != b->size) {
		store_drop(s, STORE_BLOB, &q->name);
		return false;
	}
	return lseek(q->fd, 0, SEEK_SET) == 0;
}

static bool begin_result(struct http_request *q)
{
	return lseek(q->fd, 0, SEEK_SET) == 0;
}

static void end_result(struct http_request *q, enum http_outcome outcome)
{
	struct offer *o = q->owner;

	if (outcome == HTTP_DONE)
		o->sender->summary->sent++;
	free_offer(o);
}

/* The last of its blobs is there, or one of them is not. */
static void end_offer_blobs(struct offer *o)
{
	if (o->failed)
		free_offer(o);
	else
		http_add(o->sender->http, &o->request, false);
}

static void end_blob(struct http_request *q, enum http_outcome outcome)
{
	struct departure *b = q->owner;
	struct offer *o = b->offer;

	if (q->verb == HTTP_HEAD && outcome == HTTP_ABSENT) {
		q->verb = HTTP_PUT;
		q->size = b->size;
		q->n_tries = 0;
		q->deadline = 0;
		http_add(o->sender->http, q, true);
		return;
	}
	if (outcome == HTTP_DONE)
		note_known(o->sender, &q->name);
	else
		o->failed = true;
	cleanup_close(&q->fd);
	free(b);
	if (--o->n_blobs == 0)
		end_offer_blobs(o);
}

static void send_blob(struct offer *o, const struct reapi_digest *d)
{
	struct departure *b = xcalloc(1, sizeof(*b));

	b->offer = o;
	b->size = d->size;
	b->request = (struct http_request){
		.verb = HTTP_HEAD,
		.folder = "cas",
		.name = d->hash,
		.fd = -1,
		.owner = b,
		.begin = begin_blob,
		.done = end_blob,
	};
	o->n_blobs++;
	http_add(o->sender->http, &b->request, true);
}

/* Those that the remote is not known to have. */
static void send_blobs(struct offer *o, const struct reapi_result *result)
{
	vec_foreach (output, &result->outputs) {
		const struct reapi_digest *d = &output->digest;

		if (d->size && !map_find(&o->sender->known, &d->hash, sizeof(d->hash)))
			send_blob(o, d);
	}
}

/* A file that has no name, with the message. */
static int make_source(const char *message, size_t size)
{
	int fd = memfd_create("skep", MFD_CLOEXEC);

	if (fd >= 0 && file_write_fd(fd, message, size) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void begin_offer(struct sender *s, const struct digest *action)
{
	struct offer *o = xcalloc(1, sizeof(*o));
	struct action_value v = {0};

	s->n_active++;
	o->sender = s;
	o->request = (struct http_request){
		.verb = HTTP_PUT,
		.folder = "ac",
		.name = *action,
		.fd = -1,
		.owner = o,
		.begin = begin_result,
		.done = end_result,
	};
	/* What was removed meanwhile, by gc for example, is not worth a word. */
	if (store_get_action(s->store, action, &o->value) == 0 &&
	    action_value_read(o->value.v, o->value.n, &v) == 0 &&
	    v.message_size <= REMOTE_MAX_RESULT)
		o->request.fd = make_source(v.message, v.message_size);
	o->request.size = v.message_size;
	o->failed = o->request.fd < 0;
	if (!o->failed)
		send_blobs(o, &v.result);
	if (!o->n_blobs)
		end_offer_blobs(o);
	reapi_result_free(&v.result);
}

void send_work(struct sender *s)
{
	if (http_is_closed(s->http, HTTP_SEND))
		s->n_begun = s->offered.n;
	while (s->n_active < MAX_ACTIVE && s->n_begun < s->offered.n) {
		struct digest action = s->offered.v[s->n_begun++];

		begin_offer(s, &action);
	}
}

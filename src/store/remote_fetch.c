#include "store/remote_fetch.h"

#include <errno.h>

#include "store/action_value.h"
#include "store/cas_parts.h"

/* An action that was asked for. Lives as long as requests are under way for it. */
struct ask {
	struct fetcher *fetcher;
	uint32_t number;
	struct http_request request; /* of the action */
	struct buf message;
	struct reapi_result result; /* points into message */
	unsigned n_requests;
	bool answered;
};

/* One of its outputs, on its way into the store. */
struct arrival {
	struct ask *ask;
	struct http_request request;
	uint64_t size, n; /* bytes, and how many have come */
	struct store_writer writer;
	bool writes;
	struct digest_state digest;
};

static void answer(struct ask *a, bool found)
{
	if (!a->answered)
		a->fetcher->answer(a->number, found, a->fetcher->arg);
	a->answered = true;
}

/* Where nothing can be kept there is nothing to fetch; the store has said why. */
static void check_store(const struct fetcher *f)
{
	if (!store_writes(f->store))
		http_close_lane(f->http, HTTP_FETCH);
}

/* What a terminal would take for a command has no place in what a compiler says. */
static char *make_harmless(const struct reapi_result *r)
{
	char *text = xstrndup(r->said ? r->said : "", r->said_size);

	for (size_t i = 0; i < r->said_size; i++)
		if (((uint8_t)text[i] < ' ' && text[i] != '\n' && text[i] != '\t') ||
		    text[i] == 127)
			text[i] = '?';
	return text;
}

/* Keeps what was understood of the message, written anew. */
static int put_action(const struct ask *a)
{
	_cleanup_free_ char *said = make_harmless(&a->result);
	_cleanup_buf_ struct buf value = {0};
	struct reapi_result clean = a->result;

	clean.said = said;
	action_value_write(&clean, NULL, &value);
	return store_put_action(a->fetcher->store, &a->request.name, value.v, value.n);
}

/* One of an action's requests has ended, and whatever belongs to it. */
static void end_request(struct ask *a, bool good)
{
	if (!good)
		answer(a, false);
	if (--a->n_requests)
		return;
	if (!a->answered)
		answer(a, put_action(a) == 0);
	check_store(a->fetcher);
	reapi_result_free(&a->result);
	buf_free(&a->message);
	free(a);
}

static bool begin_arrival(struct http_request *q)
{
	struct arrival *b = q->owner;

	if (b->writes)
		store_write_free(&b->writer);
	b->n = 0;
	digest_begin(&b->digest);
	b->writes =
		store_write_begin(b->ask->fetcher->store, STORE_BLOB, &q->name, &b->writer) == 0;
	return b->writes;
}

static bool take_blob(struct http_request *q, const void *data, size_t size)
{
	struct arrival *b = q->owner;

	if (size > b->size - b->n) {
		q->refusal = "is larger than it should be";
		return false;
	}
	b->n += size;
	digest_add(&b->digest, data, size);
	return store_write_add(&b->writer, data, size) == 0;
}

static bool keep_blob(struct arrival *b)
{
	struct digest found = digest_end(&b->digest);

	if (b->n == b->size && digest_eq(&found, &b->request.name))
		return store_write_end(&b->writer) == 0;
	http_blame(&b->request, b->n == b->size ? "is damaged" : "is cut short");
	return false;
}

static void end_blob(struct http_request *q, enum http_outcome outcome)
{
	struct arrival *b = q->owner;
	bool good = outcome == HTTP_DONE && keep_blob(b);
	struct ask *a = b->ask;

	if (b->writes)
		store_write_free(&b->writer);
	free(b);
	end_request(a, good);
}

static void fetch_blob(struct ask *a, const struct reapi_digest *d)
{
	struct arrival *b = xcalloc(1, sizeof(*b));

	b->ask = a;
	b->size = d->size;
	b->request = (struct http_request){
		.verb = HTTP_GET,
		.folder = "cas",
		.name = d->hash,
		.deadline = a->request.deadline,
		.owner = b,
		.begin = begin_arrival,
		.take = take_blob,
		.done = end_blob,
	};
	a->n_requests++;
	/* What was begun is ended first. */
	http_add(a->fetcher->http, &b->request, true);
}

static bool begin_action(struct http_request *q)
{
	struct ask *a = q->owner;

	a->message.n = 0;
	if (!q->deadline)
		q->deadline = remote_clock() + a->fetcher->answer_ms;
	return true;
}

static bool take_action(struct http_request *q, const void *data, size_t size)
{
	struct ask *a = q->owner;

	if (size > REMOTE_MAX_RESULT - a->message.n) {
		q->refusal = "is larger than any result";
		return false;
	}
	buf_add(&a->message, data, size);
	return true;
}

/* NULL, or what is wrong with what an action is said to have brought. */
static const char *judge(const struct reapi_result *r)
{
	const struct digest empty = digest_of("", 0);
	uint64_t sum = 0;

	/* Anything else, even nothing at all, can be read as a message of no outputs. */
	if (!r->outputs.n && r->exit_code == 0)
		return "is no result of an action";
	if (r->outputs.n > REMOTE_MAX_OUTPUTS)
		return "names more outputs than any step has";
	vec_foreach (o, &r->outputs) {
		if (o->digest.size > REMOTE_MAX_CONTENT - sum)
			return "names outputs larger than any step makes";
		sum += o->digest.size;
		if (!o->digest.size && !digest_eq(&o->digest.hash, &empty))
			return "names an empty output that cannot be";
	}
	return NULL;
}

static bool read_action(struct ask *a)
{
	const char *why = "is no result of an action", *bytes = a->message.v ? a->message.v : "";

	if (reapi_result_read(bytes, a->message.n, &a->result) == 0)
		why = judge(&a->result);
	if (why)
		http_blame(&a->request, why);
	return !why;
}

/* Fetches the outputs that are not there; false when one cannot be kept. */
static bool fetch_outputs(struct ask *a)
{
	struct store *s = a->fetcher->store;

	vec_foreach (o, &a->result.outputs) {
		const struct reapi_digest *d = &o->digest;

		if (store_has_blob(s, &d->hash, d->size))
			continue;
		if (d->size)
			fetch_blob(a, d);
		else if (store_put_blob(s, &d->hash, "", 0) < 0)
			return false;
	}
	return true;
}

static void end_action(struct http_request *q, enum http_outcome outcome)
{
	struct ask *a = q->owner;

	end_request(a, outcome == HTTP_DONE && read_action(a) && fetch_outputs(a));
}

void fetch_action(struct fetcher *f, uint32_t number, const struct digest *action)
{
	struct ask *a = xcalloc(1, sizeof(*a));

	a->fetcher = f;
	a->number = number;
	a->n_requests = 1;
	a->request = (struct http_request){
		.verb = HTTP_GET,
		.folder = "ac",
		.name = *action,
		.owner = a,
		.begin = begin_action,
		.take = take_action,
		.done = end_action,
	};
	http_add(f->http, &a->request, false);
}

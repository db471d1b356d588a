#include "store/remote_http.h"

#include <errno.h>

#include "base/message.h"
#include "store/remote_curl.h"
#include "store/remote_easy.h"
#include "store/remote_lane.h"

/* Requests at the same time. */
static const unsigned max_active[HTTP_N_LANES] = {[HTTP_FETCH] = 16, [HTTP_SEND] = 8};

/* Bytes that must move in limits.stall. */
#define MIN_MOVED 4096
/* Milliseconds before a second try, and as many more by chance. */
#define RETRY_MS 150
/* Milliseconds that are slept at most. */
#define MAX_WAIT 1000

struct http {
	const struct remote_curl *curl;
	CURLM *multi;
	char *base; /* the URL, with a slash at its end */
	struct easy_options easy;
	struct remote_limits limits;
	struct remote_summary *summary;
	struct troubles troubles;
	VEC(struct http_request *) active;
};

static enum http_lane lane_of(const struct http_request *q)
{
	return q->verb == HTTP_GET ? HTTP_FETCH : HTTP_SEND;
}

static char *make_base(const char *url)
{
	size_t n = strlen(url);

	while (n && url[n - 1] == '/')
		n--;
	return xasprintf("%.*s/", (int)n, url);
}

int http_open(const struct remote_options *o, struct remote_summary *summary, struct http **ret)
{
	const struct remote_curl *curl = remote_curl_load(o->url);
	struct remote_url url;
	struct http *h;

	if (!curl || remote_url_parse(o->url, &url))
		return -ENOSYS;
	h = xcalloc(1, sizeof(*h));
	h->curl = curl;
	h->multi = curl->multi_init();
	curl->multi_setopt(h->multi, CURLMOPT_MAXCONNECTS,
			   (long)(max_active[HTTP_FETCH] + max_active[HTTP_SEND]));
	h->base = make_base(o->url);
	h->limits = o->limits;
	h->summary = summary;
	h->easy = easy_options_of(o, &url);
	h->troubles = (struct troubles){
		.url = xstrdup(o->url),
		.patience = o->limits.patience,
		.may_authenticate = o->may_authenticate,
		.is_https = url.is_https,
	};
	for (int i = 0; i < HTTP_N_LANES; i++)
		h->troubles.lanes[i].last = &h->troubles.lanes[i].first;
	*ret = h;
	return 0;
}

void http_add(struct http *h, struct http_request *q, bool urgent)
{
	struct lane *l = &h->troubles.lanes[lane_of(q)];

	q->http = h;
	q->next = urgent ? l->first : NULL;
	if (!urgent || !l->first) {
		*l->last = q;
		l->last = &q->next;
	} else {
		l->first = q;
	}
}

/* The first of those waiting that may start by now. */
static struct http_request *take_waiting(struct lane *l, int64_t now)
{
	for (struct http_request **q = &l->first; *q; q = &(*q)->next) {
		struct http_request *found = *q;

		if (!l->closed && found->not_before > now)
			continue;
		*q = found->next;
		if (!found->next)
			l->last = q;
		found->next = NULL;
		return found;
	}
	return NULL;
}

static int64_t stall_of(const struct http *h, const struct http_request *q)
{
	return (int64_t)h->limits.stall * (q->verb == HTTP_GET ? 1 : 2);
}

static void start(struct http *h, struct http_request *q)
{
	int64_t now = remote_clock();
	char hex[DIGEST_HEX_SIZE];

	if (!q->begin(q)) {
		q->done(q, HTTP_FAILED);
		return;
	}
	digest_hex(&q->name, hex);
	q->url = xasprintf("%s%s/%s", h->base, q->folder, hex);
	q->n_tries++;
	q->started = now;
	q->window_end = now + stall_of(h, q);
	q->window_start = q->moved = q->n_headers = q->n_ignored = 0;
	q->refusal = NULL;
	if (!q->deadline)
		q->deadline = now + h->limits.send;
	q->easy = easy_new(h->curl, &h->easy, q);
	h->curl->multi_add_handle(h->multi, q->easy);
	h->troubles.lanes[lane_of(q)].n_active++;
	vec_push(&h->active, q);
}

/* Takes a request out of libcurl's hands. */
static void release(struct http *h, struct http_request *q)
{
	for (size_t i = 0; i < h->active.n; i++)
		if (h->active.v[i] == q)
			h->active.v[i] = h->active.v[--h->active.n];
	h->troubles.lanes[lane_of(q)].n_active--;
	h->curl->multi_remove_handle(h->multi, q->easy);
	h->curl->easy_cleanup(q->easy);
	q->easy = NULL;
	free(steal(&q->url));
}

static void fail(struct http *h, struct http_request *q, enum trouble trouble, const char *why)
{
	lane_fail(&h->troubles, lane_of(q), trouble, q->started, why);
	for (int i = 0; i < HTTP_N_LANES; i++)
		if (h->troubles.lanes[i].closed)
			h->summary->given_up = true;
}

void http_blame(struct http_request *q, const char *why)
{
	_cleanup_free_ char *text = NULL;
	char hex[DIGEST_HEX_SIZE];

	digest_hex(&q->name, hex);
	text = xasprintf("%s/%s %s", q->folder, hex, why);
	fail(q->http, q, TROUBLE_WRONG, text);
}

/* What libcurl calls done may be anything. */
static void end(struct http *h, struct http_request *q, CURLcode code)
{
	struct easy_verdict v = easy_judge(h->curl, q, code);

	easy_count(h->curl, q, h->summary);
	release(h, q);
	if (v.is_transient && q->n_tries == 1 && !http_is_closed(h, lane_of(q))) {
		q->not_before = remote_clock() + RETRY_MS + random() % RETRY_MS;
		http_add(h, q, true);
		return;
	}
	if (q->refusal)
		http_blame(q, q->refusal);
	else if (v.outcome == HTTP_FAILED && !v.is_ours)
		fail(h, q, v.trouble, v.why);
	else if (v.outcome != HTTP_FAILED)
		lane_succeed(&h->troubles.lanes[lane_of(q)]);
	q->done(q, v.outcome);
}

/* Whether it has begun to answer, or has not yet been sent everything. */
static bool is_at_it(const struct http_request *q)
{
	return q->n_headers || (q->verb == HTTP_PUT && q->moved && q->moved < q->size);
}

/* Those that take too long, and those of lanes that were closed meanwhile. */
static void end_late(struct http *h)
{
	int64_t now = remote_clock();

	for (size_t i = h->active.n; i-- > 0;) {
		struct http_request *q = h->active.v[i];
		bool closed = http_is_closed(h, lane_of(q)), late = now >= q->deadline;

		if (!closed && !late && now >= q->window_end) {
			late = q->moved - q->window_start < MIN_MOVED;
			q->window_start = q->moved;
			q->window_end = now + stall_of(h, q);
		}
		if (!closed && !late)
			continue;
		easy_count(h->curl, q, h->summary);
		release(h, q);
		if (!closed)
			fail(h, q, TROUBLE_SLOW,
			     is_at_it(q) ? "it is too slow" : "it does not answer");
		q->done(q, HTTP_FAILED);
	}
}

static void start_waiting(struct http *h)
{
	int64_t now = remote_clock();

	for (int i = 0; i < HTTP_N_LANES; i++) {
		struct lane *l = &h->troubles.lanes[i];
		struct http_request *q;

		while ((l->closed || l->n_active < max_active[i]) && (q = take_waiting(l, now)))
			if (l->closed || (q->deadline && now >= q->deadline))
				q->done(q, HTTP_FAILED);
			else
				start(h, q);
	}
}

void http_work(struct http *h)
{
	CURLMsg *m;
	int n;

	start_waiting(h);
	h->curl->multi_perform(h->multi, &n);
	while ((m = h->curl->multi_info_read(h->multi, &n)))
		if (m->msg == CURLMSG_DONE)
			end(h, easy_request(h->curl, m->easy_handle), m->data.result);
	end_late(h);
	/* So that what has become possible does not wait. */
	start_waiting(h);
}

static int64_t next_event(const struct http *h)
{
	int64_t next = remote_clock() + MAX_WAIT;

	vec_foreach (p, &h->active) {
		const struct http_request *q = *p;

		next = q->deadline < next ? q->deadline : next;
		next = q->window_end < next ? q->window_end : next;
	}
	for (int i = 0; i < HTTP_N_LANES; i++) {
		const struct lane *l = &h->troubles.lanes[i];

		for (struct http_request *q = l->first; q; q = q->next)
			if (l->n_active < max_active[i] && q->not_before < next)
				next = q->not_before;
	}
	return next;
}

void http_wait(struct http *h, int fd, short events)
{
	struct curl_waitfd extra = {.fd = fd,
				    .events = (short)((events & POLLIN ? CURL_WAIT_POLLIN : 0) |
						      (events & POLLOUT ? CURL_WAIT_POLLOUT : 0))};
	int64_t left = next_event(h) - remote_clock();

	h->curl->multi_poll(h->multi, &extra, 1, left > 0 ? (int)left : 0, NULL);
}

bool http_is_closed(const struct http *h, enum http_lane lane)
{
	return h->troubles.lanes[lane].closed;
}

void http_close_lane(struct http *h, enum http_lane lane)
{
	h->troubles.lanes[lane].closed = true;
}

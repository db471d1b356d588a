/* The process that speaks to the remote: reads what the build wants, and does it. */
#include <errno.h>
#include <poll.h>

#include "base/message.h"
#include "store/action_value.h"
#include "store/gc.h"
#include "store/remote_fetch.h"
#include "store/remote_parts.h"
#include "store/remote_send.h"

/* Seconds after which a process that hangs is ended by the kernel. */
#define WATCHDOG_SECONDS 10
/* Milliseconds that are waited at most for a build to read the last words. */
#define LAST_WORDS_MS 1000

struct helper {
	struct remote_wire wire;
	struct http *http;
	struct store *store;
	struct fetcher fetcher;
	struct sender sender;
	bool finishing;
};

static void send_message(enum message_level level, const char *text, void *arg)
{
	struct remote_wire *w = arg;
	size_t n = strlen(text);

	(void)level;
	/* Whatever it was, it costs the build nothing. */
	remote_wire_put(w, REMOTE_WARNING, 0, text, n < REMOTE_MAX_FRAME ? n : REMOTE_MAX_FRAME);
}

static void send_answer(uint32_t number, bool found, void *arg)
{
	struct helper *h = arg;

	remote_wire_put(&h->wire, REMOTE_ANSWER, number, &found, 1);
}

static void take_frame(struct helper *h, const struct remote_frame *f, const char *data)
{
	struct digest d;

	if (f->kind == REMOTE_FINISH) {
		/* Nobody reads answers any more. */
		h->finishing = true;
		http_close_lane(h->http, HTTP_FETCH);
	}
	if (f->size != sizeof(d))
		return;
	memcpy(&d, data, sizeof(d));
	if (f->kind == REMOTE_ASK) {
		fetch_action(&h->fetcher, f->number, &d);
	} else if (f->kind == REMOTE_OFFER) {
		send_offer(&h->sender, &d);
		remote_wire_put(&h->wire, REMOTE_TAKEN, 0, NULL, 0);
	}
}

static void take_frames(struct helper *h)
{
	struct remote_frame f;
	const char *data;

	while (remote_wire_fill(&h->wire))
		while (remote_wire_get(&h->wire, &f, &data))
			take_frame(h, &f, data);
}

static void serve(struct helper *h)
{
	while (h->wire.fd >= 0) {
		alarm(WATCHDOG_SECONDS);
		take_frames(h);
		send_work(&h->sender);
		http_work(h->http);
		send_work(&h->sender);
		if (h->finishing && !send_is_busy(&h->sender))
			return;
		remote_wire_flush(&h->wire);
		if (h->wire.fd >= 0)
			http_wait(h->http, h->wire.fd, POLLIN | (h->wire.out.n ? POLLOUT : 0));
	}
}

/* Everything that was said goes out before the end. */
static void say_the_rest(struct remote_wire *w)
{
	struct pollfd p = {w->fd, POLLOUT, 0};

	remote_wire_flush(w);
	if (w->fd >= 0 && w->out.n && poll(&p, 1, LAST_WORDS_MS) > 0)
		remote_wire_flush(w);
}

int remote_helper(const struct remote_options *o, int fd, struct remote_summary *summary)
{
	struct helper h = {.wire = {.fd = fd}};

	message_set_sink(send_message, &h.wire);
	alarm(WATCHDOG_SECONDS);
	srandom((unsigned)getpid());
	if (store_open(o->store_root, 0, action_value_blobs, &h.store) == 0 &&
	    http_open(o, summary, &h.http) == 0) {
		h.fetcher = (struct fetcher){
			.http = h.http,
			.store = h.store,
			.answer_ms = o->limits.answer,
			.answer = send_answer,
			.arg = &h,
		};
		h.sender = (struct sender){.http = h.http, .store = h.store, .summary = summary};
		serve(&h);
		/* What was fetched counts as well, and the build has not written it. */
		store_maybe_gc(h.store, STORE_DEFAULT_LIMIT);
	} else {
		summary->given_up = true;
	}
	say_the_rest(&h.wire);
	return 0;
}

/*
 * Requests to one HTTP server, many at once, by libcurl, which is loaded when this is. Everything
 * that goes wrong with the server is reported here. Used in the process that remote_helper is.
 */
#ifndef SKEP_STORE_REMOTE_HTTP_H
#define SKEP_STORE_REMOTE_HTTP_H

#include <poll.h>

#include "store/remote_parts.h"

struct http;
struct remote_curl;

enum http_verb {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_PUT,
};

/* What is fetched and what is sent do not wait for each other, and fail apart. */
enum http_lane {
	HTTP_FETCH, /* GET */
	HTTP_SEND,  /* HEAD, PUT */
	HTTP_N_LANES,
};

enum http_outcome {
	HTTP_DONE,
	HTTP_ABSENT, /* the server does not have it */
	HTTP_FAILED, /* after a warning when it is the first of its kind */
};

/* Owned by who makes it, until done is called, which may free it. */
struct http_request {
	enum http_verb verb;
	const char *folder; /* "ac" or "cas" */
	struct digest name;
	int64_t deadline; /* by remote_clock; 0: limits.send from its start */
	void *owner;

	/* Before each try, of which there may be two. False: failed, for reasons of our own. */
	bool (*begin)(struct http_request *q);
	/* GET: some of the content. False ends it: the server is to blame if refusal was set. */
	bool (*take)(struct http_request *q, const void *data, size_t size);
	const char *refusal; /* "is larger than ...", what is wrong with the content */
	/* PUT: what is sent. */
	int fd;
	uint64_t size;
	/* Once, never from within http_add. */
	void (*done)(struct http_request *q, enum http_outcome outcome);

	/* The rest is of remote_http.c. */
	struct http *http;
	struct http_request *next;
	const struct remote_curl *curl;
	void *easy;
	char *url;
	unsigned n_tries;
	int64_t started, not_before, window_end; /* by remote_clock */
	uint64_t moved, window_start;		 /* bytes of all kinds */
	uint64_t n_headers, n_ignored;		 /* bytes */
	char error[256];
};

/* Negative errno after a warning: -ENOSYS when there is no libcurl. */
int http_open(const struct remote_options *o, struct remote_summary *summary, struct http **ret);

/* Puts a request into the queue of its lane, urgent ones at its head. */
void http_add(struct http *h, struct http_request *q, bool urgent);
/* Goes on with what there is to do without waiting, and calls done of what has ended. */
void http_work(struct http *h);
/* Waits for something to do, or for fd. */
void http_wait(struct http *h, int fd, short events);

bool http_is_closed(const struct http *h, enum http_lane lane);
/* No more of this lane: what is waiting fails. */
void http_close_lane(struct http *h, enum http_lane lane);

/* To be called in done: what came whole is not what it should be. */
void http_blame(struct http_request *q, const char *why);

#endif

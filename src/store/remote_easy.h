/* One request as libcurl has it: how it is set up, and what came of it. */
#ifndef SKEP_STORE_REMOTE_EASY_H
#define SKEP_STORE_REMOTE_EASY_H

#include "store/remote_curl.h"
#include "store/remote_http.h"
#include "store/remote_lane.h"

/* What is the same for all requests; texts are borrowed from the environment. */
struct easy_options {
	bool is_https;
	bool is_loopback;
	bool may_use_netrc;
	const char *netrc; /* NULL: ~/.netrc */
	const char *user, *password, *token, *authority;
	unsigned connect_ms;
};

/* A warning when what the environment has cannot be used. */
struct easy_options easy_options_of(const struct remote_options *o, const struct remote_url *url);

CURL *easy_new(const struct remote_curl *c, const struct easy_options *o, struct http_request *q);
/* Whose it is. */
struct http_request *easy_request(const struct remote_curl *c, CURL *easy);

struct easy_verdict {
	enum http_outcome outcome;
	enum trouble trouble; /* when it failed */
	bool is_transient;    /* may be well the next time */
	bool is_ours;	      /* the server is not to blame */
	char why[sizeof(((struct http_request *)NULL)->error)];
};

/* code is what libcurl said of it. */
struct easy_verdict easy_judge(const struct remote_curl *c, const struct http_request *q,
			       CURLcode code);
/* Adds the bytes that went over the network. */
void easy_count(const struct remote_curl *c, const struct http_request *q,
		struct remote_summary *summary);

#endif

/* What went wrong with a server, told once for each kind, and when to give it up. */
#ifndef SKEP_STORE_REMOTE_LANE_H
#define SKEP_STORE_REMOTE_LANE_H

#include "store/remote_http.h"

enum trouble {
	TROUBLE_UNREACHABLE,
	TROUBLE_SLOW,
	TROUBLE_TLS,
	TROUBLE_BROKEN, /* the transfer */
	TROUBLE_DENIED,
	TROUBLE_REDIRECT,
	TROUBLE_STATUS,
	TROUBLE_FULL,
	TROUBLE_READ_ONLY,
	TROUBLE_WRONG, /* the content */
	N_TROUBLES,
};

struct lane {
	bool closed;
	unsigned n_active;
	struct http_request *first, **last; /* waiting to be started */
	unsigned n_in_a_row;		    /* troubles, without anything that went well */
	int64_t lost;			    /* milliseconds waited in vain */
	int64_t lost_until;		    /* time up to which they were counted */
};

struct troubles {
	const char *url;
	int64_t patience; /* milliseconds */
	bool may_authenticate;
	bool is_https;
	bool said[N_TROUBLES];
	struct lane lanes[HTTP_N_LANES];
};

/* A request that began at started has failed: says so and closes lanes that are not worth more. */
void lane_fail(struct troubles *t, enum http_lane lane, enum trouble trouble, int64_t started,
	       const char *why);
/* One that went well. */
static inline void lane_succeed(struct lane *l)
{
	l->n_in_a_row = 0;
}

#endif

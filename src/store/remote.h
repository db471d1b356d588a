/*
 * A store on another machine, that any number of machines fill and read: the HTTP protocol that
 * Bazel speaks to its caches. With GET, HEAD and PUT, URL/cas/SHA256 is a blob, and URL/ac/SHA256
 * is the ActionResult of the Remote Execution API that came of the action of that digest.
 *
 * A child process does it all: it fetches into the local store and sends from there. libcurl, with
 * its threads, is loaded in that process alone, and may hang or crash there. Nothing here blocks,
 * fails a build, or brings anything into the local store that was not checked: what goes wrong is
 * one warning for each kind of trouble, and counts as not found.
 *
 * Of an action's value in the local store the remote gets the ActionResult alone; see
 * store/action_value.h.
 *
 * A server that does not answer, or fails three times without anything going well in between, is
 * given up for the rest of the build: one that is silent costs 6 seconds at most, and one that
 * never comes to an end 16. See struct remote_limits.
 */
#ifndef SKEP_STORE_REMOTE_H
#define SKEP_STORE_REMOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"

struct remote;

/* Milliseconds; 0 means the default, which is in remote_parts.h. */
struct remote_limits {
	unsigned connect; /* name, connection and TLS */
	unsigned stall;	 /* in each such time some KiB must come, or the rest; twice that to send */
	unsigned answer; /* an action with all its blobs, from its first request */
	unsigned send;	 /* one blob or action */
	unsigned patience; /* waiting in vain, in all, before it is given up */
	unsigned finish;   /* remote_finish, for what is still to be sent */
};

struct remote_options {
	const char *url;	/* "https://host/path", as remote_check_url wants it */
	const char *store_root; /* the local store */
	bool write;		/* send what is offered */
	/* The user has named the URL, not only the project: credentials may be sent there. */
	bool may_authenticate;
	struct remote_limits limits;
};

/*
 * Whether the URL may be used: http or https, no user, password, query or fragment in it. who names
 * where it comes from in the message, "--remote-cache" for example; -EINVAL after one.
 */
int remote_check_url(const char *url, const char *who);

/* Starts the process; what is in o need not live on. Negative errno after a message. */
int remote_start(const struct remote_options *o, struct remote **ret);

/* Readable when remote_answers has something to read; -1 after the process has ended. */
int remote_fd(const struct remote *r);

/*
 * Asks for an action. When it is found, it and its blobs are in the local store by the time the
 * answer comes. -EPIPE, without a message, when nobody is there to answer any more: there will be
 * no answer then.
 */
int remote_ask(struct remote *r, const struct digest *action);

/*
 * Offers an action that the local store has with its blobs; it is sent in the background, blobs
 * first, without those that the remote has. There is no answer.
 */
void remote_offer(struct remote *r, const struct digest *action);

/*
 * Reads what has come: calls answer once for each that was asked, and repeats the messages of the
 * process. answer may ask and offer. When the process has ended, what was asked is not found.
 */
void remote_answers(struct remote *r,
		    void (*answer)(const struct digest *action, bool found, void *arg), void *arg);

struct remote_summary {
	uint64_t found, not_found;     /* answers */
	uint64_t sent, not_sent;       /* actions that were offered */
	uint64_t bytes_down, bytes_up; /* of contents, as they went over the network */
	bool given_up;		       /* before the build's end, after a warning */
};

/*
 * Waits for what is still to be sent, but not longer than limits.finish, then ends the process and
 * frees r. To be called when signals end this process again, so that nobody has to wait. Answers
 * that nobody has read are dropped. NULL is fine, and gives zeros.
 */
void remote_finish(struct remote *r, struct remote_summary *ret);

/* Ends the process at once and frees r, for a build that was interrupted. NULL is fine. */
void remote_abandon(struct remote *r);

#endif

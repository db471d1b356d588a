/* From the remote into the local store. */
#ifndef SKEP_STORE_REMOTE_FETCH_H
#define SKEP_STORE_REMOTE_FETCH_H

#include "store/cas.h"
#include "store/remote_http.h"

/* More than this no step makes, and no answer may name. */
#define REMOTE_MAX_RESULT ((size_t)4 << 20)	 /* bytes of an ActionResult */
#define REMOTE_MAX_OUTPUTS 64			 /* that it names */
#define REMOTE_MAX_CONTENT ((uint64_t)256 << 20) /* bytes of all of them */

struct fetcher {
	struct http *http;
	struct store *store;
	unsigned answer_ms;
	void (*answer)(uint32_t number, bool found, void *arg);
	void *arg;
};

/* Calls answer once, later: whether the action and its blobs are in the store. */
void fetch_action(struct fetcher *f, uint32_t number, const struct digest *action);

#endif

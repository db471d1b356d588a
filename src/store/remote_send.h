/* From the local store to the remote. */
#ifndef SKEP_STORE_REMOTE_SEND_H
#define SKEP_STORE_REMOTE_SEND_H

#include "base/map.h"
#include "store/cas.h"
#include "store/remote_http.h"

struct sender {
	struct http *http;
	struct store *store;
	struct remote_summary *summary;
	VEC(struct digest) offered; /* not yet begun */
	size_t n_begun;		    /* of them */
	unsigned n_active;
	struct map known; /* blobs that the remote has, as bytes of a digest */
};

void send_offer(struct sender *s, const struct digest *action);
/* Begins with what was offered as far as it is time. */
void send_work(struct sender *s);
bool send_is_busy(const struct sender *s);

#endif

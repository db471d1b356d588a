/* An action's value in the local store, as store/remote.h says. */
#ifndef SKEP_STORE_REMOTE_VALUE_H
#define SKEP_STORE_REMOTE_VALUE_H

#include "store/cas.h"
#include "store/reapi.h"

/* What a value begins with: the bytes of a message, and what they say. */
struct remote_value {
	const char *message; /* points into the value */
	size_t size;
	struct reapi_result result; /* freed by the caller */
};

/* -EBADMSG, without a message, when it is not sound. */
int remote_value_read(const void *value, size_t size, struct remote_value *ret);
/* Appends a value without parts. */
void remote_value_write(const struct reapi_result *result, struct buf *ret);
/* A store_blobs_of. */
int remote_value_blobs(const void *value, size_t size,
		       void (*blob)(const struct digest *digest, uint64_t size, void *arg),
		       void *arg);

#endif

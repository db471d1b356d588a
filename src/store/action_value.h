/*
 * What the local store keeps of an action: a u32, little-endian, with the size of the ActionResult
 * of the Remote Execution API that follows, then the parts of the step's identity (run/record.h),
 * to explain a later difference. A remote store has the ActionResult alone, so that what comes from
 * there has no parts: who asked knows them, and may put the value once more with them.
 */
#ifndef SKEP_STORE_ACTION_VALUE_H
#define SKEP_STORE_ACTION_VALUE_H

#include "store/codec.h"
#include "store/reapi.h"

/* A value taken apart; points into its bytes. */
struct action_value {
	const char *message; /* the ActionResult as it is written down */
	size_t message_size;
	struct reapi_result result; /* what it says; freed by the caller */
	struct reader parts;
};

/* -EBADMSG, without a message, when it is not sound. */
int action_value_read(const void *value, size_t size, struct action_value *ret);
/* Appends a value; parts may be NULL: none. */
void action_value_write(const struct reapi_result *result, const struct buf *parts,
			struct buf *ret);
/* A store_blobs_of: the outputs. */
int action_value_blobs(const void *value, size_t size,
		       void (*blob)(const struct digest *digest, uint64_t size, void *arg),
		       void *arg);

#endif

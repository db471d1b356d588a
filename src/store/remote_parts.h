/* What the files of the remote share; nobody else includes this. */
#ifndef SKEP_STORE_REMOTE_PARTS_H
#define SKEP_STORE_REMOTE_PARTS_H

#include "base/str.h"
#include "store/remote.h"

#define REMOTE_DEFAULT_LIMITS                     \
	((struct remote_limits){.connect = 2000,  \
				.stall = 3000,    \
				.answer = 10000,  \
				.send = 60000,    \
				.patience = 6000, \
				.finish = 30000})

/* Milliseconds of a clock that is never set. */
int64_t remote_clock(void);

/* A URL that is fine, taken apart. */
struct remote_url {
	bool is_https;
	bool is_loopback;
};

/* NULL when the URL may be used, else why not: "it has ...; do ...", without the URL itself. */
const char *remote_url_parse(const char *url, struct remote_url *ret);

/*
 * Between the two processes: frames of a head, in the byte order of this machine, and some bytes.
 * Each frame to the process brings one back, sooner or later. So there is always something to wake
 * up the caller, who waits for reading only, when what he wrote did not fit into the socket.
 */
enum remote_frame_kind {
	REMOTE_ASK,	/* to the process: the action's digest; the number comes back */
	REMOTE_OFFER,	/* the action's digest */
	REMOTE_FINISH,	/* to send what was offered, and end */
	REMOTE_ANSWER,	/* from it: one byte, whether it was found */
	REMOTE_TAKEN,	/* an offer has been read */
	REMOTE_WARNING, /* text */
};

#define REMOTE_MAX_FRAME 4096

struct remote_frame {
	uint32_t kind;
	uint32_t number;
	uint32_t size; /* of what follows */
};

struct remote_wire {
	int fd; /* does not block; -1 after the other side has gone */
	struct buf in, out;
	size_t n_taken; /* of in */
};

/* Appends a frame; what does not fit into the socket waits for remote_wire_flush. */
void remote_wire_put(struct remote_wire *w, enum remote_frame_kind kind, uint32_t number,
		     const void *data, size_t size);
void remote_wire_flush(struct remote_wire *w);
/* Reads what there is, up to some KiB; false when there was nothing. Closes fd at the end. */
bool remote_wire_fill(struct remote_wire *w);
/* The next frame that came whole; its bytes stay until the next remote_wire_fill. */
bool remote_wire_get(struct remote_wire *w, struct remote_frame *ret, const char **ret_data);
void remote_wire_free(struct remote_wire *w);

/*
 * The process: serves fd until it is told to end or nobody is there any more. All of o is set.
 * Counts into summary what the caller does not see. Gives the exit status.
 */
int remote_helper(const struct remote_options *o, int fd, struct remote_summary *summary);

#endif

/*
 * Messages of the Bazel Remote Execution API, version 2
 * (build/bazel/remote/execution/v2/remote_execution.proto), as far as a cache needs them: what
 * identifies an action, and what came of it. Written in the canonical form that the API asks for:
 * fields in the order of their numbers, lists sorted, defaults left out.
 */
#ifndef SKEP_STORE_REAPI_H
#define SKEP_STORE_REAPI_H

#include "base/digest.h"
#include "base/str.h"

/* A blob, as the API names it. */
struct reapi_digest {
	struct digest hash;
	uint64_t size; /* bytes */
};

struct reapi_digest reapi_digest_of(const void *data, size_t size);

/* A file of the input tree. */
struct reapi_input {
	char *path; /* relative, without "." and ".." */
	struct reapi_digest digest;
};

/* An action in the making. */
struct reapi_action {
	struct strv arguments;
	struct strv environment; /* "NAME=VALUE", sorted by name */
	struct strv outputs;	 /* paths, sorted */
	struct strv platform;	 /* "NAME=VALUE", sorted */
	VEC(struct reapi_input) inputs;
};

void reapi_action_free(struct reapi_action *a);
#define _cleanup_reapi_action_ _cleanup_(reapi_action_free)

/*
 * The digest of the Action message. Calls blob, when it is not NULL, for every message that the
 * digest stands for: directories, command, action. Sorts a's inputs; of two with one path the first
 * counts.
 */
struct reapi_digest reapi_action_digest(struct reapi_action *a,
					void (*blob)(const struct reapi_digest *d, const void *data,
						     void *arg),
					void *arg);

/* What came of an action; paths and texts are borrowed from the message when it was read. */
struct reapi_output {
	const char *path;
	size_t path_size;
	struct reapi_digest digest;
};

struct reapi_result {
	VEC(struct reapi_output) outputs;
	int exit_code;
	const char *said; /* stderr, raw */
	size_t said_size;
};

void reapi_result_free(struct reapi_result *r);
#define _cleanup_reapi_result_ _cleanup_(reapi_result_free)

/* Appends an ActionResult. */
void reapi_result_write(const struct reapi_result *r, struct buf *ret);
/* Reads one, ignoring fields that do not matter here. -EBADMSG, without a message, when it is not
 * sound. */
int reapi_result_read(const void *data, size_t size, struct reapi_result *ret);

#endif

/* Actions, a server that has them, a local store, and a remote between the two, for tests. */
#ifndef SKEP_TESTS_UNIT_REMOTE_ROOM_H
#define SKEP_TESTS_UNIT_REMOTE_ROOM_H

#include "store_room.h"

#include <poll.h>

#include "remote_server.h"
#include "store/codec.h"
#include "store/gc.h"
#include "store/reapi.h"
#include "store/remote.h"

/* Milliseconds, so few that a server that lets us wait does not keep the tests waiting. */
static const struct remote_limits short_limits = {
	.connect = 300,
	.stall = 400,
	.answer = 1000,
	.send = 1500,
	.patience = 800,
	.finish = 3000,
};

#define BLOB_SIZE 20000

/* The outputs of an action: two that only it has, and one that all have. */
static inline void make_outputs(unsigned seed, struct buf content[static 3],
				struct reapi_digest ret[static 3])
{
	static const size_t sizes[] = {100, BLOB_SIZE, 0};

	for (int i = 0; i < 3; i++) {
		ret[i].hash = make_content(seed * 2 + (unsigned)i, sizes[i], &content[i]);
		ret[i].size = sizes[i];
	}
}

static inline void free_outputs(struct buf content[static 3])
{
	for (int i = 0; i < 3; i++)
		buf_free(&content[i]);
}

static inline void make_result(const struct reapi_digest *outputs, size_t n, struct buf *ret)
{
	_cleanup_reapi_result_ struct reapi_result r = {.said = "a warning\033[2J\n",
							.said_size = 14};

	for (size_t i = 0; i < n; i++)
		vec_push(&r.outputs, ((struct reapi_output){"out", 3, outputs[i]}));
	reapi_result_write(&r, ret);
}

static inline void fill_server(struct server *s, unsigned n_actions)
{
	for (unsigned i = 0; i < n_actions; i++) {
		struct buf content[3] = {0};
		struct reapi_digest outputs[3];
		_cleanup_buf_ struct buf message = {0};
		struct digest key = action_key(i);

		make_outputs(i, content, outputs);
		make_result(outputs, 3, &message);
		for (int j = 0; j < 2; j++)
			server_put(s, "cas", &outputs[j].hash, content[j].v, content[j].n);
		server_put(s, "ac", &key, message.v, message.n);
		free_outputs(content);
	}
}

/* A server that has so many actions, and answers. */
static inline void start_server(struct server *s, enum habit habit, unsigned n_actions)
{
	server_make(s, habit);
	fill_server(s, n_actions);
	server_start(s);
}

/* Puts an action with its blobs into a store, as a step that ran. */
static inline void make_action(struct store *s, unsigned seed)
{
	struct buf content[3] = {0};
	struct reapi_digest outputs[3];
	_cleanup_buf_ struct buf message = {0}, value = {0};
	struct digest key = action_key(seed);

	make_outputs(seed, content, outputs);
	make_result(outputs, 3, &message);
	put_u32(&value, (uint32_t)message.n);
	buf_add(&value, message.v, message.n);
	buf_puts(&value, "parts that are nobody else's business");
	for (int j = 0; j < 3; j++)
		assert_int_equal(store_put_blob(s, &outputs[j].hash, content[j].v, content[j].n),
				 0);
	assert_int_equal(store_put_action(s, &key, value.v, value.n), 0);
	free_outputs(content);
}

static inline int read_value(const void *value, size_t size, struct reapi_result *ret)
{
	struct reader r = {value, (const char *)value + size, false};
	uint32_t n = get_u32(&r);
	const char *message = get_bytes(&r, n);

	return r.bad ? -EBADMSG : reapi_result_read(message, n, ret);
}

static inline int list_result(const void *value, size_t size,
			      void (*blob)(const struct digest *digest, uint64_t size, void *arg),
			      void *arg)
{
	_cleanup_reapi_result_ struct reapi_result r = {0};

	if (read_value(value, size, &r) < 0)
		return -EBADMSG;
	vec_foreach (o, &r.outputs)
		blob(&o->digest.hash, o->digest.size, arg);
	return 0;
}

static inline struct store *open_results(const char *path)
{
	struct store *s;

	assert_int_equal(store_open(path, 0, list_result, &s), 0);
	return s;
}

/* The action is in the store, with what it should be. */
static inline void expect_action(struct store *s, unsigned seed)
{
	struct buf content[3] = {0};
	struct reapi_digest outputs[3];
	_cleanup_buf_ struct buf value = {0};
	_cleanup_reapi_result_ struct reapi_result r = {0};
	struct digest key = action_key(seed);

	make_outputs(seed, content, outputs);
	assert_int_equal(store_get_action(s, &key, &value), 0);
	assert_int_equal(read_value(value.v, value.n, &r), 0);
	assert_int_equal(r.exit_code, 0);
	assert_int_equal(r.outputs.n, 3);
	for (int j = 0; j < 3; j++) {
		_cleanup_buf_ struct buf got = {0};

		assert_true(digest_eq(&r.outputs.v[j].digest.hash, &outputs[j].hash));
		assert_int_equal(store_get_blob(s, &outputs[j].hash, STORE_MAX_BLOB, &got), 0);
		assert_int_equal(got.n, content[j].n);
	}
	free_outputs(content);
}

/* Nothing in the store at path is wrong, half there or left behind. */
static inline void expect_sound(const char *path)
{
	_cleanup_store_ struct store *s = open_results(path);
	struct verify_result v;

	store_verify(s, NULL, NULL, &v);
	assert_int_equal(v.n_damaged, 0);
	assert_int_equal(v.n_incomplete, 0);
	look_around(path);
	strv_free(&found.paths);
	assert_int_equal(found.n_temps, 0);
}

static inline int64_t milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline void expect_warning(const char *name, const char *text)
{
	if (n_said != (text != NULL) || (text && !strstr(said.v, text)))
		fail_msg("%s: expected %s, but: %s", name, text ? text : "no warning", said.v);
	forget_messages();
}

/* What was found is there as it should be, and nothing else. */
static inline void expect_found(unsigned n_actions, unsigned n_found)
{
	_cleanup_store_ struct store *s = open_results(root);
	unsigned n = 0;

	for (unsigned i = 0; i < n_actions; i++) {
		_cleanup_buf_ struct buf value = {0};
		struct digest key = action_key(i);

		if (store_get_action(s, &key, &value) < 0)
			continue;
		expect_action(s, i);
		n++;
	}
	assert_int_equal(n, n_found);
}

/* --- asking */

static struct {
	unsigned n, n_found;
	struct digest last;
} answers;

static inline void note_answer(const struct digest *action, bool was_found, void *arg)
{
	(void)arg;
	answers.n++;
	answers.n_found += was_found;
	answers.last = *action;
}

/* Until so many answers have come, as a build's loop does it; false when they do not come. */
static inline bool wait_for_answers(struct remote *r, unsigned n)
{
	int64_t end = milliseconds() + 10000;

	while (answers.n < n) {
		struct pollfd p = {remote_fd(r), POLLIN, 0};

		/* As a build, which sleeps until there is something to read. */
		if (p.fd < 0 || milliseconds() > end || poll(&p, 1, 10000) != 1)
			return false;
		remote_answers(r, note_answer, NULL);
	}
	return true;
}

static inline struct remote *start_remote(const char *url, bool write)
{
	struct remote_options o = {
		.url = url,
		.store_root = root,
		.write = write,
		.may_authenticate = true,
		.limits = short_limits,
	};
	struct remote *r;

	answers.n = answers.n_found = 0;
	assert_int_equal(remote_start(&o, &r), 0);
	return r;
}

static inline void ask(struct remote *r, unsigned seed)
{
	struct digest key = action_key(seed);

	assert_int_equal(remote_ask(r, &key), 0);
}

/* For the first n actions, all at once, and waits for the answers. */
static inline void ask_first(struct remote *r, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		ask(r, i);
	assert_true(wait_for_answers(r, n));
}

/* The same with a remote that lives no longer than that. */
static inline struct remote_summary fetch_first(const char *url, unsigned n)
{
	struct remote *r = start_remote(url, false);
	struct remote_summary ret;

	ask_first(r, n);
	remote_finish(r, &ret);
	return ret;
}

static inline void offer(struct remote *r, unsigned seed)
{
	struct digest key = action_key(seed);

	remote_offer(r, &key);
}

/* A child process of this one other than that, or 0. */
static inline pid_t find_child(pid_t other)
{
	_cleanup_free_ char *path = xasprintf("/proc/self/task/%d/children", getpid());
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	int pid;

	assert_non_null(f);
	while (fscanf(f, "%d", &pid) == 1)
		if (pid != other)
			return pid;
	return 0;
}

static int set_up(void **state)
{
	static const char *const names[] = {
		"http_proxy",
		"https_proxy",
		"HTTPS_PROXY",
		"all_proxy",
		"ALL_PROXY",
		"no_proxy",
		"NETRC",
		"SKEP_REMOTE_USER",
		"SKEP_REMOTE_PASSWORD",
		"SKEP_REMOTE_TOKEN",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unsetenv(names[i]);
	message_set_sink(keep_message, NULL);
	return make_room(state);
}

static int clean_up(void **state)
{
	bool was_alone = !find_child(0);
	pid_t pid;

	/* A test that failed leaves its processes to us; no other does. */
	while ((pid = find_child(0))) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	forget_messages();
	return remove_room(state) < 0 || !was_alone ? -1 : 0;
}

#endif

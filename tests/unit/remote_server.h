/*
 * An HTTP server for tests, honest or not, in a process of its own: what it does is its habit, what
 * it saw is in memory shared with the test.
 */
#ifndef SKEP_TESTS_UNIT_REMOTE_SERVER_H
#define SKEP_TESTS_UNIT_REMOTE_SERVER_H

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "remote_connection.h"

/* --- habits; each gives whether the connection may be used again */

static bool reset(const struct client *c)
{
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
	return false;
}

static bool hold(struct client *c)
{
	while (read_more(c))
		;
	return false;
}

static bool drip(struct client *c, const struct buf *data, size_t piece, unsigned ms)
{
	send_head(c, 200, data->n, "");
	for (size_t i = 0; i < data->n; i += piece) {
		usleep(ms * 1000);
		if (!send_all(c, data->v + i, piece < data->n - i ? piece : data->n - i))
			return false;
	}
	return true;
}

static bool flood(struct client *c, const char *head, const char *text)
{
	if (!send_text(c, head))
		return false;
	while (send_text(c, text))
		;
	return false;
}

static bool flood_body(struct client *c, const char *status)
{
	_cleanup_free_ char *head =
		xasprintf("HTTP/1.1 %s\r\nTransfer-Encoding: chunked\r\n\r\n", status);
	_cleanup_free_ char *chunk = xasprintf("%x\r\n%*s\r\n", 32 * 1024, 32 * 1024, "");

	return flood(c, head, chunk);
}

static bool explode(struct client *c)
{
	const struct buf *bomb = &c->server->made;

	return send_head(c, 200, bomb->n, "Content-Encoding: gzip\r\n") &&
	       send_all(c, bomb->v, bomb->n);
}

static bool give_packed(struct client *c, const struct request *q, const struct buf *data)
{
	_cleanup_buf_ struct buf packed = {0};

	if (!q->packs)
		return reply(c, 200, data->v, data->n);
	pack(data->v, data->n, &packed);
	return send_head(c, 200, packed.n, "Content-Encoding: gzip\r\n") &&
	       send_all(c, packed.v, packed.n);
}

static bool give_flipped(struct client *c, const struct buf *data)
{
	_cleanup_buf_ struct buf copy = {0};

	buf_add(&copy, data->v, data->n);
	copy.v[copy.n / 2] ^= 4;
	return reply(c, 200, copy.v, copy.n);
}

static bool give_cut(struct client *c, const struct buf *data)
{
	return send_head(c, 200, data->n, "") && send_all(c, data->v, data->n / 2);
}

static bool give_cut_chunk(struct client *c, const struct buf *data)
{
	_cleanup_free_ char *size = xasprintf("%zx\r\n", data->n);

	send_text(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	send_text(c, size);
	send_all(c, data->v, data->n);
	return false;
}

static bool give(struct client *c, const struct request *q, struct item *i, bool is_blob)
{
	struct server *s = c->server;
	struct buf *data = &i->data;

	switch (s->habit) {
	case PACKED:
		return give_packed(c, q, data);
	case DRIPPING:
		return drip(c, data, 1, 20);
	case DRIPPING_BLOBS:
		return is_blob ? drip(c, data, 1, 20) : reply(c, 200, data->v, data->n);
	case DAWDLING:
		return is_blob ? drip(c, data, 700, 50) : reply(c, 200, data->v, data->n);
	case CUT:
		return give_cut(c, data) && false;
	case CUT_HELD:
		return give_cut(c, data) && hold(c);
	case CUT_CHUNK:
		return give_cut_chunk(c, data);
	case SHORT:
		return reply(c, 200, data->v, data->n / 2);
	case FLIPPED:
		return is_blob ? give_flipped(c, data) : reply(c, 200, data->v, data->n);
	case SWAPPED:
		data = is_blob ? &s->items.v[0].data : data;
		return reply(c, 200, data->v, data->n);
	case LOST_BLOBS:
		return is_blob ? reply(c, 404, "", 0) : reply(c, 200, data->v, data->n);
	case ENDLESS:
		return flood_body(c, "200 OK");
	case ENDLESS_BLOBS:
		return is_blob ? flood_body(c, "200 OK") : reply(c, 200, data->v, data->n);
	case BOMB:
		return explode(c);
	case BOMB_BLOBS:
		return is_blob ? explode(c) : reply(c, 200, data->v, data->n);
	case BAD_PACKING:
		return send_head(c, 200, data->n, "Content-Encoding: gzip\r\n") &&
		       send_all(c, data->v, data->n);
	case ONLY_HEADERS:
		return send_head(c, 200, data->n, "") && false;
	case HUGE_RESULT:
	case GARBAGE_RESULT:
		return reply(c, 200, s->made.v, s->made.n);
	case EMPTY_RESULT:
		return reply(c, 200, "", 0);
	default:
		return reply(c, 200, data->v, data->n);
	}
}

static bool take(struct client *c, const struct request *q)
{
	struct server *s = c->server;
	struct item new = {.path = xstrdup(q->path)}, *i;

	switch (s->habit) {
	case SENDS_FULL:
		return reply(c, 507, "", 0);
	case SENDS_LARGE:
		return reply(c, 413, "", 0);
	case SENDS_READ_ONLY:
		return reply(c, 405, "", 0);
	case SENDS_DENIED:
		return reply(c, 403, "", 0);
	case SENDS_SILENT:
		return hold(c);
	default:
		break;
	}
	pthread_mutex_lock(&s->lock);
	i = server_find(s, q->path);
	if (!i) {
		vec_push(&s->items, new);
		i = &s->items.v[s->items.n - 1];
		buf_puts(&i->data, "");
	}
	i->data.n = 0;
	buf_add(&i->data, q->body.v ? q->body.v : "", q->body.n);
	pthread_mutex_unlock(&s->lock);
	return reply(c, 201, "", 0);
}

/* Whether this path has been asked for before. */
static bool is_repeated(struct server *s, const char *path)
{
	static struct strv seen;
	bool was_seen;

	pthread_mutex_lock(&s->lock);
	was_seen = strv_has(&seen, path);
	if (!was_seen)
		strv_add(&seen, path);
	pthread_mutex_unlock(&s->lock);
	return was_seen;
}

/* To a place where everything is. */
static bool redirect(struct client *c, const struct request *q, bool *ret_again)
{
	_cleanup_free_ char *line = xasprintf("Location: /elsewhere%s\r\n", q->path);

	if (!str_starts(q->path, "/cache/"))
		return false;
	*ret_again = send_head(c, 302, 0, line);
	return true;
}

/* What is done whatever was asked for; false when nothing was. */
static bool misbehave(struct client *c, const struct request *q, bool *ret_again)
{
	_cleanup_free_ char *key = xasprintf("%s %s", q->verb, q->path);
	bool is_put = str_eq(q->verb, "PUT");

	switch (c->server->habit) {
	case EMPTY:
		*ret_again = reply(c, 404, "", 0);
		return true;
	case STATUS_500:
		*ret_again = reply(c, 500, "", 0);
		return true;
	case STATUS_401:
		*ret_again = send_head(c, 401, 0, "WWW-Authenticate: Basic realm=\"x\"\r\n");
		return true;
	case STATUS_403:
		*ret_again = reply(c, 403, "", 0);
		return true;
	case STATUS_204:
		*ret_again = send_text(c, "HTTP/1.1 204 No Content\r\n\r\n");
		return true;
	case SENDS_BUSY_ONCE:
		if (!is_put || is_repeated(c->server, key))
			return false;
		*ret_again = reply(c, 503, "", 0);
		return true;
	case BUSY_ONCE:
		if (is_repeated(c->server, key))
			return false;
		*ret_again = reply(c, 503, "", 0);
		return true;
	case BUSY:
		*ret_again = reply(c, 503, "", 0);
		return true;
	case RESETTING_ONCE:
		if (is_repeated(c->server, key))
			return false;
		*ret_again = reset(c);
		return true;
	case RESETTING:
		*ret_again = reset(c);
		return true;
	case REDIRECTING:
		return redirect(c, q, ret_again);
	case SILENT:
		*ret_again = hold(c);
		return true;
	case ENDLESS_ERROR:
		*ret_again = flood_body(c, "404 Not Found");
		return true;
	case ENDLESS_HEADERS:
		*ret_again = flood(c, "HTTP/1.1 200 OK\r\n", "X-Header: and one more of them\r\n");
		return true;
	case ENDLESS_CONTINUE:
		*ret_again = flood(c, "", "HTTP/1.1 100 Continue\r\n\r\n");
		return true;
	case NO_HTTP:
		*ret_again = send_text(c, "220 mail.example.org ESMTP\r\n") && false;
		return true;
	default:
		return false;
	}
}

static bool serve_request(struct client *c, const struct request *q)
{
	struct server *s = c->server;
	struct item *i, copy = {0};
	bool again;

	if (misbehave(c, q, &again))
		return again;
	if (str_eq(q->verb, "PUT"))
		return take(c, q);
	pthread_mutex_lock(&s->lock);
	i = server_find(s, q->path + (str_starts(q->path, "/elsewhere") ? 10 : 0));
	copy = i ? *i : copy;
	pthread_mutex_unlock(&s->lock);
	if (!i)
		return reply(c, 404, str_eq(q->verb, "HEAD") ? "" : "none",
			     str_eq(q->verb, "HEAD") ? 0 : 4);
	if (str_eq(q->verb, "HEAD"))
		return send_head(c, 200, copy.data.n, "");
	return give(c, q, &copy, strstr(q->path, "/cas/") != NULL);
}

static void *serve_client(void *arg)
{
	struct client *c = arg;
	struct request q;
	bool again = true;

	while (again && read_request(c, &q)) {
		again = serve_request(c, &q);
		buf_free(&q.body);
	}
	close(c->fd);
	buf_free(&c->in);
	free(c);
	return NULL;
}

static _Noreturn void server_main(struct server *s)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		struct client *c = xcalloc(1, sizeof(*c));
		pthread_t thread;

		c->server = s;
		c->fd = accept(s->fd, NULL, NULL);
		if (c->fd < 0)
			_exit(0);
		/* Heads and bodies go apart. */
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
		s->log->n_connections++;
		if (pthread_create(&thread, NULL, serve_client, c) == 0)
			pthread_detach(thread);
	}
}

/* Makes a server without starting it, so that it can be filled. */
static void server_make(struct server *s, enum habit habit)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(a);

	*s = (struct server){.habit = habit, .lock = PTHREAD_MUTEX_INITIALIZER};
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s->fd, 128), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &size), 0);
	s->port = ntohs(a.sin_port);
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d/cache/", s->port);
	s->log = mmap(NULL, sizeof(*s->log), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	assert_true(s->log != MAP_FAILED);
}

static void make_bomb(struct server *s)
{
	size_t size = (size_t)64 << 20;
	_cleanup_free_ char *zeros = xcalloc(1, size);

	pack(zeros, size, &s->made);
}

static void server_start(struct server *s)
{
	if (s->habit == BOMB || s->habit == BOMB_BLOBS)
		make_bomb(s);
	if (s->habit == HUGE_RESULT)
		make_content(1, (size_t)5 << 20, &s->made);
	if (s->habit == GARBAGE_RESULT)
		make_content(1, 300, &s->made);
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0)
		server_main(s);
	close(s->fd);
	s->fd = -1;
}

static void server_stop(struct server *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	if (s->fd >= 0)
		close(s->fd);
	munmap(s->log, sizeof(*s->log));
	buf_free(&s->made);
	vec_foreach (i, &s->items) {
		free(i->path);
		buf_free(&i->data);
	}
	vec_free(&s->items);
}

#endif

/*
 * What a server for tests knows and has, and how it reads requests and writes answers; see
 * remote_server.h.
 */
#ifndef SKEP_TESTS_UNIT_REMOTE_CONNECTION_H
#define SKEP_TESTS_UNIT_REMOTE_CONNECTION_H

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <zlib.h>

#include "base/digest.h"
#include "base/str.h"

enum habit {
	HONEST,
	PACKED, /* honest, with gzip */
	EMPTY,
	STATUS_500,
	STATUS_401,
	STATUS_403,
	STATUS_204,
	BUSY,
	BUSY_ONCE, /* each path the first time */
	RESETTING,
	RESETTING_ONCE,
	REDIRECTING,
	SILENT,
	DRIPPING,
	DRIPPING_BLOBS,
	DAWDLING,  /* blobs in pieces, without ever stopping */
	CUT,	   /* half of what the length says, then the end */
	CUT_HELD,  /* and then nothing */
	CUT_CHUNK, /* without a length, and without the last chunk */
	SHORT,	   /* half of it, with the right length for that */
	FLIPPED,   /* a bit of each blob */
	SWAPPED,   /* another blob than was asked for */
	LOST_BLOBS,
	ENDLESS,
	ENDLESS_BLOBS,
	ENDLESS_ERROR,
	ENDLESS_HEADERS,
	ENDLESS_CONTINUE,
	BOMB,
	BOMB_BLOBS,
	BAD_PACKING,
	NO_HTTP,
	ONLY_HEADERS,
	HUGE_RESULT,
	GARBAGE_RESULT,
	EMPTY_RESULT,
	SENDS_FULL, /* 507 to PUT */
	SENDS_LARGE,
	SENDS_READ_ONLY,
	SENDS_SILENT,
	SENDS_DENIED,
	SENDS_BUSY_ONCE,
	N_HABITS,
};

struct server_log {
	atomic_uint n_connections, n_requests, n_gets, n_heads, n_puts, n_credentials;
};

struct item {
	char *path;
	struct buf data;
	unsigned n_asked;
};

struct server {
	enum habit habit;
	pid_t pid;
	int fd, port;
	char url[64];
	struct server_log *log;
	/* What it has; filled by the test before it starts, then its own. */
	VEC(struct item) items;
	struct buf made; /* bombs and junk, made before the start */
	pthread_mutex_t lock;
};

struct request {
	char verb[8], path[128];
	struct buf body;
	bool packs, expects;
};

struct client {
	struct server *server;
	int fd;
	struct buf in;
};

/* --- content */

static struct item *server_find(struct server *s, const char *path)
{
	vec_foreach (i, &s->items)
		if (str_eq(i->path, path))
			return i;
	return NULL;
}

static void server_put(struct server *s, const char *folder, const struct digest *name,
		       const void *data, size_t size)
{
	struct item i = {0};
	char hex[DIGEST_HEX_SIZE];

	digest_hex(name, hex);
	i.path = xasprintf("/cache/%s/%s", folder, hex);
	buf_puts(&i.data, "");
	buf_add(&i.data, data, size);
	vec_push(&s->items, i);
}

static void pack(const void *data, size_t size, struct buf *ret)
{
	z_stream z = {.next_in = (void *)data, .avail_in = (unsigned)size};
	char block[16 * 1024];

	deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
	do {
		z.next_out = (void *)block;
		z.avail_out = sizeof(block);
		deflate(&z, Z_FINISH);
		buf_add(ret, block, sizeof(block) - z.avail_out);
	} while (z.avail_out == 0);
	deflateEnd(&z);
}

/* --- the wire */

static bool send_all(const struct client *c, const void *data, size_t size)
{
	for (const char *p = data; size;) {
		ssize_t n = send(c->fd, p, size, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		p += n;
		size -= (size_t)n;
	}
	return true;
}

static bool send_text(const struct client *c, const char *text)
{
	return send_all(c, text, strlen(text));
}

static bool send_head(const struct client *c, int status, size_t length, const char *more)
{
	_cleanup_free_ char *head = xasprintf(
		"HTTP/1.1 %d Whatever\r\nContent-Length: %zu\r\n%s\r\n", status, length, more);

	return send_text(c, head);
}

static bool reply(const struct client *c, int status, const void *data, size_t size)
{
	return send_head(c, status, size, "") && send_all(c, data, size);
}

static bool read_more(struct client *c)
{
	char block[16 * 1024];
	ssize_t n = recv(c->fd, block, sizeof(block), 0);

	if (n <= 0)
		return false;
	buf_add(&c->in, block, (size_t)n);
	return true;
}

static bool has_header(const char *head, const char *line)
{
	return strcasestr(head, line) != NULL;
}

static bool read_request(struct client *c, struct request *q)
{
	size_t length = 0, head_size;
	const char *end, *field;

	*q = (struct request){0};
	while (!c->in.n || !(end = strstr(c->in.v, "\r\n\r\n")))
		if (!read_more(c))
			return false;
	head_size = (size_t)(end - c->in.v) + 4;
	c->in.v[head_size - 1] = '\0';
	sscanf(c->in.v, "%7s %127s", q->verb, q->path);
	field = strcasestr(c->in.v, "\r\nContent-Length:");
	if (field)
		length = strtoul(field + 17, NULL, 10);
	q->packs = has_header(c->in.v, "gzip");
	q->expects = has_header(c->in.v, "100-continue");
	c->server->log->n_credentials += has_header(c->in.v, "\r\nAuthorization:");
	c->server->log->n_requests++;
	c->server->log->n_gets += str_eq(q->verb, "GET");
	c->server->log->n_heads += str_eq(q->verb, "HEAD");
	c->server->log->n_puts += str_eq(q->verb, "PUT");
	if (q->expects)
		send_text(c, "HTTP/1.1 100 Continue\r\n\r\n");
	while (c->in.n - head_size < length)
		if (!read_more(c))
			return false;
	buf_add(&q->body, c->in.v + head_size, length);
	c->in.n -= head_size + length;
	memmove(c->in.v, c->in.v + head_size + length, c->in.n + 1);
	return true;
}

#endif

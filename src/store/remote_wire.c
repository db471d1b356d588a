/* Frames between a build and the process that speaks to its remote. */
#include <errno.h>
#include <sys/socket.h>

#include "store/remote_parts.h"

static void hang_up(struct remote_wire *w)
{
	close(w->fd);
	w->fd = -1;
	w->out.n = 0;
}

void remote_wire_put(struct remote_wire *w, enum remote_frame_kind kind, uint32_t number,
		     const void *data, size_t size)
{
	struct remote_frame head = {kind, number, (uint32_t)size};

	if (w->fd < 0)
		return;
	buf_add(&w->out, &head, sizeof(head));
	buf_add(&w->out, data, size);
}

void remote_wire_flush(struct remote_wire *w)
{
	size_t sent = 0;
	ssize_t n;

	while (w->fd >= 0 && sent < w->out.n) {
		n = send(w->fd, w->out.v + sent, w->out.n - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		/* That the other side is gone is seen when reading, after its last words. */
		if (n < 0 && errno != EAGAIN)
			sent = w->out.n;
		if (n < 0)
			break;
		sent += (size_t)n;
	}
	if (!sent || w->fd < 0)
		return;
	w->out.n -= sent;
	memmove(w->out.v, w->out.v + sent, w->out.n);
}

bool remote_wire_fill(struct remote_wire *w)
{
	char block[16 * 1024];
	ssize_t n;

	if (w->n_taken) {
		w->in.n -= w->n_taken;
		memmove(w->in.v, w->in.v + w->n_taken, w->in.n);
		w->n_taken = 0;
	}
	if (w->fd < 0)
		return false;
	do
		n = recv(w->fd, block, sizeof(block), MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0) {
		hang_up(w);
		return false;
	}
	buf_add(&w->in, block, (size_t)n);
	return true;
}

bool remote_wire_get(struct remote_wire *w, struct remote_frame *ret, const char **ret_data)
{
	size_t left = w->in.n - w->n_taken;
	struct remote_frame head;

	if (left < sizeof(head))
		return false;
	memcpy(&head, w->in.v + w->n_taken, sizeof(head));
	if (head.size > REMOTE_MAX_FRAME) {
		/* Only a process that has gone mad says so much. */
		if (w->fd >= 0)
			hang_up(w);
		w->in.n = w->n_taken = 0;
		return false;
	}
	if (left - sizeof(head) < head.size)
		return false;
	*ret = head;
	*ret_data = w->in.v + w->n_taken + sizeof(head);
	w->n_taken += sizeof(head) + head.size;
	return true;
}

void remote_wire_free(struct remote_wire *w)
{
	buf_free(&w->in);
	buf_free(&w->out);
	cleanup_close(&w->fd);
	w->fd = -1;
}

#include "run/queue.h"

void queue_push(struct queue *q, struct step *s)
{
	size_t i = q->n;

	vec_push(q, s);
	for (; i && q->v[(i - 1) / 2]->priority < s->priority; i = (i - 1) / 2)
		q->v[i] = q->v[(i - 1) / 2];
	q->v[i] = s;
}

struct step *queue_pop(struct queue *q)
{
	struct step *top = q->v[0], *last = q->v[--q->n];
	size_t i = 0;

	for (;;) {
		size_t k = 2 * i + 1;

		if (k >= q->n)
			break;
		if (k + 1 < q->n && q->v[k + 1]->priority > q->v[k]->priority)
			k++;
		if (q->v[k]->priority <= last->priority)
			break;
		q->v[i] = q->v[k];
		i = k;
	}
	if (q->n)
		q->v[i] = last;
	return top;
}

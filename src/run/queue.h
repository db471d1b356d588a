/* Steps that wait for their turn: those with the longest remaining chain come first. Private to
 * this room. */
#ifndef SKEP_RUN_QUEUE_H
#define SKEP_RUN_QUEUE_H

#include "run/step.h"

/* A heap by priority. Zero-initialised is empty; freed with vec_free. */
struct queue {
	struct step **v;
	size_t n, cap;
};

void queue_push(struct queue *q, struct step *s);
/* q must not be empty. */
struct step *queue_pop(struct queue *q);

#endif

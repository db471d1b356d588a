/*
 * Verdicts that the store has: the same object, the same kernel and the same way to load give the
 * same verdicts, and need no kernel.
 */
#ifndef SKEP_KERNEL_RECALL_H
#define SKEP_KERNEL_RECALL_H

#include "kernel/kernels.h"
#include "kernel/load.h"
#include "store/cas.h"

typedef VEC(struct verdict) verdict_list;
void verdicts_free(verdict_list *l);

/*
 * The action that stands for a job's n-th object and a kernel. For the running one that is all that
 * changes its verdicts: this boot, its modules, its settings of BPF and our capabilities.
 */
struct digest recall_key(const struct load_job *j, size_t nth, const struct kernel *k);

/* Appends the verdicts on an object; -ENOENT when the store does not have them. */
int recall_get(struct store *s, const struct digest *key, verdict_list *ret);
/* Keeps all verdicts on an object; those that another try may change are not kept at all. */
void recall_put(struct store *s, const struct digest *key, const verdict_list *l);

#endif

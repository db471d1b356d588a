/* The order in which types are printed. */
#ifndef SKEP_BTF_SORT_H
#define SKEP_BTF_SORT_H

#include <stdint.h>

struct btf;

/*
 * Of the types with ids below n_types, base included, those that can cause text, in the order
 * bpftool prints them in; the same types give the same order whatever their ids. The BTF has
 * passed btf_check. Caller frees.
 */
uint32_t *btf_sort_for_header(const struct btf *btf, uint32_t n_types, uint32_t *ret_n);

#endif

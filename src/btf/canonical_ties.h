/*
 * Canonical numbers for types that nothing known leads to: declaration tags, external functions,
 * and whatever a compiler left unused.
 */
#ifndef SKEP_BTF_CANONICAL_TIES_H
#define SKEP_BTF_CANONICAL_TIES_H

struct canonical_types;

/* Numbers every type that has no number yet, by its kind, name, content and neighbourhood alone. */
void canonical_ties_number(struct canonical_types *t);

#endif

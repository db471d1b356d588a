/*
 * The kernel's types and its modules', read once. Libbpf reads and checks those of vmlinux each
 * time an object is loaded, and those of modules when it looks for something that vmlinux does not
 * have, which takes an emulated machine longer than the verifier does; here all objects get the
 * same ones, which nobody changes.
 */
#ifndef SKEP_AGENT_TYPES_H
#define SKEP_AGENT_TYPES_H

/* For this process and the children it has from now on; after modules were loaded. A kernel without
 * types is libbpf's to complain about, object by object. */
void types_share(void);

#endif

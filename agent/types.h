/*
 * The kernel's types, read once. Libbpf reads and checks those of vmlinux each time an object is
 * loaded, which takes an emulated machine longer than the verifier does; here all objects get the
 * same ones, which nobody changes.
 */
#ifndef SKEP_AGENT_TYPES_H
#define SKEP_AGENT_TYPES_H

/* For this process and the children it has from now on. A kernel without types is libbpf's to
 * complain about, object by object. */
void types_share(void);

#endif

/*
 * Where types come from: raw BTF, an ELF file with BTF inside (an object, a module, a kernel), or
 * a C header that somebody else made.
 */
#ifndef SKEP_BTF_SOURCE_H
#define SKEP_BTF_SOURCE_H

#include "base/str.h"

#define BTF_SOURCE_KERNEL "/sys/kernel/btf/vmlinux"

#ifndef BTF_BASE_ELF_SEC
#define BTF_BASE_ELF_SEC ".BTF.base" /* libbpf 1.5 */
#endif

enum btf_source_kind {
	BTF_SOURCE_RAW,
	BTF_SOURCE_ELF,
	BTF_SOURCE_HEADER,
};

struct btf_source {
	enum btf_source_kind kind;
	char *path;	       /* for messages */
	struct buf data;       /* BTF that passed btf_check, or the header's text */
	struct buf base;       /* what data continues, checked; n is 0 when it stands alone */
	unsigned pointer_size; /* 4 or 8, as the ELF file says; 0: to be guessed from the types */
};

/*
 * Reads path, whose kind its content tells; NULL is the running kernel. base_path names the BTF
 * that this one continues; when it is NULL, files below /sys/kernel/btf/ continue the running
 * kernel's, and an ELF file with .BTF.base continues that. Returns 0 or a negative errno after a
 * message: -EBADMSG, -ENODATA, -EOPNOTSUPP and -EFBIG are the file's fault, others the system's or
 * the caller's.
 */
int btf_source_read(const char *path, const char *base_path, struct btf_source *ret);
void btf_source_free(struct btf_source *s);
#define _cleanup_source_ _cleanup_(btf_source_free)

struct btf;

/*
 * Has libbpf read a source that is no header. *ret_base is NULL when there is no base; the caller
 * frees *ret, then *ret_base. -EBADMSG after a message when libbpf refuses it.
 */
int btf_source_parse(const struct btf_source *s, struct btf **ret, struct btf **ret_base);

#endif

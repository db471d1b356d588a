/*
 * Kernels to ask: the running one, those that were fetched or added, and files that people have.
 * Each that is kept has a folder below $XDG_CACHE_HOME/skep/kernels (or ~/.cache), named after its
 * release and architecture, with the image as QEMU boots it fastest (an uncompressed ELF on x86-64,
 * a raw Image on arm64), its types, its configuration, and the modules that define attach targets
 * or kfuncs.
 */
#ifndef SKEP_KERNEL_KERNELS_H
#define SKEP_KERNEL_KERNELS_H

#include <stdbool.h>

#include "base/arch.h"
#include "base/digest.h"
#include "base/str.h"

struct kernel {
	bool is_running; /* the host's own: nothing below but release and arch */
	bool is_file;	 /* of a path that somebody named; kept so that it is unpacked once */
	char *name;	 /* as people call it: "6.12", "running", a path */
	char *release;	 /* "6.12.117+deb12-amd64"; "" when it is not known */
	char *package;	 /* "linux-image-… 6.12.117-1~deb12u1", or "" */
	const struct arch *arch;
	char *folder;	      /* where what follows is kept */
	uint64_t size;	      /* bytes, of all of it */
	char *image;	      /* path */
	char *btf;	      /* path of raw BTF; NULL: the kernel has none */
	char *config;	      /* path, or NULL */
	struct strv modules;  /* paths of uncompressed .ko files in an order in which they load */
	struct digest digest; /* of image and modules: what a verdict depends on */
};

void kernel_free(struct kernel *k);
#define _cleanup_kernel_ _cleanup_(kernel_free)
typedef VEC(struct kernel) kernel_list;

/*
 * The kernel that a word means: "running", a version or the beginning of one ("6.12", the newest of
 * those kept; "6.12/arm64" for another architecture), or the path of a vmlinuz, vmlinux or Image,
 * which is unpacked and kept under its digest. -ENOENT after a message that says how to get it.
 */
int kernel_find(const char *word, struct kernel *ret);

/*
 * The file to read types from that a word means: the word itself when it is a file's name, or may
 * be one; else the types of a kept kernel. arch is the one wanted, for words that name none; NULL:
 * the host's. Negative errno after a message: -ENOENT for a version that is not kept, -ENODATA for
 * a kernel without types. Caller frees.
 */
int kernel_find_types(const char *word, const struct arch *arch, char **ret);

/*
 * Those that are kept, oldest version first. One that is damaged is left out after a message, and
 * counted. Negative errno after a message.
 */
int kernel_list_all(kernel_list *ret, size_t *ret_n_damaged);
void kernel_list_free(kernel_list *l);

/* Reads all of a kept kernel; the others look only whether its files are there and as long as they
 * were. -EBADMSG after a message that says what to do. */
int kernel_check(const struct kernel *k);

/* Removes a kept kernel, also a damaged one, by any name that it goes by. -ENOENT after a message.
 */
int kernel_remove(const char *word);

/*
 * Takes Debian's newest packaged kernel of a version ("5.10", "6.1", "6.12", "newest") for an
 * architecture, by way of a private apt folder; nothing of the system's is changed. say is called
 * with a line when something takes long. Negative errno after a message.
 */
int kernel_fetch(const char *version, const struct arch *arch, void (*say)(const char *line),
		 struct kernel *ret);

/*
 * Keeps a kernel that somebody has; modules_dir (its /lib/modules/RELEASE) may be NULL, and so may
 * name: its release then. The configuration is taken from config-RELEASE beside it, or from
 * modules_dir/config. Negative errno after a message.
 */
int kernel_add(const char *path, const char *modules_dir, const char *name, struct kernel *ret);

#endif

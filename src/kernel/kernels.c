#include "kernel/kernels.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "base/file.h"
#include "base/message.h"
#include "base/path.h"
#include "btf/source.h"
#include "kernel/image.h"
#include "kernel/kept.h"
#include "kernel/modules.h"
#include "kernel/version.h"

#define RUNNING "running"
#define NEWEST "newest"
#define CONFIG_MAX ((size_t)16 << 20) /* bytes */

void kernel_list_free(kernel_list *l)
{
	vec_foreach (k, l)
		kernel_free(k);
	vec_free(l);
}

/* The version in a package's "NAME VERSION", which says more than some releases do. */
static const char *package_version(const struct kernel *k)
{
	const char *space = strrchr(k->package, ' ');

	return space ? space + 1 : k->release;
}

static int compare_kernels(const void *a, const void *b)
{
	const struct kernel *x = a, *y = b;
	int way = version_compare(package_version(x), package_version(y));

	return way ? way : strcmp(x->folder, y->folder);
}

int kernel_list_all(kernel_list *ret, size_t *ret_n_damaged)
{
	_cleanup_free_ char *root = kept_root();
	_cleanup_closedir_ DIR *d = root ? opendir(root) : NULL;
	const struct dirent *e;
	size_t n_damaged = 0;

	if (!root)
		return -ENOENT;
	if (!d && errno != ENOENT)
		return message_error(-errno, "kernels: %s: %s", root, strerror(errno));
	while (d && (e = readdir(d))) {
		struct kernel k;
		int err = *e->d_name == '.' ? -ENOENT : kept_read(root, e->d_name, &k);

		if (err == 0)
			vec_push(ret, k);
		else if (err != -ENOENT)
			n_damaged++;
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), compare_kernels);
	*ret_n_damaged = n_damaged;
	return 0;
}

/* --- finding */

static int find_running(struct kernel *ret)
{
	struct utsname u;

	if (uname(&u) < 0)
		return message_error(-errno, "kernels: uname: %s", strerror(errno));
	*ret = (struct kernel){
		.is_running = true,
		.name = xstrdup(RUNNING),
		.release = xstrdup(u.release),
		.package = xstrdup(""),
		.arch = arch_find(u.machine),
		.btf = file_exists(BTF_SOURCE_KERNEL) ? xstrdup(BTF_SOURCE_KERNEL) : NULL,
	};
	return 0;
}

/* "6.12/arm64" as its parts; the host's architecture when none is named. */
struct word {
	char *version;
	const struct arch *arch;
	bool names_arch;
};

static struct word parse_word(const char *word, const struct arch *wanted)
{
	const char *slash = strrchr(word, '/');
	const struct arch *arch = slash ? arch_find(slash + 1) : NULL;

	if (arch)
		return (struct word){xstrndup(word, (size_t)(slash - word)), arch, true};
	return (struct word){xstrdup(word), wanted ? wanted : arch_host(), wanted};
}

/* How well a kept kernel fits: 2: it is called so, 1: the word means its version, 0: not at all. */
static int fits(const struct kernel *k, const struct word *w)
{
	if (str_eq(path_base(k->folder), w->version))
		return 2;
	if (k->arch != w->arch)
		return 0;
	if (str_eq(k->release, w->version) && !k->is_file)
		return 2;
	if (k->is_file)
		return 0;
	return str_eq(k->name, w->version) || version_means(w->version, k->release) ||
	       version_means(w->version, package_version(k)) || str_eq(w->version, NEWEST);
}

static struct kernel *find_kept(kernel_list *all, const struct word *w)
{
	struct kernel *best = NULL;
	int best_fit = 0;

	/* The newest comes last. */
	vec_foreach (k, all) {
		int fit = fits(k, w);

		if (fit && fit >= best_fit) {
			best = k;
			best_fit = fit;
		}
	}
	return best;
}

static bool looks_like_version(const char *word)
{
	size_t n = strspn(word, "0123456789");

	return (n && word[n] == '.' && isdigit((unsigned char)word[n + 1])) || str_eq(word, NEWEST);
}

static int not_found(const char *word, const struct word *w)
{
	if (looks_like_version(w->version))
		return message_error(-ENOENT,
				     "kernels: %s: no such kernel is kept here; `skep kernel fetch "
				     "%s%s%s` gets Debian's",
				     word, w->version, w->names_arch ? "/" : "",
				     w->names_arch ? w->arch->name : "");
	return message_error(-ENOENT,
			     "kernels: %s: no such file, and no kernel of that name is kept; `skep "
			     "kernel list` shows those that are",
			     word);
}

/* A wanted architecture is one that the word need not name. */
static int find_by_name(const char *word, const struct arch *wanted, struct kernel *ret)
{
	struct word w = parse_word(word, wanted);
	kernel_list all = {0};
	size_t n_damaged;
	int err = kernel_list_all(&all, &n_damaged);
	struct kernel *k = err < 0 ? NULL : find_kept(&all, &w);

	if (err == 0 && !k)
		err = not_found(word, &w);
	if (k) {
		*ret = *k;
		*k = (struct kernel){0};
	}
	kernel_list_free(&all);
	free(w.version);
	return err;
}

/* --- keeping what people have */

/* Reads what may be there: an absent file gives an empty buffer. */
static int read_config(const char *dir, const char *name, struct buf *ret)
{
	_cleanup_free_ char *path = path_join(dir, name);
	int err = ret->n ? 0 : file_read(path, CONFIG_MAX, ret);

	return err == -ENOENT || err == -ENOTDIR || err == 0
		       ? 0
		       : message_error(err, "kernels: %s: %s", path, strerror(-err));
}

static int find_config(const char *path, const char *modules_dir, const char *release,
		       struct buf *ret)
{
	_cleanup_free_ char *dir = path_dir(path), *name = xasprintf("config-%s", release);
	int err = *release ? read_config(dir, name, ret) : 0;

	return err < 0 || !modules_dir ? err : read_config(modules_dir, "config", ret);
}

int kept_add(const char *path, const char *modules_dir, const struct kept_parts *about,
	     const char *folder, struct kernel *ret)
{
	_cleanup_kernel_image_ struct kernel_image image = {0};
	_cleanup_modules_ kept_modules modules = {0};
	_cleanup_free_ char *root = kept_root(), *own = NULL;
	_cleanup_buf_ struct buf config = {0};
	struct kept_parts p = *about;
	int err = root ? kernel_image_read(path, &image) : -ENOENT;

	if (err == 0 && p.arch && p.arch != image.arch)
		err = message_error(-EBADMSG, "kernels: %s: it is for %s, not for %s", path,
				    image.arch->name, p.arch->name);
	err = err < 0 ? err : find_config(path, modules_dir, image.release, &config);
	if (err == 0 && modules_dir)
		err = modules_read(modules_dir, &modules);
	if (err < 0)
		return err;
	p.arch = image.arch;
	p.release = image.release;
	p.name = p.name ? p.name : *p.release ? p.release : "unnamed";
	p.image = &image.boot;
	p.btf = &image.btf;
	p.config = &config;
	p.modules = &modules;
	own = folder ? xstrdup(folder)
		     : xasprintf("%s_%s", *p.release ? p.release : p.name, p.arch->name);
	return kept_write(root, own, &p, ret);
}

static bool is_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				"._+~-");

	return n && !name[n] && isalnum((unsigned char)*name) && n < 128;
}

int kernel_add(const char *path, const char *modules_dir, const char *name, struct kernel *ret)
{
	struct kept_parts about = {.name = name, .package = ""};

	if (name && (!is_name(name) || str_eq(name, RUNNING) || str_eq(name, NEWEST)))
		return message_error(-EINVAL,
				     "kernels: %s: no name for a kernel: letters, digits and . _ + "
				     "~ - go, beginning with a letter or digit",
				     name);
	return kept_add(path, modules_dir, &about, name, ret);
}

/* A file is kept under its digest, so that it is unpacked once. */
static int find_file(const char *path, struct kernel *ret)
{
	struct kept_parts about = {.package = "", .is_file = true};
	_cleanup_free_ char *root = kept_root(), *folder = NULL;
	_cleanup_content_ struct file_content content = {0};
	char hex[DIGEST_HEX_SIZE];
	struct digest d;
	int err = root ? file_load(path, &content) : -ENOENT;

	if (!root)
		return err;
	if (err < 0)
		return message_error(err, "kernels: %s: %s", path, strerror(-err));
	d = digest_of(content.data, content.size);
	digest_hex(&d, hex);
	folder = xasprintf("file-%.16s", hex);
	about.name = folder;
	err = kept_read(root, folder, ret);
	if (err == -ENOENT)
		err = kept_add(path, NULL, &about, folder, ret);
	if (err < 0)
		return err;
	free(ret->name);
	ret->name = xstrdup(path);
	return 0;
}

/* A folder may well be called "6.12". */
static bool is_file_name(const char *word)
{
	struct stat st;

	return stat(word, &st) == 0 && !S_ISDIR(st.st_mode);
}

int kernel_find(const char *word, struct kernel *ret)
{
	if (str_eq(word, RUNNING))
		return find_running(ret);
	if (is_file_name(word))
		return find_file(word, ret);
	return find_by_name(word, NULL, ret);
}

/* Whether a word can only be a kernel's: no path, and one that is called so is kept, or it is a
 * version. */
static bool is_kernel_word(const char *word, const struct arch *arch)
{
	struct word w = parse_word(word, arch);
	bool is = !strchr(w.version, '/') && !str_ends(w.version, ".h");
	kernel_list all = {0};
	size_t n_damaged;

	is = is && (looks_like_version(w.version) ||
		    (kernel_list_all(&all, &n_damaged) == 0 && find_kept(&all, &w)));
	kernel_list_free(&all);
	free(w.version);
	return is;
}

int kernel_find_types(const char *word, const struct arch *arch, char **ret)
{
	_cleanup_kernel_ struct kernel k = {0};
	bool is_file = is_file_name(word);
	int err;

	if (!is_file && str_eq(word, RUNNING))
		err = find_running(&k);
	else if (is_file || !is_kernel_word(word, arch))
		err = 1;
	else
		err = find_by_name(word, arch, &k);
	if (err < 0)
		return err;
	if (err == 0 && !k.btf)
		return message_error(-ENODATA,
				     "kernels: %s: it has no types: it was built without "
				     "CONFIG_DEBUG_INFO_BTF",
				     word);
	*ret = err ? xstrdup(word) : steal(&k.btf);
	return 0;
}

/* --- removing */

/* A folder by its own name goes also when what is in it cannot be read. */
static char *folder_to_remove(const char *word)
{
	_cleanup_free_ char *root = kept_root();
	_cleanup_free_ char *folder = root && is_name(word) ? path_join(root, word) : NULL;
	_cleanup_kernel_ struct kernel k = {0};

	if (!root)
		return NULL;
	if (folder && access(folder, F_OK) == 0)
		return steal(&folder);
	return find_by_name(word, NULL, &k) < 0 ? NULL : steal(&k.folder);
}

int kernel_remove(const char *word)
{
	_cleanup_free_ char *folder = folder_to_remove(word);
	int err = folder ? file_remove_tree(folder) : -ENOENT;

	return err < 0 && folder ? message_error(err, "kernels: %s: %s", folder, strerror(-err))
				 : err;
}

#include "llvm/find.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

#include "base/arch.h"
#include "base/file.h"
#include "base/path.h"

/* Where distributions put libraries of their own; %s is Debian's name of the architecture. */
static const char *const system_folders[] = {
	"/usr/lib/llvm-*/lib",	 "/usr/lib/%s",	      "/usr/lib64",
	"/usr/lib64/llvm*/lib*", "/usr/lib",	      "/usr/lib/llvm*/lib*",
	"/usr/lib/llvm/*/lib*",	 "/usr/local/lib/%s", "/usr/local/lib64",
	"/usr/local/lib",
};

/* ldconfig's: a folder a line. */
static const char *const ldconfig_files[] = {"/etc/ld.so.conf", "/etc/ld.so.conf.d/*.conf"};

/* Which machine's library it would be, as the first bytes of ELF files say. */
struct ident {
	uint8_t bytes[EI_NIDENT];
	uint16_t type, machine;
};

static bool read_ident(const char *path, struct ident *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd >= 0 && read(fd, ret, sizeof(*ret)) == sizeof(*ret) &&
	       memcmp(ret->bytes, ELFMAG, SELFMAG) == 0;
}

/* A shared object for this machine: what lies beside it under such names is linker scripts. */
bool llvm_is_library(const char *path)
{
	struct ident own, other;

	return read_ident("/proc/self/exe", &own) && read_ident(path, &other) &&
	       other.type == ET_DYN && other.machine == own.machine &&
	       other.bytes[EI_CLASS] == own.bytes[EI_CLASS];
}

/* Reads "NN", "NN.M" or "NN.M.P" and goes on behind it. */
static bool take_version(const char **at, struct llvm_library *ret)
{
	unsigned numbers[3] = {0};
	size_t n = 0;

	do {
		const char *s = *at + (n > 0);
		size_t digits = strspn(s, "0123456789");

		if (digits == 0 || digits > 4)
			break;
		numbers[n++] = (unsigned)strtoul(s, NULL, 10);
		*at = s + digits;
	} while (**at == '.' && n < ARRAY_SIZE(numbers));
	ret->major = numbers[0];
	ret->minor = numbers[1];
	return n > 0;
}

/* "libLLVM.so.22.1-rust-1.95.0-stable", "libLLVM-22.so.1", "libLLVM-14.0.6.so"; no path in it. */
static bool parse_name(const char *name, struct llvm_library *ret)
{
	bool is_new = str_starts(name, "libLLVM.so.");
	const char *at = name + (is_new ? strlen("libLLVM.so.") : strlen("libLLVM-"));
	struct producer p;

	*ret = (struct llvm_library){0};
	if ((!is_new && !str_starts(name, "libLLVM-")) || !take_version(&at, ret))
		return false;
	if (str_starts(at, "-rust-")) {
		_cleanup_free_ char *text = xasprintf("LLVM0.0.0%s", at);

		if (!is_new && str_ends(text, ".so"))
			text[strlen(text) - strlen(".so")] = '\0';
		if (!producer_parse(text, &p))
			return false;
		ret->rust = xstrdup(p.rust);
		return true;
	}
	if (is_new)
		return *at == '\0' || str_eq(at, "git");
	return str_eq(at, ".so") || str_eq(at, ".so.1");
}

/* Negative: a comes before b. */
static int compare_libraries(const struct llvm_library *a, const struct llvm_library *b)
{
	if (a->major != b->major)
		return a->major > b->major ? -1 : 1;
	if (!a->rust != !b->rust)
		return a->rust ? 1 : -1;
	if (a->minor != b->minor)
		return a->minor > b->minor ? -1 : 1;
	return a->rust ? producer_compare_versions(b->rust, a->rust) : 0;
}

/* Where several are alike the one found first stays first. Takes what l owns. */
static void insert(llvm_libraries *list, struct llvm_library l)
{
	size_t i = list->n;

	vec_push(list, l);
	for (; i > 0 && compare_libraries(&l, &list->v[i - 1]) < 0; i--)
		list->v[i] = list->v[i - 1];
	list->v[i] = l;
}

static bool is_listed(const llvm_libraries *list, const char *path)
{
	vec_foreach (l, list)
		if (str_eq(l->path, path))
			return true;
	return false;
}

static void add_library(const char *dir, const char *name, llvm_libraries *ret)
{
	_cleanup_free_ char *path = path_join(dir, name), *real = NULL;
	struct llvm_library l;

	if (!parse_name(name, &l))
		return;
	real = realpath(path, NULL);
	if (!real || is_listed(ret, real) || !llvm_is_library(real)) {
		free(l.rust);
		return;
	}
	l.path = steal(&real);
	insert(ret, l);
}

static void find_in_folder(const char *dir, llvm_libraries *ret)
{
	_cleanup_closedir_ DIR *d = opendir(dir);
	_cleanup_strv_ struct strv names = {0};
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (str_starts(e->d_name, "libLLVM"))
			strv_add(&names, e->d_name);
	/* Not in the order of the file system. */
	strv_sort(&names);
	for (size_t i = 0; i < names.n; i++)
		add_library(dir, names.v[i], ret);
}

void llvm_find_in(const struct strv *folders, llvm_libraries *ret)
{
	for (size_t i = 0; i < folders->n; i++)
		find_in_folder(folders->v[i], ret);
}

/* Each once, whatever it is called: reading a system's library folder takes a while. */
static void add_folder(struct strv *ret, const char *path)
{
	_cleanup_free_ char *real = realpath(path, NULL);

	if (real && !strv_has(ret, real))
		strv_take(ret, steal(&real));
}

static void add_matches(struct strv *ret, const char *pattern)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			add_folder(ret, found.gl_pathv[i]);
	globfree(&found);
}

static void add_ldconfig_folders(struct strv *ret, const char *pattern)
{
	glob_t found;
	int err = glob(pattern, 0, NULL, &found);

	for (size_t i = 0; err == 0 && i < found.gl_pathc; i++) {
		_cleanup_buf_ struct buf text = {0};
		char *rest, *line;

		if (file_read(found.gl_pathv[i], 1 << 20, &text) < 0)
			continue;
		for (rest = text.v; (line = strsep(&rest, "\n"));) {
			line[strcspn(line, " \t\r#")] = '\0';
			if (*line == '/')
				add_folder(ret, line);
		}
	}
	globfree(&found);
}

static void add_system_folders(struct strv *ret)
{
	const struct arch *host = arch_host();

	for (size_t i = 0; i < ARRAY_SIZE(system_folders); i++) {
		const char *part = strstr(system_folders[i], "%s");
		_cleanup_free_ char *pattern =
			part ? xasprintf("%.*s%s", (int)(part - system_folders[i]),
					 system_folders[i], host ? host->multiarch : "")
			     : xstrdup(system_folders[i]);

		if (!part || host)
			add_matches(ret, pattern);
	}
	for (size_t i = 0; i < ARRAY_SIZE(ldconfig_files); i++)
		add_ldconfig_folders(ret, ldconfig_files[i]);
}

/* Calls fn with each absolute entry of a list such as PATH. */
static void for_each_entry(const char *list, void (*fn)(struct strv *ret, const char *entry),
			   struct strv *ret)
{
	_cleanup_free_ char *copy = xstrdup(list ? list : "");
	char *rest = copy, *entry;

	while ((entry = strsep(&rest, ":"))) {
		path_tidy(entry);
		if (*entry == '/')
			fn(ret, entry);
	}
}

/* rustc puts SYSROOT/lib/rustlib/HOST/bin first when it calls a linker. */
static void add_caller(struct strv *ret, const char *entry)
{
	_cleanup_free_ char *host = path_dir(entry), *rustlib = path_dir(host);
	_cleanup_free_ char *lib = path_dir(rustlib);

	if (str_eq(path_base(entry), "bin") && str_eq(path_base(rustlib), "rustlib"))
		add_folder(ret, lib);
}

/* rustup's proxies put SYSROOT/lib there. */
static void add_lib(struct strv *ret, const char *entry)
{
	_cleanup_free_ char *rustlib = path_join(entry, "rustlib");

	if (access(rustlib, F_OK) == 0)
		add_folder(ret, entry);
}

static void add_toolchain_folders(struct strv *ret)
{
	const char *rustup = getenv("RUSTUP_HOME"), *home = getenv("HOME");
	_cleanup_free_ char *pattern = NULL;

	for_each_entry(getenv("PATH"), add_caller, ret);
	for_each_entry(getenv("LD_LIBRARY_PATH"), add_lib, ret);
	if (rustup && *rustup == '/')
		pattern = xasprintf("%s/toolchains/*/lib", rustup);
	else if (home && *home == '/')
		pattern = xasprintf("%s/.rustup/toolchains/*/lib", home);
	if (pattern)
		add_matches(ret, pattern);
}

void llvm_find_rust(llvm_libraries *ret)
{
	_cleanup_strv_ struct strv folders = {0};

	add_toolchain_folders(&folders);
	llvm_find_in(&folders, ret);
}

void llvm_release_places(unsigned major, struct strv *ret)
{
	const struct arch *host = arch_host();
	_cleanup_free_ char *name = xasprintf("libLLVM.so.%u.1", major);

	strv_addf(ret, "/usr/lib/llvm-%u/lib/%s", major, name);
	strv_addf(ret, "/usr/lib/%s/%s", host ? host->multiarch : "", name);
	strv_addf(ret, "/usr/lib64/%s", name);
}

void llvm_find_release(unsigned major, llvm_libraries *ret)
{
	_cleanup_strv_ struct strv places = {0};

	llvm_release_places(major, &places);
	for (size_t i = 0; i < places.n && !ret->n; i++) {
		_cleanup_free_ char *folder = path_dir(places.v[i]);

		add_library(folder, path_base(places.v[i]), ret);
	}
}

void llvm_find_all(llvm_libraries *ret)
{
	_cleanup_strv_ struct strv folders = {0};

	add_toolchain_folders(&folders);
	add_system_folders(&folders);
	llvm_find_in(&folders, ret);
}

void llvm_libraries_free(llvm_libraries *list)
{
	vec_foreach (l, list) {
		free(l->path);
		free(l->rust);
	}
	vec_free(list);
}

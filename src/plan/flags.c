#include "plan/flags.h"

#include <endian.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "compiler/arch.h"

const char *flags_host_target(void)
{
	return BYTE_ORDER == BIG_ENDIAN ? "bpfeb" : "bpfel";
}

static bool defines_arch(const struct strv *words, const char *prefix)
{
	for (size_t i = 0; i < words->n; i++)
		if (str_starts(words->v[i], prefix))
			return true;
	return false;
}

/* The host's architecture, for bpf_tracing.h, unless the user names one. */
static void add_arch(const struct compile_options *o, struct strv *flags)
{
	const struct arch *host = arch_host();

	if (host && !defines_arch(&o->defines, "__TARGET_ARCH_") &&
	    !defines_arch(&o->cflags, "-D__TARGET_ARCH_"))
		strv_addf(flags, "-D__TARGET_ARCH_%s", host->define);
}

/* Where a native compile finds <asm/types.h>; the BPF target does not look there by itself. */
static void add_multiarch(struct strv *flags)
{
	static const char *const prefixes[] = {"/usr/local/include", "/usr/include"};
	const struct arch *host = arch_host();
	struct stat st;

	for (size_t i = 0; host && i < ARRAY_SIZE(prefixes); i++) {
		_cleanup_free_ char *dir = path_join(prefixes[i], host->multiarch);

		if (stat(dir, &st) == 0) {
			strv_add(flags, "-idirafter");
			strv_add(flags, dir);
		}
	}
}

/*
 * DWARF is kept: it must not name the folder this project happens to lie in, and with that name
 * mapped away LLVM would look in vain for the source lines that BTF keeps; -gembed-source, which
 * wants DWARF 5, carries them along. Objects without DWARF have their names mapped when they are
 * finished, which costs the compiler nothing.
 */
static void map_debug_paths(struct compile *c)
{
	strv_addf(&c->unhashed, "-ffile-prefix-map=%s=.", c->build->directory);
	strv_add(&c->flags, "-ffile-compilation-dir=.");
	strv_add(&c->flags, "-gdwarf-5");
	strv_add(&c->flags, "-gembed-source");
}

/* A word such as "@FILE", "-fplugin=FILE" or just "FILE": the result depends on that file. */
static void find_flag_files(const struct strv *cflags, struct strv *ret)
{
	for (size_t i = 0; i < cflags->n; i++) {
		const char *word = cflags->v[i];
		const char *equals = strchr(word, '=');
		const char *name = *word == '@' ? word + 1 : equals ? equals + 1 : word;

		if (*name && file_exists(name))
			strv_add(ret, name);
	}
}

/* Files included before the source; clang looks for them like "NAME" in the source's includes. */
static void find_roots(const struct strv *cflags, struct strv *ret)
{
	static const char *const options[] = {"-include", "-imacros", "--include", "--imacros"};

	for (size_t i = 0; i + 1 < cflags->n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(options); k++)
			if (str_eq(cflags->v[i], options[k]))
				strv_add(ret, cflags->v[i + 1]);
}

void flags_for(const struct compile_options *o, const char *cpu, struct compile *c)
{
	struct strv *f = &c->flags;

	strv_add(f, "-target");
	strv_add(f, flags_host_target());
	strv_add(f, "-g");
	strv_addf(f, "-O%s", o->optimize);
	strv_addf(f, "-mcpu=%s", cpu);
	add_arch(o, f);
	for (size_t i = 0; i < o->include.n; i++)
		strv_addf(f, "-I%s", o->include.v[i]);
	for (size_t i = 0; i < o->defines.n; i++)
		strv_addf(f, "-D%s", o->defines.v[i]);
	strv_add_all(f, &o->cflags);
	add_multiarch(f);
	/* __FILE__ in a header that was named with its whole path. */
	strv_addf(&c->unhashed, "-fmacro-prefix-map=%s=.", c->build->directory);
	if (c->keep_debug)
		map_debug_paths(c);
	strv_add(&c->roots, c->source);
	find_roots(&o->cflags, &c->roots);
	find_flag_files(&o->cflags, &c->flag_files);
}

void flags_add_types_dir(struct compile *c, const char *dir, bool first)
{
	char *flag = xasprintf("-I%s", dir);

	strv_take(&c->flags, flag);
	c->types_flag = first ? 0 : c->flags.n - 1;
	if (!first)
		return;
	memmove(c->flags.v + 1, c->flags.v, (c->flags.n - 1) * sizeof(c->flags.v[0]));
	c->flags.v[0] = flag;
}

void flags_add_source(struct compile *c, const char *source)
{
	if (!source || !str_ends(source, ".h"))
		return;
	strv_add(&c->flags, "-idirafter");
	strv_take(&c->flags, path_dir(source));
}

void flags_free(struct compile *c)
{
	strv_free(&c->flags);
	strv_free(&c->unhashed);
	strv_free(&c->roots);
	strv_free(&c->flag_files);
}

void flags_for_search(const struct compile *c, struct strv *ret)
{
	/* What is surely about the language or the code, not about where files are. */
	static const char *const beside[] = {"-D", "-U", "-W", "-O", "-g", "-m", "-f", "-std="};

	for (size_t i = 0; i < c->flags.n; i++) {
		const char *word = c->flags.v[i];
		bool skip = false;

		for (size_t k = 0; k < ARRAY_SIZE(beside); k++)
			skip |= str_starts(word, beside[k]);
		/* "-D NAME" in two words. */
		if (str_eq(word, "-D") || str_eq(word, "-U"))
			i++;
		/* The files of -include need not exist yet, and do not matter here. */
		if (str_eq(word, "-include") || str_eq(word, "-imacros")) {
			skip = true;
			i++;
		}
		if (!skip)
			strv_add(ret, word);
	}
}

static void describe_list(struct buf *b, const char *what, const struct strv *list)
{
	for (size_t i = 0; i < list->n; i++) {
		buf_printf(b, " %s=", what);
		buf_put_shell(b, list->v[i]);
	}
}

char *flags_describe(const struct compile_options *o)
{
	const struct arch *host = arch_host();
	struct buf b = {0};

	buf_printf(&b, "%s %s cpu=%s optimize=%s types=%s%s", flags_host_target(),
		   host ? host->define : "", o->cpu, o->optimize, o->types,
		   o->debug ? " debug" : "");
	describe_list(&b, "define", &o->defines);
	describe_list(&b, "include", &o->include);
	describe_list(&b, "cflag", &o->cflags);
	if (o->vmlinux)
		buf_printf(&b, " vmlinux=%s", o->vmlinux);
	return buf_steal(&b);
}

#include "plan/flags.h"

#include <endian.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/arch.h"

const char *flags_host_target(void)
{
	return BYTE_ORDER == BIG_ENDIAN ? "bpfeb" : "bpfel";
}

static const char *target_of(const struct flags_arch *a)
{
	if (!a->arch)
		return flags_host_target();
	return a->arch->big_endian ? "bpfeb" : "bpfel";
}

static const char *find_word(const struct strv *words, const char *prefix)
{
	for (size_t i = 0; i < words->n; i++)
		if (str_starts(words->v[i], prefix))
			return words->v[i];
	return NULL;
}

const char *flags_arch_macro(const struct compile_options *o)
{
	const char *define = find_word(&o->defines, "__TARGET_ARCH_");
	const char *flag = find_word(&o->cflags, "-D__TARGET_ARCH_");

	return define ? define : flag ? flag + strlen("-D") : NULL;
}

static void add_for_arch(struct compile_way *w, const char *prefix, const char *value)
{
	strv_addf(&w->arch.flags, "%s%s", prefix, value);
	strv_add(&w->flags, w->arch.flags.v[w->arch.flags.n - 1]);
}

/* The architecture, for bpf_tracing.h, unless the user names one; and what is for it alone. */
static void add_arch(const struct compile_options *o, const struct flags_arch *a,
		     struct compile_way *w)
{
	if (a->arch && !flags_arch_macro(o))
		add_for_arch(w, "-D__TARGET_ARCH_", a->arch->define);
	if (!a->own)
		return;
	for (size_t i = 0; i < a->own->defines.n; i++)
		add_for_arch(w, "-D", a->own->defines.v[i]);
	for (size_t i = 0; i < a->own->include.n; i++) {
		add_for_arch(w, "-I", a->own->include.v[i]);
		strv_add(&w->arch.dirs, a->own->include.v[i]);
	}
}

bool flags_find_system_dirs(const struct arch *arch, struct strv *ret)
{
	_cleanup_strv_ struct strv dirs = {0};
	struct stat st;

	if (arch)
		arch_system_dirs(arch, &dirs);
	for (size_t i = 0; i < dirs.n; i++)
		if (stat(dirs.v[i], &st) == 0)
			strv_add(ret, dirs.v[i]);
	return ret->n;
}

/* Where a native compile finds <asm/types.h>; the BPF target does not look there by itself. */
static void add_multiarch(const struct arch *whose, struct compile_way *w)
{
	flags_find_system_dirs(whose, &w->arch.system_dirs);
	w->arch.borrows = whose != w->arch.arch;
	for (size_t i = 0; i < w->arch.system_dirs.n; i++)
		add_for_arch(w, "-idirafter", w->arch.system_dirs.v[i]);
}

bool flags_want_bitcode(const struct compile_options *o)
{
	return o->link && str_eq(o->link, "lto");
}

/*
 * Debug information is kept, in the object or in bitcode: it must not name the folder this
 * project happens to lie in, and with that name mapped away LLVM would look in vain for the source
 * lines that BTF keeps; -gembed-source, which wants DWARF 5, carries them along. Objects without
 * DWARF have their names mapped when they are finished, which costs the compiler nothing.
 */
static void map_debug_paths(const char *directory, struct compile_way *w)
{
	strv_addf(&w->unhashed, "-ffile-prefix-map=%s=.", directory);
	strv_add(&w->flags, "-ffile-compilation-dir=.");
	strv_add(&w->flags, "-gdwarf-5");
	strv_add(&w->flags, "-gembed-source");
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
static void find_before(const struct strv *cflags, struct strv *ret)
{
	static const char *const options[] = {"-include", "-imacros", "--include", "--imacros"};

	for (size_t i = 0; i + 1 < cflags->n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(options); k++)
			if (str_eq(cflags->v[i], options[k]))
				strv_add(ret, cflags->v[i + 1]);
}

static void describe_list(struct buf *b, const char *what, const struct strv *list)
{
	for (size_t i = 0; i < list->n; i++) {
		buf_putc(b, ' ');
		buf_puts(b, what);
		buf_putc(b, '=');
		buf_put_shell(b, list->v[i]);
	}
}

void flags_describe_arch(const struct project_arch *a, struct buf *ret)
{
	describe_list(ret, "define", &a->defines);
	describe_list(ret, "include", &a->include);
	if (a->vmlinux)
		buf_printf(ret, " vmlinux=%s", a->vmlinux);
}

char *flags_describe(const struct compile_options *o, const struct flags_arch *a, bool neutral)
{
	const char *vmlinux = neutral ? o->vmlinux : flags_types_source(o, a);
	struct buf b = {0};

	buf_printf(&b, "%s %s cpu=%s optimize=%s types=%s%s", target_of(a),
		   neutral   ? "any"
		   : a->arch ? a->arch->define
			     : "",
		   o->cpu, o->optimize, o->types, o->debug ? " debug" : "");
	if (neutral)
		buf_puts(&b, a->all ? a->all : "");
	else if (a->own)
		flags_describe_arch(a->own, &b);
	if (flags_want_bitcode(o))
		buf_puts(&b, " link=lto");
	describe_list(&b, "define", &o->defines);
	describe_list(&b, "include", &o->include);
	describe_list(&b, "cflag", &o->cflags);
	if (vmlinux)
		buf_printf(&b, " vmlinux=%s", vmlinux);
	if (neutral)
		vec_foreach (f, &o->vmlinux_for)
			buf_printf(&b, " %s:vmlinux=%s", f->arch->name, f->path);
	return buf_steal(&b);
}

const char *flags_types_source(const struct compile_options *o, const struct flags_arch *a)
{
	vec_foreach (f, &o->vmlinux_for)
		if (f->arch == a->arch)
			return f->path;
	return a->own && a->own->vmlinux ? a->own->vmlinux : o->vmlinux;
}

/* Whether a source of types was named for this architecture, not for all. */
static bool has_types_of(const struct compile_options *o, const struct flags_arch *a)
{
	const char *source = flags_types_source(o, a);

	return source && source != o->vmlinux;
}

void flags_for(const struct compile_options *o, const struct flags_arch *a,
	       const struct arch *headers, const char *cpu, const char *directory,
	       struct compile_way *w)
{
	struct strv *f = &w->flags;

	w->options = flags_describe(o, a, false);
	w->options_neutral = flags_describe(o, a, true);
	w->keep_debug = o->debug;
	w->bitcode = flags_want_bitcode(o);
	w->arch.arch = a->arch;
	w->arch.name = a->name;
	w->arch.macros = a->macros;
	w->arch.has_types = has_types_of(o, a);
	strv_add(f, "-target");
	strv_add(f, target_of(a));
	strv_add(f, "-g");
	strv_addf(f, "-O%s", o->optimize);
	strv_addf(f, "-mcpu=%s", cpu);
	add_arch(o, a, w);
	for (size_t i = 0; i < o->include.n; i++)
		strv_addf(f, "-I%s", o->include.v[i]);
	for (size_t i = 0; i < o->defines.n; i++)
		strv_addf(f, "-D%s", o->defines.v[i]);
	strv_add_all(f, &o->cflags);
	add_multiarch(headers, w);
	/* __FILE__ in a header that was named with its whole path. */
	strv_addf(&w->unhashed, "-fmacro-prefix-map=%s=.", directory);
	if (w->bitcode)
		strv_add(f, "-emit-llvm");
	if (w->keep_debug || w->bitcode)
		map_debug_paths(directory, w);
	find_before(&o->cflags, &w->before);
	find_flag_files(&o->cflags, &w->flag_files);
}

void flags_add_types_dir(struct compile_way *w, const char *dir, bool first)
{
	char *flag = xasprintf("-I%s", dir);

	strv_take(&w->flags, flag);
	w->types_flag = first ? 0 : w->flags.n - 1;
	if (!first)
		return;
	memmove(w->flags.v + 1, w->flags.v, (w->flags.n - 1) * sizeof(w->flags.v[0]));
	w->flags.v[0] = flag;
}

void flags_add_source(struct compile_way *w, const char *source)
{
	if (!source || !str_ends(source, ".h"))
		return;
	strv_add(&w->flags, "-idirafter");
	strv_take(&w->flags, path_dir(source));
}

void flags_for_search(const struct compile_way *w, struct strv *ret)
{
	/* What is surely about the language or the code, not about where files are. */
	static const char *const beside[] = {"-D", "-U", "-W",	  "-O",	       "-g",
					     "-m", "-f", "-std=", "-emit-llvm"};

	for (size_t i = 0; i < w->flags.n; i++) {
		const char *word = w->flags.v[i];
		bool skip = false;

		for (size_t k = 0; k < ARRAY_SIZE(beside); k++)
			skip |= str_starts(word, beside[k]);
		skip |= str_starts(word, "-idirafter/") && strv_has(&w->arch.flags, word);
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

void flags_add_system_dirs(const struct compile_way *w, struct search *s)
{
	/* A folder that is there already keeps its place. */
	for (size_t i = 0; i < w->arch.system_dirs.n; i++)
		if (!strv_has(&s->dirs, w->arch.system_dirs.v[i]))
			strv_add(&s->dirs, w->arch.system_dirs.v[i]);
}

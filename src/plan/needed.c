#include "plan/needed.h"

#include <errno.h>

#include "base/message.h"
#include "base/path.h"
#include "plan/flags.h"
#include "slice/cutter.h"

/* What one look at the programs needs; nothing outlives it. */
struct look {
	struct state *state;
	struct compiler_memory memory;
	struct files *files;
	struct scanner *scanner;
	struct compiler compiler;
	struct cutter *cutter;
	struct buf index_file;
	struct index index;
};

static void look_end(struct look *l)
{
	cutter_free(l->cutter);
	scanner_free(l->scanner);
	files_free(l->files);
	compiler_free(&l->compiler);
	state_close(l->state);
	buf_free(&l->index_file);
}

static int look_begin(struct look *l, const struct needed_options *o, const char *name,
		      const struct buf *text)
{
	const char *from_env = getenv("SKEP_CLANG");
	_cleanup_free_ char *why = NULL;
	int err = state_open(NULL, false, &l->state);

	l->memory.state = l->state;
	if (err == 0)
		err = compiler_find(o->clang		    ? o->clang
				    : from_env && *from_env ? from_env
							    : NULL,
				    o->clang ? "--clang" : "$SKEP_CLANG", flags_host_target(), NULL,
				    &l->memory, &l->compiler);
	if (err < 0)
		return err;
	l->files = files_new(l->state, NULL);
	l->scanner = scanner_new(l->state, l->files);
	l->cutter = cutter_new(l->files);
	if (index_build(text->v, text->n, &l->index_file, &why) < 0)
		return message_error(-EOPNOTSUPP, "types: %s: %s; it cannot be taken apart", name,
				     why);
	return index_open(l->index_file.v, l->index_file.n, &l->index);
}

static bool is_types_header(const struct walk *w, const struct file *f)
{
	vec_foreach (t, &w->types)
		if (*t == f)
			return true;
	return false;
}

/* Adds what a program may read to files, any vmlinux.h aside, and the program's flags. */
static int add_program(struct look *l, const char *program, const struct compile_options *o,
		       const char *here, struct strv *ret_flags, file_list *files)
{
	const struct flags_arch host = {.arch = arch_host()};
	_cleanup_(compile_way_clear) struct compile_way way = {0};
	_cleanup_(search_free) struct search search = {0};
	_cleanup_walk_ struct walk w = {0};
	_cleanup_strv_ struct strv flags = {0};
	int err;

	if (!file_exists(program))
		return message_error(-ENOENT, "types: %s: no such file", program);
	flags_for(o, &host, host.arch, "v3", here, &way);
	strv_add_all(ret_flags, &way.flags);
	flags_for_search(&way, &flags);
	err = compiler_search(&l->compiler, flags_host_target(), &flags, &l->memory, &search);
	if (err < 0)
		return err;
	flags_add_system_dirs(&way, &search);
	walk_from(l->scanner, &search, program, &way.before, &w);
	if (w.computed)
		message_warning("types: %s: an include's name is computed by a macro; what that "
				"file needs is not seen",
				program);
	vec_foreach (f, &w.read) {
		bool known = is_types_header(&w, *f);

		vec_foreach (other, files)
			known |= *other == *f;
		if (!known)
			vec_push(files, *f);
	}
	return 0;
}

int needed_types(const struct strv *programs, const struct needed_options *o, const char *name,
		 const struct buf *text, struct buf *ret)
{
	_cleanup_(look_end) struct look l = {0};
	_cleanup_free_ char *here = realpath(".", NULL);
	_cleanup_strv_ struct strv flags = {0};
	struct cut cut = {.index = &l.index, .flags = &flags, .lines = CUT_LINES_NEVER};
	struct cut_result result;
	file_list files = {0};
	int err = here ? look_begin(&l, o, name, text)
		       : message_error(-errno, "types: the current directory: %s", strerror(errno));

	for (size_t i = 0; i < programs->n && err == 0; i++)
		err = add_program(&l, programs->v[i], o->compile, here, &flags, &files);
	if (err == 0) {
		cut.files = &files;
		err = cutter_cut(l.cutter, &cut, ret, &result);
	}
	vec_free(&files);
	return err;
}

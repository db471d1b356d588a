#include "run/action.h"

#include "base/path.h"

/* In an action's arguments, in place of temporary names. */
#define ACTION_SCRATCH "scratch/"
/* Between commands that run one after another. */
#define ACTION_THEN ";"

/* Appends a path whose components are names: ".." is none in a tree. */
static void put_components(struct buf *b, const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n) {
			buf_putc(b, '/');
			if (n == 2 && path[0] == '.' && path[1] == '.')
				buf_puts(b, "%2e%2e");
			else
				buf_add(b, path, n);
		}
		path += n + (path[n] == '/');
	}
}

char *action_path(const struct run_cache *c, const char *path)
{
	const char *name = *path == '/' ? "root" : "project";
	struct buf b = {0};

	vec_foreach (r, &c->roots) {
		if (!path_below(path, r->path))
			continue;
		name = r->name;
		path += strlen(r->path);
		break;
	}
	buf_puts(&b, name);
	put_components(&b, path);
	return buf_steal(&b);
}

static bool is_input(const struct work *w, const char *arg)
{
	vec_foreach (f, &w->inputs)
		if (str_eq((*f)->path, arg))
			return true;
	return false;
}

static void add_argument(const struct work *w, const struct run_cache *c, const char *arg,
			 struct strv *ret)
{
	if (*arg == *WORK_UNHASHED)
		return;
	if (str_eq(arg, WORK_OUTPUT))
		strv_add(ret, ACTION_OUTPUT);
	else if (str_starts(arg, WORK_SCRATCH))
		strv_addf(ret, ACTION_SCRATCH "%s", arg + strlen(WORK_SCRATCH));
	else if (is_input(w, arg))
		strv_take(ret, action_path(c, arg));
	else
		strv_add(ret, arg);
}

static void add_input(struct reapi_action *a, char *path, const struct digest *digest,
		      uint64_t size)
{
	vec_push(&a->inputs, ((struct reapi_input){path, {*digest, size}}));
}

struct reapi_digest action_digest(const struct step *s, const struct work *w,
				  const struct run_cache *c)
{
	_cleanup_reapi_action_ struct reapi_action a = {0};

	vec_foreach (command, &w->commands) {
		if (a.arguments.n)
			strv_add(&a.arguments, ACTION_THEN);
		for (size_t i = 0; i < command->argv.n; i++)
			add_argument(w, c, command->argv.v[i], &a.arguments);
	}
	/* Programs get what they need to run, and this: the rest has no effect on a result. */
	strv_add(&a.environment, "LC_ALL=C");
	strv_add(&a.outputs, ACTION_OUTPUT);
	strv_addf(&a.platform, "step=%s %u", s->kind->name, s->kind->revision);
	for (size_t i = 0; i < w->params.n; i++)
		strv_addf(&a.platform, "toolchain=%s", w->params.v[i]);
	strv_sort(&a.platform);
	vec_foreach (f, &w->inputs)
		add_input(&a, action_path(c, (*f)->path), &(*f)->digest, (*f)->stamp.size);
	vec_foreach (m, &w->made)
		add_input(&a, xasprintf("made/%s", m->name), &m->digest, m->size);
	return reapi_action_digest(&a, NULL, NULL);
}

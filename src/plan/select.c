#include "plan/plan.h"

#include <errno.h>

#include "base/message.h"
#include "base/path.h"

static bool means(const struct planned_target *t, const char *word)
{
	if (str_eq(word, t->target->name) || str_eq(word, t->object->output) ||
	    str_eq(word, path_base(t->object->output)))
		return true;
	if (t->skeleton &&
	    (str_eq(word, t->skeleton->output) || str_eq(word, path_base(t->skeleton->output))))
		return true;
	for (size_t i = 0; i < t->target->sources.n; i++)
		if (str_eq(word, t->target->sources.v[i]))
			return true;
	return false;
}

static const char *nearest(const struct plan *p, const char *word)
{
	struct strv names = {0};

	/* Borrowed, not copied: freed as an array only. */
	vec_foreach (t, &p->targets)
		strv_take(&names, t->target->name);
	const char *name = strv_nearest(&names, word);

	vec_free(&names);
	return name;
}

int plan_want(struct plan *p, const char *word)
{
	_cleanup_free_ char *tidy = path_tidy(xstrdup(word));
	bool found = false;
	const char *near;

	vec_foreach (t, &p->targets) {
		if (!means(t, tidy))
			continue;
		found = true;
		step_want(t->object);
		if (t->skeleton)
			step_want(t->skeleton);
	}
	if (found)
		return 0;
	near = nearest(p, word);
	return message_error(-ENOENT, "build: %s: no such target; %s%s%s", word,
			     near ? "did you mean " : "`skep build -n` shows what there is",
			     near ? near : "", near ? "?" : "");
}

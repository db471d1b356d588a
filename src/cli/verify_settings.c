#include <errno.h>

#include "base/message.h"
#include "cli/verify_parts.h"

/* What can be set, and where it is named. */
static const struct setting {
	const char *option, *key, *what;
	size_t values; /* in struct verify_values */
	size_t names;  /* in struct object_names */
	size_t pairs;  /* in struct load_object */
} settings[] = {
	{"set", "set", "global variable", offsetof(struct verify_values, globals),
	 offsetof(struct object_names, globals), offsetof(struct load_object, globals)},
	{"target", "target", "program", offsetof(struct verify_values, targets),
	 offsetof(struct object_names, programs), offsetof(struct load_object, targets)},
	{"type", "type", "program", offsetof(struct verify_values, types),
	 offsetof(struct object_names, programs), offsetof(struct load_object, types)},
	{"map-size", "map_size", "map", offsetof(struct verify_values, map_sizes),
	 offsetof(struct object_names, maps), offsetof(struct load_object, map_sizes)},
};

struct preparation {
	const struct verify_settings *settings;
	subject_list objects; /* as they were found */
	VEC(struct object_names) names;
	bool *is_wanted;   /* by target of the project */
	struct strv wrong; /* what was reported */
};

/* The objects that something is said for. */
struct scope {
	const char *where;  /* for messages: "skep.yaml: verify"; NULL: an option */
	const char *origin; /* of the targets, NULL: all */
	bool is_of_files;   /* too */
};

static const void *at(const void *p, size_t offset)
{
	return (const char *)p + offset;
}

/* Only variables have parts. */
static char *name_of(const struct setting *s, const char *pair)
{
	return xstrndup(pair, strcspn(pair, str_eq(s->key, "set") ? "=.[" : "="));
}

/* --- Names that are nowhere */

static bool is_in(const struct subject *o, const struct scope *scope)
{
	if (!o->target)
		return scope->is_of_files;
	return !scope->origin || str_eq(o->target->origin, scope->origin);
}

/* Of objects that are not looked at nothing is known. */
static bool is_whole(const struct preparation *p, const struct scope *scope)
{
	const struct project *all = &p->settings->project;

	for (size_t i = 0; i < all->n && !scope->is_of_files; i++)
		if (!p->is_wanted[i] &&
		    (!scope->origin || str_eq(all->targets[i].origin, scope->origin)))
			return false;
	return true;
}

/* Takes the message; what is said of an entry is met with each of its targets. */
static void report_once(struct preparation *p, char *message)
{
	if (!strv_has(&p->wrong, message))
		message_error(-ENOENT, "%s", message);
	strv_take(&p->wrong, message);
}

static char *place_of(const struct scope *scope, const char *option, const char *key)
{
	return scope->where ? xasprintf("%s: %s", scope->where, key) : xasprintf("--%s", option);
}

static void check_name(struct preparation *p, const struct scope *scope, const struct setting *s,
		       const char *name)
{
	_cleanup_free_ char *place = place_of(scope, s->option, s->key);
	_cleanup_strv_ struct strv known = {0};
	const char *near;

	for (size_t i = 0; i < p->objects.n; i++) {
		if (!is_in(&p->objects.v[i], scope))
			continue;
		if (strv_has(at(&p->names.v[i], s->names), name))
			return;
		strv_add_all(&known, at(&p->names.v[i], s->names));
	}
	near = strv_nearest(&known, name);
	report_once(p, xasprintf("%s: %s: no object that it is for has a %s of this name%s%s%s",
				 place, name, s->what,
				 near	   ? "; is it "
				 : known.n ? ""
					   : "; none is described there",
				 near ? near : "", near ? "?" : ""));
}

static void check_values(struct preparation *p, const struct scope *scope,
			 const struct verify_values *v)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		const struct strv *list = at(v, settings[i].values);

		for (size_t n = 0; n < list->n; n++) {
			_cleanup_free_ char *name = name_of(&settings[i], list->v[n]);

			check_name(p, scope, &settings[i], name);
		}
	}
}

static bool matches_any(const char *pattern, const char *object, const struct strv *programs)
{
	for (size_t i = 0; i < programs->n; i++)
		if (verify_pattern_matches(pattern, object, programs->v[i]))
			return true;
	return false;
}

static void check_patterns(struct preparation *p, const struct scope *scope, const char *option,
			   const char *key, const struct strv *patterns)
{
	for (size_t n = 0; n < patterns->n; n++) {
		_cleanup_free_ char *place = place_of(scope, option, key);
		bool is_met = false;

		for (size_t i = 0; i < p->objects.n && !is_met; i++) {
			const struct subject *o = &p->objects.v[i];
			_cleanup_free_ char *name = subject_short_name(o);

			is_met = is_in(o, scope) &&
				 matches_any(patterns->v[n], name, &p->names.v[i].programs);
		}
		if (!is_met)
			report_once(p, xasprintf("%s: %s: no object that it is for has such a "
						 "program",
						 place, patterns->v[n]));
	}
}

static void check_options(struct preparation *p, const struct scope *scope,
			  const struct verify_options *o)
{
	if (!is_whole(p, scope))
		return;
	check_values(p, scope, &o->values);
	check_patterns(p, scope, "optional", "optional", &o->optional);
	vec_foreach (group, &o->one_of)
		check_patterns(p, scope, "one-of", "one_of", group);
	vec_foreach (preset, &o->presets) {
		_cleanup_free_ char *where =
			xasprintf("%s: presets: %s", scope->where, preset->name);
		struct scope of_preset = *scope;

		of_preset.where = where;
		check_values(p, &of_preset, &preset->values);
	}
}

/* Whoever names a preset means one that there is. */
static void check_presets(struct preparation *p)
{
	const struct verify_settings *s = p->settings;
	_cleanup_strv_ struct strv known = {0};

	vec_foreach (preset, &s->project.verify.presets)
		strv_add(&known, preset->name);
	vec_foreach (o, &p->objects)
		for (size_t i = 0; o->target && i < o->target->verify.presets.n; i++)
			strv_add(&known, o->target->verify.presets.v[i].name);
	for (size_t i = 0; i < s->presets.n; i++) {
		const char *name = s->presets.v[i], *near = strv_nearest(&known, name);

		if (!strv_has(&known, name))
			report_once(p, xasprintf("--preset: %s: there is no such preset%s%s%s",
						 name, near ? "; is it " : "", near ? near : "",
						 near ? "?" : ""));
	}
}

static int check(struct preparation *p)
{
	const struct verify_settings *s = p->settings;
	_cleanup_free_ char *where =
		xasprintf("%s: verify", s->project.manifest ? s->project.manifest : "");

	check_options(p, &(struct scope){.is_of_files = true}, &s->command);
	check_options(p, &(struct scope){.where = where}, &s->project.verify);
	vec_foreach (o, &p->objects) {
		_cleanup_free_ char *here =
			o->target ? xasprintf("%s: verify", o->target->origin) : NULL;

		if (here)
			check_options(p, &(struct scope){here, o->target->origin, false},
				      &o->target->verify);
	}
	check_presets(p);
	return p->wrong.n ? -ENOENT : 0;
}

/* --- What is set in which object */

static void set_pair(struct load_pairs *to, const char *pair)
{
	size_t n = strcspn(pair, "=");
	const char *value = pair + n + 1;

	vec_foreach (p, to) {
		if (strlen(p->name) != n || memcmp(p->name, pair, n) != 0)
			continue;
		free(p->value);
		p->value = xstrdup(value);
		return;
	}
	vec_push(to, ((struct load_pair){xstrndup(pair, n), xstrdup(value)}));
}

/* Lays values over those before, as far as the object has what they name. True: it has any. */
static bool lay(const struct verify_values *v, const struct object_names *names,
		struct load_object *to)
{
	bool has_any = false;

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		const struct strv *list = at(v, settings[i].values);

		for (size_t n = 0; n < list->n; n++) {
			_cleanup_free_ char *name = name_of(&settings[i], list->v[n]);

			if (!strv_has(at(names, settings[i].names), name))
				continue;
			set_pair((struct load_pairs *)((char *)to + settings[i].pairs), list->v[n]);
			has_any = true;
		}
	}
	return has_any;
}

static bool lay_preset(const struct verify_options *o, const char *name,
		       const struct object_names *names, struct load_object *to)
{
	const struct verify_preset *p = name ? verify_find_preset(o, name) : NULL;

	return p && lay(&p->values, names, to);
}

static void add_choices(const struct verify_options *o, struct subject *to)
{
	strv_add_all(&to->optional, &o->optional);
	vec_foreach (group, &o->one_of) {
		struct strv copy = {0};

		strv_add_all(&copy, group);
		vec_push(&to->one_of, copy);
	}
}

/* One attempt for all programs, or those that the object's author asks for. */
static void add_tries(struct subject *s)
{
	vec_foreach (e, &s->expectations)
		vec_push(&s->object.tries, e->attempt);
	if (!s->expectations.n)
		vec_push(&s->object.tries, ((struct load_try){0}));
}

/* The object with a preset, or without any (NULL). False: the preset changes nothing of it. */
static bool make_subject(const struct preparation *p, size_t nth, const char *preset,
			 struct subject *ret)
{
	const struct verify_settings *s = p->settings;
	const struct subject *from = &p->objects.v[nth];
	const struct target *t = from->target;
	const struct object_names *names = &p->names.v[nth];
	struct subject to = {.target = t,
			     .arch = from->arch,
			     .big_endian = from->big_endian,
			     .is_borrowed = true};
	bool changes = false;

	if (t) {
		lay(&s->project.verify.values, names, &to.object);
		lay(&t->verify.values, names, &to.object);
		changes = lay_preset(&s->project.verify, preset, names, &to.object);
		changes |= lay_preset(&t->verify, preset, names, &to.object);
	}
	if (preset && !changes) {
		subject_free(&to);
		return false;
	}
	lay(&s->command.values, names, &to.object);
	if (t) {
		add_choices(&s->project.verify, &to);
		add_choices(&t->verify, &to);
	}
	add_choices(&s->command, &to);
	to.name = xstrdup(from->name);
	to.preset = preset ? xstrdup(preset) : NULL;
	to.object.data = from->object.data;
	to.expectations = from->expectations;
	add_tries(&to);
	*ret = to;
	return true;
}

/* Inner presets of an outer one's name are the same preset. */
static void add_preset_names(const struct verify_options *o, const struct strv *wanted,
			     struct strv *ret)
{
	vec_foreach (p, &o->presets)
		if (!strv_has(ret, p->name) && (!wanted->n || strv_has(wanted, p->name)))
			strv_add(ret, p->name);
}

/* The first of an object's subjects owns what they share; an object without any is dropped. */
static void make_subjects(const struct preparation *p, size_t nth, subject_list *ret)
{
	const struct verify_settings *s = p->settings;
	struct subject *from = &p->objects.v[nth], made;
	_cleanup_strv_ struct strv presets = {0};
	size_t before = ret->n;

	if (from->target) {
		add_preset_names(&s->project.verify, &s->presets, &presets);
		add_preset_names(&from->target->verify, &s->presets, &presets);
	}
	if (!s->presets.n && make_subject(p, nth, NULL, &made))
		vec_push(ret, made);
	for (size_t i = 0; i < presets.n; i++)
		if (make_subject(p, nth, presets.v[i], &made))
			vec_push(ret, made);
	if (ret->n == before)
		return;
	ret->v[before].is_borrowed = false;
	from->is_borrowed = true;
}

static int read_object(struct preparation *p, struct subject *s)
{
	struct object_names names = {0};
	const struct buf *data = &s->object.data;
	/* What is no object is for the kernels to refuse; it has no annotations either. */
	int err = object_names_read(s->name, data->v, data->n, &names);

	if (err == 0)
		err = expectations_read(s->name, data->v, data->n, &s->expectations);
	vec_push(&p->names, names);
	return err == -EINVAL ? err : 0;
}

static int prepare(struct preparation *p)
{
	int err = 0;

	vec_foreach (o, &p->objects) {
		if (o->target)
			p->is_wanted[o->target - p->settings->project.targets] = true;
		err = read_object(p, o) < 0 ? -EINVAL : err;
	}
	return err < 0 ? err : check(p);
}

int subjects_prepare(subject_list *l, const struct verify_settings *s)
{
	struct preparation p = {.settings = s, .objects = *l};
	int err;

	*l = (subject_list){0};
	p.is_wanted = xcalloc(s->project.n + 1, sizeof(*p.is_wanted));
	err = prepare(&p);
	for (size_t i = 0; i < p.objects.n && err == 0; i++)
		make_subjects(&p, i, l);
	vec_foreach (made, l)
		made->object.name = xasprintf("%zu", (size_t)(made - l->v));
	if (err == 0 && !l->n)
		err = message_error(-ENOENT, "verify: no object has anything that a preset sets");
	subjects_free(&p.objects);
	vec_foreach (n, &p.names)
		object_names_free(n);
	vec_free(&p.names);
	strv_free(&p.wrong);
	free(p.is_wanted);
	return err;
}

#include "run/cache.h"

#include <errno.h>

#include "base/message.h"
#include "run/action.h"
#include "store/codec.h"

char *cache_step_name(const struct step *s)
{
	return xasprintf("%s %s", s->kind->name, s->label);
}

int cache_read(struct store *s, const struct digest *action, struct buf *value,
	       struct action_value *ret)
{
	int err = store_get_action(s, action, value);

	return err < 0 ? err : action_value_read(value->v, value->n, ret);
}

int run_cache_blobs_of(const void *value, size_t size,
		       void (*blob)(const struct digest *digest, uint64_t size, void *arg),
		       void *arg)
{
	return action_value_blobs(value, size, blob, arg);
}

/* A terminal's colours say nothing to whoever reads it later. */
static void put_without_colour(struct buf *b, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\033");

		buf_add(b, text, n);
		text += n;
		if (text[0] == '\033' && text[1] == '[') {
			text += 2;
			text += strspn(text, "0123456789;");
		}
		text += *text != '\0';
	}
}

static void put_value(const struct job *j, const struct run_options *o,
		      const struct reapi_result *result)
{
	_cleanup_free_ char *name = cache_step_name(j->step);
	_cleanup_buf_ struct buf value = {0};

	action_value_write(result, &j->identity.parts, &value);
	if (store_put_action(o->cache->store, &j->action.hash, value.v, value.n) == 0)
		store_put_hint(o->cache->store, name, &j->action.hash);
}

/* The remote store, or NULL. */
static struct remote *remote(const struct run_options *o)
{
	struct run_cache *c = o->cache;

	if (!c->remote && c->remote_options && remote_start(c->remote_options, &c->remote) < 0)
		c->remote_options = NULL;
	return c->remote;
}

/* What is only a means to others is made more quickly than it is sent. */
static bool is_worth_sending(const struct job *j)
{
	return j->step->kind->options;
}

bool cache_ask(const struct job *j, const struct run_options *o)
{
	struct remote *r =
		o->cache->store && !o->cache->refresh && is_worth_sending(j) ? remote(o) : NULL;

	return r && remote_ask(r, &j->action.hash) == 0;
}

void cache_adopt(const struct job *j, const struct run_options *o)
{
	_cleanup_buf_ struct buf value = {0};
	struct action_value v;

	if (cache_read(o->cache->store, &j->action.hash, &value, &v) < 0)
		return;
	put_value(j, o, &v.result);
	reapi_result_free(&v.result);
}

/* Keeps what came of a job, with what was said, and offers it to the remote store. */
static void keep(const struct job *j, const struct run_options *o, struct reapi_result *result)
{
	const struct remote_options *options = o->cache->remote_options;
	_cleanup_buf_ struct buf said = {0};
	struct remote *r;

	if (j->child.said.n)
		put_without_colour(&said, j->child.said.v);
	result->said = said.v;
	result->said_size = said.n;
	put_value(j, o, result);
	r = options && options->write && is_worth_sending(j) ? remote(o) : NULL;
	if (r)
		remote_offer(r, &j->action.hash);
}

void cache_keep(const struct job *j, const struct run_options *o, const struct file *output)
{
	_cleanup_reapi_result_ struct reapi_result result = {0};

	vec_push(&result.outputs, ((struct reapi_output){ACTION_OUTPUT,
							 strlen(ACTION_OUTPUT),
							 {output->digest, output->stamp.size}}));
	if (store_put_file(o->cache->store, &output->digest, output->path) == 0)
		keep(j, o, &result);
}

void cache_keep_useless(const struct job *j, const struct run_options *o)
{
	keep(j, o, &(struct reapi_result){.exit_code = 1});
}

static enum cache_answer fetch(const struct job *j, const struct run_options *o,
			       struct buf *ret_said, struct reapi_digest *ret_output)
{
	enum cache_answer answer = CACHE_USELESS;
	_cleanup_buf_ struct buf value = {0};
	struct action_value v;

	if (cache_read(o->cache->store, &j->action.hash, &value, &v) < 0)
		return CACHE_MISS;
	if (v.result.exit_code == 0) {
		answer = CACHE_MISS;
		if (v.result.outputs.n == 1 &&
		    store_get_file(o->cache->store, &v.result.outputs.v[0].digest.hash, j->temp) ==
			    0) {
			answer = CACHE_HIT;
			*ret_output = v.result.outputs.v[0].digest;
		}
	}
	if (answer != CACHE_MISS)
		buf_add(ret_said, v.result.said ? v.result.said : "", v.result.said_size);
	reapi_result_free(&v.result);
	return answer;
}

enum cache_answer cache_fetch(const struct job *j, const struct run_options *o,
			      struct buf *ret_said, struct reapi_digest *ret_output)
{
	enum cache_answer answer;

	if (!o->cache->store || j->work.never_keep || o->cache->refresh)
		return CACHE_MISS;
	answer = fetch(j, o, ret_said, ret_output);
	store_count(o->cache->store, j->step->kind->name, answer != CACHE_MISS);
	return answer;
}

/* The nearest of the step's past that was looked at so far. */
struct nearest {
	const struct job *job;
	struct store *store;
	char *explanation;
};

static void look_at(const struct digest *action, uint64_t time, void *arg)
{
	_cleanup_buf_ struct buf value = {0};
	_cleanup_free_ char *text = NULL;
	struct nearest *n = arg;
	struct record r = {.exists = true};
	struct action_value v;

	(void)time;
	if (cache_read(n->store, action, &value, &v) < 0)
		return;
	reapi_result_free(&v.result);
	r.parts = v.parts;
	text = record_explain(&r, &n->job->identity);
	/* Fewer differences take fewer words. */
	if (!n->explanation || strlen(text) < strlen(n->explanation)) {
		free(n->explanation);
		n->explanation = steal(&text);
	}
}

char *cache_explain(const struct job *j, const struct run_options *o)
{
	_cleanup_free_ char *name = cache_step_name(j->step);
	struct nearest n = {.job = j, .store = o->cache->store};

	store_each_hint(o->cache->store, name, look_at, &n);
	return n.explanation;
}

static int add_known(struct step *s, const struct run_options *o, run_known_list *ret)
{
	_cleanup_identity_ struct identity id = {0};
	struct work w = {0};
	struct record r;
	int err;

	strv_free(&s->extra);
	r = record_read(o->state, s->output, &s->extra);
	err = s->kind->prepare(s, &w);
	err = err < 0 ? err : identity_of(o->files, s, &w, &id);
	if (err == 0 && (!r.exists || w.never_keep || !digest_eq(&r.identity, &id.digest)))
		err = message_error(-ESTALE, "export: %s: %s; build first", s->output,
				    w.never_keep ? w.never_keep : "it is not up to date");
	if (err == 0)
		vec_push(ret, ((struct run_known){
				      cache_step_name(s),
				      action_digest(s, &w, o->cache).hash,
			      }));
	work_free(&w);
	return err;
}

int run_list_known(struct graph *g, const struct run_options *o, run_known_list *ret)
{
	int err = 0;

	vec_foreach (s, &g->steps)
		if ((*s)->wanted && err == 0)
			err = add_known(*s, o, ret);
	return err;
}

void run_known_free(run_known_list *list)
{
	vec_foreach (k, list)
		free(k->name);
	vec_free(list);
}

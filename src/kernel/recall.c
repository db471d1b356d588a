#include "kernel/recall.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include <bpf/libbpf.h>

#include "base/file.h"
#include "base/path.h"
#include "store/action_value.h"
#include "store/codec.h"
#include "store/reapi.h"

/* Raised when the same object, kernel and job give another verdict. */
#define VERIFY_REVISION 1

#define OUTPUT "verdicts"
#define MAX_VERDICTS ((size_t)64 << 20) /* bytes */

void verdicts_free(verdict_list *l)
{
	vec_foreach (v, l)
		verdict_free(v);
	vec_free(l);
}

static void add_input(struct reapi_action *a, const char *path, const void *data, size_t size)
{
	vec_push(&a->inputs, ((struct reapi_input){xstrdup(path), reapi_digest_of(data, size)}));
}

/* A line of a file of the kernel's, with its name; nothing when there is none. */
static void add_setting(struct strv *list, const char *path)
{
	_cleanup_buf_ struct buf text = {0};

	if (file_read(path, 4096, &text) == 0 && text.n)
		strv_addf(list, "%s=%.*s", path, (int)strcspn(text.v, "\n"), text.v);
}

/* Modules that are loaded now, by the types they brought. */
static void add_modules(struct strv *list)
{
	_cleanup_strv_ struct strv names = {0};
	_cleanup_closedir_ DIR *dir = opendir("/sys/kernel/btf");
	struct dirent *d;

	while (dir && (d = readdir(dir)))
		if (*d->d_name != '.')
			strv_add(&names, d->d_name);
	strv_sort(&names);
	for (size_t i = 0; i < names.n; i++)
		strv_addf(list, "module=%s", names.v[i]);
}

static void add_capabilities(struct strv *list)
{
	_cleanup_buf_ struct buf status = {0};
	const char *at;

	if (file_read("/proc/self/status", 1 << 16, &status) == 0 &&
	    (at = strstr(status.v, "CapEff:")))
		strv_addf(list, "%.*s", (int)strcspn(at, "\n"), at);
}

static void add_running(struct strv *list)
{
	static const char *const settings[] = {
		"/proc/sys/kernel/random/boot_id",
		"/proc/sys/kernel/unprivileged_bpf_disabled",
		"/proc/sys/kernel/perf_event_paranoid",
		"/proc/sys/net/core/bpf_jit_enable",
		"/proc/sys/net/core/bpf_jit_harden",
		"/sys/kernel/security/lockdown",
	};

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		add_setting(list, settings[i]);
	add_modules(list);
	add_capabilities(list);
}

/* The n-th object's part of a job, without its bytes. */
static void put_way(const struct load_job *j, size_t nth, struct buf *ret)
{
	struct load_object object = j->objects.v[nth];
	struct load_job way = *j;

	object.name = (char *)"";
	object.data = (struct buf){0};
	way.objects.v = &object;
	way.objects.n = 1;
	load_job_put(&way, ret);
}

struct digest recall_key(const struct load_job *j, size_t nth, const struct kernel *k)
{
	_cleanup_reapi_action_ struct reapi_action a = {0};
	_cleanup_buf_ struct buf way = {0};

	strv_add(&a.arguments, "skep");
	strv_add(&a.arguments, "verify");
	strv_add(&a.outputs, OUTPUT);
	strv_addf(&a.platform, "verify=%d", VERIFY_REVISION);
	strv_addf(&a.platform, "libbpf=%s", libbpf_version_string());
	strv_addf(&a.platform, "kernel=%s", k->release);
	if (k->is_running)
		add_running(&a.platform);
	else
		add_input(&a, "kernel", k->digest.bytes, sizeof(k->digest.bytes));
	strv_sort(&a.platform);
	put_way(j, nth, &way);
	add_input(&a, "way", way.v, way.n);
	add_input(&a, "object", j->objects.v[nth].data.v, j->objects.v[nth].data.n);
	return reapi_action_digest(&a, NULL, NULL).hash;
}

/* One after another, each behind its size. */
static int read_verdicts(const struct buf *text, verdict_list *ret)
{
	struct reader r = {text->v, text->v + text->n, false};

	while (!r.bad && r.at < r.end) {
		uint32_t size = get_u32(&r);
		const void *at = get_bytes(&r, size);
		struct verdict v;

		if (r.bad || verdict_get(at, size, &v) < 0)
			return -EBADMSG;
		vec_push(ret, v);
	}
	return r.bad ? -EBADMSG : 0;
}

int recall_get(struct store *s, const struct digest *key, verdict_list *ret)
{
	_cleanup_buf_ struct buf value = {0}, text = {0};
	verdict_list list = {0};
	struct action_value a;
	int err = store_get_action(s, key, &value);

	err = err < 0 ? err : action_value_read(value.v, value.n, &a);
	if (err < 0)
		return -ENOENT;
	err = a.result.outputs.n != 1
		      ? -EBADMSG
		      : store_get_blob(s, &a.result.outputs.v[0].digest.hash, MAX_VERDICTS, &text);
	reapi_result_free(&a.result);
	err = err < 0 ? err : read_verdicts(&text, &list);
	if (err < 0) {
		verdicts_free(&list);
		return -ENOENT;
	}
	vec_foreach (v, &list)
		vec_push(ret, *v);
	vec_free(&list);
	return 0;
}

/* A busy machine may give another answer next time, and so may one with other rights. */
static bool is_lasting(const struct verdict *v)
{
	return v->kind == VERDICT_ACCEPTED ||
	       (v->kind == VERDICT_REJECTED && v->error != EPERM && v->error != ENOMEM &&
		v->error != EAGAIN && v->error != EINTR);
}

void recall_put(struct store *s, const struct digest *key, const verdict_list *l)
{
	_cleanup_reapi_result_ struct reapi_result result = {0};
	_cleanup_buf_ struct buf text = {0}, value = {0};
	struct reapi_digest digest;

	vec_foreach (v, l) {
		_cleanup_buf_ struct buf one = {0};

		if (!is_lasting(v))
			return;
		verdict_put(v, &one);
		put_u32(&text, (uint32_t)one.n);
		buf_add(&text, one.v, one.n);
	}
	if (text.n > MAX_VERDICTS)
		return;
	digest = reapi_digest_of(text.v ? text.v : "", text.n);
	vec_push(&result.outputs, ((struct reapi_output){OUTPUT, strlen(OUTPUT), digest}));
	action_value_write(&result, NULL, &value);
	if (store_put_blob(s, &digest.hash, text.v ? text.v : "", text.n) == 0)
		store_put_action(s, key, value.v, value.n);
}

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/message.h"
#include "base/path.h"
#include "btf/canonical_elf.h"
#include "cli/cli.h"
#include "cli/verify_parts.h"

#define MAX_OBJECT ((size_t)256 << 20) /* bytes */

void subject_free(struct subject *s)
{
	struct load_object *o = &s->object;
	struct load_pairs *const pairs[] = {&o->globals, &o->targets, &o->types, &o->map_sizes};

	free(s->name);
	free(s->preset);
	free(o->name);
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		vec_foreach (p, pairs[i]) {
			free(p->name);
			free(p->value);
		}
		vec_free(pairs[i]);
	}
	vec_free(&o->tries);
	if (!s->is_borrowed) {
		buf_free(&o->data);
		expectations_free(&s->expectations);
	}
	object_lines_free(s->lines);
	strv_free(&s->optional);
	verify_groups_free(&s->one_of);
	free(s->is_asked);
}

void subjects_free(subject_list *l)
{
	vec_foreach (s, l)
		subject_free(s);
	vec_free(l);
}

char *subject_short_name(const struct subject *s)
{
	const char *base = path_base(s->name);
	size_t n = strlen(base);

	if (s->target)
		return xstrdup(s->target->name);
	n -= str_ends(base, ".bpf.o") ? strlen(".bpf.o") : str_ends(base, ".o") ? strlen(".o") : 0;
	return xstrndup(base, n);
}

bool subject_is_for(const struct subject *s, size_t nth, const struct arch *arch)
{
	if (s->is_asked && !s->is_asked[nth])
		return false;
	return !arch || (s->arch ? s->arch == arch : s->big_endian == arch->big_endian);
}

static bool is_asked(const struct subject *s, const kernel_list *kernels)
{
	for (size_t i = 0; i < kernels->n; i++)
		if (subject_is_for(s, i, kernels->v[i].arch))
			return true;
	return false;
}

/* Such as those for another architecture. */
int subjects_check_kernels(const subject_list *l, const kernel_list *kernels)
{
	const char *first = NULL;
	size_t n = 0;

	vec_foreach (s, l) {
		if (is_asked(s, kernels))
			continue;
		first = first ? first : s->name;
		n++;
	}
	if (n && n == l->n)
		return message_error(-EINVAL,
				     "verify: %s: it is for another architecture than the kernels "
				     "that are asked; name one of its own with --kernel",
				     first);
	if (n == 1)
		message_warning("verify: %s: no kernel of its architecture is asked", first);
	else if (n)
		message_warning("verify: %s and %zu more: no kernel of their architecture is asked",
				first, n - 1);
	return 0;
}

static bool is_elf(const char *path)
{
	_cleanup_close_ int fd = file_exists(path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char magic[4];

	return fd >= 0 && read(fd, magic, sizeof(magic)) == sizeof(magic) &&
	       memcmp(magic, "\177ELF", sizeof(magic)) == 0;
}

/* Names of objects, which targets never have, or of what passes for one. */
static bool is_object_name(const char *word)
{
	return str_ends(word, ".o") && (strchr(word, '/') || file_exists(word));
}

/* Whether it is an object for BPF at all, and of which byte order. */
static int look_at(struct subject *s)
{
	const struct buf *data = &s->object.data;
	_cleanup_canonical_elf_ struct canonical_elf elf = {0};
	int err = canonical_elf_read(data->v ? data->v : "", data->n, s->name, &elf);

	if (err == 0)
		s->big_endian = data->v[EI_DATA] == ELFDATA2MSB;
	return err;
}

static int add_file(const char *path, const char *name, const struct arch *arch, subject_list *ret)
{
	struct subject s = {.name = xstrdup(name), .arch = arch};
	int err = file_read(path, MAX_OBJECT, &s.object.data);

	if (err < 0) {
		free(s.name);
		return message_error(err, "verify: %s: %s", path, strerror(-err));
	}
	err = look_at(&s);
	if (err < 0)
		subject_free(&s);
	else
		vec_push(ret, s);
	return err;
}

int subjects_of_files(const struct strv *words, subject_list *ret, struct strv *ret_targets)
{
	int err = 0;

	for (size_t i = 0; i < words->n && err == 0; i++) {
		const char *word = words->v[i];

		if (is_elf(word) || is_object_name(word) || *word == '/')
			err = add_file(word, word, NULL, ret);
		else
			strv_add(ret_targets, word);
	}
	return err;
}

static void put_arguments(const struct session_options *o, const struct strv *targets,
			  struct strv *ret)
{
	strv_add(ret, "skep build");
	session_repeat(o, ret);
	strv_add(ret, "--");
	strv_add_all(ret, targets);
	strv_take(ret, NULL);
}

/* In a process of its own, that shares neither its state nor its standard output with ours. */
static int build(const struct session_options *o, const struct strv *targets, int *ret_status)
{
	_cleanup_strv_ struct strv arguments = {0};
	pid_t pid;
	int status;

	put_arguments(o, targets, &arguments);
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return message_error(-errno, "verify: a process: %s", strerror(errno));
	if (pid == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		exit(cli_build((int)arguments.n - 1, arguments.v));
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : CLI_FAILED;
	return 0;
}

static int add_built(const struct session *s, subject_list *ret)
{
	vec_foreach (t, &s->plan.targets) {
		const char *path = t->object->output;
		/* What was built for this machine, with no word of it, may be put to all. */
		bool is_for_one = s->plan.folders.n || t->arch != arch_host();
		int err;

		if (!t->object->wanted)
			continue;
		err = add_file(path, path_relative(path, s->outdir.path),
			       is_for_one ? t->arch : NULL, ret);
		if (err < 0)
			return err;
		ret->v[ret->n - 1].target = t->target;
	}
	return 0;
}

int subjects_of_targets(const struct session_options *o, const struct strv *targets,
			subject_list *ret, struct project *ret_project, int *ret_status)
{
	struct session session = {.outdir.lock_fd = -1};
	struct session_options wanted = *o;
	int err = build(o, targets, ret_status);

	if (err < 0 || *ret_status != CLI_OK)
		return err;
	wanted.words = *targets;
	err = session_open(&session, &wanted);
	err = err < 0 ? err : add_built(&session, ret);
	*ret_project = session.project;
	session.project = (struct project){0};
	session_close(&session);
	return err;
}

/*
 * What slicing costs, without the compiler: slice_time HEADER DIR... -- FLAG... -- PROGRAM...
 *
 * Makes the header's index several times, then cuts a slice for every program, as a build does:
 * what is read once for all programs is read before the clock starts. DIRs are where includes are
 * looked for, FLAGs are the compiler's. Prints medians and the largest, in milliseconds.
 */
#include <stdio.h>
#include <time.h>

#include "scan/walk.h"
#include "slice/cutter.h"

#define ROUNDS 9

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
	return n ? v[n / 2] : 0;
}

static int fail(const char *what)
{
	fprintf(stderr, "slice_time: %s\n", what);
	return 1;
}

/* All that a program may read, less vmlinux.h. */
static void find_files(struct scanner *scanner, struct search *search, const char *program,
		       file_list *ret)
{
	_cleanup_walk_ struct walk w = {0};
	_cleanup_strv_ struct strv roots = {0};

	strv_add(&roots, program);
	walk_from(scanner, search, &roots, &w);
	vec_foreach (f, &w.read) {
		bool types = false;

		vec_foreach (t, &w.types)
			types |= *t == *f;
		if (!types)
			vec_push(ret, *f);
	}
}

int main(int argc, char **argv)
{
	struct strv flags = {0}, programs = {0}, *lists[] = {NULL, &flags, &programs};
	struct search search = {0};
	struct file_content header;
	struct state *state;
	struct index index;
	struct buf file = {0};
	size_t list = 0;
	double *took;

	lists[0] = &search.dirs;
	if (argc < 2 || file_load(argv[1], &header) < 0)
		return fail("no such header");
	for (int i = 2; i < argc; i++)
		if (str_eq(argv[i], "--"))
			list = list < 2 ? list + 1 : 2;
		else
			strv_add(lists[list], argv[i]);
	took = xcalloc(programs.n * ROUNDS + ROUNDS, sizeof(*took));
	for (size_t i = 0; i < ROUNDS; i++) {
		_cleanup_free_ char *why = NULL;
		double began = now();

		file.n = 0;
		if (index_build((const char *)header.data, header.size, &file, &why) < 0)
			return fail(why);
		took[i] = now() - began;
	}
	printf("index: median %.1f ms\n", median(took, ROUNDS));
	if (index_open(file.v, file.n, &index) < 0 || state_open(NULL, false, &state) < 0)
		return fail("the index is damaged");

	struct files *files = files_new(state, NULL);
	struct scanner *scanner = scanner_new(state, files);
	struct cutter *cutter = cutter_new(files);
	double *lines = xcalloc(programs.n + 1, sizeof(*lines));
	size_t n = 0;

	for (size_t i = 0; i < programs.n; i++) {
		file_list read = {0};
		struct cut cut = {.index = &index, .files = &read, .flags = &flags};
		struct cut_result result;

		find_files(scanner, &search, programs.v[i], &read);
		for (size_t round = 0; round <= ROUNDS; round++) {
			_cleanup_buf_ struct buf text = {0};
			double began = now();

			if (cutter_cut(cutter, &cut, &text, &result) < 0)
				return fail(programs.v[i]);
			if (round)
				took[n++] = now() - began;
		}
		lines[i] = result.n_lines;
		vec_free(&read);
	}
	double middle = median(took, n);

	printf("slice: median %.2f ms, most %.2f ms, %zu programs\n", middle, n ? took[n - 1] : 0,
	       programs.n);
	middle = median(lines, programs.n);
	printf("lines of a slice: median %.0f, most %.0f\n", middle,
	       programs.n ? lines[programs.n - 1] : 0);
	cutter_free(cutter);
	scanner_free(scanner);
	files_free(files);
	search_free(&search);
	state_close(state);
	file_content_free(&header);
	buf_free(&file);
	strv_free(&flags);
	strv_free(&programs);
	free(took);
	free(lines);
	return 0;
}

/* Kept kernels that are damaged, half done, or made by several at the same time. */
#include "kernels_room.h"

static char *kept_part(const char *part)
{
	_cleanup_kernel_ struct kernel k = {0};

	assert_int_equal(kernel_find("6.12", &k), 0);
	return path_join(k.folder, part);
}

static void flip_bit(const char *path)
{
	_cleanup_buf_ struct buf b = {0};

	assert_int_equal(file_read(path, 1 << 20, &b), 0);
	b.v[b.n / 2] ^= 1;
	assert_int_equal(file_write(path, b.v, b.n), 0);
}

static void damage_is_noticed_and_can_be_removed(void **state)
{
	_cleanup_free_ char *image = NULL, *info = NULL, *btf = NULL;
	_cleanup_kernel_ struct kernel k = {0};
	size_t n_damaged;

	(void)state;
	if (arch_host() != arch_find("x86_64"))
		skip();
	write_image("a", "6.12.9+test-amd64", "kernel_int");
	added("a", NULL, NULL);
	image = kept_part("image");
	btf = kept_part("btf");
	info = kept_part("kernel");

	flip_bit(image);
	assert_int_equal(kernel_find("6.12", &k), 0);
	assert_int_equal(kernel_check(&k), -EBADMSG);
	assert_said("skep kernel remove 6.12.9+test-amd64_x86_64");
	flip_bit(image);
	assert_int_equal(kernel_check(&k), 0);

	assert_int_equal(truncate(btf, 10), 0);
	assert_int_equal(n_kept(&n_damaged), 0);
	assert_int_equal(n_damaged, 1);
	assert_said("btf: it is damaged");
	added("a", NULL, NULL);
	assert_int_equal(unlink(image), 0);
	assert_int_equal(n_kept(&n_damaged), 0);
	assert_said("image: it is gone");
	added("a", NULL, NULL);

	flip_bit(info);
	assert_lacks("6.12", -ENOENT, "no such kernel");
	assert_int_equal(n_kept(&n_damaged), 0);
	assert_said("kernel: it is damaged");
	assert_int_equal(kernel_remove("6.12.9+test-amd64_x86_64"), 0);
	assert_int_equal(n_kept(NULL), 0);
	assert_int_equal(kernel_remove("6.12.9+test-amd64_x86_64"), -ENOENT);
}

static void any_flipped_bit_of_the_list_is_noticed(void **state)
{
	_cleanup_free_ char *info = NULL;
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	if (arch_host() != arch_find("x86_64"))
		skip();
	write_image("a", "6.12.9+test-amd64", "kernel_int");
	added("a", NULL, NULL);
	info = kept_part("kernel");
	assert_int_equal(file_read(info, 1 << 20, &b), 0);
	/* The last byte ends the last line, and says nothing. */
	for (size_t at = 0; at + 1 < b.n; at++) {
		size_t n_damaged;

		b.v[at] ^= (char)(1 << at % 8);
		assert_int_equal(file_write(info, b.v, b.n), 0);
		assert_int_equal(n_kept(&n_damaged), 0);
		assert_int_equal(n_damaged, 1);
		b.v[at] ^= (char)(1 << at % 8);
	}
	for (size_t n = 0; n + 1 < b.n; n++) {
		size_t n_damaged;

		assert_int_equal(file_write(info, b.v, n), 0);
		assert_int_equal(n_kept(&n_damaged), 0);
		assert_int_equal(n_damaged, 1);
	}
}

static void several_may_add_the_same(void **state)
{
	pid_t pids[6];

	(void)state;
	write_image("a", "6.12.9+test-amd64", "kernel_int");
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			int err = 0;

			for (int n = 0; n < 20 && !err; n++) {
				_cleanup_kernel_ struct kernel k = {0};

				err = add("a", NULL, NULL, &k);
			}
			if (err)
				dprintf(2, "# %s\n", said.v);
			_exit(err != 0);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(n_kept(NULL), 1);
	assert_finds("6.12.9+test-amd64", "6.12.9+test-amd64");
}

static void what_was_abandoned_goes_away(void **state)
{
	_cleanup_free_ char *root = kept_root(), *named = in_dir("named"), *after = NULL;
	_cleanup_buf_ struct buf name = {0};
	const char *room;
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		char *own;

		_exit(kept_make_room(root, &own) != 0 || file_write(named, own, strlen(own)) != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(file_read(named, 4096, &name), 0);
	room = name.v;
	assert_int_equal(access(room, F_OK), 0);
	assert_int_equal(n_kept(NULL), 0);
	assert_int_equal(kept_make_room(root, &after), 0);
	assert_int_equal(access(room, F_OK), -1);
	assert_int_equal(access(after, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(damage_is_noticed_and_can_be_removed),
		CASE(any_flipped_bit_of_the_list_is_noticed),
		CASE(several_may_add_the_same),
		CASE(what_was_abandoned_goes_away),
	};

	return cmocka_run_group_tests(tests, set_up_all, NULL);
}

#include "damage.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "base/str.h"
#include "random.h"

static struct strv files;

static int note_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)ftw;
	if (type == FTW_F && st->st_size > 0)
		strv_add(&files, path);
	return 0;
}

static bool flip_bit(int fd, off_t size, uint64_t *random)
{
	off_t at = (off_t)random_below(random, (uint64_t)size);
	unsigned char byte;

	if (pread(fd, &byte, 1, at) != 1)
		return false;
	byte ^= (unsigned char)(1u << random_below(random, 8));
	return pwrite(fd, &byte, 1, at) == 1;
}

bool damage_some_file(const char *path, enum damage how, uint64_t *random)
{
	_cleanup_close_ int fd = -1;
	const char *file;
	struct stat st;

	strv_free(&files);
	nftw(path, note_file, 16, FTW_PHYS);
	if (!files.n)
		return false;
	strv_sort(&files);
	file = files.v[random_below(random, files.n)];
	/* Damage minds no modes. */
	if (stat(file, &st) < 0 || chmod(file, 0600) < 0)
		return false;
	fd = open(file, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fchmod(fd, st.st_mode & 07777) < 0 || fstat(fd, &st) < 0 || !st.st_size)
		return false;
	if (how == DAMAGE_CUT)
		return ftruncate(fd, (off_t)random_below(random, (uint64_t)st.st_size)) == 0;
	return flip_bit(fd, st.st_size, random);
}

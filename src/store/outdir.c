#include "store/outdir.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>

#include "base/file.h"
#include "base/message.h"
#include "base/path.h"

/* The private folder is never deeper than .skep/units/NAME. */
#define CLEAN_DEPTH 4

static int hold(struct outdir *o, bool *ret_held)
{
	_cleanup_free_ char *name = path_join(o->dir_private, "lock");

	o->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (o->lock_fd < 0)
		return message_error(-errno, "output: %s: %s", name, strerror(errno));
	*ret_held = true;
	if (flock(o->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK) {
		message_note("another build is using %s; waiting for it", o->path);
		while (flock(o->lock_fd, LOCK_EX) < 0)
			if (errno != EINTR)
				return message_error(-errno, "output: %s: %s", name,
						     strerror(errno));
		return 0;
	}
	/* Some network file systems have no locks; one build at a time is then up to the user. */
	*ret_held = false;
	message_warning("output: %s cannot be locked (%s); run one build at a time there", o->path,
			strerror(errno));
	return 0;
}

/*
 * While we hold the directory nobody else writes there, whatever has the number of the process
 * now. Where there are no locks, that must be gone.
 */
static bool is_left_over(const char *name, bool held)
{
	pid_t pid;

	return file_is_temp_name(name, &pid) &&
	       (held || pid == getpid() || (kill(pid, 0) < 0 && errno == ESRCH));
}

/* Only the places where builds write are looked at: the directory itself and the private one. */
static void clean(int dir_fd, const char *only, int depth, bool held)
{
	_cleanup_closedir_ DIR *dir = fdopendir(dir_fd);
	struct dirent *e;

	if (!dir) {
		close(dir_fd);
		return;
	}
	while ((e = readdir(dir))) {
		if (is_left_over(e->d_name, held)) {
			unlinkat(dirfd(dir), e->d_name, 0);
		} else if (e->d_type == DT_DIR && depth && !str_eq(e->d_name, ".") &&
			   !str_eq(e->d_name, "..") && (!only || str_eq(e->d_name, only))) {
			int fd = openat(dirfd(dir), e->d_name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

			if (fd >= 0)
				clean(fd, NULL, depth - 1, held);
		}
	}
}

static int open_for_writing(struct outdir *o)
{
	int err = file_make_dirs(o->dir_private), fd;
	bool held;

	if (err < 0)
		return message_error(err, "output: %s: %s; choose another place with -o", o->path,
				     strerror(-err));
	err = hold(o, &held);
	if (err < 0)
		return err;
	fd = open(o->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		clean(fd, ".skep", CLEAN_DEPTH, held);
	return 0;
}

int outdir_open(const char *path, bool read_only, struct outdir *ret)
{
	struct outdir o = {
		.path = xstrdup(path),
		.dir_private = path_join(path, ".skep"),
		.lock_fd = -1,
	};
	_cleanup_free_ char *state = NULL;
	int err = 0;

	state = path_join(o.dir_private, "state");
	if (!read_only)
		err = open_for_writing(&o);
	err = err < 0 ? err : state_open(state, read_only, &o.state);
	if (err < 0) {
		outdir_close(&o);
		return err;
	}
	*ret = o;
	return 0;
}

void outdir_close(struct outdir *o)
{
	state_close(o->state);
	if (o->lock_fd >= 0)
		close(o->lock_fd);
	free(o->path);
	free(o->dir_private);
	*o = (struct outdir){.lock_fd = -1};
}

#include "kernel/kept.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/message.h"
#include "base/path.h"

#define INFO "kernel"
#define FORMAT "skep kernel 1"
#define INFO_MAX ((size_t)1 << 20) /* bytes */
#define MODULES "modules/"

void kernel_free(struct kernel *k)
{
	free(k->name);
	free(k->release);
	free(k->package);
	free(k->folder);
	free(k->image);
	free(k->btf);
	free(k->config);
	strv_free(&k->modules);
	*k = (struct kernel){0};
}

void kept_modules_free(kept_modules *m)
{
	vec_foreach (module, m) {
		free(module->name);
		buf_free(&module->content);
	}
	vec_free(m);
}

char *kept_root(void)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (xdg && *xdg == '/')
		return xasprintf("%s/skep/kernels", xdg);
	if (home && *home == '/')
		return xasprintf("%s/.cache/skep/kernels", home);
	message_error(-ENOENT, "kernels: there is no place to keep them: set HOME, or "
			       "XDG_CACHE_HOME to an absolute path");
	return NULL;
}

/* Folders of processes that ended before they were done. */
static void remove_abandoned(const char *root)
{
	_cleanup_closedir_ DIR *d = opendir(root);
	const struct dirent *e;
	pid_t pid;

	while (d && (e = readdir(d))) {
		_cleanup_free_ char *path = path_join(root, e->d_name);

		if (file_is_temp_name(e->d_name, &pid) && kill(pid, 0) < 0 && errno == ESRCH)
			file_remove_tree(path);
	}
}

int kept_make_room(const char *root, char **ret)
{
	_cleanup_free_ char *wanted = path_join(root, "room");
	_cleanup_free_ char *path = file_temp_name(wanted);
	int err = file_make_dirs(root);

	if (err == 0) {
		remove_abandoned(root);
		if (mkdir(path, 0777) < 0)
			err = -errno;
	}
	if (err < 0)
		return message_error(err, "kernels: %s: %s", path, strerror(-err));
	*ret = steal(&path);
	return 0;
}

/* --- writing */

static int write_part(const char *room, const char *name, const struct buf *content,
		      struct buf *info)
{
	_cleanup_free_ char *path = path_join(room, name);
	char hex[DIGEST_HEX_SIZE];
	struct digest d;
	int err;

	if (!content || !content->n)
		return 0;
	err = file_write(path, content->v, content->n);
	if (err < 0)
		return message_error(err, "kernels: %s: %s", path, strerror(-err));
	d = digest_of(content->v, content->n);
	digest_hex(&d, hex);
	buf_printf(info, "file %s %zu %s\n", hex, content->n, name);
	return 0;
}

static int write_modules(const char *room, const kept_modules *modules, struct buf *info)
{
	_cleanup_free_ char *dir = path_join(room, MODULES);
	int err = 0;

	if (!modules || !modules->n)
		return 0;
	if (mkdir(path_tidy(dir), 0777) < 0)
		return message_error(-errno, "kernels: %s: %s", dir, strerror(errno));
	vec_foreach (m, modules) {
		_cleanup_free_ char *name = xasprintf(MODULES "%s.ko", m->name);

		err = err < 0 ? err : write_part(room, name, &m->content, info);
	}
	return err;
}

static int write_parts(const char *room, const struct kept_parts *p)
{
	_cleanup_free_ char *path = path_join(room, INFO);
	_cleanup_buf_ struct buf info = {0};
	char hex[DIGEST_HEX_SIZE];
	struct digest d;
	int err;

	buf_printf(&info, FORMAT "\nname %s\nrelease %s\npackage %s\narch %s\nis-file %d\n",
		   p->name, p->release, p->package, p->arch->name, p->is_file);
	err = write_part(room, "image", p->image, &info);
	err = err < 0 ? err : write_part(room, "btf", p->btf, &info);
	err = err < 0 ? err : write_part(room, "config", p->config, &info);
	err = err < 0 ? err : write_modules(room, p->modules, &info);
	if (err < 0)
		return err;
	d = digest_of(info.v, info.n);
	digest_hex(&d, hex);
	buf_printf(&info, "end %s\n", hex);
	err = file_write(path, info.v, info.n);
	return err < 0 ? message_error(err, "kernels: %s: %s", path, strerror(-err)) : 0;
}

/* Somebody else may have put the same there meanwhile; either is right. */
static int put_in_place(const char *room, const char *place)
{
	if (rename(room, place) == 0)
		return 0;
	if ((errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) &&
	    renameat2(AT_FDCWD, room, AT_FDCWD, place, RENAME_EXCHANGE) == 0)
		return 0;
	return message_error(-errno, "kernels: %s: %s", place, strerror(errno));
}

int kept_write(const char *root, const char *folder, const struct kept_parts *p, struct kernel *ret)
{
	_cleanup_free_ char *place = path_join(root, folder), *room = NULL;
	int err = kept_make_room(root, &room);

	if (err < 0)
		return err;
	err = write_parts(room, p);
	err = err < 0 ? err : put_in_place(room, place);
	/* Ours when something failed, else what was there before. */
	file_remove_tree(room);
	err = err < 0 ? err : kept_read(root, folder, ret);
	return err == -ENOENT ? message_error(err, "kernels: %s: it is gone already", place) : err;
}

/* --- reading */

static int damaged(const struct kernel *k, const char *part, const char *why)
{
	return message_error(-EBADMSG,
			     "kernels: %s/%s: %s; `skep kernel remove %s`, then fetch or add it "
			     "again",
			     k->folder, part, why, path_base(k->folder));
}

/* Takes the first word off a line. */
static char *take_word(char **line)
{
	char *word = strsep(line, " ");

	return word ? word : (char *)"";
}

static bool is_part_name(const char *name)
{
	if (str_starts(name, MODULES))
		name += sizeof(MODULES) - 1;
	return *name && *name != '.' && !strchr(name, '/');
}

struct part {
	struct digest digest;
	unsigned long size;
	const char *name;
};

/* What stands behind "file". */
static bool parse_part(char *line, struct part *ret)
{
	const char *hex = take_word(&line), *size = take_word(&line);

	ret->name = line;
	return digest_parse(hex, &ret->digest) && str_to_ulong(size, UINT32_MAX, &ret->size) &&
	       line && is_part_name(line);
}

/* Puts the path of a part where it belongs. Negative errno after a message. */
static int note_part(struct kernel *k, char *line, struct digest_state *content)
{
	_cleanup_free_ char *path = NULL;
	struct part part;
	struct stat st;

	if (!parse_part(line, &part))
		return damaged(k, INFO, "it is damaged");
	path = path_join(k->folder, part.name);
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return damaged(k, part.name, "it is gone");
	if ((uint64_t)st.st_size != part.size)
		return damaged(k, part.name, "it is damaged: its size is not what it was");
	k->size += part.size;
	if (str_eq(part.name, "btf")) {
		k->btf = steal(&path);
	} else if (str_eq(part.name, "config")) {
		k->config = steal(&path);
	} else {
		digest_add_string(content, part.name);
		digest_add(content, part.digest.bytes, DIGEST_SIZE);
		if (str_eq(part.name, "image"))
			k->image = steal(&path);
		else
			strv_take(&k->modules, steal(&path));
	}
	return 0;
}

static int note_line(struct kernel *k, char *line, struct digest_state *content)
{
	const char *key = take_word(&line);
	char **text = str_eq(key, "name")      ? &k->name
		      : str_eq(key, "release") ? &k->release
		      : str_eq(key, "package") ? &k->package
					       : NULL;

	line = line ? line : (char *)"";
	if (text && !*text)
		*text = xstrdup(line);
	else if (str_eq(key, "arch"))
		k->arch = arch_find(line);
	else if (str_eq(key, "is-file"))
		k->is_file = str_eq(line, "1");
	else if (str_eq(key, "file"))
		return note_part(k, line, content);
	return 0;
}

/* The text up to its last line, which is its digest; cut off there. */
static bool check_end(struct buf *info)
{
	static const char mark[] = "\nend ";
	char *end = info->v ? memmem(info->v, info->n, mark, sizeof(mark) - 1) : NULL;
	struct digest said, is;

	if (!end || !digest_parse(end + sizeof(mark) - 1, &said))
		return false;
	info->n = (size_t)(end + 1 - info->v);
	is = digest_of(info->v, info->n);
	info->v[info->n] = '\0';
	return digest_eq(&said, &is) && str_starts(info->v, FORMAT "\n");
}

static int load_info(const struct kernel *k, struct buf *ret)
{
	_cleanup_free_ char *path = path_join(k->folder, INFO);
	int err = file_read(path, INFO_MAX, ret);

	if (err == -ENOENT && access(k->folder, F_OK) < 0)
		return err;
	if (err < 0)
		return damaged(k, INFO, strerror(-err));
	return check_end(ret) ? 0 : damaged(k, INFO, "it is damaged");
}

static int read_kept(struct kernel *k)
{
	_cleanup_buf_ struct buf info = {0};
	struct digest_state content;
	char *rest, *line;
	int err = load_info(k, &info);

	if (err < 0)
		return err;
	digest_begin(&content);
	rest = info.v;
	while (err == 0 && (line = strsep(&rest, "\n")))
		err = note_line(k, line, &content);
	if (err == 0 && (!k->name || !k->release || !k->package || !k->arch || !k->image))
		err = damaged(k, INFO, "it is incomplete");
	if (err == 0)
		k->digest = digest_end(&content);
	return err;
}

int kept_read(const char *root, const char *folder, struct kernel *ret)
{
	struct kernel k = {.folder = path_join(root, folder)};
	int err = read_kept(&k);

	if (err < 0) {
		kernel_free(&k);
		return err;
	}
	*ret = k;
	return 0;
}

static int check_part(const struct kernel *k, char *line)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	struct part part;
	struct digest is;

	if (!parse_part(line, &part))
		return damaged(k, INFO, "it is damaged");
	path = path_join(k->folder, part.name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || digest_of_fd(fd, &is) < 0)
		return damaged(k, part.name, strerror(errno));
	return digest_eq(&is, &part.digest) ? 0 : damaged(k, part.name, "it is damaged");
}

int kernel_check(const struct kernel *k)
{
	_cleanup_buf_ struct buf info = {0};
	char *rest, *line;
	int err;

	if (k->is_running)
		return 0;
	err = load_info(k, &info);
	if (err == -ENOENT)
		return damaged(k, INFO, "it is gone");
	rest = info.v;
	while (err == 0 && (line = strsep(&rest, "\n")))
		if (str_eq(take_word(&line), "file"))
			err = check_part(k, line);
	return err;
}

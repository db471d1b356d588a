#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"

#if defined(__x86_64__)
#include <sys/io.h>

static int open_port(const char *number, struct output *ret)
{
	*ret = (struct output){.port = (int)strtol(number, NULL, 0), .fd = -1};
	return iopl(3) < 0 ? -errno : 0;
}

static void write_port(int port, const void *data, size_t size)
{
	outsb((unsigned short)port, data, size);
}
#else
static int open_port(const char *number, struct output *ret)
{
	(void)number;
	(void)ret;
	return -EOPNOTSUPP;
}

static void write_port(int port, const void *data, size_t size)
{
	(void)port;
	(void)data;
	(void)size;
}
#endif

int output_open(const char *where, struct output *ret)
{
	static const char port[] = "port:";
	struct termios t;
	int fd;

	if (strncmp(where, port, strlen(port)) == 0)
		return open_port(where + strlen(port), ret);
	fd = open(where, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* A terminal would turn each line feed into two bytes. */
	if (tcgetattr(fd, &t) == 0) {
		cfmakeraw(&t);
		tcsetattr(fd, TCSANOW, &t);
	}
	*ret = (struct output){.port = -1, .fd = fd};
	return 0;
}

int output_write(const struct output *o, const void *data, size_t size)
{
	if (o->port < 0)
		return file_write_fd(o->fd, data, size);
	write_port(o->port, data, size);
	return 0;
}

/* Which URLs a remote may have. */
#include <ctype.h>
#include <errno.h>

#include "base/message.h"
#include "store/remote_parts.h"

#define MAX_URL 2000

/* What RFC 3986 lets stand in a path, as it is. */
static const char path_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				 "-._~!$&'()*+,;=:@/%";
static const char name_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				 "-._";
static const char ipv6_chars[] = "0123456789abcdefABCDEF:.";

static bool is_loopback(const char *host, size_t size)
{
	return (size == 9 && strncasecmp(host, "localhost", size) == 0) ||
	       (size == 5 && memcmp(host, "[::1]", size) == 0) ||
	       (size > 4 && memcmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == size);
}

/* The size of the host that text begins with; 0 when it is none. */
static size_t measure_host(const char *text)
{
	size_t n;

	if (*text != '[')
		return strspn(text, name_chars);
	n = strspn(text + 1, ipv6_chars);
	return n && text[n + 1] == ']' ? n + 2 : 0;
}

/* Whether this is ":PORT" or nothing, up to the path. */
static bool is_port(const char *text, size_t size)
{
	char digits[6] = "";
	unsigned long port;

	if (!size)
		return true;
	if (*text != ':' || size < 2 || size > 6)
		return false;
	memcpy(digits, text + 1, size - 1);
	return str_to_ulong(digits, 65535, &port) && port;
}

const char *remote_url_parse(const char *url, struct remote_url *ret)
{
	bool is_https = strncasecmp(url, "https://", 8) == 0;
	const char *host, *path;
	size_t host_size;

	if (strlen(url) > MAX_URL)
		return "the URL is too long";
	if (!is_https && strncasecmp(url, "http://", 7) != 0)
		return "the URL must begin with https:// (or http://)";
	host = url + (is_https ? 8 : 7);
	path = host + strcspn(host, "/?#\\");
	if (memchr(host, '@', (size_t)(path - host)))
		return "the URL must not have a user or password in it; they belong into ~/.netrc, "
		       "or "
		       "SKEP_REMOTE_USER and SKEP_REMOTE_PASSWORD";
	if (strpbrk(host, "?#"))
		return "the URL must not have a query or fragment (\"?\", \"#\")";
	host_size = measure_host(host);
	if (!host_size || host + host_size > path)
		return "the URL names no host that could be one";
	if (!is_port(host + host_size, (size_t)(path - host - host_size)))
		return "what follows the URL's host is no port";
	if (path[strspn(path, path_chars)])
		return "the URL's path has characters that must be written as %XX";
	if (ret)
		*ret = (struct remote_url){is_https, is_loopback(host, host_size)};
	return NULL;
}

int remote_check_url(const char *url, const char *who)
{
	const char *why = remote_url_parse(url, NULL);

	/* Without the URL: what is wrong with it may be that it tells a secret. */
	return why ? message_error(-EINVAL, "remote cache: %s: %s", who, why) : 0;
}

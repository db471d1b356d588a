#include "store/remote_easy.h"

#include <errno.h>

#include "base/message.h"
#include "version.h"

/* Bytes of headers, and of a page that explains an error, that are read at most. */
#define MAX_HEADERS (64 * 1024)
#define MAX_IGNORED (64 * 1024)

static const char *get_setting(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

/* What would end a header's line is no token. */
static const char *get_token(const struct remote_options *o)
{
	const char *token = get_setting("SKEP_REMOTE_TOKEN");

	for (const char *p = token; p && *p; p++)
		if (*p <= ' ' || *p > '~') {
			message_warning("remote cache: %s: SKEP_REMOTE_TOKEN is not used: it has "
					"characters that no token has",
					o->url);
			return NULL;
		}
	return token;
}

struct easy_options easy_options_of(const struct remote_options *o, const struct remote_url *url)
{
	/* As curl's own tool has them, after ours. */
	static const char *const authorities[] = {"SKEP_REMOTE_CA", "CURL_CA_BUNDLE",
						  "SSL_CERT_FILE"};
	struct easy_options e = {
		.is_https = url->is_https,
		.is_loopback = url->is_loopback,
		.connect_ms = o->limits.connect,
	};

	for (size_t i = 0; !e.authority && i < ARRAY_SIZE(authorities); i++)
		e.authority = get_setting(authorities[i]);
	if (!o->may_authenticate || !url->is_https)
		return e;
	e.may_use_netrc = true;
	e.netrc = get_setting("NETRC");
	e.token = get_token(o);
	e.user = get_setting("SKEP_REMOTE_USER");
	e.password = get_setting("SKEP_REMOTE_PASSWORD");
	return e;
}

static long status_of(const struct http_request *q)
{
	long status = 0;

	q->curl->easy_getinfo(q->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static size_t take_header(char *data, size_t size, size_t n, void *arg)
{
	struct http_request *q = arg;

	(void)data;
	size *= n;
	q->moved += size;
	q->n_headers += size;
	return q->n_headers <= MAX_HEADERS ? size : 0;
}

static size_t take_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_request *q = arg;

	size *= n;
	q->moved += size;
	if (q->verb == HTTP_GET && status_of(q) == 200)
		return q->take(q, data, size) ? size : 0;
	q->n_ignored += size;
	return q->n_ignored <= MAX_IGNORED ? size : 0;
}

static size_t give_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_request *q = arg;
	ssize_t given;

	do
		given = read(q->fd, data, size * n);
	while (given < 0 && errno == EINTR);
	if (given < 0)
		return CURL_READFUNC_ABORT;
	q->moved += (uint64_t)given;
	return (size_t)given;
}

/* When a connection that was kept had been closed, the body is sent once more. */
static int rewind_body(void *arg, curl_off_t offset, int origin)
{
	struct http_request *q = arg;

	return lseek(q->fd, offset, origin) < 0 ? CURL_SEEKFUNC_FAIL : CURL_SEEKFUNC_OK;
}

#define set(option, value) c->easy_setopt(e, option, value)

static void set_credentials(const struct remote_curl *c, CURL *e, const struct easy_options *o)
{
	if (o->token) {
		set(CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		set(CURLOPT_XOAUTH2_BEARER, o->token);
	} else if (o->user) {
		set(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		set(CURLOPT_USERNAME, o->user);
		set(CURLOPT_PASSWORD, o->password ? o->password : "");
	} else if (o->may_use_netrc) {
		set(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		set(CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
		if (o->netrc)
			set(CURLOPT_NETRC_FILE, o->netrc);
	}
}

static void set_trust(const struct remote_curl *c, CURL *e, const struct easy_options *o)
{
	/* An older libcurl does not know it; the URL and the missing redirects see to it as well.
	 */
	set(CURLOPT_PROTOCOLS_STR, "http,https");
	set(CURLOPT_FOLLOWLOCATION, 0L);
	set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	set(CURLOPT_SSL_VERIFYPEER, 1L);
	set(CURLOPT_SSL_VERIFYHOST, 2L);
	set(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (o->authority)
		set(CURLOPT_CAINFO, o->authority);
	if (o->is_loopback)
		set(CURLOPT_NOPROXY, "*");
}

/* To ask before sending costs a round trip, or a second where the server does not know it. */
static struct curl_slist no_expect = {(char *)"Expect:", NULL};

static void set_verb(const struct remote_curl *c, CURL *e, const struct http_request *q)
{
	switch (q->verb) {
	case HTTP_GET:
		/* Whatever libcurl can unpack. */
		set(CURLOPT_ACCEPT_ENCODING, "");
		break;
	case HTTP_HEAD:
		set(CURLOPT_NOBODY, 1L);
		break;
	case HTTP_PUT:
		set(CURLOPT_UPLOAD, 1L);
		set(CURLOPT_HTTPHEADER, &no_expect);
		set(CURLOPT_INFILESIZE_LARGE, (curl_off_t)q->size);
		break;
	}
}

CURL *easy_new(const struct remote_curl *c, const struct easy_options *o, struct http_request *q)
{
	CURL *e = c->easy_init();

	q->curl = c;
	q->error[0] = '\0';
	set(CURLOPT_URL, q->url);
	set(CURLOPT_PRIVATE, q);
	set(CURLOPT_ERRORBUFFER, q->error);
	set(CURLOPT_USERAGENT, "skep/" SKEP_VERSION);
	set(CURLOPT_NOSIGNAL, 1L);
	set(CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_ms);
	/* The name server of a network that is gone is not waited for. */
	set(CURLOPT_QUICK_EXIT, 1L);
	/* One connection for all where the server speaks HTTP/2, which it says in TLS. */
	set(CURLOPT_PIPEWAIT, (long)o->is_https);
	set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	set(CURLOPT_HEADERFUNCTION, take_header);
	set(CURLOPT_HEADERDATA, q);
	set(CURLOPT_WRITEFUNCTION, take_body);
	set(CURLOPT_WRITEDATA, q);
	set(CURLOPT_READFUNCTION, give_body);
	set(CURLOPT_READDATA, q);
	set(CURLOPT_SEEKFUNCTION, rewind_body);
	set(CURLOPT_SEEKDATA, q);
	set_verb(c, e, q);
	set_trust(c, e, o);
	set_credentials(c, e, o);
	return e;
}

struct http_request *easy_request(const struct remote_curl *c, CURL *easy)
{
	struct http_request *q = NULL;

	c->easy_getinfo(easy, CURLINFO_PRIVATE, &q);
	return q;
}

/* Answers by their status, the first line that fits; each status is below 600. */
static const struct {
	long from, to;
	enum trouble trouble;
	const char *why;
	bool is_transient;
} statuses[] = {
	{300, 399, TROUBLE_REDIRECT, "it redirects elsewhere"},
	{401, 401, TROUBLE_DENIED, "it wants credentials"},
	{403, 403, TROUBLE_DENIED, "it refuses access"},
	{407, 407, TROUBLE_DENIED, "the proxy wants credentials"},
	{413, 413, TROUBLE_FULL, "it takes nothing so large"},
	{507, 507, TROUBLE_FULL, "it is full"},
	{429, 429, TROUBLE_STATUS, "it is asked too often", true},
	{502, 504, TROUBLE_STATUS, "it cannot answer now", true},
	{0, 999, TROUBLE_STATUS, "it does not answer as a cache does"},
};

static void judge_status(const struct http_request *q, long status, struct easy_verdict *v)
{
	size_t i = 0;

	while (status < statuses[i].from || status > statuses[i].to)
		i++;
	v->trouble = statuses[i].trouble;
	v->is_transient = statuses[i].is_transient;
	/* What refuses one thing that is sent refuses the next. */
	if (q->verb == HTTP_PUT && status >= 400 && status < 500 && v->trouble != TROUBLE_FULL &&
	    !v->is_transient)
		v->trouble = TROUBLE_READ_ONLY;
	snprintf(v->why, sizeof(v->why), "%s (HTTP status %ld)", statuses[i].why, status);
}

/* libcurl's codes; what is not here is a broken transfer. */
static const struct {
	CURLcode code;
	enum trouble trouble;
	bool is_transient;
} codes[] = {
	{CURLE_COULDNT_RESOLVE_PROXY, TROUBLE_UNREACHABLE},
	{CURLE_COULDNT_RESOLVE_HOST, TROUBLE_UNREACHABLE},
	{CURLE_COULDNT_CONNECT, TROUBLE_UNREACHABLE},
	/* The only time that libcurl watches. */
	{CURLE_OPERATION_TIMEDOUT, TROUBLE_UNREACHABLE},
	{CURLE_PEER_FAILED_VERIFICATION, TROUBLE_TLS},
	{CURLE_SSL_CONNECT_ERROR, TROUBLE_TLS},
	{CURLE_SSL_CACERT_BADFILE, TROUBLE_TLS},
	{CURLE_SSL_ISSUER_ERROR, TROUBLE_TLS},
	{CURLE_SSL_CERTPROBLEM, TROUBLE_TLS},
	{CURLE_SSL_CIPHER, TROUBLE_TLS},
	{CURLE_SEND_ERROR, TROUBLE_BROKEN, true},
	{CURLE_RECV_ERROR, TROUBLE_BROKEN, true},
	{CURLE_GOT_NOTHING, TROUBLE_BROKEN, true},
	{CURLE_HTTP2, TROUBLE_BROKEN, true},
	{CURLE_HTTP2_STREAM, TROUBLE_BROKEN, true},
};

static void judge_code(const struct remote_curl *c, const struct http_request *q, CURLcode code,
		       struct easy_verdict *v)
{
	v->trouble = TROUBLE_BROKEN;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].code == code) {
			v->trouble = codes[i].trouble;
			v->is_transient = codes[i].is_transient;
		}
	/* It came, and could not be written; or could not be read to be sent. */
	v->is_ours =
		(code == CURLE_WRITE_ERROR && status_of(q) == 200 && q->n_headers <= MAX_HEADERS) ||
		code == CURLE_ABORTED_BY_CALLBACK;
	snprintf(v->why, sizeof(v->why), "%s", *q->error ? q->error : c->easy_strerror(code));
}

struct easy_verdict easy_judge(const struct remote_curl *c, const struct http_request *q,
			       CURLcode code)
{
	struct easy_verdict v = {.outcome = HTTP_FAILED};
	long status = status_of(q);

	/* A server that refuses need not listen to the end. */
	if (status == 404 || status == 410)
		v.outcome = q->verb == HTTP_PUT ? HTTP_FAILED : HTTP_ABSENT;
	else if (code == CURLE_OK && (status == 200 || (q->verb == HTTP_PUT && status / 100 == 2)))
		v.outcome = HTTP_DONE;
	if (v.outcome != HTTP_FAILED)
		return v;
	if (code == CURLE_OK || status >= 300)
		judge_status(q, status, &v);
	else
		judge_code(c, q, code, &v);
	return v;
}

void easy_count(const struct remote_curl *c, const struct http_request *q,
		struct remote_summary *summary)
{
	curl_off_t down = 0, up = 0;

	c->easy_getinfo(q->easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
	c->easy_getinfo(q->easy, CURLINFO_SIZE_UPLOAD_T, &up);
	summary->bytes_down += (uint64_t)down;
	summary->bytes_up += (uint64_t)up;
}

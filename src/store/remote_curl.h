/* libcurl, loaded when it is needed. The only place that names its functions. */
#ifndef SKEP_STORE_REMOTE_CURL_H
#define SKEP_STORE_REMOTE_CURL_H

#include <curl/curl.h>

#define REMOTE_CURL_FUNCTIONS(F) \
	F(global_init)           \
	F(easy_init)             \
	F(easy_cleanup)          \
	F(easy_setopt)           \
	F(easy_getinfo)          \
	F(easy_strerror)         \
	F(multi_init)            \
	F(multi_add_handle)      \
	F(multi_remove_handle)   \
	F(multi_perform)         \
	F(multi_info_read)       \
	F(multi_poll)            \
	F(multi_setopt)

#define REMOTE_CURL_MEMBER(name) __typeof__(curl_##name) *name;
struct remote_curl {
	REMOTE_CURL_FUNCTIONS(REMOTE_CURL_MEMBER)
};

/* NULL after a message when it cannot be loaded. url is for the message. */
const struct remote_curl *remote_curl_load(const char *url);

#endif

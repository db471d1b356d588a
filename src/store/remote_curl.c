#include "store/remote_curl.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "base/message.h"

/* The name has not changed since 2006; what is used here is there since 7.66. */
#define LIBRARY "libcurl.so.4"

struct function {
	const char *name;
	size_t offset; /* in struct remote_curl */
};

#define FUNCTION(name) {"curl_" #name, offsetof(struct remote_curl, name)},
static const struct function functions[] = {REMOTE_CURL_FUNCTIONS(FUNCTION)};

const struct remote_curl *remote_curl_load(const char *url)
{
	static struct remote_curl curl;
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL), *f;
	const char *why = library ? NULL : dlerror();

	for (size_t i = 0; !why && i < ARRAY_SIZE(functions); i++) {
		f = dlsym(library, functions[i].name);
		if (!f)
			why = functions[i].name;
		memcpy((char *)&curl + functions[i].offset, &f, sizeof(f));
	}
	if (!why && curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		why = "it cannot be initialised";
	if (!why)
		return &curl;
	message_warning("remote cache: %s: not used: it needs " LIBRARY
			" (%s); install libcurl4 (as "
			"Debian calls it)",
			url, why);
	return NULL;
}

/* Include directives in any text, and the list of files a compiler writes. */
#include <assert.h>
#include <stdint.h>

#include "scan/directives.h"
#include "steps/steps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xstrndup((const char *)data, size);
	struct directives *d = directives_scan(text, size), *again;
	_cleanup_buf_ struct buf value = {0};
	_cleanup_strv_ struct strv files = {0};

	/* What is found survives the state, and any value of the state may be decoded. */
	directives_encode(d, &value);
	again = directives_decode((struct state_value){value.v, value.n});
	assert(again && again->n == d->n);
	free(again);
	free(d);
	free(directives_decode((struct state_value){data, size}));
	depfile_parse(text, &files);
	return 0;
}

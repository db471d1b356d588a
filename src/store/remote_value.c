#include "store/remote_value.h"

#include <errno.h>

#include "store/codec.h"

int remote_value_read(const void *value, size_t size, struct remote_value *ret)
{
	struct reader r = {value, (const char *)value + size, false};
	struct remote_value v = {0};
	int err;

	v.size = get_u32(&r);
	v.message = get_bytes(&r, v.size);
	if (r.bad)
		return -EBADMSG;
	err = reapi_result_read(v.message, v.size, &v.result);
	if (!err)
		*ret = v;
	return err;
}

void remote_value_write(const struct reapi_result *result, struct buf *ret)
{
	_cleanup_buf_ struct buf message = {0};

	reapi_result_write(result, &message);
	put_u32(ret, (uint32_t)message.n);
	buf_add(ret, message.v ? message.v : "", message.n);
}

int remote_value_blobs(const void *value, size_t size,
		       void (*blob)(const struct digest *digest, uint64_t size, void *arg),
		       void *arg)
{
	struct remote_value v;
	int err = remote_value_read(value, size, &v);

	if (err < 0)
		return err;
	vec_foreach (o, &v.result.outputs)
		blob(&o->digest.hash, o->digest.size, arg);
	reapi_result_free(&v.result);
	return 0;
}

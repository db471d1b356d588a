#include "store/action_value.h"

#include <errno.h>

int action_value_read(const void *value, size_t size, struct action_value *ret)
{
	struct reader r = reader_of((struct state_value){value, size});
	struct action_value v = {.message_size = get_u32(&r)};
	int err;

	v.message = get_bytes(&r, v.message_size);
	v.parts = r;
	if (r.bad)
		return -EBADMSG;
	err = reapi_result_read(v.message, v.message_size, &v.result);
	if (!err)
		*ret = v;
	return err;
}

void action_value_write(const struct reapi_result *result, const struct buf *parts, struct buf *ret)
{
	_cleanup_buf_ struct buf message = {0};

	reapi_result_write(result, &message);
	put_u32(ret, (uint32_t)message.n);
	buf_add(ret, message.v ? message.v : "", message.n);
	if (parts && parts->n)
		buf_add(ret, parts->v, parts->n);
}

int action_value_blobs(const void *value, size_t size,
		       void (*blob)(const struct digest *digest, uint64_t size, void *arg),
		       void *arg)
{
	struct action_value v;
	int err = action_value_read(value, size, &v);

	if (err < 0)
		return err;
	vec_foreach (o, &v.result.outputs)
		blob(&o->digest.hash, o->digest.size, arg);
	reapi_result_free(&v.result);
	return 0;
}

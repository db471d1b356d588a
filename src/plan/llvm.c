/* The libLLVM that links bitcode: looked for only when something that is wanted needs it. */
#include "plan/plan.h"

#include "base/path.h"
#include "llvm/find.h"

static bool needs_llvm(const struct plan *p)
{
	vec_foreach (s, &p->ltos)
		if ((*s)->wanted)
			return true;
	return false;
}

int plan_find_llvm(struct plan *p, const struct compiler *compiler, const char *wanted)
{
	_cleanup_free_ char *path = NULL, *identity = NULL;
	int err;

	if (!needs_llvm(p))
		return 0;
	err = llvm_choose_for(path_base(compiler->path), compiler->major, wanted, &path);
	err = err < 0 ? err : llvm_identify(path, &identity);
	if (err == 0)
		p->llvm = (struct lto_llvm){steal(&path), steal(&identity)};
	return err;
}

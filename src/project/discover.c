#include "project/discover.h"

#include <errno.h>
#include <unistd.h>

#include "base/message.h"
#include "project/target.h"

#define PATTERN "**/*.bpf.c"

static int report_none(void)
{
	_cleanup_free_ char *cwd = getcwd(NULL, 0);

	return message_error(
		-ENOENT,
		"no sources: %s: nothing called *.bpf.c here or below (hidden "
		"directories and the output directory are left out); name a source so, "
		"or list others in %s",
		cwd ? cwd : ".", PROJECT_MANIFEST);
}

static int add_target(struct project *p, const char *source)
{
	_cleanup_free_ char *name = target_stem(source);
	const char *problem = target_name_problem(name);

	if (problem)
		return message_error(-EINVAL, "%s: cannot name an object '%s': %s", source, name,
				     problem);
	strv_add(&target_add(p, steal(&name), xstrdup(source))->sources, source);
	return 0;
}

int discover_targets(struct finder *f, struct project *p)
{
	_cleanup_pattern_ struct pattern pattern = {0};
	_cleanup_strv_ struct strv sources = {0};
	_cleanup_buf_ struct buf why = {0};
	const char *problem;
	int err = pattern_parse(PATTERN, &pattern, &problem);

	err = err ?: f->find(f, &pattern, &sources, &why);
	if (err)
		return message_error(err, "looking for %s: %s", PATTERN, why.n ? why.v : problem);
	if (!sources.n)
		return report_none();
	if (sources.n > TARGET_MAX)
		return message_error(-E2BIG,
				     "%zu sources found, more than %d; list those to build in %s",
				     sources.n, TARGET_MAX, PROJECT_MANIFEST);
	for (size_t i = 0; i < sources.n && !err; i++)
		err = add_target(p, sources.v[i]);
	return err;
}

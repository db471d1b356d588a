/* Types that contain themselves, or stand only for themselves. */
#ifndef SKEP_BTF_CHECK_LOOPS_H
#define SKEP_BTF_CHECK_LOOPS_H

struct btf_view;

/*
 * Follows every reference between the view's own types, whose ids are known to be in range.
 * -EBADMSG after a message where a walk would not end, or would go deeper than BTF_DEPTH_MAX.
 */
int btf_check_loops(const struct btf_view *v, const char *what);

#endif

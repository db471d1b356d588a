/* Every kind of annotation. */
#include "skep_test.h"

#define SEC(name) __attribute__((section(name), used))
#define TAG(text) __attribute__((btf_decl_tag(text)))

SEC("xdp")
__description("what is not there")
__failure __msg("R1 invalid") __not_msg("R{{[0-9]+}} is fine") __msg("{{(a|b)*c{1,3}$}}")
__success_unpriv __msg_unpriv("") __retval_unpriv(-7)
__log_level(2) __flag(BPF_F_SLEEPABLE) __flag(0x80) __arch_x86_64
int first(void *c)
{
	return 0;
}

SEC("?tc")
__success __retval(0x10) __xlated("0: w0 = 0") __xlated("...") __xlated("1: {{exit}}")
TAG("comment:test_expect_regex=R[0-9]") TAG("comment:9:test_expect_msg=later")
TAG("comment:test_caps_unpriv=12,39") TAG("comment:load_mode=jited")
TAG("comment:test_linear_size=14") TAG("comment:test_jited=0=ret")
int second(void *c)
{
	return 16;
}

SEC("tc")
__auxiliary __auxiliary_unpriv
int third(void *c)
{
	return 1;
}

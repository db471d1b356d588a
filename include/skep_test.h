/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Annotations that say what should come of loading a BPF program; `skep verify` checks them.
 *
 *	#include <skep_test.h>
 *
 *	SEC("xdp")
 *	__failure __msg("R{{[0-9]}} invalid mem access 'scalar'")
 *	int reads_anywhere(struct xdp_md *ctx)
 *	{
 *		return *(int *)7;
 *	}
 *
 * They have the names and the form (BTF declaration tags) that those of the Linux kernel's own
 * tests have, so that a source can move either way. They need clang's -g, as all types of BPF
 * programs do, and leave the program as it is.
 */
#ifndef SKEP_TEST_H
#define SKEP_TEST_H

/* A number keeps two equal texts apart and all of them in order. */
#define SKEP_TEST_STRING_(x) #x
#define SKEP_TEST_STRING(x) SKEP_TEST_STRING_(x)
#define SKEP_TEST_TAG(tag) __attribute__((btf_decl_tag("comment:test_" tag)))
#define SKEP_TEST_TEXT(tag, text) SKEP_TEST_TAG(tag "=" SKEP_TEST_STRING(__COUNTER__) "=" text)

/* The kernel accepts the program; the kernel rejects it. */
#define __success SKEP_TEST_TAG("expect_success")
#define __failure SKEP_TEST_TAG("expect_failure")

/*
 * The verifier's log has this text, behind those of the __msg before it. What is between {{ and }}
 * is a POSIX extended regular expression. The log is of level 1 for a program that should be
 * rejected and of level 2 for one that should be accepted, unless __log_level says otherwise.
 */
#define __msg(text) SKEP_TEST_TEXT("expect_msg", text)

/* The log does not have this text between what the __msg before and behind it find. */
#define __not_msg(text) SKEP_TEST_TEXT("expect_not_msg", text)

/*
 * A line of the program as the kernel has it after its verifier was done, "N: INSTRUCTION". It is
 * the line right behind that of the __xlated before, unless __xlated("...") is between them.
 */
#define __xlated(text) SKEP_TEST_TEXT("expect_xlated", text)

/*
 * A test run of the program, in a virtual machine or with --run-on-host, gives this number. With
 * POINTER_VALUE any number is fine, TEST_DATA_LEN is the size of the packet of zeros that it gets.
 */
#define __retval(number) SKEP_TEST_TAG("retval=" #number)

/*
 * The same for an attempt without CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_SYS_ADMIN, which is
 * made in virtual machines when one of these is there. What none of them says is as it is with all
 * rights: __success __retval(0) __success_unpriv expects 0 in both.
 */
#define __success_unpriv SKEP_TEST_TAG("expect_success_unpriv")
#define __failure_unpriv SKEP_TEST_TAG("expect_failure_unpriv")
#define __msg_unpriv(text) SKEP_TEST_TEXT("expect_msg_unpriv", text)
#define __not_msg_unpriv(text) SKEP_TEST_TEXT("expect_not_msg_unpriv", text)
#define __xlated_unpriv(text) SKEP_TEST_TEXT("expect_xlated_unpriv", text)
#define __retval_unpriv(number) SKEP_TEST_TAG("retval_unpriv=" #number)

/* The verifier's log level: 1 what it went through, 2 all of that, 4 figures; they can be added. */
#define __log_level(level) SKEP_TEST_TAG("log_level=" #level)

/* A flag of BPF_PROG_LOAD, by its name (BPF_F_SLEEPABLE, ...) or as a number; several are added. */
#define __flag(flag) SKEP_TEST_TAG("prog_flags=" #flag)

/* What reports call it. */
#define __description(text) SKEP_TEST_TAG("description=" text)

/* It is no test of its own but loaded along with each of the others. */
#define __auxiliary SKEP_TEST_TAG("auxiliary")
#define __auxiliary_unpriv SKEP_TEST_TAG("auxiliary_unpriv")

/* It is skipped on kernels of other architectures; several can be named. */
#define __arch(name) SKEP_TEST_TAG("arch=" name)
#define __arch_x86_64 __arch("X86_64")
#define __arch_arm64 __arch("ARM64")
#define __arch_riscv64 __arch("RISCV64")
#define __arch_s390x __arch("s390x")
#define __arch_powerpc64 __arch("POWERPC64")
#define __arch_loongarch64 __arch("LOONGARCH64")

#endif

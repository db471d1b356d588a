/*
 * The verifier's and libbpf's commonest messages, and what they mean for who wrote the program.
 * Their words are those of Linux 5.10 to 7.x (kernel/bpf/verifier.c and its neighbours) and of
 * libbpf 1.4 to 1.7.
 */
#include <regex.h>

#include "kernel/explain.h"

/* %1 and %2 stand for what the groups of the pattern matched. The first that fits counts. */
static const struct {
	const char *pattern; /* a POSIX extended regular expression */
	const char *reason;
} reasons[] = {
	/* CO-RE: libbpf puts a call to a helper that does not exist where a relocation failed. */
	{"(invalid|unknown) func unknown#195896080|<invalid CO-RE relocation>",
	 "a type, member or enumerator that the program uses does not exist on this kernel: ask "
	 "with bpf_core_field_exists() or the like before using it"},
	{"failed to resolve CO-RE relocation (.*)",
	 "this kernel has no %1: ask with bpf_core_field_exists() or the like before using it"},
	{"no matching targets found",
	 "a type or member that the program uses does not exist on this kernel"},
	/* What is not on this kernel. */
	{"failed to find kernel BTF type ID of '([^']*)'",
	 "there is no function %1 to attach to on this kernel"},
	{"extern \\(func ksym\\) '([^']*)'.*(not found|failed)",
	 "this kernel has no kfunc %1, or its module is not loaded: declare it __weak and ask with "
	 "bpf_ksym_exists()"},
	{"extern \\(var ksym\\) '([^']*)'.*not found",
	 "this kernel has no variable %1: declare it __weak and ask whether it has an address"},
	{"invalid func unknown#([0-9]+)",
	 "this kernel is older than the helper with the number %1: ask with "
	 "bpf_core_enum_value_exists(enum bpf_func_id, ...)"},
	{"calling kernel function ([^ ]+) is not allowed",
	 "the kfunc %1 is not allowed in programs of this type"},
	{"kernel function ([^ ]+) .*(not found|is not supported)",
	 "this kernel has no kfunc %1 for programs of this type"},
	{"(unknown|program of this type cannot use helper) (func )?(bpf_[a-z0-9_]+)",
	 "the helper %3 is not allowed in programs of this type on this kernel"},
	{"helper call is not allowed in probe|helper call is not allowed",
	 "this helper is not allowed in programs of this type"},
	{"cannot call GPL-restricted function|cannot call GPL only function",
	 "the helper may only be called by programs under the GPL: "
	 "char LICENSE[] SEC(\"license\") = \"GPL\""},
	{"number of funcs in func_info doesn't match number of subprogs",
	 "this kernel knows no functions that helpers call, as bpf_loop() and "
	 "bpf_for_each_map_elem() want them: those came with 5.13"},
	{"attach_btf_id [0-9]+ is not a function|not a function to attach|"
	 "FENTRY/FEXIT program can only be attached to another program annotated with BTF",
	 "what the program is to attach to is no function that it can attach to"},
	{"([a-zA-Z0-9_]+)\\(\\) is not modifiable",
	 "%1() may not be changed: fmod_ret needs a security hook or an error-injectable function"},
	{"JIT does not support calling kernel function|JIT doesn't support|"
	 "does not support bpf trampoline",
	 "this kernel's JIT cannot do that on this architecture"},
	/* Memory. */
	{"(R[0-9]+) invalid mem access '[a-z_]*_or_null'",
	 "the pointer in %1 may be NULL: compare it with NULL before it is used"},
	{"(R[0-9]+) invalid mem access '(scalar|inv)'",
	 "a number in %1 is used as a pointer: kernel memory is read with bpf_probe_read_kernel() "
	 "or "
	 "BPF_CORE_READ()"},
	{"(R[0-9]+) (pointer|type).*_or_null|possibly NULL pointer passed",
	 "a pointer that may be NULL is handed on: compare it with NULL first"},
	{"(R[0-9]+) unbounded memory access",
	 "the verifier knows no upper bound of %1: compare it with one, or mask it, before it is "
	 "used as an index or a size"},
	{"(R[0-9]+) (min value is negative|unbounded min value|is ptr.*min value)",
	 "%1 may be negative where it is used as an index or a size: make it unsigned or compare "
	 "it "
	 "with 0"},
	{"(R[0-9]+) (max value is outside|min value is outside|value is outside)",
	 "%1 may lead outside of what it indexes: compare it with the bound first"},
	{"invalid access to map value, value_size=([0-9]+) off=(-?[0-9]+)",
	 "the access at offset %2 is outside of the map's value, which has %1 bytes: compare the "
	 "index "
	 "with its bound first"},
	{"invalid access to packet",
	 "the packet may be shorter: compare the end of what is read with data_end first"},
	{"invalid access to memory, mem_size=([0-9]+) off=(-?[0-9]+)",
	 "the access at offset %2 is outside of the memory, which has %1 bytes"},
	{"invalid bpf_context access off=([0-9]+)",
	 "programs of this type may not use the context at offset %1 in this way"},
	{"dereference of modified ctx ptr",
	 "the context's members are to be read at fixed offsets from the context itself"},
	{"(invalid (indirect )?(read|access|read from|access to) (from )?stack|"
	 "invalid (read|write) (from|to) stack)",
	 "memory on the stack is read before it was written, or outside of its bounds"},
	{"combined stack size of [0-9]+ calls is ([0-9]+)|stack depth ([0-9]+)|"
	 "BPF stack limit of 512",
	 "the functions on the way there need more than 512 bytes of stack together: use a "
	 "per-CPU map for large variables"},
	{"(R[0-9]+) !read_ok",
	 "%1 holds nothing there: a variable is used, or a result returned, that was never set"},
	{"write into map forbidden|cannot write into rdonly|(R[0-9]+) cannot write into",
	 "this memory may only be read"},
	{"access beyond struct|only read is supported|access beyond the end",
	 "the access is outside of the kernel's struct, or writes to it"},
	{"(R[0-9]+) type=([a-z_]+) expected=(.*)",
	 "the argument in %1 is not what the function takes there: %2 instead of %3"},
	/* Too much. */
	{"BPF program is too large|The sequence of [0-9]+ jumps is too complex|too many "
	 "instructions",
	 "the verifier gave up: too many ways lead through the program; shorten loops, or use "
	 "bpf_loop(), or check fewer cases"},
	{"infinite loop detected|back-edge from insn",
	 "the loop may never end, or kernels before 5.3: give it a bound that the verifier can "
	 "see, or "
	 "use bpf_loop()"},
	{"Argument list too long|argument list too long", "the program has too many instructions"},
	/* Of the whole object. */
	{"legacy map definitions in 'maps' section",
	 "libbpf knows maps in section .maps only, as BTF describes them; aya writes those that "
	 "its own "
	 "loader reads"},
	/* Nothing but an error. */
	{"^EPERM ", "the kernel forbids it and does not say why: a capability is missing, or a "
		    "security module "
		    "or lockdown is in the way"},
	{"^EINVAL ",
	 "this kernel does not know the program's type, what it attaches to, or one of its flags"},
	{"^ENOTSUPP|^error 524", "this kernel or its JIT does not support that"},
	{"^(ENOENT|ESRCH) ", "what the program attaches to is not on this kernel"},
	{"^(E2BIG|ENOSPC) ", "the program is too large"},
	{"^ENOMEM ", "the kernel had no memory left for it"},
	/* What was begun must be ended. */
	{"Unreleased reference id=([0-9]+)", "something that was acquired (a socket, a task, "
					     "memory of a ring buffer) is not released on "
					     "every way out"},
	{"function calls are not allowed while holding a lock|bpf_spin_lock is missing|"
	 "lock held|unlock",
	 "a lock is held where it must not be, or not held where it must be"},
	{"(At program exit the register R0 .*|In program exit.*)",
	 "programs of this type may only return certain values"},
	{"last insn is not an exit|jump out of range|unreachable insn|fell through|"
	 "control flow.*fall",
	 "some way through the program does not end in a return: a function that never returns, or "
	 "code after undefined behaviour that the compiler removed"},
	{"arg#([0-9]+) .*(expected|pointer|must)",
	 "argument %1 of a function is not what the verifier can check"},
	{"sleepable|may sleep", "what may sleep is called where nothing may, or a program that may "
				"sleep is of a type that "
				"may not"},
	{"tail_calls are not allowed|mix of tail calls|tail_call",
	 "tail calls are not allowed there"},
};

/* Writes reason with what the groups matched. */
static char *fill_in(const char *reason, const char *message, const regmatch_t *groups, size_t n)
{
	struct buf b = {0};

	for (const char *p = reason; *p; p++) {
		size_t group = p[0] == '%' && p[1] >= '1' && p[1] <= '9' ? (size_t)(p[1] - '0') : n;

		if (group >= n) {
			buf_putc(&b, *p);
			continue;
		}
		if (groups[group].rm_so >= 0)
			buf_add(&b, message + groups[group].rm_so,
				(size_t)(groups[group].rm_eo - groups[group].rm_so));
		p++;
	}
	return buf_steal(&b);
}

char *reason_of(const char *message)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		regmatch_t groups[4];
		char *reason = NULL;
		regex_t pattern;

		if (regcomp(&pattern, reasons[i].pattern, REG_EXTENDED) != 0)
			continue;
		if (regexec(&pattern, message, ARRAY_SIZE(groups), groups, 0) == 0)
			reason = fill_in(reasons[i].reason, message, groups, ARRAY_SIZE(groups));
		regfree(&pattern);
		if (reason)
			return reason;
	}
	return NULL;
}

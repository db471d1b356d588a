#include <errno.h>

#include "base/message.h"
#include "llvm/link_parts.h"

char link_byte_order(const char *triple)
{
	if (!str_starts(triple, "bpf"))
		return '\0';
	if (str_starts(triple, "bpfel"))
		return 'l';
	if (str_starts(triple, "bpfeb"))
		return 'b';
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 'l' : 'b';
}

/* The target of the first module that has one of BPF; they must agree in their byte order. */
int link_choose_target(struct link *l)
{
	const char *first = NULL, *first_name = NULL;

	if (l->o->target) {
		l->triple = xstrdup(l->o->target);
		return 0;
	}
	for (size_t i = 0; i < l->modules.n; i++) {
		const char *triple = l->modules.v[i] ? llvm.GetTarget(l->modules.v[i]) : "";
		char order = link_byte_order(triple);

		if (!order)
			continue;
		if (first && link_byte_order(first) != order)
			return message_error(
				-EINVAL,
				"link: %s is for %s and %s for %s, the other byte order; "
				"--target decides",
				first_name, first, l->in.modules.v[i].name, triple);
		if (!first) {
			first = triple;
			first_name = l->in.modules.v[i].name;
		}
	}
	if (!first)
		link_log(l, LINK_LOG_INFO, "no input is for BPF: the target is bpf");
	l->triple = xstrdup(first ?: "bpf");
	return 0;
}

int link_make_machine(struct link *l)
{
	LLVMTargetRef target;
	char *why = NULL;

	llvm.InitializeBPFTargetInfo();
	llvm.InitializeBPFTarget();
	llvm.InitializeBPFTargetMC();
	llvm.InitializeBPFAsmPrinter();
	llvm.InitializeBPFAsmParser();
	if (llvm.GetTargetFromTriple(l->triple, &target, &why))
		return message_error(-EINVAL, "link: %s: not a target for BPF: %s", l->triple,
				     why ? why : "LLVM does not know it");
	link_log(l, LINK_LOG_DEBUG, "target: %s, cpu: %s, features: %s", l->triple, l->o->cpu,
		 l->o->features);
	l->machine = llvm.CreateTargetMachine(target, l->triple, l->o->cpu ?: "generic",
					      l->o->features ?: "", CODEGEN_LEVEL_AGGRESSIVE, 0, 0);
	if (!l->machine)
		return message_error(-EINVAL, "link: %s: LLVM has no machine for it", l->triple);
	l->layout = llvm.CreateTargetDataLayout(l->machine);
	return 0;
}

; Assembly of a module is taken once, also when the module is linked twice, and the stack probe of
; older versions of rustc, which is for another machine, is not.
; RUN: split-file %s %t
; RUN: skep link %t/b.ll %t/a.ll %t/probe.ll --export entry --emit asm -o %t/out.s
; RUN: FileCheck %s --input-file %t/out.s
; RUN: same-as-whole %t/b.ll %t/a.ll %t/probe.ll --export entry

; CHECK-NOT: __rust_probestack
; CHECK: from_assembly:
; CHECK-NOT: from_assembly:
; CHECK: entry:

;--- a.ll
target triple = "bpf"
declare i64 @in_b()
define i64 @entry() section "xdp" {
  %1 = call i64 @in_b()
  ret i64 %1
}
;--- b.ll
target triple = "bpf"
module asm ".section .rodata.asm,\22a\22"
module asm "from_assembly:"
module asm ".long 7"
@state = internal global i64 0
define i64 @in_b() noinline {
  %1 = load volatile i64, ptr @state
  ret i64 %1
}
;--- probe.ll
target triple = "bpf"
module asm ".globl __rust_probestack"
module asm "__rust_probestack: pushq %rbp"

; An export that nobody defines is a warning with what was meant; a name that stays undefined is one
; with who refers to it, unless the loader resolves it.
; RUN: skep link %s --export entyr --export entry -o %t/out.o 2>&1 | FileCheck %s
; RUN: skep link %s --export entry --log-level error -o %t/out.o 2>&1 | count 0

; CHECK-DAG: warning: link: entyr: to be exported, but no input defines it; did you mean entry?
; CHECK-DAG: warning: link: nowhere is not defined; entry refers to it (declared in {{.*}}names.ll)
; CHECK-NOT: bpf_kernel_function
; CHECK-NOT: optional
target triple = "bpf"
declare i64 @nowhere()
declare i64 @bpf_kernel_function() section ".ksyms"
declare extern_weak i64 @optional()
define i64 @entry() section "xdp" {
  %1 = call i64 @nowhere()
  %2 = call i64 @bpf_kernel_function()
  %3 = call i64 @optional()
  %4 = add i64 %1, %2
  %5 = add i64 %4, %3
  ret i64 %5
}

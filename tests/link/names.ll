; An export that nobody defines is a warning with what was meant. A name that stays undefined is an
; error with who refers to it, unless the kernel defines it or it may be absent; and no more than a
; warning when something is made that is linked further.
; RUN: not skep link %s --export entyr --export entry -o %t/out.o 2>&1 | FileCheck %s
; RUN: test ! -e %t/out.o
; RUN: skep link %s --export entry --allow-undefined -o %t/out.o 2>&1 | FileCheck %s --check-prefix WARN
; RUN: llvm-readelf -sW %t/out.o | FileCheck %s --check-prefix SYMBOLS
; RUN: skep link %s --export entry --emit llvm-bc -o %t/out.bc 2>&1 | FileCheck %s --check-prefix WARN
; RUN: skep link %s --export entry --emit asm --log-level error -o %t/out.s 2>&1 | count 0
; RUN: printf 'define i64 @nowhere() {\nret i64 1\n}\n@missing = global i64 1\n@map = global i64 1, section ".maps"' >%t/rest.ll
; RUN: skep link %t/out.bc %t/rest.ll --export entry -o %t/out.o 2>&1 | count 0

; CHECK-DAG: warning: link: entyr: to be exported, but no input defines it; did you mean entry?
; CHECK-DAG: skep: link: nowhere is not defined; entry refers to it (declared in {{.*}}names.ll)
; CHECK-DAG: skep: link: missing is not defined; entry refers to it (declared in {{.*}}names.ll); did you mean messing?
; CHECK-DAG: skep: link: map is not defined; list refers to it
; CHECK-NOT: bpf_kernel_function
; CHECK-NOT: optional
; CHECK-NOT: unneeded
; CHECK: --allow-undefined
; WARN-DAG: warning: link: nowhere is not defined; entry refers to it
; WARN-DAG: warning: link: missing is not defined
; WARN-NOT: --allow-undefined
; SYMBOLS-DAG: GLOBAL DEFAULT UND nowhere
; SYMBOLS-DAG: WEAK DEFAULT UND optional
target triple = "bpf"
declare i64 @nowhere()
declare i64 @bpf_kernel_function() section ".ksyms"
declare extern_weak i64 @optional()
@missing = external global i64
@messing = global i64 1
@map = external global i64, section ".maps"
@list = internal global [1 x ptr] [ptr @map], section ".data.list"
@llvm.used = appending global [2 x ptr] [ptr @list, ptr @messing], section "llvm.metadata"
declare i64 @unneeded_too()
define internal i64 @unneeded() {
  %1 = call i64 @unneeded_too()
  ret i64 %1
}
define i64 @entry() section "xdp" {
  %1 = call i64 @nowhere()
  %2 = call i64 @bpf_kernel_function()
  %3 = call i64 @optional()
  %4 = add i64 %1, %2
  %5 = add i64 %4, %3
  %6 = load volatile i64, ptr @missing
  %7 = add i64 %5, %6
  ret i64 %7
}

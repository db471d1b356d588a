; What is passed on to LLVM, once or several times, by commas or not.
; RUN: skep link %s --export entry --emit asm -o %t/plain.s
; RUN: FileCheck %s --check-prefix INLINED --input-file %t/plain.s
; RUN: skep link %s --export entry --emit asm --llvm-args=--verify-dom-info,--inline-threshold=-10000 -o %t/one.s
; RUN: FileCheck %s --check-prefix CALLED --input-file %t/one.s
; RUN: skep link %s --export entry --emit asm --llvm-args --inline-threshold=-10000 --llvm-args=--verify-dom-info -o %t/two.s
; RUN: cmp %t/one.s %t/two.s
; RUN: skep link %s --export entry --llvm-args=--inline-threshold=-10000 --log-level debug -o %t/out.o 2>&1 | FileCheck %s --check-prefix LOG

; INLINED-NOT: call small
; INLINED: entry:
; INLINED-NOT: call small
; CALLED: entry:
; CALLED: call small
; CALLED: call small
; LOG: debug: LLVM option: --inline-threshold=-10000
target triple = "bpf"
@out = internal global i64 0
define internal i64 @small(i64 %x) {
  store volatile i64 %x, ptr @out
  %1 = load volatile i64, ptr @out
  %2 = mul i64 %1, %x
  store volatile i64 %2, ptr @out
  ret i64 %2
}
define i64 @entry(i64 %x) section "xdp" {
  %1 = call i64 @small(i64 %x)
  %2 = call i64 @small(i64 %1)
  ret i64 %2
}

; The code generator may call memcpy: all is well when the program has it, a warning when not.
; RUN: split-file %s %t
; RUN: skep link %t/a.ll %t/memcpy.ll --export entry -o %t/out.o 2>&1 | count 0
; RUN: llvm-objdump -dr %t/out.o | FileCheck %s --check-prefix CODE
; RUN: skep link %t/a.ll --export entry -o %t/out.o 2>&1 | FileCheck %s

; CODE: call
; CODE-NEXT: memcpy
; CHECK: skep: warning: link: LLVM: {{.*}}'memcpy' is not supported

;--- a.ll
target triple = "bpf"
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
define i64 @entry(ptr %x, ptr %y, i64 %n) section "xdp" {
  call void @llvm.memcpy.p0.p0.i64(ptr %x, ptr %y, i64 %n, i1 false)
  ret i64 1
}
;--- memcpy.ll
target triple = "bpf"
define weak hidden ptr @memcpy(ptr %d, ptr %s, i64 %n) noinline {
  %1 = load volatile i8, ptr %s
  store volatile i8 %1, ptr %d
  ret ptr %d
}

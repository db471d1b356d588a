; What assembly of a module defines is defined; what it only mentions is not.
; RUN: split-file %s %t
; RUN: skep link %t/a.ll %t/asm.ll --export entry -o %t/out.o 2>&1 | count 0
; RUN: llvm-readelf -sW %t/out.o | FileCheck %s
; RUN: skep link %t/a.ll %t/asm.ll --export entry --link-all -o %t/out.o 2>&1 | count 0
; RUN: not skep link %t/a.ll %t/mention.ll --export entry -o %t/none.o 2>&1 | FileCheck %s --check-prefix ERROR

; CHECK-NOT: UND {{[a-z]}}
; CHECK: GLOBAL {{.*}} in_asm
; ERROR: in_asm is not defined; entry refers to it

;--- a.ll
target triple = "bpf"
declare i64 @in_asm(i64)
define i64 @entry(i64 %x) section "xdp" {
  %1 = call i64 @in_asm(i64 %x)
  ret i64 %1
}
;--- asm.ll
target triple = "bpf"
module asm ".text"
module asm ".globl in_asm"
module asm "in_asm:"
module asm "r0 = 3"
module asm "exit"
;--- mention.ll
target triple = "bpf"
module asm ".text"
module asm "not_in_asm: call in_asm"
module asm "in_asm_not: exit"

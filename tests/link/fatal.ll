; Where LLVM gives up and would end the process, the user gets its reason, the output that was there
; before stays, and what LLVM was given is kept for those who ask.
; RUN: echo before > %t/out.o
; RUN: not skep link %s --export entry -o %t/out.o 2>&1 | FileCheck %s
; RUN: grep before %t/out.o
; RUN: test ! -e %t/out.o.crash.ll
; RUN: not skep link %s --export entry --keep-ir-on-crash -o %t/out.o 2>&1 | FileCheck %s
; RUN: grep 'define .*@entry' %t/out.o.crash.ll

; CHECK: skep: link: LLVM: {{.*}}egister
target triple = "bpf"
declare i64 @llvm.read_register.i64(metadata)
define i64 @entry() section "xdp" {
  %1 = call i64 @llvm.read_register.i64(metadata !0)
  ret i64 %1
}
!0 = !{!"nonsense"}

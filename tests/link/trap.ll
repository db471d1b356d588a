; LLVM makes calls of a kernel function where the program cannot get, since 21; not unless asked for.
; RUN: skep link %s --export entry --emit asm -o %t/plain.s
; RUN: FileCheck %s --input-file %t/plain.s
; RUN: skep link %s --export entry --emit asm --allow-bpf-trap -o %t/trap.s
; RUN: FileCheck %s --check-prefixes TRAP-%llvm --input-file %t/trap.s

; CHECK-NOT: __bpf_trap
; CHECK: entry:
; CHECK-NOT: __bpf_trap
; TRAP-19: entry:
; TRAP-20: entry:
; TRAP-21: call __bpf_trap
; TRAP-22: call __bpf_trap
target triple = "bpf"
define i64 @entry(i64 %x) section "xdp" {
  %1 = icmp eq i64 %x, 0
  br i1 %1, label %never, label %end
never:
  call void asm sideeffect "r0 = 7", ""()
  unreachable
end:
  ret i64 %x
}

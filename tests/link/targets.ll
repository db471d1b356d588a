; The target is that of the inputs, which must agree in their byte order, or what was asked for.
; RUN: split-file %s %t
; RUN: skep link %t/little.ll --export entry -o %t/out.o
; RUN: llvm-readelf -h %t/out.o | FileCheck %s --check-prefix LITTLE
; RUN: skep link %t/big.ll --export entry -o %t/out.o
; RUN: llvm-readelf -h %t/out.o | FileCheck %s --check-prefix BIG
; RUN: skep link %t/host.ll --export entry_of_host --emit llvm-ir -o %t/out.ll
; RUN: FileCheck %s --check-prefix HOST --input-file %t/out.ll
; RUN: skep link %t/little.ll %t/plain.ll --export entry,other -o %t/out.o
; RUN: not skep link %t/little.ll %t/big.ll -o %t/out.o 2>&1 | FileCheck %s --check-prefix BOTH
; RUN: skep link %t/little.ll %t/host.ll --target bpfeb -o %t/out.o 2>&1 | count 0
; RUN: llvm-readelf -h %t/out.o | FileCheck %s --check-prefix BIG
; RUN: not skep link %t/little.ll --target mips -o %t/out.o 2>&1 | FileCheck %s --check-prefix OTHER

; LITTLE: little endian
; BIG: big endian
; HOST: target triple = "bpf"
; BOTH: link: {{.*}}little.ll is for bpfel-unknown-none and {{.*}}big.ll for bpfeb
; OTHER: link: mips: not a target for BPF

;--- little.ll
target triple = "bpfel-unknown-none"
define i64 @entry() section "xdp" {
  ret i64 1
}
;--- plain.ll
target triple = "bpf"
define i64 @other() section "xdp" {
  ret i64 1
}
;--- big.ll
target triple = "bpfeb"
define i64 @entry() section "xdp" {
  ret i64 1
}
;--- host.ll
target triple = "x86_64-unknown-linux-gnu"
define i64 @entry_of_host() section "xdp" {
  ret i64 1
}

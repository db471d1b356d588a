; What hides a name most counts, wherever it is said.
; RUN: split-file %s %t
; RUN: skep link %t/a.ll %t/b.ll --export entry --export memset -o %t/out.o
; RUN: llvm-readelf -sW %t/out.o | FileCheck %s
; RUN: same-as-whole %t/a.ll %t/b.ll --export entry
; RUN: same-as-whole %t/b.ll %t/a.ll --export entry

; CHECK: GLOBAL HIDDEN {{.*}} memset

;--- a.ll
target triple = "bpf"
define weak hidden ptr @memset(ptr %d, i32 %c, i64 %n) noinline {
  ret ptr null
}
;--- b.ll
target triple = "bpf"
define ptr @memset(ptr %d, i32 %c, i64 %n) noinline {
  ret ptr %d
}
define i64 @entry(ptr %x) section "xdp" {
  %1 = call ptr @memset(ptr %x, i32 1, i64 4)
  %2 = ptrtoint ptr %1 to i64
  ret i64 %2
}

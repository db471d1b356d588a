; Two strong definitions of a name are an error that names both, needed or not.
; RUN: split-file %s %t
; RUN: not skep link %t/a.ll %t/b.ll --export entry -o %t/out.o 2>&1 | FileCheck %s
; RUN: not skep link %t/a.ll %t/b.ll --export entry --link-all -o %t/out.o 2>&1 | FileCheck %s
; RUN: test ! -e %t/out.o

; CHECK: link: twice is defined twice: in {{.*}}a.ll and in {{.*}}b.ll

;--- a.ll
target triple = "bpf"
define i64 @entry() section "xdp" {
  ret i64 1
}
define i64 @twice() {
  ret i64 1
}
;--- b.ll
target triple = "bpf"
define i64 @twice() {
  ret i64 2
}

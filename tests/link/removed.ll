; A definition that does not count may be one that LLVM reads late, or be named in llvm.used: what
; referred to it refers to the one that counts.
; RUN: split-file %s %t
; RUN: llvm-as %t/a.ll -o %t/a.bc
; RUN: llvm-as %t/b.ll -o %t/b.bc
; RUN: skep link %t/a.bc %t/b.bc --export entry --emit llvm-ir -o %t/out.ll
; RUN: FileCheck %s --input-file %t/out.ll
; RUN: same-as-whole %t/a.bc %t/b.bc --export entry
; RUN: same-as-whole %t/b.bc %t/a.bc --export entry

; CHECK: define {{.*}}@entry(
; CHECK: define internal {{.*}}@callee(
; CHECK: store volatile i64 2
; CHECK-NOT: store volatile i64 1

;--- a.ll
target triple = "bpf"
@out = internal global i64 0
@pointer = internal global ptr @other_name
@other_name = weak alias i64 (i64), ptr @callee
@llvm.used = appending global [2 x ptr] [ptr @callee, ptr @pointer], section "llvm.metadata"
define weak i64 @callee(i64 %x) noinline {
  store volatile i64 1, ptr @out
  ret i64 %x
}
define i64 @entry(i64 %x) section "xdp" {
  %1 = call i64 @callee(i64 %x)
  %2 = call i64 @also(i64 %1)
  ret i64 %2
}
define i64 @also(i64 %x) noinline {
  %1 = call i64 @callee(i64 %x)
  %2 = load volatile ptr, ptr @pointer
  %3 = ptrtoint ptr %2 to i64
  %4 = add i64 %1, %3
  ret i64 %4
}
;--- b.ll
target triple = "bpf"
@out = internal global i64 0
define i64 @callee(i64 %x) noinline {
  store volatile i64 2, ptr @out
  ret i64 %x
}
define i64 @other_name(i64 %x) noinline {
  store volatile i64 3, ptr @out
  ret i64 %x
}

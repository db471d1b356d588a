; Which definition counts: a strong one before a weak one wherever it stands, the first of two weak
; ones, a common variable of the largest size, anything before what is only there to be inlined.
; RUN: split-file %s %t
; RUN: skep link %t/a.ll %t/b.ll --export entry --emit llvm-ir -o %t/out.ll
; RUN: FileCheck %s --input-file %t/out.ll
; RUN: same-as-whole %t/a.ll %t/b.ll --export entry
; RUN: same-as-whole %t/b.ll %t/a.ll --export entry

; CHECK-DAG: @shared = internal {{.*}}[8 x i64] zeroinitializer
; CHECK-DAG: @strong_variable = internal {{.*}}i64 2
; CHECK-LABEL: define {{.*}}@entry(
; CHECK-DAG: store volatile i64 22
; CHECK-DAG: store volatile i64 31
; CHECK-DAG: store volatile i64 42
; CHECK-DAG: store volatile i64 51

;--- a.ll
target triple = "bpf"
@shared = common global i64 0
@strong_variable = weak global i64 1
@out = internal global i64 0
declare i64 @inline_only(i64)
define weak i64 @strong_in_b() {
  ret i64 21
}
define weak i64 @weak_in_both() {
  ret i64 31
}
define available_externally i64 @body_in_b() {
  ret i64 41
}
define linkonce_odr i64 @once() {
  ret i64 51
}
define i64 @entry() section "xdp" {
  %1 = call i64 @strong_in_b()
  store volatile i64 %1, ptr @out
  %2 = call i64 @weak_in_both()
  store volatile i64 %2, ptr @out
  %3 = call i64 @body_in_b()
  store volatile i64 %3, ptr @out
  %4 = call i64 @once()
  store volatile i64 %4, ptr @out
  %5 = load volatile i64, ptr @shared
  %6 = load volatile i64, ptr @strong_variable
  %7 = add i64 %5, %6
  ret i64 %7
}
;--- b.ll
target triple = "bpf"
@shared = common global [8 x i64] zeroinitializer
@strong_variable = global i64 2
define i64 @strong_in_b() {
  ret i64 22
}
define weak i64 @weak_in_both() {
  ret i64 32
}
define i64 @body_in_b() {
  ret i64 42
}
define linkonce_odr i64 @once() {
  ret i64 51
}

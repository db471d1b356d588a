; Members of a comdat may be in several modules: one group counts. The result has no groups, which
; libbpf does not know.
; RUN: split-file %s %t
; RUN: skep link %t/a.ll %t/b.ll --export entry --emit llvm-ir -o %t/out.ll
; RUN: FileCheck %s --input-file %t/out.ll
; RUN: same-as-whole %t/a.ll %t/b.ll --export entry
; RUN: same-as-whole %t/b.ll %t/a.ll --export entry

; CHECK-NOT: comdat
; CHECK: define {{.*}}@entry(
; CHECK-NOT: comdat
; CHECK: define internal {{.*}}@grouped(
; CHECK-NOT: {{comdat|define.*@grouped}}

;--- a.ll
target triple = "bpf"
$grouped = comdat any
@state = internal global i64 5
define i64 @grouped() noinline comdat {
  %1 = load volatile i64, ptr @state
  ret i64 %1
}
define i64 @entry() section "xdp" {
  %1 = call i64 @grouped()
  %2 = call i64 @in_b()
  %3 = add i64 %1, %2
  ret i64 %3
}
declare i64 @in_b()
;--- b.ll
target triple = "bpf"
$grouped = comdat any
@state = internal global i64 5
define i64 @grouped() noinline comdat {
  %1 = load volatile i64, ptr @state
  ret i64 %1
}
define i64 @in_b() noinline {
  %1 = call i64 @grouped()
  ret i64 %1
}

; Aliases: exported, needed by another module, and not needed.
; RUN: split-file %s %t
; RUN: skep link %t/b.ll %t/a.ll --export entry,also_entry --emit llvm-ir -o %t/out.ll
; RUN: FileCheck %s --input-file %t/out.ll
; RUN: same-as-whole %t/b.ll %t/a.ll --export entry,also_entry
; RUN: same-as-whole %t/a.ll %t/b.ll --export entry,also_entry

; CHECK-NOT: unneeded
; CHECK: @also_entry = alias i64 (), ptr @
; CHECK-NOT: unneeded
; CHECK: define {{.*}}i64 @entry()

;--- a.ll
target triple = "bpf"
declare i64 @other_name()
define i64 @entry() section "xdp" {
  %1 = call i64 @other_name()
  ret i64 %1
}
;--- b.ll
target triple = "bpf"
@state = internal global i64 5
@other_name = alias i64 (), ptr @body
@unneeded_alias = alias i64 (), ptr @unneeded
@also_entry = alias i64 (), ptr @aliased
define i64 @body() noinline {
  %1 = load volatile i64, ptr @state
  ret i64 %1
}
define i64 @unneeded() noinline {
  ret i64 3
}
define i64 @aliased() noinline section "tc" {
  ret i64 4
}

; Three modules that need each other, each with something local of the same name. What was linked
; before it was needed is linked again, and nothing comes twice.
; RUN: split-file %s %t
; RUN: skep link %t/a.ll %t/b.ll %t/c.ll --export entry --emit llvm-ir -o %t/out.ll
; RUN: FileCheck %s --input-file %t/out.ll
; RUN: same-as-whole %t/a.ll %t/b.ll %t/c.ll --export entry
; RUN: same-as-whole %t/c.ll %t/b.ll %t/a.ll --export entry

; CHECK-DAG: @count = internal {{.*}}global i64 0
; CHECK-DAG: @count.1 = internal {{.*}}global i64 0
; CHECK-NOT: @count.{{[02-9]}}
; CHECK-NOT: unneeded
; CHECK: define {{.*}}i64 @entry(

;--- a.ll
target triple = "bpf"
@count = internal global i64 0
declare i64 @in_b(i64)
define i64 @entry(i64 %x) section "xdp" {
  %1 = call i64 @in_b(i64 %x)
  ret i64 %1
}
define i64 @back_in_a(i64 %x) noinline {
  %1 = load i64, ptr @count
  %2 = add i64 %1, %x
  store i64 %2, ptr @count
  %3 = icmp ugt i64 %2, 100
  br i1 %3, label %end, label %more
more:
  %4 = call i64 @in_b(i64 %2)
  ret i64 %4
end:
  ret i64 %2
}
define i64 @unneeded_a(i64 %x) {
  ret i64 1
}
;--- b.ll
target triple = "bpf"
@count = internal global i64 0
declare i64 @in_c(i64)
define i64 @in_b(i64 %x) noinline {
  %1 = load i64, ptr @count
  %2 = xor i64 %1, %x
  store i64 %2, ptr @count
  %3 = call i64 @in_c(i64 %2)
  ret i64 %3
}
define i64 @back_in_b(i64 %x) noinline {
  store i64 %x, ptr @count
  ret i64 %x
}
define i64 @unneeded_b(i64 %x) {
  ret i64 2
}
;--- c.ll
target triple = "bpf"
declare i64 @back_in_a(i64)
declare i64 @back_in_b(i64)
define i64 @in_c(i64 %x) noinline {
  %1 = call i64 @back_in_a(i64 %x)
  %2 = call i64 @back_in_b(i64 %1)
  ret i64 %2
}

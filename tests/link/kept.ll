; What nothing refers to and yet stays: what llvm.used and llvm.compiler.used name in any input, and
; what runs before anything else. Lists come once, although the second module is linked twice.
; RUN: split-file %s %t
; RUN: skep link %t/b.ll %t/a.ll --export entry --emit llvm-ir -o %t/out.ll
; RUN: FileCheck %s --input-file %t/out.ll
; RUN: same-as-whole %t/b.ll %t/a.ll --export entry
; RUN: same-as-whole %t/a.ll %t/b.ll --export entry

; CHECK-DAG: @used_map = internal {{.*}}section ".maps"
; CHECK-DAG: @quiet = internal {{.*}}section ".rodata.quiet"
; CHECK-DAG: @llvm.used = appending global [1 x ptr] [ptr @used_map]
; CHECK-DAG: @llvm.compiler.used = appending global [1 x ptr] [ptr @quiet]
; CHECK-DAG: @llvm.global_ctors = appending global [1 x { i32, ptr, ptr }]
; CHECK-DAG: define internal void @construct(

;--- a.ll
target triple = "bpf"
declare i64 @in_b()
define i64 @entry() section "xdp" {
  %1 = call i64 @in_b()
  ret i64 %1
}
;--- b.ll
target triple = "bpf"
@used_map = global [4 x i64] zeroinitializer, section ".maps"
@quiet = internal constant i32 7, section ".rodata.quiet"
@flag = internal global i64 0
@llvm.used = appending global [1 x ptr] [ptr @used_map], section "llvm.metadata"
@llvm.compiler.used = appending global [1 x ptr] [ptr @quiet], section "llvm.metadata"
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @construct, ptr null }]
define internal void @construct() {
  store volatile i64 1, ptr @flag
  ret void
}
define i64 @in_b() noinline {
  %1 = load volatile i64, ptr @flag
  ret i64 %1
}

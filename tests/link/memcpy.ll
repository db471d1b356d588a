; Where the program brings memset, copies are made in the order of the bytes, as older kernels want it,
; unless that is not wanted.
; RUN: skep link %s --export entry --emit asm -o %t/order.s
; RUN: FileCheck %s --check-prefix ORDER --input-file %t/order.s
; RUN: skep link %s --export entry --emit asm --disable-expand-memcpy-in-order -o %t/any.s
; RUN: FileCheck %s --check-prefix ANY --input-file %t/any.s

; ORDER-LABEL: entry:
; ORDER-NEXT: = *(u64 *)(r2 + 0)
; ORDER-NEXT: *(u64 *)(r1 + 0) =
; ORDER-NEXT: = *(u64 *)(r2 + 8)
; ORDER-NEXT: *(u64 *)(r1 + 8) =
; ANY-LABEL: entry:
; ANY-NEXT: = *(u64 *)(r2 + 24)
target triple = "bpf"
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
define i64 @entry(ptr %x, ptr %y) section "xdp" {
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %x, ptr align 8 %y, i64 32, i1 false)
  ret i64 1
}
define weak hidden ptr @memset(ptr %d, i32 %c, i64 %n) noinline {
  store volatile i8 0, ptr %d
  ret ptr %d
}

; What the options change.
; RUN: skep link %s --export entry --emit asm -O1 -o %t/o1.s
; RUN: FileCheck %s --check-prefix PLAIN --input-file %t/o1.s
; RUN: skep link %s --export entry --emit asm --cpu v4 -o %t/v4.s
; RUN: FileCheck %s --check-prefix V4 --input-file %t/v4.s
; RUN: skep link %s --export entry --emit asm --ignore-inline-never -o %t/inline.s
; RUN: FileCheck %s --check-prefix INLINE --input-file %t/inline.s
; RUN: skep link %s --export entry --emit asm --unroll-loops -o %t/unroll.s
; RUN: FileCheck %s --check-prefix UNROLL --input-file %t/unroll.s
; RUN: skep link %s --export entry --emit asm --disable-memory-builtins -o %t/builtins.s
; RUN: FileCheck %s --check-prefix NO-BUILTINS --input-file %t/builtins.s
; RUN: skep link %s --export entry --emit asm --llvm-args=-asm-verbose=false,-bpf-stack-size=64 -o %t/args.s
; RUN: skep link %s --export entry --dump-module %t/dump -o %t/out.o
; RUN: FileCheck %s --check-prefix PRE --input-file %t/dump/pre-opt.ll
; RUN: FileCheck %s --check-prefix POST --input-file %t/dump/post-opt.ll
; RUN: skep link %s --export entry --dump-module %t/only.ll -o %t/out.o
; RUN: FileCheck %s --check-prefix POST --input-file %t/only.ll
; RUN: skep link %s --export entry --emit llvm-bc -o %t/out.bc
; RUN: llvm-dis %t/out.bc -o - | FileCheck %s --check-prefix POST
; RUN: skep link %t/out.bc --export entry -o %t/again.o

; PLAIN-NOT: *(s8 *)
; PLAIN: memset:
; PLAIN: entry:
; PLAIN: {{^[^A-Za-z]*}}if r{{.*}} goto
; PLAIN: call never
; PLAIN-NOT: *(s8 *)
; V4: *(s8 *)
; INLINE-NOT: call never
; UNROLL: entry:
; UNROLL-NOT: goto
; UNROLL: call never
; NO-BUILTINS-NOT: memset:
; PRE: define {{.*}}@never(
; PRE: define {{.*}}@unneeded_local(
; POST-NOT: @unneeded_local
target triple = "bpf"
@out = internal global i64 0
@list = internal global [400 x i64] zeroinitializer
define internal i64 @never(i64 %x) noinline {
  %1 = load volatile i64, ptr @out
  %2 = add i64 %1, %x
  ret i64 %2
}
define internal i64 @unneeded_local(i64 %x) {
  ret i64 %x
}
@keeps = internal global ptr @unneeded_local
define weak hidden ptr @memset(ptr %d, i32 %c, i64 %n) {
  %1 = icmp eq i64 %n, 0
  br i1 %1, label %end, label %loop
loop:
  %i = phi i64 [ 0, %0 ], [ %next, %loop ]
  %2 = getelementptr i8, ptr %d, i64 %i
  store volatile i8 0, ptr %2
  %next = add i64 %i, 1
  %3 = icmp eq i64 %next, %n
  br i1 %3, label %end, label %loop
end:
  ret ptr %d
}
define i64 @entry(i64 %x) section "xdp" {
  br label %loop
loop:
  %i = phi i64 [ 0, %0 ], [ %next, %loop ]
  %sum = phi i64 [ %x, %0 ], [ %added, %loop ]
  %1 = getelementptr [400 x i64], ptr @list, i64 0, i64 %i
  %2 = load volatile i64, ptr %1
  %added = add i64 %sum, %2
  %next = add i64 %i, 1
  %3 = icmp eq i64 %next, 400
  br i1 %3, label %end, label %loop
end:
  %4 = call i64 @never(i64 %added)
  %5 = load ptr, ptr @keeps
  %6 = load volatile i8, ptr @out
  %7 = sext i8 %6 to i64
  %8 = add i64 %4, %7
  ret i64 %8
}

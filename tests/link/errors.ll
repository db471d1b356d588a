; Errors of the code generator reach the user, with the line in the source where debug information is
; kept, and fail the link unless that is not wanted. That it does not know memcpy is no error.
; RUN: not skep link %s --export entry --btf -o %t/out.o 2>&1 | FileCheck %s
; RUN: test ! -e %t/out.o
; RUN: skep link %s --export entry --btf --fatal-errors=false -o %t/out.o 2>&1 | FileCheck %s
; RUN: test -e %t/out.o

; CHECK-NOT: skep: link: {{.*}}memcpy
; CHECK: skep: link: LLVM: {{.*}}prog.c:7:{{.*}}too many arguments
; CHECK-NOT: skep: link: {{.*}}memcpy
target triple = "bpf"
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare i64 @many(i64, i64, i64, i64, i64, i64) section ".ksyms"
define i64 @entry(ptr %x, ptr %y, i64 %n) section "xdp" !dbg !4 {
  call void @llvm.memcpy.p0.p0.i64(ptr %x, ptr %y, i64 %n, i1 false), !dbg !7
  %1 = call i64 @many(i64 1, i64 2, i64 3, i64 4, i64 5, i64 6), !dbg !7
  ret i64 %1
}
!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2, !3}
!0 = distinct !DICompileUnit(language: DW_LANG_C11, file: !1, isOptimized: true, emissionKind: FullDebug)
!1 = !DIFile(filename: "prog.c", directory: "/src")
!2 = !{i32 2, !"Debug Info Version", i32 3}
!3 = !{i32 7, !"Dwarf Version", i32 5}
!4 = distinct !DISubprogram(name: "entry", scope: !1, file: !1, line: 5, type: !5, unit: !0, spFlags: DISPFlagDefinition)
!5 = !DISubroutineType(types: !6)
!6 = !{null}
!7 = !DILocation(line: 7, column: 3, scope: !4)

; Names of types that are too long for kernels end in a digest of the whole: two that begin alike stay
; two. One of the longest length stays as it is.
; RUN: skep link %s --export A,B,C --btf -o %t/out.o
; RUN: bpftool btf dump file %t/out.o | FileCheck %s
; RUN: same-as-whole %s --export A,B,C --btf

; CHECK-DAG: VAR 'A' type_id=[[A:[0-9]+]]
; CHECK-DAG: VAR 'B' type_id=[[B:[0-9]+]]
; CHECK-DAG: [[[A]]] STRUCT 'Long_3C_abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc_[[HASH:[0-9a-f]+]]' size=4
; CHECK-DAG: [[[B]]] STRUCT 'Long_3C_abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc_{{[0-9a-f]+}}' size=8
; CHECK-DAG: STRUCT 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk' size=4
target triple = "bpf"
@A = global i32 1, section ".data", !dbg !5
@B = global i64 2, section ".data", !dbg !9
@C = global i32 3, section ".data", !dbg !13
define i64 @unneeded() {
  ret i64 0
}
@llvm.used = appending global [1 x ptr] [ptr @unneeded], section "llvm.metadata"
!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2, !3}
!0 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !1, isOptimized: true, emissionKind: FullDebug, globals: !4)
!1 = !DIFile(filename: "prog.rs", directory: "/src")
!2 = !{i32 2, !"Debug Info Version", i32 3}
!3 = !{i32 7, !"Dwarf Version", i32 5}
!4 = !{!5, !9, !13}
!5 = !DIGlobalVariableExpression(var: !6, expr: !DIExpression())
!6 = distinct !DIGlobalVariable(name: "A", scope: !1, file: !1, line: 1, type: !7, isLocal: false, isDefinition: true)
!7 = !DICompositeType(tag: DW_TAG_structure_type, name: "Long<abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij>", file: !1, size: 32, elements: !8, identifier: "one")
!8 = !{}
!9 = !DIGlobalVariableExpression(var: !10, expr: !DIExpression())
!10 = distinct !DIGlobalVariable(name: "B", scope: !1, file: !1, line: 2, type: !11, isLocal: false, isDefinition: true)
!11 = !DICompositeType(tag: DW_TAG_structure_type, name: "Long<abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij, u64>", file: !1, size: 64, elements: !8, identifier: "two")
!13 = !DIGlobalVariableExpression(var: !14, expr: !DIExpression())
!14 = distinct !DIGlobalVariable(name: "C", scope: !1, file: !1, line: 3, type: !15, isLocal: false, isDefinition: true)
!15 = !DICompositeType(tag: DW_TAG_structure_type, name: "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", file: !1, size: 32, elements: !8, identifier: "three")

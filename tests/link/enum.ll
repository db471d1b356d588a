; Enums that carry data: LLVM before 21.1.5 cannot make BTF of what they carry,
; which is left out then.
; RUN: skep link %s --export X --btf --log-level info -o %t/out.o 2>%t/log
; RUN: bpftool btf dump file %t/out.o | FileCheck %s --check-prefixes CHECK,LLVM-%llvm
; RUN: same-as-whole %s --export X --btf

; CHECK: STRUCT 'Shape_3C_u8_3E_' size=8
; LLVM-19-SAME: vlen=0
; LLVM-20-SAME: vlen=0
; LLVM-21-SAME: vlen={{[01]}}
; LLVM-21-NOT: type_id=0
; LLVM-22-SAME: vlen=1
; LLVM-22-DAG: UNION '(anon)' size=8
; LLVM-22-DAG: STRUCT 'Circle'
target triple = "bpf"
@X = global { i32, i32 } { i32 1, i32 2 }, section ".data", !dbg !5
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
!4 = !{!5}
!5 = !DIGlobalVariableExpression(var: !6, expr: !DIExpression())
!6 = distinct !DIGlobalVariable(name: "X", scope: !1, file: !1, line: 1, type: !7, isLocal: false, isDefinition: true)
!7 = !DICompositeType(tag: DW_TAG_structure_type, name: "Shape<u8>", file: !1, size: 64, elements: !8, identifier: "shape")
!8 = !{!9}
!9 = !DICompositeType(tag: DW_TAG_variant_part, scope: !7, file: !1, size: 64, elements: !10, identifier: "shape-variants", discriminator: !18)
!10 = !{!11, !12}
!11 = !DIDerivedType(tag: DW_TAG_member, name: "Circle", scope: !9, file: !1, baseType: !13, size: 64, extraData: i32 0)
!12 = !DIDerivedType(tag: DW_TAG_member, name: "Nothing", scope: !9, file: !1, baseType: !16, size: 64, extraData: i32 1)
!13 = !DICompositeType(tag: DW_TAG_structure_type, name: "Circle", scope: !7, file: !1, size: 64, elements: !14, identifier: "circle")
!14 = !{!15}
!15 = !DIDerivedType(tag: DW_TAG_member, name: "__0", scope: !13, file: !1, baseType: !17, size: 32, offset: 32)
!16 = !DICompositeType(tag: DW_TAG_structure_type, name: "Nothing", scope: !7, file: !1, size: 64, elements: !{}, identifier: "nothing")
!17 = !DIBasicType(name: "u32", size: 32, encoding: DW_ATE_unsigned)
!18 = !DIDerivedType(tag: DW_TAG_member, scope: !7, file: !1, baseType: !17, size: 32, flags: DIFlagArtificial)

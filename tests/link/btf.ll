; Debug information that is not of C becomes BTF that kernels accept: names, the order of members,
; static linkage of what is not exported. No DWARF is left unless it is asked for.
; RUN: skep link %s --export entry --btf -o %t/out.o
; RUN: bpftool btf dump file %t/out.o | FileCheck %s
; RUN: bpftool btf dump file %t/out.o | FileCheck %s --check-prefix MEMBERS
; RUN: llvm-readelf -S %t/out.o | FileCheck %s --check-prefix SECTIONS
; RUN: skep link %s --export entry --btf --debug-info -o %t/debug.o
; RUN: llvm-readelf -S %t/debug.o | FileCheck %s --check-prefix DEBUG
; RUN: skep link %s --export entry -o %t/none.o
; RUN: llvm-readelf -S %t/none.o | FileCheck %s --check-prefix NONE
; RUN: same-as-whole %s --export entry --btf

; CHECK-DAG: FUNC 'entry' {{.*}}linkage=global
; CHECK-DAG: FUNC 'area_3C_u32_3E_' {{.*}}linkage=static
; CHECK-DAG: PTR '(anon)'
; MEMBERS: STRUCT 'Pair_3C_u32_2C__20_u64_3E_' size=16 vlen=2
; MEMBERS-NEXT: 'b' {{.*}}bits_offset=0
; MEMBERS-NEXT: 'a' {{.*}}bits_offset=64
; SECTIONS-NOT: .debug_
; SECTIONS: .BTF.ext
; SECTIONS-NOT: .debug_
; DEBUG: .debug_info
; NONE-NOT: {{\.BTF|\.debug_}}
target triple = "bpf"
define i64 @entry(ptr %x) section "xdp" !dbg !4 {
  %1 = call i64 @area(ptr %x), !dbg !20
  ret i64 %1
}
define i64 @area(ptr %x) noinline !dbg !15 {
  %1 = load volatile i64, ptr %x
  ret i64 %1, !dbg !21
}
!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2, !3}
!0 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !1, isOptimized: true, emissionKind: FullDebug)
!1 = !DIFile(filename: "prog.rs", directory: "/src")
!2 = !{i32 2, !"Debug Info Version", i32 3}
!3 = !{i32 7, !"Dwarf Version", i32 5}
!4 = distinct !DISubprogram(name: "entry", scope: !1, file: !1, line: 5, type: !5, unit: !0, spFlags: DISPFlagDefinition)
!5 = !DISubroutineType(types: !6)
!6 = !{!7, !8}
!7 = !DIBasicType(name: "u64", size: 64, encoding: DW_ATE_unsigned)
!8 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "&Pair<u32, u64>", baseType: !9, size: 64)
!9 = !DICompositeType(tag: DW_TAG_structure_type, name: "Pair<u32, u64>", file: !1, line: 1, size: 128, elements: !10)
!10 = !{!11, !12}
!11 = !DIDerivedType(tag: DW_TAG_member, name: "a", scope: !9, file: !1, baseType: !13, size: 32, offset: 64)
!12 = !DIDerivedType(tag: DW_TAG_member, name: "b", scope: !9, file: !1, baseType: !7, size: 64)
!13 = !DIBasicType(name: "u32", size: 32, encoding: DW_ATE_unsigned)
!15 = distinct !DISubprogram(name: "area<u32>", linkageName: "area", scope: !1, file: !1, line: 7, type: !5, unit: !0, spFlags: DISPFlagDefinition)
!20 = !DILocation(line: 6, column: 3, scope: !4)
!21 = !DILocation(line: 8, column: 3, scope: !15)

; The processor and its features decide which instructions there are; features go over the processor.
; RUN: skep link %s --export entry --emit asm --cpu v1 -o %t/v1.s
; RUN: FileCheck %s --check-prefixes V1,NO-ALU32 --input-file %t/v1.s
; RUN: skep link %s --export entry --emit asm --cpu v2 -o %t/v2.s
; RUN: FileCheck %s --check-prefixes V2,NO-ALU32 --input-file %t/v2.s
; RUN: skep link %s --export entry --emit asm --cpu v3 -o %t/v3.s
; RUN: FileCheck %s --check-prefix ALU32 --input-file %t/v3.s
; RUN: skep link %s --export entry --emit asm --cpu v1 --cpu-features=+alu32 -o %t/with.s
; RUN: FileCheck %s --check-prefix ALU32 --input-file %t/with.s
; RUN: skep link %s --export entry --emit asm --cpu v3 --cpu-features -alu32 -o %t/without.s
; RUN: FileCheck %s --check-prefix NO-ALU32 --input-file %t/without.s
; RUN: skep link %s --export entry --emit asm -o %t/plain.s
; RUN: skep link %s --export entry --emit asm --cpu generic -o %t/generic.s
; RUN: cmp %t/plain.s %t/generic.s

; Before v2 nothing asks whether one number is less than another.
; V1-NOT: if r{{[0-9]}} < r
; V1: entry:
; V1-NOT: if r{{[0-9]}} < r
; V2: if r{{[0-9]}} < r
; NO-ALU32-NOT: w{{[0-9]}} {{[*+]?}}=
; NO-ALU32: exit
; ALU32: w{{[0-9]}} *= w{{[0-9]}}
target triple = "bpf"
define i64 @entry(i64 %x, i64 %y, i32 %a, i32 %b) section "xdp" {
  %1 = icmp ult i64 %x, %y
  br i1 %1, label %less, label %end
less:
  %2 = mul i32 %a, %b
  %3 = udiv i32 %2, 7
  %4 = zext i32 %3 to i64
  ret i64 %4
end:
  ret i64 %y
}

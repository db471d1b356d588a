/*
 * Enumerators: of named and unnamed enums, of typedefs, negative and of 64 bits. An enum is
 * whole or its BTF differs; a lone enumerator must bring all of its enum.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct grid {
	u32 cells[COMB_ROWS][COMB_COLUMNS];
	u8 castes[CASTE_COUNT];
	char text[HIVE_EVENT_RAID];
};

struct grid grid;
enum temper mood = TEMPER_ANGRY;
const volatile honey_grade_t grade = GRADE_DARK;

SEC("tc")
int values(struct __sk_buff *skb)
{
	u64 sum = FORAGE_POLLEN + grid.cells[1][2];

	sum += bpf_core_enum_value(enum dance_kind, DANCE_WAGGLE);
	sum += bpf_core_enum_value(enum wide_flag, WIDE_FLAG_HIGH);
	sum += bpf_core_enum_value_exists(enum tiny_state, TINY_ON);
	sum += bpf_core_enum_value(honey_grade_t, GRADE_AMBER);
	return sum + mood + grade;
}

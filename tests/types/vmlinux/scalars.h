typedef _Bool bool;

typedef signed char __s8;

typedef __s8 s8;

typedef unsigned char __u8;

typedef __u8 u8;

typedef short int __s16;

typedef short unsigned int __u16;

typedef __u16 u16;

typedef __u16 __be16;

typedef int __s32;

typedef __s32 s32;

typedef unsigned int __u32;

typedef __u32 u32;

typedef __u32 __be32;

typedef __u32 __wsum;

typedef long long int __s64;

typedef __s64 s64;

typedef long long unsigned int __u64;

typedef __u64 u64;

typedef __u64 __be64;

typedef long unsigned int __kernel_ulong_t;

typedef __kernel_ulong_t __kernel_size_t;

typedef __kernel_size_t size_t;

typedef int __kernel_pid_t;

typedef __kernel_pid_t pid_t;

typedef __builtin_va_list va_list;

typedef enum {
	GRADE_LIGHT = 0,
	GRADE_AMBER = 1,
	GRADE_DARK = 2,
} honey_grade_t;

typedef struct {
	int counter;
} atomic_t;

typedef union {
	u64 raw;
	struct {
		u32 row;
		u32 column;
	};
} cell_id_t;

typedef u8 scent_t[16];

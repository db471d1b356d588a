#ifndef SHAPES_H
#define SHAPES_H
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
typedef unsigned char u8;
struct later;
struct first {
	u8 bytes[sizeof(int)];
	union { struct later *next; enum { ONE, TWO = ONE + 1 } kind : 3; };
	struct later *(*find)(struct first *, u8 (*)[2], ...);
} __attribute__((packed, aligned(sizeof(long))));
enum fixed : u8 { THREE = sizeof(struct first) };
struct later { struct inner { int x; } in[2]; struct first __attribute__((btf_type_tag("a"))) *p; };
typedef struct { struct inner *i; LIST(struct later) list; } made, *made_p;
typedef made_p (*getter)(made *, struct later [3]);
#if defined(A) && B(1)
extern getter get, *gets(void) __ksym __weak;
#else /* neither */
extern struct later here;
#endif
#define PASTE(a, b) a##b ## _x sizeof(struct inner)
#pragma clang attribute pop
static __always_inline u8 code(struct first *f) { return f->bytes[PASTE(f, g)]; }
_Static_assert(sizeof(u8) == 1, "u8\"");
DECLARE(later) struct last { int x\
; };
#endif

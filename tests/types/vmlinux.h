#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

#ifndef __ksym
#define __ksym __attribute__((section(".ksyms")))
#endif

#ifndef __weak
#define __weak __attribute__((weak))
#endif

enum {
	FORAGE_NONE = 0,
	FORAGE_NECTAR = 1,
	FORAGE_POLLEN = 2,
	__FORAGE_MAX = 3,
};

enum {
	COMB_ROWS = 6,
	COMB_COLUMNS = 9,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_EXIST = 2,
	BPF_F_LOCK = 4,
};

enum {
	BPF_F_NO_PREALLOC = 1,
	BPF_F_MMAPABLE = 1024,
};

enum {
	BPF_LOCAL_STORAGE_GET_F_CREATE = 1,
};

enum bpf_map_type {
	BPF_MAP_TYPE_UNSPEC = 0,
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};

enum caste {
	CASTE_WORKER = 0,
	CASTE_DRONE = 1,
	CASTE_QUEEN = 2,
	CASTE_COUNT = 3,
};

enum dance_kind {
	DANCE_ROUND = 0,
	DANCE_WAGGLE = 1,
	DANCE_TREMBLE = 2,
	DANCE_LAST = 2,
};

enum hive_event {
	HIVE_EVENT_SWARM = 10,
	HIVE_EVENT_RAID = 11,
	HIVE_EVENT_FROST = 12,
};

enum temper {
	TEMPER_ANGRY = -2,
	TEMPER_CALM = 0,
	TEMPER_SLEEPY = 7,
};

enum tiny_state {
	TINY_OFF = 0,
	TINY_ON = 1,
} __attribute__((mode(byte)));

enum wide_flag {
	WIDE_FLAG_LOW = 1ULL,
	WIDE_FLAG_HIGH = 9223372036854775808ULL,
};

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

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

struct callback_head {
	struct callback_head *next;
	void (*func)(struct callback_head *);
};

struct rb_node {
	long unsigned int __rb_parent_color;
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};

struct qstr {
	union {
		struct {
			u32 hash;
			u32 len;
		};
		u64 hash_len;
	};
	const unsigned char *name;
};

struct bpf_spin_lock {
	__u32 val;
};

struct bpf_timer {
	__u64 __opaque[2];
};

struct bpf_list_head {
	__u64 __opaque[2];
};

struct bpf_list_node {
	__u64 __opaque[3];
};

struct bpf_rb_root {
	__u64 __opaque[2];
};

struct bpf_rb_node {
	__u64 __opaque[4];
};

struct bpf_dynptr {
	__u64 __opaque[2];
};

struct bpf_iter_num {
	__u64 __opaque[1];
};

struct bpf_iter_bee {
	__u64 __opaque[3];
};

struct pt_regs {
	long unsigned int r15;
	long unsigned int r14;
	long unsigned int r13;
	long unsigned int r12;
	long unsigned int bp;
	long unsigned int bx;
	long unsigned int r11;
	long unsigned int r10;
	long unsigned int r9;
	long unsigned int r8;
	long unsigned int ax;
	long unsigned int cx;
	long unsigned int dx;
	long unsigned int si;
	long unsigned int di;
	long unsigned int orig_ax;
	long unsigned int ip;
	long unsigned int cs;
	long unsigned int flags;
	long unsigned int sp;
	long unsigned int ss;
};

struct __sk_buff {
	__u32 len;
	__u32 mark;
	union {
		struct bpf_sock *sk;
	};
};

struct bpf_sock {
	__u32 family;
	__u32 mark;
	__u32 src_ip6[4];
};

struct inode {
	u64 i_ino;
	u32 i_flags: 5;
	u32 i_kind: 11;
	long unsigned int i_blocks;
	u8 i_name[32];
};

struct dentry {
	struct qstr d_name;
	struct inode *d_inode;
	struct dentry *d_parent;
};

struct path {
	struct dentry *dentry;
	void *mnt;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	const struct file_operations *f_op;
};

struct mm_struct {
	struct file *exe_file;
	struct task_struct *owner;
	long unsigned int start_code;
	long unsigned int end_code;
	atomic_t mm_users;
};

struct pid;

struct thread_info {
	long unsigned int flags;
	u32 cpu;
};

struct task_struct {
	struct thread_info thread_info;
	volatile long int state;
	pid_t pid;
	pid_t tgid;
	struct task_struct *real_parent;
	struct mm_struct *mm;
	struct list_head children;
	struct pid *thread_pid;
	struct hive *hive;
	char comm[16];
	struct css_set __attribute__((btf_type_tag("rcu"))) *cgroups;
	struct callback_head *task_works;
	long: 64;
	long: 64;
};

struct css_set {
	int nr_tasks;
	struct colony *colony;
};

struct dance;

struct dance_request;

struct file_operations {
	long int (*read)(struct file *, char *, size_t, u64 *);
	int (*open)(struct inode *, struct file *);
	struct dance * (*poll)(struct file *, struct dance_request *);
	void (*show)(struct dentry *, const struct path *);
};

struct pollen_stock;

struct wax;

struct nectar {
	u32 volume;
	u16 sugar;
	u16 water;
	honey_grade_t grade;
};

struct pollen_load {
	u32 left;
	u32 right;
	scent_t scent;
};

struct flight_stats {
	u64 trips;
	u64 metres;
	struct nectar best;
	atomic_t refs;
};

struct wing {
	u32 beats: 9;
	u32 angle: 7;
	s32 lift: 12;
	u64 span: 40;
	u64 torn: 1;
};

struct bee;

struct flower;

struct comb;

struct hive;

typedef struct bee *bee_ptr_t;

typedef bee_ptr_t *bee_vec_t;

typedef const struct hive *hive_ref_t;

typedef struct queen_cell *queen_cell_ptr_t;

typedef struct pollen_stock *pollen_stock_t;

typedef int (*bee_visit_fn)(struct bee *, struct flower *, void *);

typedef struct comb *comb_maker_t(struct wax *, int);

typedef void (*bee_done_t)(struct bee *, enum dance_kind, cell_id_t);

typedef bee_visit_fn (*visit_chooser_t)(hive_ref_t, enum caste);

typedef struct nectar (*nectar_taker_t)(struct flower *, struct nectar);

typedef struct hive apiary_hive_t;

typedef apiary_hive_t *apiary_hive_ptr_t;

struct flower {
	struct nectar nectar;
	struct pollen_load pollen;
	u16 petals;
	struct flower *neighbours[4];
	struct meadow *meadow;
};

struct meadow {
	struct flower beds[8];
	u32 area;
	struct weather *weather;
	char name[24];
};

struct weather {
	s32 celsius;
	struct {
		u16 speed;
		u16 direction;
	} wind;
	struct {
		u8 kind;
		u32 depth;
	} __attribute__((packed)) layers[3];
};

struct egg {
	u32 age;
	u32 laid;
};

struct cell {
	cell_id_t id;
	union {
		struct nectar honey;
		struct egg egg;
		struct {
			struct larva *larva;
			u32 feedings;
		};
	};
	u8 capped: 1;
	u8 cleaned: 1;
	u8 guard: 3;
};

struct larva {
	u32 day;
	u32 weight;
	struct cell *home;
};

struct comb_row {
	struct cell cells[9];
	u32 used;
};

struct comb {
	struct comb_row rows[6];
	struct comb *behind;
	struct wax *wax;
	struct cell *marked[3];
	struct cell (*spare)[4];
	struct comb_ops *ops;
};

struct smoker;

struct met_in_array {
	u32 number;
};

struct met_in_function {
	u32 number;
};

struct meets_inner {
	struct met_in_array array;
	struct met_in_function function;
};

struct meets {
	u32 number;
	struct meets_inner *inner[2];
	int (*function)(struct meets_inner *);
};

union argument_value {
	u32 number;
	struct keeper *keeper;
};

struct argument_ops {
	int (*consume)(union argument_value, u32);
};

struct comb_ops {
	int (*build)(struct comb *, struct wax *, u32);
	struct cell * (*find)(struct comb *, cell_id_t);
	struct nectar (*drain)(struct comb *, struct cell *);
	void (*melt)(struct comb *, void (*)(struct wax *, struct smoker *));
	comb_maker_t *make;
	bee_visit_fn visit;
};

struct smoker {
	u32 heat;
	u32 fuel;
};

struct bee {
	enum caste caste;
	enum temper temper;
	enum tiny_state state;
	struct wing wings[4];
	struct flight_stats stats;
	struct list_head siblings;
	struct bee *mother;
	struct hive *hive;
	struct dance *dance;
	struct flower *last_flower;
	union {
		struct pollen_load pollen;
		struct nectar crop;
		struct sting *sting;
	};
	struct callback_head work;
	bee_ptr_t partner;
	bee_vec_t swarm;
	scent_t scent;
};

struct sting {
	u32 venom;
	struct bee *owner;
};

struct dance {
	enum dance_kind kind;
	s32 angle;
	u32 duration;
	struct bee *dancer;
	struct flower *target;
	struct dance *next;
};

struct dance_request {
	struct dance *wanted;
	struct meadow *meadow;
};

struct queen_cell {
	struct cell cell;
	u32 royal_jelly;
	struct bee *heir;
};

struct hive {
	struct comb *combs[10];
	struct bee *queen;
	struct bee *guards[4];
	struct colony *colony;
	bee_vec_t foragers;
	queen_cell_ptr_t heirs;
	pollen_stock_t stock;
	struct list_head bees;
	struct weather *inside;
	struct hive_ops *ops;
	struct rb_node node;
	struct {
		struct bee *first;
		struct {
			struct smoker *smoker;
			u32 since;
		} calm;
	} visit;
	union {
		struct {
			u32 rent;
			struct keeper *keeper;
		};
		long unsigned int owner;
	};
	struct bee __attribute__((btf_type_tag("rcu"))) *scout;
	char __attribute__((btf_type_tag("user"))) *label;
	u64 __attribute__((btf_type_tag("percpu"))) *visits;
	u32 weight;
	char name[0];
};

struct keeper {
	char name[32];
	u32 stings;
	struct hive *hives;
	hive_ref_t favourite;
	const struct keeper * const *friends;
};

struct colony {
	struct hive *hive;
	u64 bees;
	struct colony_limits *limits;
	struct colony_stats {
		u64 born;
		u64 died;
	} totals[4];
};

struct colony_limits {
	u64 bees_max;
	u64 honey_max;
	struct season *season;
};

struct season {
	u32 start;
	u32 end;
	const char *name;
};

struct queue {
	enum {
		QUEUE_EMPTY = 0,
		QUEUE_FULL = 1,
	} state;
	union {
		enum {
			QUEUE_SLOW = 4,
			QUEUE_FAST = 5,
		} speed;
		u64 word;
	};
	struct bee *first;
};

struct frame_packed {
	u8 tag;
	u32 width;
	u64 height;
	struct season *season;
} __attribute__((packed));

struct frame_aligned {
	u64 a;
	u8 b;
	long: 0;
	u32 c;
	long: 64;
};

union honey_or_wax {
	struct nectar honey;
	struct smoker smoker;
	struct wax *wax;
	u64 raw[4];
};

struct trace_entry {
	short unsigned int type;
	unsigned char flags;
	int pid;
};

struct trace_event_raw_bee_leave {
	struct trace_entry ent;
	u32 bee_id;
	struct flower *target;
	char __data[0];
};

struct trace_event_raw_bee_return {
	struct trace_entry ent;
	u32 bee_id;
	struct nectar crop;
	u32 __data_loc_name;
	char __data[0];
};

struct trace_event_data_offsets_bee_leave {
	u32 name;
};

struct hive_lock_guard;

struct hive_ops {
	int (*enter)(struct hive *, struct bee *);
	void (*leave)(struct hive *, struct bee *, struct flight_stats *);
	u32 (*count)(const struct hive *);
	struct dance * (*advertise)(struct hive *, struct flower *);
	bool (*swarm)(struct hive *, struct colony_limits *, visit_chooser_t);
	char name[16];
	struct hive_lock_guard *guard;
	u32 flags;
};

struct bpf_hive_ops {
	struct hive_ops data;
};

struct drone {
	struct bee bee;
	u32 drone_id;
};

struct drone___2 {
	u64 other_drone;
	struct season season;
};

struct nest {
	struct nest_part {
		u32 depth;
		union {
			struct nest_leaf {
				struct egg egg;
				struct sting *thorn;
			} leaf;
			struct smoker ember;
		} u;
	} parts[2];
	struct nest *outer;
};

struct honey {
	u32 honey;
	honey_grade_t grade;
};

typedef struct honey honey;

struct propolis {
	u32 CASTE_QUEEN_pad;
	u32 nectar;
	u32 bee;
	struct season *hive;
};

struct counted {
	u32 count;
	struct honey items[0];
};

struct deep_a {
	struct deep_b *b;
};

struct deep_b {
	struct deep_c *c;
	u32 width;
};

struct deep_d {
	struct deep_e **e;
	u64 depth;
};

struct deep_c {
	struct deep_d *d;
	struct deep_d ds[2];
};

struct deep_e {
	struct deep_a *a;
	u32 bottom;
};

struct arg_only {
	u32 value;
};

struct ret_only {
	u32 value;
	struct arg_only *arg;
};

struct fn_arg_only {
	u32 value;
	struct ret_only nested;
};

struct fn_ret_only {
	u32 value;
};

struct var_only {
	u32 value;
	struct season season;
	struct keeper *keeper;
};

struct percpu_only {
	u64 ticks;
	struct task_struct *curr;
	u32 cpu;
};

typedef int (*kfunc_callback_t)(struct fn_arg_only *, struct bpf_dynptr *);

typedef struct fn_ret_only * (*kfunc_factory_t)(u32, struct hive_lock_guard *);

struct rq {
	u32 nr_running;
	struct task_struct *curr;
	u64 clock;
};

struct net_device;

struct assoc_array;

struct bpf_iter;

struct ghost;

union phantom;


/* BPF kfuncs */
#ifndef BPF_NO_KFUNC_PROTOTYPES
extern void bpf_bee_release(struct bee *bee) __weak __ksym;
extern struct bee *bpf_bee_acquire(struct bee *bee) __weak __ksym;
extern struct ret_only *bpf_hive_lookup(struct arg_only *arg, u32 arg__sz) __weak __ksym;
extern int bpf_hive_walk(struct hive *hive, kfunc_callback_t callback, void *ctx) __weak __ksym;
extern int bpf_hive_make(struct hive *hive, kfunc_factory_t factory) __weak __ksym;
extern int bpf_hive_each(struct hive *hive, int (*visit)(struct deep_e *, struct keeper **), u64 flags) __weak __ksym;
extern int bpf_hive_name(const struct hive *hive, const char *name__str, struct colony_limits *limits, size_t limits__sz) __weak __ksym;
extern apiary_hive_ptr_t bpf_hive_neighbour(apiary_hive_ptr_t hive, enum caste caste) __weak __ksym;
extern int bpf_hive_guard(struct hive_lock_guard *guard) __weak __ksym;
extern void __attribute__((btf_type_tag("address_space(1)"))) *bpf_meadow_alloc(void *p__map, struct meadow __attribute__((btf_type_tag("address_space(1)"))) *addr__ign, u32 count) __weak __ksym;
extern struct nectar bpf_nectar_mix(struct nectar a, union honey_or_wax *b) __weak __ksym;
extern int bpf_iter_bee_new(struct bpf_iter_bee *it, struct hive *hive) __weak __ksym;
extern struct bee *bpf_iter_bee_next(struct bpf_iter_bee *it) __weak __ksym;
extern void bpf_iter_bee_destroy(struct bpf_iter_bee *it) __weak __ksym;
extern void bpf_rcu_read_lock(void) __weak __ksym;
extern void bpf_rcu_read_unlock(void) __weak __ksym;
extern void *bpf_kptr_xchg_hint(void *p) __weak __ksym;
#endif

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */

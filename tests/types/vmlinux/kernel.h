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

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

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

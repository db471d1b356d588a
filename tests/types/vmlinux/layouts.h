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

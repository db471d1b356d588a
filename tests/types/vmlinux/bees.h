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

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

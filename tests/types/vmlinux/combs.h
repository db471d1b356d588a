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

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

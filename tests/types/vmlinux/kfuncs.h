
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

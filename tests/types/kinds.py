"""Each kind of thing that a kernel's header declares, used by a method that adds to a program."""
import kernel_types
from kernel_types import btf
from program import LARGE, Program

# Every feature, in the order of this file and of features.py.
FEATURES = []
# What helpers return, by the struct's name.
HELPERS = {"task_struct": "bpf_get_current_task_btf()", "bpf_sock": "bpf_sk_fullsock(gen_base)",
           "tcp_sock": "bpf_skc_to_tcp_sock(gen_base)",
           "unix_sock": "bpf_skc_to_unix_sock(gen_base)",
           "socket": "bpf_sock_from_file(gen_base)", "udp6_sock": "bpf_skc_to_udp6_sock(gen_base)",
           "mptcp_sock": "bpf_skc_to_mptcp_sock(gen_base)"}
MAPS = ["BPF_MAP_TYPE_HASH", "BPF_MAP_TYPE_ARRAY", "BPF_MAP_TYPE_LRU_HASH"]


def feature(method):
    FEATURES.append(method)
    return method


class Kinds(Program):
    """Methods with @feature: a program is a few of them, one after another."""

    @feature
    def direct(self):
        record, path = self.path(4)
        self.add(path.direct(self.pointer(record)))

    @feature
    def core_read(self):
        record, path = self.plain_path(6)
        self.add(f"BPF_CORE_READ({self.pointer(record)}, {path.accessors()})")

    @feature
    def core_read_into(self):
        record, path = self.plain_path(3)
        name, pointer = self.fresh("v"), self.pointer(record)
        self.body.append(f"typeof({path.direct(pointer)}) {name};")
        self.body.append(f"BPF_CORE_READ_INTO(&{name}, {pointer}, {path.accessors()});")
        self.add(name)

    @feature
    def helper(self):
        known = [tag for tag in HELPERS if tag in self.kernel.by_tag]
        if known:
            tag = self.r.choice(known)
            _, path = self.path(3, self.kernel.by_tag[tag])
            self.add(path.direct(HELPERS[tag]))

    @feature
    def sizes(self):
        record = self.record()
        name, _, bits = self.r.choice(list(self.kernel.fields(record)) or [("", 0, 1)])
        self.add(f"sizeof({self.kernel.spell(record)})")
        self.add(f"_Alignof({self.kernel.spell(self.record())})")
        if not bits:
            self.add(f"__builtin_offsetof({self.kernel.spell(record)}, {name})")

    @feature
    def container(self):
        record = self.struct()
        fields = [name for name, _, bits in self.kernel.fields(record) if not bits]
        if fields:
            name, pointer = self.r.choice(fields), self.fresh("c")
            tag = f"struct {record.name}"
            self.body.append(f"typeof((({tag} *)0)->{name}) *{pointer} = gen_base;")
            self.add(f"container_of({pointer}, {tag}, {name})")

    @feature
    def global_variable(self):
        name, record = self.fresh("g"), self.struct(small=True)
        prefix = self.r.choice(["", "static ", "const volatile ", ""])
        suffix = self.r.choice(["", "[2]", f' SEC(".data.{name}")'])
        self.globals.append(f"{prefix}struct {record.name} {name}{suffix};")
        self.add(f"*(volatile char *)&{name}")

    @feature
    def pointer_variable(self):
        name = self.fresh("g")
        self.globals.append(f"{self.kernel.spell(self.record())} *{name}[3];")
        self.add(f"{name}[1]")

    @feature
    def map_value(self):
        name, value = self.fresh("map"), self.struct(small=True)
        star = self.r.choice(["", "", " *"])
        self.globals.append(
            f"struct {{\n\t__uint(type, {self.r.choice(MAPS)});\n\t__uint(max_entries, 4);\n"
            f"\t__type(key, u32);\n\t__type(value, struct {value.name}{star});\n"
            f'}} {name} SEC(".maps");')
        self.add(f"bpf_map_lookup_elem(&{name}, &gen_key)")

    @feature
    def enum_values(self):
        t, values = self.r.choice(self.kernel.enums)
        value = self.r.choice(values)[0]
        self.add(self.r.choice([value, f"bpf_core_enum_value(enum {t.name}, {value})",
                                f"bpf_core_enum_value_exists(enum {t.name}, {value})",
                                f"({{ enum {t.name} gen_e = {value}; gen_e; }})"]))

    @feature
    def loose_enumerators(self):
        for value in self.r.sample(self.kernel.loose, 2):
            if 0 < value[1] < 200 and self.r.random() < .5:
                name = self.fresh("a")
                self.globals.append(f"u8 {name}[{value[0]}];")
                self.add(f"{name}[0]")
            else:
                self.add(value[0])

    @feature
    def type_definition(self):
        t = self.r.choice(self.kernel.typedefs)
        name = self.fresh("t")
        by_value = self.kernel.is_object(t.refs[0]) and self.kernel.size(t.refs[0]) <= LARGE
        if by_value and self.r.random() < .6:
            self.globals.append(f"{t.name} {name};")
            self.add(f"*(volatile char *)&{name}")
        elif self.r.random() < .5:
            self.globals.append(f"{t.name} *{name};")
            self.add(name)
        else:
            self.add(f"bpf_core_type_exists({t.name}) + bpf_core_type_id_local({t.name})")

    @feature
    def typedef_pointer(self):
        """Through a typedef of a struct or of a pointer to one."""
        for _ in range(200):
            t = self.r.choice(self.kernel.typedefs)
            target = self.kernel.strip(t.refs[0])
            star = " *"
            if target.kind == btf.PTR:
                star, target = " ", self.kernel.strip(target.refs[0])
            if target.kind in (btf.STRUCT, btf.UNION) and target.refs:
                path = self.kernel.scalar_path(self.r, target, 2)
                if path:
                    name = self.fresh("p")
                    self.body.append(f"{t.name}{star}{name} = gen_base;")
                    self.add(path.direct(name))
                    return

    @feature
    def function_typedef(self):
        functions = [t for t in self.kernel.typedefs if self._prototype(t)]
        t = self.r.choice(functions)
        name = self.fresh("f")
        star = "*" if self.kernel.strip(t.refs[0]).kind == btf.PROTO else ""
        self.globals.append(self.r.choice([
            f"{t.name} {star}{name};", f"struct {{ {t.name} {star}call; u32 more; }} {name};"]))
        self.add(f"*(volatile char *)&{name}")

    def _prototype(self, t):
        target = self.kernel.pointee(t.refs[0]) or self.kernel.strip(t.refs[0])
        return target.kind == btf.PROTO

    @feature
    def kfunc(self):
        if self.kernel.kfuncs:
            func = self.r.choice(self.kernel.kfuncs)
            proto = self.kernel.types[func.refs[0]]
            call = f"{func.name}({', '.join(map(self.zero, proto.refs[1:]))})"
            if not proto.refs[0]:
                self.body.append(f"{call};")
            elif self.kernel.strip(proto.refs[0]).kind in kernel_types.SCALAR:
                self._use_result(call, self.kernel.strip(proto.refs[0]))

    def _use_result(self, call, t):
        target = self.kernel.strip(t.refs[0]) if t.kind == btf.PTR else t
        path = None
        if target.kind == btf.STRUCT and target.refs and self.r.random() < .5:
            path = self.kernel.scalar_path(self.r, target, 2)
        self.add(path.direct(call) if path else call)

    @feature
    def kfunc_mention(self):
        if self.kernel.kfuncs:
            self.add(f"bpf_ksym_exists({self.r.choice(self.kernel.kfuncs).name})")

    @feature
    def own_kfunc(self):
        name = self.fresh("kfunc")
        a, b = self.record(), self.struct()
        self.globals.append(f"extern struct {b.name} *{name}({self.kernel.spell(a)} *gen_a, "
                            f"int (*gen_f)(struct {self.struct().name} *)) __ksym __weak;")
        self.add(f"{name}(gen_base, gen_base)")

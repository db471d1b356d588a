"""Ways to a kernel's types that do not meet the eye: pasting, includes, structs of its own."""
from kernel_types import btf
from kinds import Kinds, feature
from program import LARGE, Barren


class Features(Kinds):
    """All methods with @feature."""

    @feature
    def core_questions(self):
        record, spell = self.record(), self.kernel.spell
        fields = [n for n, _, bits in self.kernel.fields(record) if not bits]
        self.add(f"bpf_core_type_{self.r.choice(['exists', 'size', 'matches', 'id_kernel'])}"
                 f"({spell(record)}) + bpf_core_type_id_local({spell(self.record())})")
        if fields:
            self.add(f"bpf_core_field_{self.r.choice(['exists', 'offset', 'size'])}"
                     f"({spell(record)}, {self.r.choice(fields)})")

    @feature
    def core_cast(self):
        record, path = self.path(2, self.struct())
        self.add(path.direct(f"bpf_core_cast(gen_base, struct {record.name})"))

    @feature
    def pasted(self):
        """A tag, an enumerator or a member that only exists after pasting."""
        record, path = self.path(2, self.struct())
        macro, (a, b) = self.fresh("paste").upper(), self.cut(record.name)
        pointer = self.fresh("p")
        form = self.r.randrange(5)
        if form == 0:
            self.globals.append(f"#define {macro}(gen_x) struct {a}##gen_x")
            tag = f"{macro}({b})"
        elif form == 1:
            self.globals.append(f"#define {macro}(gen_x) struct gen_x##{b}")
            tag = f"{macro}({a})"
        elif form == 2:
            self.globals.append(f"#define {macro}(gen_x, gen_y) gen_x##gen_y")
            tag = f"struct {macro}({a}, {b})"
        elif form == 3:
            self.globals.append(f"#define {macro}_(gen_x, gen_y) gen_x##gen_y\n"
                                f"#define {macro}(gen_x) {macro}_({a}, gen_x)")
            tag = f"struct {macro}({b})"
        else:
            words = record.name.split("_")
            if "" in words:
                words = [record.name]
            names = [f"gen_x{i}" for i in range(len(words))]
            self.globals.append(f"#define {macro}({', '.join(names)}) struct {'##_##'.join(names)}")
            tag = f"{macro}({', '.join(words)})"
        self.body.append(f"{tag} *{pointer} = gen_base;")
        self.add(path.direct(pointer))

    @feature
    def pasted_value(self):
        macro = self.fresh("paste").upper()
        value = self.r.choice(self.kernel.loose)[0]
        a, b = self.cut(value)
        self.globals.append(f"#define {macro}(gen_x) gen_x##{b}" if self.r.random() < .5
                            else f"#define {macro}(gen_x) {a}##gen_x")
        self.add(f"{macro}({a if self.globals[-1].endswith(b) else b})")

    @feature
    def pasted_member(self):
        record, path = self.path(1, self.struct())
        macro, first = self.fresh("paste").upper(), path.parts[0]
        word = first.split(".")[0].split("[")[0]
        a, b = self.cut(word)
        self.globals.append(f"#define {macro}(gen_p, gen_x) (gen_p)->{a}##gen_x")
        rest = first[len(word):] + "".join(f"->{part}" for part in path.parts[1:])
        if b:
            self.add(f"{macro}({self.pointer(record)}, {b}){rest}")

    @feature
    def named_elsewhere(self):
        """The include supplies the names; the program itself shows none of them."""
        record, path = self.path(2)
        macro, pointer = self.fresh("name").upper(), self.fresh("p")
        self.include.append(f"#define {macro} {self.kernel.spell(record)}\n"
                            f"#define {macro}_OF(p) ({path.direct('(p)')})")
        self.body.append(f"{macro} *{pointer} = gen_base;")
        self.add(f"{macro}_OF({pointer})")

    @feature
    def inline_function(self):
        record, path = self.plain_path(3)
        name = self.fresh("inline")
        self.include.append(
            f"static __always_inline u64 {name}({self.kernel.spell(record)} *gen_arg)\n{{\n"
            f"\treturn (u64)BPF_CORE_READ(gen_arg, {path.accessors()});\n}}")
        self.add(f"{name}(gen_base)")

    @feature
    def unused_inline_function(self):
        record, path = self.path(3)
        self.include.append(
            f"static inline __attribute__((unused)) u64 {self.fresh('inline')}"
            f"({self.kernel.spell(record)} *gen_arg)\n{{\n"
            f"\treturn (u64)({path.direct('gen_arg')});\n}}")

    @feature
    def own_struct(self):
        """Kernel structs by value, as pointers, in arrays, in prototypes, in a struct of ours."""
        name, tag = self.fresh("g"), self.fresh("own")
        a, b, c, d = (self.struct(small=True).name for _ in range(4))
        attribute = self.r.choice(["", " __attribute__((preserve_access_index))",
                                   " __attribute__((packed))"])
        where = self.r.choice([self.globals, self.include])
        where.append(f"struct {tag} {{\n\tstruct {a} by_value;\n\tstruct {b} *pointers[4];\n"
                     f"\tint (*call)(struct {c} *, const struct {d} **);\n"
                     f"\tunion {{\n\t\tu64 number;\n\t\tstruct {c} *pointer;\n\t}};\n}}"
                     f"{attribute};")
        self.globals.append(f"struct {tag} {name};")
        _, path = self.path(2, self.kernel.by_tag[a])
        self.add(f"{name}.by_value." + "->".join(path.parts))
        self.add(f"{name}.pointers[gen_key & 3]")

    @feature
    def bit_field(self):
        record = self.r.choice(self.kernel.with_bits)
        name = self.r.choice([n for n, _, bits in self.kernel.fields(record) if bits])
        read = self.r.choice(["BPF_CORE_READ_BITFIELD", "BPF_CORE_READ_BITFIELD_PROBED"])
        self.add(f"{read}({self.pointer(record)}, {name})")

    @feature
    def typeof_member(self):
        record = self.record()
        fields = [(n, t) for n, t, bits in self.kernel.fields(record)
                  if not bits and self.kernel.is_object(t) and self.kernel.size(t) <= LARGE]
        if fields:
            name = self.fresh("g")
            self.globals.append(f"typeof((({self.kernel.spell(record)} *)0)->"
                                f"{self.r.choice(fields)[0]}) {name};")
            self.add(f"*(volatile char *)&{name}")

    @feature
    def member_pointer(self):
        """A pointer to a member, whose type nothing names."""
        record = self.struct()
        fields = list(self.kernel.fields(record))
        for name, number, _ in self.r.sample(fields, len(fields)):
            target = self.kernel.strip(number)
            path = (self.kernel.scalar_path(self.r, target, 2)
                    if target.kind in (btf.STRUCT, btf.UNION) and target.refs else None)
            if path:
                pointer = self.fresh("m")
                self.body.append(f"__auto_type {pointer} = &{self.pointer(record)}->{name};")
                self.add(path.direct(pointer))
                return

    @feature
    def flavour(self):
        record = self.struct()
        fields = [(n, t) for n, t, bits in self.kernel.fields(record)
                  if not bits and self.kernel.is_object(t)]
        if fields:
            tag, (name, _) = f"{record.name}___{self.fresh('old')}", self.r.choice(fields)
            self.globals.append(f"struct {tag} {{\n\ttypeof(((struct {record.name} *)0)->{name}) "
                                f"{name};\n\tint gone;\n}} __attribute__((preserve_access_index));")
            pointer = self.fresh("p")
            self.body.append(f"struct {tag} *{pointer} = gen_base;")
            self.add(f"bpf_core_field_exists({pointer}->gone) ? {pointer}->gone : "
                     f"(u64)&{pointer}->{name}")

    @feature
    def forward_only(self):
        """A struct the header only declares, defined by the program."""
        free = [n for n in self.kernel.forward if n not in self.defined]
        if free:
            tag, (_, path) = self.r.choice(free), self.path(1, record := self.struct())
            self.defined.add(tag)
            self.globals.append(f"struct {tag} {{\n\tint gen_first;\n\tstruct {record.name} "
                                f"*gen_second;\n}};")
            name = self.fresh("p")
            self.body.append(f"struct {tag} *{name} = gen_base;")
            self.add(f"{name}->gen_first")
            self.add(path.direct(f"{name}->gen_second"))

    @feature
    def tags(self):
        name, record = self.fresh("tagged"), self.struct(small=True)
        self.globals.append(
            f"struct {name} {{\n\tstruct {record.name} *a __attribute__((btf_decl_tag(\"a\")));\n"
            f"\tstruct {self.struct().name} __attribute__((btf_type_tag(\"rcu\"))) *b;\n"
            f"\tstruct {self.struct().name} __kptr *c;\n}} {name} "
            f"__attribute__((btf_decl_tag(\"variable\")));")
        self.add(f"{name}.a")

    @feature
    def struct_ops(self):
        record = self.r.choice(self.kernel.callbacks)
        members = self.kernel.function_members(record)
        chosen = self.r.sample(members, min(2, len(members)))
        name = self.fresh("ops")
        for member in chosen:
            arg = self.struct()
            self.globals.append(
                f'SEC("struct_ops/{member}")\nint BPF_PROG({name}_{member}, '
                f"struct {arg.name} *arg)\n"
                f"{{\n\treturn arg != 0;\n}}")
        lines = "".join(f"\t.{m} = (void *){name}_{m},\n" for m in chosen)
        self.globals.append(f'SEC(".struct_ops")\nstruct {record.name} {name} = {{\n{lines}}};')

    @feature
    def global_function(self):
        name = self.fresh("func")
        a, b, t = self.record(), self.struct(), self.r.choice(self.kernel.typedefs)
        self.globals.append(
            f"{self.r.choice(['', 'static '])}__noinline int {name}({self.kernel.spell(a)} *gen_a, "
            f"const struct {b.name} **gen_b, {t.name} *gen_c)\n{{\n"
            f"\treturn gen_a == (void *)gen_b && gen_c;\n}}")
        self.add(f"{name}(gen_base, gen_base, gen_base)")

    @feature
    def tracing_program(self):
        name, (record, path) = self.fresh("prog"), self.plain_path(2, self.struct())
        other, (t, _) = self.struct(), self.r.choice(self.kernel.enums)
        kind, macro = self.r.choice([("fentry", "BPF_PROG"), ("kprobe", "BPF_KPROBE")])
        self.globals.append(
            f'SEC("{kind}/gen")\nint {macro}({name}, struct {record.name} *gen_a, '
            f"struct {other.name} *gen_b, enum {t.name} gen_c)\n{{\n"
            f"\treturn (u64)BPF_CORE_READ(gen_a, {path.accessors()}) + gen_c + (gen_b != 0);\n}}")

    @feature
    def kernel_variable(self):
        name = self.fresh("ksym")
        self.globals.append(f"extern const struct {self.struct().name} {name} __ksym __weak;")
        self.add(f"&{name}")

    @feature
    def function_member(self):
        record = self.r.choice(self.kernel.callbacks)
        member, name = self.r.choice(self.kernel.function_members(record)), self.fresh("f")
        self.globals.append(f"typeof(((struct {record.name} *)0)->{member}) {name};")
        self.add(name)

    @feature
    def callback_result(self):
        """An extern of the type that a member function's result points to."""
        for _ in range(200):
            record = self.r.choice(self.kernel.callbacks)
            for name, number, _ in self.kernel.fields(record):
                proto = self.kernel.pointee(number)
                target = self.kernel.pointee(proto.refs[0]) if proto and proto.refs else None
                if (target and target.kind == btf.STRUCT and target.refs
                        and self.kernel.takes_zeros(proto)):
                    call = f"((struct {record.name} *)0)->{name}" \
                           f"({', '.join(map(self.zero, proto.refs[1:]))})"
                    self._extern_of(f"*{call}")
                    return
        raise Barren

    @feature
    def member_extern(self):
        """An extern of the type that a member points to."""
        record = self.struct()
        names = [n for n, t, _ in self.kernel.fields(record)
                 if getattr(self.kernel.pointee(t), "kind", None) == btf.STRUCT]
        if names:
            self._extern_of(f"*((struct {record.name} *)0)->{self.r.choice(names)}")

    def _extern_of(self, expression):
        name = self.fresh("ksym")
        self.globals.append(f"extern const typeof({expression}) {name} __ksym __weak;")
        self.add(f"&{name}")
        self.add(f"bpf_core_type_id_kernel(typeof({expression}))")

    @feature
    def generic(self):
        (record, path), other = self.plain_path(2), self.struct()
        self.add(f"_Generic({path.direct(self.pointer(record))}, struct {other.name} *: 1, "
                 f"enum {self.r.choice(self.kernel.enums)[0].name} *: 2, default: 3)")

    @feature
    def initialised(self):
        record = self.struct(small=True)
        fields = [n for n, t, bits in self.kernel.fields(record)
                  if self.kernel.strip(t).kind == btf.INT]
        if fields:
            name = self.fresh("g")
            self.globals.append(f"struct {record.name} {name} = {{.{self.r.choice(fields)} = 1}};")
            self.add(f"*(volatile char *)&{name}")

    @feature
    def inactive(self):
        """Named on the side of a condition that is not compiled, and in comments and strings."""
        a, b, c = (self.struct().name for _ in range(3))
        self.globals.append(f"#ifdef GEN_NEVER\nstruct {a} *gen_never;\n#endif\n"
                            f'/* struct {b} */\nconst char {self.fresh("s")}[] = "struct {c}";')

    @feature
    def spliced(self):
        record, path = self.path(1, self.struct())
        a, b = self.cut(record.name)
        name = self.fresh("p")
        self.body.append(f"struct {a}\\\n{b} *{name} = gen_base;")
        self.add(path.direct(name))

    @feature
    def lists_of_names(self):
        """An X-macro over tags."""
        macro = self.fresh("list").upper()
        names = [self.struct().name for _ in range(3)]
        self.include.append(f"#define {macro}(X) {' '.join(f'X({n})' for n in names)}")
        self.globals.append(f"#define {macro}_SIZE(name) + sizeof(struct name)")
        self.add(f"0 {macro}({macro}_SIZE)")

"""A random program that architectures' macros run through: what it declares, and how."""
from text import Name, Text


class Program(Text):
    """
    Each method of FEATURES says one thing. It declares its names once, whatever sides there are.
    """

    def derive(self):
        name = self.fresh("target")
        text, hot = self.condition(True)
        self.emit(f"#{text}\n#define {name}")
        if self.chance(0.4):
            self.emit(f"#elif defined({self.r.choice(self.conditions).text})\n#define {name}_other")
            self.conditions.append(Name(name + "_other", hot))
        self.emit("#endif")
        self.conditions.append(Name(name, hot))

    def macro(self):
        name = Name(self.fresh("m"), False, self.r.choice((None, None, None, 1, 2)))
        name.plain = self.chance(0.5)
        params = {None: "", 1: "(a)", 2: "(a, b)"}[name.arity]
        shown = self.chance(0.5)

        def make(_):
            text, hot = ((str(self.r.randint(1, 9)), False) if name.plain
                         else self.constant(self.any_heat(shown)))
            more = {None: "", 1: " + (a)", 2: " + (b) - (a)"}[name.arity]
            if self.chance(0.1):
                self.emit(f"#undef {name.text}")
            if self.chance(0.05):
                self.emit(f"#undef {name.text}\n#define {name.text}{params} 3")
            self.emit(f"#undef {name.text}\n#define {name.text}{params} ({text}{more})")
            name.hot |= self.is_hot(hot)
        self.alternatives(make, shown)
        self.macros.append(name)

    def typedef(self):
        name = Name(self.fresh("t"), False)
        kind = self.r.randint(0, 4)

        def make(_):
            n, hot = self.constant(self.any_heat(False))
            t = self.pick(self.types, self.chance(0.3))
            self.emit((f"typedef char {name.text}[{n}];",
                       f"typedef struct {{ int x[{n}]; }} {name.text};",
                       f"typedef {t.text if t else 'int'} {name.text};",
                       f"typedef int (*{name.text})(int (*)[{n}]);",
                       f"typedef union {{ struct {{ char y[{n}]; }}; long z; }} {name.text};",
                       )[kind])
            name.hot |= self.is_hot(hot, t and t.hot)
        self.alternatives(make)
        self.types.append(name)

    def members(self):
        """Members of a struct, with conditionals between; whether they are hot."""
        hot = False
        for _ in range(self.r.randint(1, 3)):
            n, more = self.constant(self.any_heat(False), 1)
            kind = self.r.random()
            field = self.fresh("f")
            opened = self.chance(0.15)
            if opened:
                text, under = self.condition(self.any_heat(False))
                self.emit(f"#{text}")
                hot |= under
            if kind < 0.3:
                self.emit(f"\tint {field}[{n}];")
            elif kind < 0.45:
                self.emit(f"\tunsigned {field} : (({n}) & 7) + 1;")
            elif kind < 0.6 and not opened:
                tag = Name(self.fresh("s"), False)
                self.emit(f"\tstruct {tag.text} {{ char x[{n}]; }} {field};")
                tag.hot = self.is_hot(more)
                self.tags.append(tag)
            elif kind < 0.7 and not opened:
                value = Name(self.fresh("e"), self.is_hot(more))
                self.emit(f"\tenum {{ {value.text} = {n} }} {field};")
                self.values.append(value)
            elif kind < 0.8:
                self.emit(f"\tstruct {{ short {field}[{n}]; }};")
            elif kind < 0.9:
                self.emit(f"\tINNER({field}_tag, {n}) {field};")
                self.tags.append(Name(field + "_tag", self.is_hot(more)) if not opened
                                 else Name(self.tags[0].text, True))
            else:
                self.emit(f"\tint (*{field})(int (*)[{n}]);")
            hot |= more
            if opened:
                self.emit("#endif")
        return hot

    def struct(self):
        tag = Name(self.fresh("s"), False)
        attribute = self.r.choice(("", "", "__attribute__((packed)) ", "PACKED "))
        if self.chance(0.2):
            self.emit(f"struct {tag.text};")
        self.emit(f"struct {attribute}{tag.text} {{")
        self.emit("\tlong first;")
        tag.hot = self.is_hot(self.members())
        self.emit("} " + self.r.choice(("", "", "__attribute__((aligned(8)))", "ALIGNED")) + ";")
        self.tags.append(tag)

    def enum(self):
        names = [Name(self.fresh("e"), False) for _ in range(self.r.randint(1, 3))]
        kind = self.r.random()
        shown = self.chance(0.3)

        def make(side):
            n, hot = self.constant(self.any_heat(shown), 1)
            texts = [e.text for e in names]
            if side and self.chance(0.3):
                texts.reverse()
            if kind < 0.15:
                self.emit(f"#undef LIST\n#define LIST(X) {' '.join(f'X({t})' for t in texts)}")
                self.emit(f"enum {{ {self.fresh('z')} = {n}, LIST(ENTRY) {self.fresh('z')} }};")
            else:
                self.emit(f"enum {self.fresh('z')} {{ {texts[0]} = {n},")
                for text in texts[1:]:
                    self.emit(f"\t{text},")
                self.emit("};")
            for e in names:
                e.hot |= self.is_hot(hot)
        self.alternatives(make, shown)
        self.values += names

    STORAGE = (("static", 10), ("", 2), ("const", 1), ("static const", 3), ("STATIC", 1),
               ("extern", 1), ("__attribute__((weak))", 1), ("USED static", 1), ("KEEP static", 1),
               ("static ATTR(used)", 1), ("static UNUSED", 2), ("static volatile", 1))

    def storage(self):
        words, weights = zip(*self.STORAGE)
        return self.r.choices(words, weights)[0]

    def shows(self, storage):
        return storage in ("", "const", "extern", "__attribute__((weak))", "STATIC",
                           "static ATTR(used)", "static volatile", "USED static", "KEEP static")

    def variable(self):
        name = Name(self.fresh("v"), False)
        storage = self.storage()
        shown = self.shows(storage)
        kind = self.r.randint(0, 5)
        tag = self.pick(self.tags, self.any_heat(shown))

        def make(side):
            n, hot = self.constant(self.any_heat(shown))
            if side and self.chance(0.2):
                self.emit(f"{self.storage() if shown else 'static'} int {self.fresh('v')};")
            if storage == "extern":
                self.emit(f"extern int {name.text}[({n}) + 4];")
            elif kind == 0:
                self.emit(f"{storage} int {name.text}[] = {{1, 2, 3, 4, {n}}};")
            elif kind == 1:
                self.emit(f"{storage} int {name.text}[] = {{1, 2, 3, 4,")
                text, more = self.condition(self.any_heat(shown))
                self.emit(f"#{text}\n\t{n},\n#endif\n}};")
                hot |= more
            elif kind == 2 and tag:
                self.emit(f"{storage} struct {{ int x; struct {tag.text} y; }} {name.text}_s;")
                self.emit(f"static int {name.text}[5];")
                hot |= tag.hot
            elif kind == 3 and storage in ("static", ""):
                self.emit(f"{storage} int (*{name.text}_p)(int (*)[{n}]);")
                self.emit(f"static int {name.text}[5];")
            elif kind == 4 and storage in ("static", ""):
                self.emit(f"{storage} int {name.text}_f(int), {name.text}[({n}) + 4];")
            else:
                self.emit(f"{storage} int {name.text}[({n}) + 4];")
            name.hot |= self.is_hot(hot)
        self.alternatives(make, shown)
        self.values.append(Name(f"{name.text}[{self.r.randint(0, 3)}]", name.hot))

    def statements(self, shown):
        hot = False
        for _ in range(self.r.randint(1, 3)):
            text, more = self.value(shown)
            kind = self.r.random()
            if kind < 0.15:
                condition, under = self.condition(self.any_heat(shown))
                self.emit(f"#{condition}\n\tx += {text};\n#endif")
                more |= under
            elif kind < 0.25:
                inner = self.constant(False)[0]
                self.emit(f"\t{{ enum {{ inner = {inner} }}; x += inner + {text}; }}")
            elif kind < 0.35:
                self.emit(f"\tif (x > {text})\n\t\tgoto out;")
            elif kind < 0.42:
                tag = self.pick(self.tags, self.any_heat(shown))
                if tag:
                    self.emit(f"\tx += ((struct {tag.text} *)c)->first_of_all;"
                              if self.chance(0.02) else f"\tx += sizeof(struct {tag.text});")
                    more |= tag.hot
            elif kind < 0.5:
                self.emit(f"\t{{ __typeof__(x) y = {text}; x ^= y; }}")
            else:
                self.emit(f"\tx += {text};")
            hot |= more
        return hot

    def function(self):
        name = Name(self.fresh("fn"), False)
        storage = self.r.choice(("static", "static inline", "static __attribute__((noinline))",
                                 "INLINE", "static UNUSED", "static INLINED", "STATIC"))
        shown = storage in ("STATIC", "INLINE") or self.chance(0.4)
        prototype = self.chance(0.2)

        def make(side):
            if prototype:
                self.emit(f"{storage} int {name.text}(int c);")
            elif side and self.chance(0.1):
                self.emit(f"{self.r.choice(('static ', 'extern '))}int {self.fresh('fn')}(int c);")
            self.emit(f"{storage} int {name.text}(int c)\n{{\n\tlong x = c;")
            hot = self.statements(shown)
            if self.chance(0.03):
                self.emit("\tx += __COUNTER__;")
            self.emit("\tgoto out;\nout:\n\treturn x;\n}")
            name.hot |= self.is_hot(hot)
        self.alternatives(make, shown)
        self.functions.append(name)

    def program(self):
        name = self.fresh("prog")

        def make(_):
            self.emit(f"SEC(\"socket\") int {name}(void *c)\n{{\n\tlong x = 0;")
            self.statements(True)
            self.emit("\tgoto out;\nout:\n\treturn x;\n}")
        self.alternatives(make, True)

    def forward(self):
        """A struct that is complete only behind a prototype, and may be declared before it."""
        tag, f = self.fresh("s"), self.fresh("fn")
        texts = (f"struct {tag};", f"typedef struct {tag} *{self.fresh('t')};",
                 f"extern struct {tag} *{self.fresh('v')};",
                 f"struct {self.fresh('s')} {{ struct {tag} *p; }};")
        if self.chance(0.7):
            self.emit(f"struct {tag};")
        text, hot = self.condition(self.chance(0.5))
        self.emit(f"#{text}\n{self.r.choice(texts)}\n#endif")
        if self.chance(0.3):
            self.emit(f"static int {f}(struct {tag} *p) {{ return !p; }}")
        if self.chance(0.5):
            self.emit(f"struct {tag} {{ int first; }};")
        if self.chance(0.5):
            self.emit(f"int {self.fresh('prog')}(struct {tag} *p) {{ return !p; }}")

    def cut(self):
        """A declaration that a conditional cuts apart."""
        name = self.fresh("v")
        text, hot = self.condition(self.any_heat(True))
        n = self.constant(False)[0]
        self.emit(self.r.choice((
            "#{c}\nstatic\n#endif\nint {v}(int c) {{ return {n}; }}",
            "static\n#{c}\nconst\n#endif\nint {v}[5] = {{{n}}};",
            "static int {v}[5]\n#{c}\n= {{{n}}}\n#endif\n;",
            "static int {v}(int c)\n#{c}\n{{ return {n}; }}\n#else\n{{ return 1; }}\n#endif",
            "static int {v}(int c\n#{c}\n, int d\n#endif\n) {{ return {n}; }}",
            "struct {v} {{ int x; }}\n#{c}\n__attribute__((aligned(16)))\n#endif\n;",
            "#{c}\nstruct {v} {{\n#else\nunion {v} {{\n#endif\nint x[{n}]; }};",
            "#{c}\nint {v}[{n}];\n#else\nstatic int {v}[2];\n#endif",
            "static int\n#{c}\n{v} = {n};\n#else\n{v} = 2;\n#endif",
            "#{c}\n#define static\n#endif\nstatic int {v}(int c) {{ return {n}; }}\n#undef static",
            "#{c}\n#define {v}_macro static\n#else\n#define {v}_macro\n#endif\n"
            "{v}_macro int {v} = {n};",
            "#{c}\n#define {v}_macro USED\n#else\n#define {v}_macro\n#endif\n"
            "static {v}_macro int {v} = {n};",
            "#{c}\n#define {v}_macro ,\n#else\n#define {v}_macro , {v}_one,\n#endif\n"
            "enum {{ {v}_zero {v}_macro {v}_two }};",
        )).format(c=text, v=name, n=n))

    # Each may make a difference in a way that does not meet the eye; c is a condition, n a number.
    SLY = (
        "#{c}\n#define STATIC_{v} static\n#else\n#define STATIC_{v}\n#endif\n"
        "STATIC_{v} int {v}(int c) {{ return 1; }}",
        "#{c}\n#define static\n#endif\nstatic int {v}(int c) {{ return 1; }}\n#undef static",
        "#{c}\nint (*{v})(void);\n#endif",
        "#{c}\nint {v}_f(int), {v};\n#endif",
        "#{c}\nextern int {v} = 1;\n#endif",
        "#{c}\nextern int {v}(int c) {{ return 1; }}\n#endif",
        "#{c}\nstatic\n#endif\nint {v}(int c) {{ return 1; }}",
        "#{c}\nstatic\n#else\nextern int {v}_other;\n#endif\nint {v};",
        "[[gnu::used]] static int {v} = {n};",
        "static int (*{v} ATTR(used))(int) = (void *)(long)({n});",
        "static int __attribute__((unused)) {v} ATTR(__used__) = {n};",
        "#define NAMED(x) {v}_##x\nenum {{ NAMED(one) = {n} }};\nint {v} = {v}_one;",
        "#define MORE_{v} {n}, {v}_two\nenum {{ {v}_one = MORE_{v} }};\nint {v} = {v}_two;",
        "#define EACH_{v}(X) X({v}_one) X({v}_two)\n#define IS_{v}(x) x = {n},\n"
        "enum {{ EACH_{v}(IS_{v}) }};\nint {v} = {v}_two;",
        "#define INNER_{v} struct {v}_in {{ char x[({n}) & 31]; }} in;\n"
        "struct {v}_out {{ INNER_{v} }};\nint {v} = sizeof(struct {v}_in);",
        "#define OPEN_{v} struct {v} {{\nOPEN_{v}\n#{c}\nstruct {{ int y; }};\n#endif\nint x; }};\n"
        "int {v} = sizeof(struct {v});",
        "#if TARGET(arm64)\nint {v};\n#endif",
        "#define IS_{v} TARGET(arm64)\n#if !IS_{v}\n#define HAS_{v} 1\n#else\n#define HAS_{v} 2\n"
        "#endif\nint {v} = HAS_{v};",
        "#{c}\n#if __COUNTER__\n#endif\n#endif\nint {v} = __COUNTER__;",
        "static int x_{v}[sizeof(struct {v} {{ char y[({n}) & 31]; }})];\n"
        "int {v} = sizeof(struct {v});",
        "#{c}\nstruct {v};\n#endif\nint f_{v}(struct {v} *p);\nstruct {v} {{ int x; }};\n"
        "int p_{v}(struct {v} *p) {{ return f_{v}((void *)p); }}",
        "#{c}\ntypedef struct {v} *t_{v};\n#endif\nint f_{v}(struct {v} *p);\n"
        "struct {v} {{ int x; }};\nint p_{v}(struct {v} *p) {{ return f_{v}((void *)p); }}",
        "static int s_{v}(void) {{ return {n}; }}\n"
        "#pragma clang attribute push(__attribute__((used)), apply_to = function)\n"
        "static int {v}(void) {{ return {n}; }}\n#pragma clang attribute pop",
        "static int {v}(void) {{ return {n}; }}\nint a_{v}(void) __attribute__((alias(\"{v}\")));",
        "static int {v}(void) {{ return {n}; }}\nint a_{v}(void) __asm__(\"{v}\");\n"
        "int p_{v}(void) {{ return a_{v}(); }}",
        "#{c}\nstatic int {v}(void) {{ extern int x_{v} __attribute__((weak)); return x_{v}; }}\n"
        "#endif\n"
        "extern int x_{v};\nlong p_{v}(void) {{ return (long)&x_{v}; }}",
        "#{c}\nstatic void {v}(void) {{ _Pragma(\"pack(1)\") }}\n#endif\n"
        "struct {v} {{ char x; long y; }};\nint p_{v} = sizeof(struct {v});\n_Pragma(\"pack()\")",
        "static int strcmp(const char *a, const char *b) {{ return {n}; }}\n"
        "int {v}(char *a) {{ return __builtin_strcmp(a, a + 1); }}",
        "static int {v};\nstatic int\n#{c}\no_{v} = 1;\n#else\n{v} = 2;\n#endif\n"
        "int p_{v}(void) {{ return {v}; }}",
    )

    def sly(self):
        text = self.r.choice(self.SLY)
        condition = f"if{self.r.choice(('', 'n'))}def {self.r.choice(self.conditions[:3]).text}"
        n = self.r.choice(("HOT", "HOT + 1", "CAT(H, OT)", self.constant(True)[0]))
        self.emit(text.format(c=condition, v=self.fresh("y"), n=n))

    def pragma(self):
        text, hot = self.condition(self.any_heat(True))
        if self.chance(0.3):
            self.emit(f"#{text}\n#pragma pack(push, 1)\n#else\n#pragma pack(push, 2)\n#endif")
        else:
            self.emit("#pragma pack(push, 1)")
        self.struct()
        self.emit("#pragma pack(pop)")

    def redefine(self):
        name = self.pick(self.macros, self.chance(0.3))
        if name and name.arity is None:
            text, hot = self.constant(self.any_heat(False), 1)
            if name.text not in text:
                self.emit(f"#undef {name.text}\n#define {name.text} ({text})")
                name.hot |= self.is_hot(hot)

    FEATURES = ((derive, 2), (macro, 8), (typedef, 3), (struct, 4), (enum, 3), (variable, 5),
                (function, 6), (program, 3), (forward, 1), (cut, 0.3), (sly, 1), (pragma, 0.3),
                (redefine, 1))

    PRELUDE = """\
#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)
#define CAT3(a, b, c) a##b##c
#define VCAT(a, ...) a##__VA_ARGS__
#define MAKE_m(n) m##n
#define TARGET(n) __TARGET_ARCH_##n
#define ATTR(x) __attribute__((x))
#define USED __attribute__((used))
#define KEEP USED __attribute__((unused))
#define UNUSED __attribute__((unused))
#define STATIC static
#define INLINE static inline
#define INLINED inline __attribute__((always_inline))
#define PACKED __attribute__((packed))
#define ALIGNED __attribute__((aligned(16)))
#define INNER(tag, n) struct tag { char inner[n]; }
#define ENTRY(x) x,
#define SEC(n) __attribute__((section(n), used))
#ifdef __TARGET_ARCH_x86
#define HOT 1
#elif defined(__TARGET_ARCH_arm64)
#define HOT 2
#else
#define HOT 3
#endif
"""

    def text(self):
        """The source and its header."""
        r = self.r
        features, weights = zip(*self.FEATURES)
        self.tags.append(Name("s0", False))
        self.emit("struct s0 { long first; };")
        header = []
        chosen = r.choices(features, weights, k=r.randint(4, 20))
        middle = r.randint(0, len(chosen)) if r.random() < 0.3 else 0
        for i, feature in enumerate(chosen):
            if i == middle:
                header, self.lines = self.lines, []
            opened = self.chance(0.1)
            if opened:
                text, hot = self.condition(False)
                self.emit(f"#{text}\n#define {self.fresh('seen')}\n#endif")
            feature(self)
        self.program()
        return self.lines, header


def generate(r, name):
    """The texts of a program and of the header that it includes, name.h."""
    lines, header = Program(r).text()
    source = "\n".join([f'#include "{name}.h"'] + lines) + "\n"
    return source, "\n".join(["#pragma once", Program.PRELUDE] + header) + "\n"

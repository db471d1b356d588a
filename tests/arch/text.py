"""Text that a random program is put together from: names, expressions, conditionals.

A name is "hot" when the generator thinks that it depends on an architecture. That only decides how
often it is used where it shows in the object; whether it is right does not matter.
"""

ARCHS = ("x86", "arm64", "powerpc", "s390", "riscv")
TEMPER = 0.012  # how often something that shows in the object may mention what is hot


class Name:
    def __init__(self, text, hot, arity=None):
        self.text, self.hot, self.arity = text, hot, arity


class Text:
    def __init__(self, r):
        self.r = r
        self.count = 0
        self.heat = 0  # of the conditionals around
        # The kinds of names there are.
        self.values, self.macros, self.types, self.tags, self.functions = [], [], [], [], []
        self.conditions = [Name(f"__TARGET_ARCH_{arch}", True) for arch in ARCHS]
        self.header = []
        self.lines = []

    # Names and expressions

    def fresh(self, what):
        self.count += 1
        return f"{what}{self.count}"

    def chance(self, p):
        return self.r.random() < p

    def pick(self, names, hot):
        fit = [n for n in names if hot or not n.hot]
        return self.r.choice(fit) if fit else None

    def any_heat(self, shown):
        """Whether hot names may be used here, for something that shows in the object or not."""
        return self.chance(TEMPER if shown else 0.6)

    def constant(self, hot, depth=2):
        """A constant expression, and whether it is hot."""
        r, kind = self.r, self.r.random()
        name = self.pick(self.macros, hot)
        if depth == 0 or kind < 0.25 or not name:
            return str(r.randint(1, 9)), False
        if kind < 0.4:
            t = self.pick(self.types, hot)
            if t:
                return f"(int)sizeof({t.text})", t.hot
        if kind < 0.5:
            tag = self.pick(self.tags, hot)
            if tag:
                return f"(int)sizeof(struct {tag.text})", tag.hot
        if kind < 0.6:
            a, b = self.constant(hot, depth - 1), self.constant(hot, depth - 1)
            return f"({a[0]} {r.choice('+|^')} {b[0]})", a[1] or b[1]
        if kind < 0.64:
            made = self.pasted(name)
            if made:
                return made, name.hot
        return self.use(name, hot, depth)

    def use(self, name, hot, depth):
        if name.arity is None:
            return name.text, name.hot
        args = [self.constant(hot, depth - 1) for _ in range(name.arity)]
        return (f"{name.text}({', '.join(a[0] for a in args)})",
                name.hot or any(a[1] for a in args))

    def pasted(self, name):
        """A name put together from two or three pieces, of which one may be empty."""
        text = name.text
        if name.arity is not None:
            return None
        cut = self.r.randint(1, len(text) - 1)
        kind = self.r.random()
        if kind < 0.3:
            return f"CAT({text[:cut]}, {text[cut:]})"
        if kind < 0.45 and text[cut:].isdigit() and text[:cut] == "m":
            return f"MAKE_m({text[cut:]})"
        if kind < 0.6:
            return f"CAT3({text[:cut]}, , {text[cut:]})"
        if kind < 0.75 and cut > 1:
            return f"CAT3({text[:1]}, {text[1:cut]}, {text[cut:]})"
        if kind < 0.8:
            return f"CAT(CAT({text[:cut]}, {text[cut:]}), )"
        return f"VCAT({text[:cut]}, {text[cut:]})" if self.chance(0.2) else None

    def value(self, shown):
        """An expression in a function."""
        hot = self.any_heat(shown)
        kind = self.r.random()
        if kind < 0.3:
            v = self.pick(self.values, hot)
            if v:
                return v.text, v.hot
        if kind < 0.55:
            f = self.pick(self.functions, hot)
            if f:
                return f"{f.text}({self.constant(hot, 1)[0]})", f.hot
        if kind < 0.6:
            a = self.constant(hot)
            return f"({{ int local = {a[0]}; local; }})", a[1]
        if kind < 0.65:
            a = self.constant(hot)
            return f"_Generic(0, int: {a[0]}, default: 0)", a[1]
        if kind < 0.7:
            a = self.constant(hot)
            return f"(struct {{ int field; }}){{.field = {a[0]}}}.field", a[1]
        return self.constant(hot)

    # Text under conditionals

    def emit(self, text):
        self.lines.append(text)

    def condition(self, hot):
        names = self.conditions if hot else [n for n in self.conditions if not n.hot]
        name = self.r.choice(names) if names else Name("NEVER", False)
        kind = self.r.random()
        if kind < 0.3:
            return f"ifdef {name.text}", name.hot
        if kind < 0.4:
            return f"ifndef {name.text}", name.hot
        if kind < 0.45 and name.text.startswith("__TARGET_ARCH_"):
            return f"if TARGET({name.text[len('__TARGET_ARCH_'):]})", True
        m = self.pick(self.macros, hot)
        if kind < 0.6 and m:
            text, more = self.use(m, False, 1)
            if "sizeof" not in text and m.plain:
                return f"if {text} > {self.r.randint(1, 6)}", m.hot or more
        return f"if defined({name.text}) || {self.r.randint(0, 1)}", name.hot

    def alternatives(self, make, shown=False):
        """What make emits, on both sides of a condition, perhaps: it is told which side it is."""
        if self.chance(0.4):
            return make(0)
        text, hot = self.condition(self.any_heat(shown))
        self.heat += hot
        self.emit(f"#{text}")
        make(0)
        if self.chance(0.2):
            self.emit(f"#elif defined({self.r.choice(self.conditions).text if hot else 'NEVER'})")
            make(1)
        self.emit("#else")
        make(2)
        self.emit("#endif")
        self.heat -= hot
        return None

    def is_hot(self, *more):
        return self.heat > 0 or any(more)

#!/usr/bin/env python3
"""Makes the expressions of the differential test: one a line, the same for the same seed.

    generate.py table LIST SEED     each entry of the core-function table (run_differential --list)
    generate.py grammar COUNT SEED  expressions of the whole language, from a grammar
    generate.py topics COUNT SEED   so many about each of what the grammar makes seldom (topics.py)
"""
import random
import re
import sys

INTS = """0 1 -1 2 3 5 7 10 -3 100 127 128 255 256 1000 2147483647 -2147483648 2147483648
9007199254740993 9223372036854775807 -9223372036854775808""".split()
NUMBERS = INTS + """0.0 -0.0 1.0 2.5 -2.5 0.1 1e10 1.5e300 1e-7 123456.789 ##NaN ##Inf ##-Inf 1/2 -7/3
22/7 0N 3N -5N 9223372036854775808N 123456789012345678901234567890N 1M 1.50M -0.25M 1e3M""".split()
STRINGS = ['""', '"a"', '"abc"', '"Hello World"', '"héllo"', '"a,b,,c,"', '" pad "', '"a\\nb\\r\\nc"', '"1"',
           '"-42"', '"3.14"', '"true"', '"naïve 日本 😀"', '"aXbXc"', '"%d and %s"', '"key"', '"ABC"',
           '"550e8400-e29b-41d4-a716-446655440000"', '"{:a 1 :b [2 3]}"', '"x1y22z333"']
SCALARS = ['nil', 'true', 'false', r'\a', r'\space', r'\newline', r'\é', ':k', ':a', ':a/b', ':b', "'s", "'x/y",
           '#inst "2024-02-29T12:34:56.789Z"', '#uuid "550e8400-e29b-41d4-a716-446655440000"', '#"a+"']
VECTORS = ['[]', '[1]', '[1 2 3]', '[3 1 2]', '[nil]', '[1 nil 3]', '[[1 2] [3 4]]', '[:a 1 :b 2]', '["b" "a"]',
           '[1 1 2 2 1]', '[[:a 1] [:b 2]]', '(vec (range 40))', '[{:a 1} {:a 2 :b 3}]', '[1 2.5 1/2]', '[[] {} "x"]',
           '[:a :b]', '[0 1]', '(subvec [1 2 3 4] 1 3)', '(first {:a 1})']
LISTS = ['()', "'(1)", "'(1 2 3)", "'(3 1 2)", "'(nil)", "'(:a 1)", "'((1 2) (3 4))", '(list 1 [2] {3 4})']
SEQS = ['(range 5)', '(range 0)', '(map inc [1 2 3])', '(lazy-seq nil)', '(take 3 (iterate inc 1))', '(seq "abc")',
        '(seq {:a 1})', '(cons 1 [2 3])', '(filter odd? (range 9))', '(repeat 3 :x)', '(rest [1 2])', '(concat [1] [2])',
        '(range 3 0 -1)', '(seq [1 2])', '(rseq [1 2 3])', '(reverse [1 2 3])', '(take 40 (range))', '(map vector [1 2] [3 4])']
MAPS = ['{}', '{:a 1}', '{:a 1 :b 2}', '{:b 2 :a 1}', '{:a {:b {:c 1}}}', '{1 2 3 4}', '{nil 1}', '{"a" 1 "b" 2}',
        '(zipmap (range 20) (range 20))', '{:a nil}', '{[1 2] :v}', '(sorted-map :b 1 :a 2)', '(sorted-map-by > 1 2 3 4)',
        '{:a [1 2 3]}', '(zipmap (map str (range 12)) (range))', '(sorted-map 1 :x 5 :y 9 :z)']
SETS = ['#{}', '#{1}', '#{1 2 3}', '#{:a :b}', '#{nil}', '(set (range 40))', '(sorted-set 3 1 2)', '#{"a" [1] {:b 2}}',
        '(sorted-set-by > 1 2 3)', '#{{:a 1} {:a 2}}', '#{{:id 1 :n "x"} {:id 2 :n "y"}}', '(sorted-set 1 4 7 10)']
FUNCTIONS = """inc dec identity str even? odd? pos? first second count :a #{1} {:a 1} nil? some? vector name keyword + - *
list conj max min < > = compare not (fn [x] x) (fn [x y] [x y]) (fn [& xs] xs) #(* % %) (comp inc inc) (partial + 10)
(constantly 1) (juxt first last) rest key val seq number? string? hash-map cons into merge concat (complement nil?)
(fnil inc 0) :k 'a [10 20 30]""".replace('\n', ' ')
FUNCTIONS = re.findall(r'#?\([^()]*\)|#?\{[^}]*\}|\[[^\]]*\]|\S+', FUNCTIONS)
XFORMS = ['(map inc)', '(filter odd?)', '(take 2)', '(comp (map inc) (filter even?))', '(partition-all 2)', '(dedupe)',
          '(distinct)', 'cat', '(mapcat list)', '(drop 1)', '(interpose 0)', '(keep identity)', '(map-indexed vector)',
          '(take-while pos?)', '(drop-while neg?)', '(remove nil?)', '(partition-by odd?)', '(take-nth 2)', '(replace {1 :one})']
OTHERS = ['(ex-info "m" {:a 1})', '(delay 1)', '(reduced 1)', '(byte 1)', '(char 65)', '(int 5)', '(double 1.5)',
          '(short 3)']
REGEXES = ['#"a+"', '#"(\\w)(\\d+)"', '#","', '#"(?i)HELLO"', '#"\\s+"', '#""', '#"(?<l>[a-z])(?<d>\\d)"', '#"^.*$"']
FORMATS = ['"%d"', '"%5d|%-5d|"', '"%05d"', '"%s"', '"%x"', '"%.2f"', '"%,d"', '"%e"', '"%10s|"', '"%c"', '"%b"', '"%%"', '"%q"', '"%+d"', '"%o"']

INSTANTS = ['(java.time.Instant/parse "2024-02-29T12:34:56.789Z")', '(java.time.Instant/ofEpochMilli -1)', 'java.time.Instant/EPOCH']
DURATIONS = ['(java.time.Duration/ofMinutes 90)', '(java.time.Duration/ofMillis -1500)', 'java.time.Duration/ZERO']
UNITS = [f'java.time.temporal.ChronoUnit/{name}' for name in ('MILLIS', 'MINUTES', 'HALF_DAYS', 'DAYS', 'MONTHS')]
COLLECTIONS = VECTORS + LISTS + SEQS + MAPS + SETS
ANY = NUMBERS + STRINGS + SCALARS + COLLECTIONS + FUNCTIONS[:12] + OTHERS
NAMES = {
    'coll': COLLECTIONS + ['nil', '"abc"'], 'colls': COLLECTIONS, 'c': COLLECTIONS, 'f': FUNCTIONS, 'g': FUNCTIONS, 'pred': FUNCTIONS,
    'p': FUNCTIONS, 'ps': FUNCTIONS, 'fs': FUNCTIONS, 'kf': FUNCTIONS, 'vf': FUNCTIONS, 'keyfn': FUNCTIONS, 'comp': ['<', '>', 'compare', '-'],
    'n': INTS, 'start': INTS[:8], 'end': INTS[:8], 'step': INTS[:8], 'from': INTS[:8], 'index': INTS[:8], 'i': INTS[:8], 'radix': ['2', '10', '16', '36', '1', '37'],
    's': STRINGS, 'text': STRINGS, 'substr': STRINGS, 'part': STRINGS, 'other': STRINGS, 'separator': STRINGS, 'match': STRINGS + REGEXES,
    'replacement': STRINGS + ['"$0"', '"<$1>"', r'\z', 'str'], 'cmap': ['{\\a "z"}', '{}'], 'fmt': FORMATS, 're': REGEXES, 'regex': REGEXES, 'm': MAPS + ['nil'], 'map': MAPS, 'maps': MAPS, 'smap': MAPS,
    'set': SETS, 'sets': SETS, 'set1': SETS, 'set2': SETS, 's1': SETS, 's2': SETS, 'xrel': SETS, 'yrel': SETS, 'k': [':a', ':b', '0', '1', '"a"', 'nil', '[1 2]', '3'],
    'key': [':a', ':b', '0', '1', '"a"', 'nil', '3'], 'ks': ['[:a]', '[:a :b]', '[0]', '[]', 'nil', '[:a :b :c]', '[0 1]'], 'xform': XFORMS, 'rf': ['+', 'conj', '(completing +)', 'max'],
    'encoder': ['(java.util.Base64/getEncoder)', '(java.util.Base64/getUrlEncoder)', '(.withoutPadding (java.util.Base64/getEncoder))'],
    'instant': INSTANTS, 'duration': DURATIONS, 'span': INSTANTS + DURATIONS, 'unit': UNITS, 'amount': DURATIONS + INTS[:12], 'nanos': INTS[:12],
    'pattern': ['"yyyy-MM-dd"', '"S"', '"b"'], 'zone': ['java.time.ZoneOffset/UTC', '(java.time.ZoneId/of "UTC")'],
    'formatter': ['(.withZone (java.time.format.DateTimeFormatter/ofPattern "EEE d") java.time.ZoneOffset/UTC)', 'java.time.format.DateTimeFormatter/ISO_INSTANT'],
    'inst': ['#inst "2024-02-29T12:34:56.789Z"'],
    'decoder': ['(java.util.Base64/getDecoder)', '(java.util.Base64/getUrlDecoder)'], 'bytes': ['(.getBytes "héllo?>")', '(.getBytes "")', '"YWI="', '(.getBytes "YWI=")'],
    'test': ['<', '<=', '>', '>='], 'num': NUMBERS, 'div': NUMBERS, 'to': COLLECTIONS, 'tree': COLLECTIONS, 'form': COLLECTIONS, 'sc': ['(sorted-set 1 4 7 10)', '(sorted-map 1 :x 5 :y 9 :z)', '(sorted-set-by > 1 4 7)'],
}
NUMERIC = re.compile(r"^(\+|-|\*|/|<|<=|>|>=|==|\+'|-'|\*'|inc'?|dec'?|quot|rem|mod|abs|max|min|zero\?|pos\?|neg\?|even\?|odd\?|"
                     r'bit-.*|unsigned-.*|unchecked-.*|Math/.*|num|int|long|double|float|short|byte|char|rationalize|numerator|'
                     r'denominator|bigdec|bigint|biginteger|nat-int\?|pos-int\?|neg-int\?|Long/.*|Integer/.*|Double/.*|rand.*)$')
STRINGY = re.compile(r'^(clojure.string/.*|\..*|Character/.*|parse-.*|.*/parse.*|java.util.UUID/.*|subs|re-.*)$')
ENDLESS = {'cycle', 'iterate', 'repeat', 'repeatedly', 'range'}
SKIPPED = re.compile(r'^(breyta\.|json/|weir\.|flow/|rand|shuffle|random-)')


def arities(arglists):
    """Of "[f] [f coll & colls]": lists of parameter names; a variadic one with 0, 1 and 2 more."""
    out = []
    for part in re.findall(r'\[([^\]]*)\]', arglists):
        names = part.split()
        if '&' in names:
            at = names.index('&')
            rest = names[at + 1] if at + 1 < len(names) else 'xs'
            out += [names[:at], names[:at] + [rest], names[:at] + [rest] * 2, names[:at] + [rest] * 3]
        else:
            for optional in range(sum(n.endswith('?') for n in names) + 1):
                out.append([n.rstrip('?') for n in names[:len(names) - optional]])
    return out


class Table:
    """A generator for each entry, so that a new entry leaves the expressions of the others alone."""

    def __init__(self, seed):
        self.seed = seed
        self.seen = set()

    def add(self, text):
        if text not in self.seen:
            self.seen.add(text)
            print(text)

    def fitting(self, entry, name):
        """A value for a parameter, most often one that its name asks for."""
        if self.random.random() < 0.12:
            return self.random.choice(ANY)
        if name in NAMES:
            return self.random.choice(NAMES[name])
        if NUMERIC.match(entry):
            return self.random.choice(NUMBERS)
        if STRINGY.match(entry):
            return self.random.choice(STRINGS)
        return self.random.choice(ANY)

    def call(self, entry, args):
        text = '(' + ' '.join([entry] + args) + ')'
        if entry == 'iteration':
            text = f'(vec {text})'
        elif entry in ENDLESS:
            text = f'(take 4 {text})'
        elif entry in ('conj!', 'assoc!', 'dissoc!', 'disj!', 'pop!') and args:
            text = '(persistent! (' + ' '.join([entry, f'(transient {args[0]})'] + args[1:]) + '))'
        elif entry == 'persistent!':
            text = f'(persistent! (transient {args[0] if args else 1}))'
        elif entry == 'transient':
            text = f'(persistent! {text})'
        self.add(text)

    def entry(self, name, kind, arglists):
        self.random = random.Random(f'{self.seed} {name}')
        if kind == 'constant':
            self.add(name)
            return
        lists = arities(arglists) or [[]]
        if name[0] != '.' and not name[0].isupper() and not name.startswith('java'):
            self.add(f'(fn? {name})')  # Java's methods are no values in Clojure
        for names in lists:
            if not names:
                self.call(name, [])
            elif len(names) == 1:
                for value in self.random.sample(ANY, 64 if len(lists) < 4 else 24):
                    self.call(name, [value])
                for _ in range(20):
                    self.call(name, [self.fitting(name, names[0])])
            else:
                for position in range(len(names)):
                    for value in ['nil', '{}', '[]', '"a"', '0', ':k', '1.5'] + self.random.sample(ANY, 2):
                        args = [self.fitting(name, n) for n in names]
                        args[position] = value
                        self.call(name, args)
                for _ in range(24):
                    self.call(name, [self.fitting(name, n) for n in names])
        counts = [len(n) for n in lists]
        if '&' not in arglists:
            self.call(name, ['1'] * (max(counts) + 1))
        if min(counts) > 0:
            self.call(name, ['1'] * (min(counts) - 1))
        if any('xform' in n or 'coll' in n for n in lists) and ['f'] in lists or ['pred'] in lists or ['n'] in lists:
            for _ in range(8):  # its transducer
                head = self.fitting(name, 'n' if ['n'] in lists else 'pred')
                self.add(f'(into [] ({name} {head}) {self.random.choice(COLLECTIONS)})')
                self.add(f'(transduce ({name} {head}) conj {self.random.choice(COLLECTIONS)})')


def table(path, seed):
    made = Table(seed)
    for line in open(path, encoding='utf-8'):
        name, kind, _, _, arglists = line.rstrip('\n').split('\t')
        if not SKIPPED.match(name):
            made.entry(name, kind, arglists)


class Grammar:
    """Typed expressions, so that most of them have a value; one in twenty parts is of another type."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.locals = []  # (name, type)
        self.next_name = 0

    def pick(self, *options):
        return self.random.choice(options)

    def fresh(self):
        self.next_name += 1
        return 'abcdefghijklmnopqrstuvwxyz'[self.next_name % 26] + str(self.next_name // 26 or '')

    def make(self, kind, depth):
        if self.random.random() < 0.04:
            kind = self.pick('int', 'seq', 'map', 'str', 'bool', 'any')
        known = [n for n, k in self.locals if k == kind]
        if known and self.random.random() < 0.45:
            return self.random.choice(known)
        if depth <= 0:
            return self.leaf(kind)
        if self.random.random() < 0.4:
            return self.form(kind, depth)
        return getattr(self, 'make_' + kind)(depth - 1)

    def leaf(self, kind):
        return self.random.choice({'int': INTS[:12] + ['2', '3'], 'seq': VECTORS[:12] + SEQS + LISTS[:4], 'map': MAPS, 'str': STRINGS,
                                   'bool': ['true', 'false'], 'any': ANY}[kind])

    def make_any(self, d):
        return self.make(self.pick('int', 'seq', 'map', 'str', 'bool'), d)

    def make_int(self, d):
        m = lambda k: self.make(k, d)
        return self.random.choice([
            lambda: f"({self.pick('+', '-', '*', 'max', 'min')} {m('int')} {m('int')})", lambda: f"({self.pick('quot', 'rem', 'mod', '/')} {m('int')} {m('int')})",
            lambda: f"({self.pick('inc', 'dec', 'abs', 'bit-not', '-')} {m('int')})", lambda: f"(count {m(self.pick('seq', 'map', 'str'))})",
            lambda: f"(reduce {self.fn2('int', d)} {m('int')} {m('seq')})", lambda: f"(get {m('map')} {m('any')} {m('int')})",
            lambda: f"(apply {self.pick('+', '*', 'max', '-')} {m('seq')})", lambda: f"(first {m('seq')})", lambda: f"(nth {m('seq')} {m('int')} {m('int')})",
            lambda: f"(hash {m('any')})", lambda: f"(compare {m('int')} {m('int')})", lambda: f"({self.pick('bit-and', 'bit-or', 'bit-xor')} {m('int')} {m('int')})",
            lambda: f"(reduce-kv (fn [acc k v] (+ acc {m('int')})) 0 {m('map')})", lambda: f"(transduce {self.xform(d)} + {m('seq')})"])()

    def make_bool(self, d):
        m = lambda k: self.make(k, d)
        return self.random.choice([
            lambda: f"({self.pick('=', 'not=', 'identical?')} {m('any')} {m('any')})", lambda: f"({self.pick('<', '>', '<=', '>=', '==')} {m('int')} {m('int')})",
            lambda: f"({self.pick('even?', 'odd?', 'zero?', 'pos?', 'neg?')} {m('int')})", lambda: f"(not {m('bool')})",
            lambda: f"({self.pick('and', 'or')} {m('bool')} {m('bool')} {m('any')})", lambda: f"({self.pick('every?', 'some', 'not-any?')} {self.fn1('bool', d)} {m('seq')})",
            lambda: f"(contains? {m('map')} {m('any')})", lambda: f"({self.pick('empty?', 'seq?', 'vector?', 'map?', 'coll?', 'sequential?', 'string?', 'nil?')} {m('any')})",
            lambda: f"({self.pick('clojure.string/starts-with?', 'clojure.string/includes?', 'clojure.string/ends-with?')} {m('str')} {m('str')})"])()

    def make_str(self, d):
        m = lambda k: self.make(k, d)
        return self.random.choice([
            lambda: f"(str {m('any')} {m('str')})", lambda: f"(pr-str {m('any')})", lambda: f"(subs {m('str')} {m('int')})",
            lambda: f"(clojure.string/{self.pick('upper-case', 'lower-case', 'capitalize', 'trim', 'reverse', 'triml')} {m('str')})",
            lambda: f"(clojure.string/join {m('str')} {m('seq')})", lambda: f"(clojure.string/replace {m('str')} {self.random.choice(REGEXES)} {m('str')})",
            lambda: f"(apply str {m('seq')})", lambda: f"(format {self.random.choice(FORMATS)} {m('any')})", lambda: f"(name {self.pick(':a', ':x/y', m('str'))})",
            lambda: f"(clojure.string/replace {m('str')} {m('str')} {m('str')})"])()

    def make_seq(self, d):
        m = lambda k: self.make(k, d)
        return self.random.choice([
            lambda: f"({self.pick('map', 'mapv', 'keep')} {self.fn1(self.pick('int', 'any'), d)} {m('seq')})",
            lambda: f"({self.pick('filter', 'remove', 'take-while', 'drop-while', 'filterv', 'partition-by', 'sort-by')} {self.fn1('bool', d)} {m('seq')})",
            lambda: f"({self.pick('take', 'drop', 'take-last', 'drop-last', 'partition', 'partition-all', 'take-nth', 'split-at', 'nthrest')} {m('int')} {m('seq')})",
            lambda: f"({self.pick('reverse', 'rest', 'next', 'seq', 'vec', 'distinct', 'dedupe', 'flatten', 'butlast', 'sort', 'set', 'frequencies')} {m('seq')})",
            lambda: f"({self.pick('concat', 'interleave', 'into', 'cons', 'conj', 'mapcat list')} {m('seq')} {m('seq')})",
            lambda: f"(into {self.pick('[]', '()', '#{}')} {self.xform(d)} {m('seq')})", lambda: f"(sequence {self.xform(d)} {m('seq')})",
            lambda: f"(range {m('int')} {self.pick('1', '5', '20')})", lambda: f"({self.pick('keys', 'vals', 'seq')} {m('map')})", lambda: f"[{m('any')} {m('any')}]",
            lambda: f"(list {m('any')} {m('any')} {m('any')})", lambda: f"(map {self.fn2('any', d)} {m('seq')} {m('seq')})",
            lambda: f"(reductions {self.fn2('int', d)} {m('seq')})", lambda: f"(take {self.pick('3', '5')} (iterate {self.fn1('int', d)} {m('int')}))",
            lambda: f"(clojure.string/split {m('str')} {self.random.choice(REGEXES)})", lambda: f"(re-seq {self.random.choice(REGEXES)} {m('str')})",
            lambda: f"(map-indexed {self.fn2('any', d)} {m('seq')})", lambda: f"(lazy-seq {m('seq')})"])()

    def make_map(self, d):
        m = lambda k: self.make(k, d)
        key = lambda: self.pick(':a', ':b', ':c', '1', '"a"', m('any'))
        return self.random.choice([
            lambda: f"{{:a {m('any')} :b {m('any')}}}", lambda: f"(assoc {m('map')} {key()} {m('any')})", lambda: f"(dissoc {m('map')} {key()})",
            lambda: f"(update {m('map')} {key()} {self.pick('inc', '(fnil inc 0)', 'str', 'identity', 'conj')})", lambda: f"(merge {m('map')} {m('map')})",
            lambda: f"(merge-with {self.pick('+', 'vector', 'str')} {m('map')} {m('map')})", lambda: f"(group-by {self.fn1('any', d)} {m('seq')})",
            lambda: f"(zipmap {m('seq')} {m('seq')})", lambda: f"(select-keys {m('map')} [{key()} {key()}])", lambda: f"(frequencies {m('seq')})",
            lambda: f"(assoc-in {m('map')} [{key()} {key()}] {m('any')})", lambda: f"(update-vals {m('map')} {self.fn1('any', d)})",
            lambda: f"(update-in {m('map')} [{key()} {key()}] (fnil inc 0))", lambda: f"(into {{}} (map {self.fn1('any', d)}) {m('map')})",
            lambda: f"(clojure.set/{self.pick('map-invert', 'rename-keys')} {m('map')}{self.pick('', ' {:a :z}')})", lambda: f"(clojure.walk/{self.pick('keywordize-keys', 'stringify-keys')} {m('map')})"])()

    def xform(self, d):
        return self.pick(f"(map {self.fn1('any', d)})", f"(filter {self.fn1('bool', d)})", self.random.choice(XFORMS), f"(comp {self.random.choice(XFORMS)} {self.random.choice(XFORMS)})")

    def with_locals(self, pairs, make):
        self.locals += pairs
        text = make()
        del self.locals[len(self.locals) - len(pairs):]
        return text

    def fn1(self, kind, d):
        if self.random.random() < 0.5:
            return self.random.choice(FUNCTIONS)
        x = self.fresh()
        return f"(fn [{x}] {self.with_locals([(x, self.pick('int', 'any'))], lambda: self.make(kind, d - 1))})"

    def fn2(self, kind, d):
        if self.random.random() < 0.5:
            return self.pick('+', '-', '*', 'conj', 'max', 'min', 'vector', 'str', 'list', '(fn [a b] a)', '(fn [a b] b)', '=', '<')
        x, y = self.fresh(), self.fresh()
        return f"(fn [{x} {y}] {self.with_locals([(x, kind), (y, 'any')], lambda: self.make(kind, d - 1))})"

    def form(self, kind, depth):
        d = depth - 1
        m = lambda k=kind: self.make(k, d)
        choice = self.random.randrange(24)
        x, y, z = self.fresh(), self.fresh(), self.fresh()
        k1, k2 = self.pick('int', 'seq', 'map', 'str'), self.pick('int', 'any', 'seq')
        if choice == 0: return f"(let [{x} {m(k1)} {y} {self.with_locals([(x, k1)], lambda: m(k2))}] {self.with_locals([(x, k1), (y, k2)], m)})"
        if choice == 1: return f"(let [[{x} {y} & {z}] {m('seq')}] {self.with_locals([(x, 'int'), (y, 'any'), (z, 'seq')], m)})"
        if choice == 2: return f"(let [{{:keys [{x} {y}] :or {{{x} {m(k1)}}} :as {z}}} {m('map')}] {self.with_locals([(x, k1), (y, 'any'), (z, 'map')], m)})"
        if choice == 3: return f"(if {m('bool')} {m()} {m()})"
        if choice == 4: return f"({self.pick('when', 'when-not')} {m('bool')} {m('any')} {m()})"
        if choice == 5: return f"(cond {m('bool')} {m()} {m('any')} {m()} :else {m()})"
        if choice == 6: return f"(case {m(self.pick('int', 'any', 'str'))} 1 {m()} (2 3 :a) {m()} \"a\" {m()} [1 2] {m()} {m()})"
        if choice == 7: return f"({self.pick('if-let', 'if-some')} [{x} {m(k1)}] {self.with_locals([(x, k1)], m)} {m()})"
        if choice == 8: return f"(loop [{x} {self.pick('0', '1', '5')} {y} {m()}] (if (< {x} {self.pick('3', '6')}) (recur (inc {x}) {self.with_locals([(x, 'int'), (y, kind)], m)}) {self.with_locals([(x, 'int'), (y, kind)], m)}))"
        if choice == 9: return f"((fn [{x} & {y}] {self.with_locals([(x, k1), (y, 'seq')], m)}) {m(k1)} {m('any')})"
        if choice == 10: return f"(try {m()} (catch {self.pick('Exception', 'Throwable', 'ArithmeticException', 'ClassCastException', 'IllegalArgumentException', 'NullPointerException')} {x} {m()}))"
        if choice == 11: return f"(try (throw (ex-info \"m\" {m('map')})) (catch clojure.lang.ExceptionInfo {x} {self.pick(f'(ex-data {x})', f'(ex-message {x})', m())}))"
        if choice == 12: return f"(try {m()} (finally {m('any')}))"
        if choice == 13: return f"(-> {m('map')} {self.pick('(assoc :a 1)', '(update :a (fnil inc 0))', '(get :a)', ':a')} {self.pick('str', 'vector', '(or 1)')})"
        if choice == 14: return f"(->> {m('seq')} (map {self.fn1('any', d)}) (filter {self.fn1('bool', d)}) {self.pick('vec', 'count', 'first', '(into [])')})"
        if choice == 15: return f"(for [{x} {m('seq')} {self.pick('', f':when (number? {x})', f':while {x}', f':let [{y} [{x}]]')} {z} {m('seq')}] {self.with_locals([(x, 'int'), (z, 'any')], lambda: m('any'))})"
        if choice == 16: return f"(letfn [({x} [n] (if (pos? n) ({y} (dec n)) {m()})) ({y} [n] (if (pos? n) ({x} (dec n)) {m()}))] ({x} {self.pick('0', '3', '4')}))"
        if choice == 17: return f"(some-> {m('map')} :a {self.pick('inc', 'str', ':b', 'count')})"
        if choice == 18: return f"(cond-> {m('map')} {m('bool')} (assoc :x {m('any')}) {m('any')} (dissoc :a))"
        if choice == 19: return f"(as-> {m(k1)} {x} {self.with_locals([(x, k1)], lambda: m('any'))} [{x} {x}])"
        if choice == 20: return f"(condp {self.pick('=', '<', 'get', 'some')} {m(k1)} {m(k1)} {m()} {m(k1)} {m()} {m()})"
        if choice == 21: return f"((fn {x} ([] ({x} {m('int')})) ([{y}] {self.with_locals([(y, 'int')], m)})))"
        if choice == 22: return f"(when-let [[{x} {y}] (seq {m('seq')})] {self.with_locals([(x, 'int'), (y, 'any')], m)})"
        return f"(do {m('any')} {m()})"


def grammar(count, seed):
    seen = set()
    made = Grammar(seed)
    while len(seen) < count:
        made.locals.clear()
        made.next_name = 0
        text = made.make(made.pick('int', 'seq', 'map', 'str', 'any'), made.pick(2, 3, 4))
        if text not in seen and len(text) < 400:
            seen.add(text)
            print(text)


def main():
    if sys.argv[1] == 'table':
        table(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1] == 'topics':
        import topics  # which needs the tables of this one
        topics.write(int(sys.argv[2]), int(sys.argv[3]))
    else:
        grammar(int(sys.argv[2]), int(sys.argv[3]))


if __name__ == '__main__':
    main()

"""Expressions about one thing each, for what the grammar of generate.py makes seldom or never: each
topic is a small grammar of its own, most of whose expressions have a value.

    from topics import Topics
    Topics(seed).topic('destructuring')  # one expression
"""
import random
import re

import generate as g

KEYWORDS = [':a', ':b', ':c', ':x/y', ':a/b']
SMALL = ['0', '1', '2', '3', '-1', '5', '10']
WIDE = ['9223372036854775807', '-9223372036854775808', '9223372036854775808N', '-9223372036854775809N', '4611686018427387904', '2147483647',
    '-2147483648', '1e19', '-1e19', '1.5', '-0.0', '0.1', '1e-320', '1.7976931348623157E308', '9.007199254740993E15', '1/3', '-7/2',
    '100000000000000000000/3', '0N', '12N', '-3N', '123456789012345678901234567890N', '0M', '1.0M', '1.00M', '-2.50M', '1e30M', '1E-10M', '0.1M',
    '123456789012345678901234567890.5M', '##Inf', '##-Inf', '##NaN', '3', '7', '-5', '0', '1', '2', '64', '63']
TEXTS = ['""', '"a"', '"Abc"', '"a b  c"', '"😀"', '"a😀b"', '"😀😀"', '"ß"', '"İi"', '"ŉ"', '"ǆ"', '"ﬁx"', '"é"', '"e\\u0301"', '"\\ud83d"',
    '"\\ude00x"', '"\\u00a0x\\u2003"', '"\\tx\\n"', '"\\r\\nx\\r\\n\\n"', '"ΑΣ"', '"ΑΣ Σ"', '"a,b;c"', '"x=1&y=2"', '"日本語"', '"$1 \\\\ $0"', '"aaa"',
    '"abcabc"', '"12-34-56"', '"\\u0000\\u001f"', '"\\u2028"', '"foo.bar"', '"ABC abc 123"', '"𝒳y"', '"Ǆ"', '"ﬃ"']
KEYS = ['nil', 'true', 'false', '0', '1', '2', '3', '-1', '1.0', '2.5', '-0.0', '0.0', '1/2', '5N', '1M', '1.0M', '1.00M', '9223372036854775808N',
    '"a"', '"b"', '""', r'\a', r'\b', ':a', ':b', ':x/y', "'s", "'x/y", '[]', '[1]', '[1 2]', "'(1 2)", '{}', '{:a 1}', '#{}', '#{1}', '#{:a}',
    '"ab"', '"Aa"', '"BB"', '100', '1000', '4294967296', '4294967297', '#uuid "550e8400-e29b-41d4-a716-446655440000"',
    '#inst "2024-02-29T12:34:56.789Z"', '##Inf', '()', "'(nil)", '[nil]', ':k', ':foo', '"foo"', "'foo", '16', '17', '32', '33']
COMPARATORS = ['>', '<', 'compare', '(comparator <)', '(comparator >)', '(fn [a b] (compare b a))', '(fn [a b] (compare (mod a 3) (mod b 3)))',
    '(fn [a b] (< (mod a 4) (mod b 4)))', '#(compare (str %1) (str %2))', '(fn [a b] (- b a))', '(fn [a b] (compare [(even? a) a] [(even? b) b]))',
    '#(compare (count (str %)) (count (str %2)))', '(fn [a b] 0)', '(fn [a b] (> (quot a 2) (quot b 2)))']
MIXED = ['nil', 'true', 'false', '1', '1.0', '1N', '1M', '1/2', '2', r'\a', '"a"', '"b"', ':a', ':b', ':x/a', "'a", "'x/a", '[]', '[1]', '[1 2]',
    '[2]', '[nil]', '[:a]', '["a" 1]', '{}', '#{}', "'(1)", '()', '#uuid "550e8400-e29b-41d4-a716-446655440000"',
    '#uuid "f50e8400-e29b-41d4-a716-446655440000"', '#inst "2024-02-29T12:34:56.789Z"', '#inst "2025-01-01"', '"abc"', '"aB"', '##NaN', '##Inf',
    '-0.0', '0', '0.0', 'inc', '(first {:a 1})', '"é"', '"😀"', '"\\uffff"', '9223372036854775808N', '1e400M']
EXCEPTIONS = ['Exception', 'RuntimeException', 'IllegalArgumentException', 'IllegalStateException', 'ArithmeticException', 'ClassCastException',
    'NullPointerException', 'IndexOutOfBoundsException', 'NumberFormatException', 'UnsupportedOperationException', 'Throwable', 'Error',
    'AssertionError', 'clojure.lang.ExceptionInfo']
STAGES = ['(map inc)', '(map str)', '(map-indexed vector)', '(filter odd?)', '(remove even?)', '(take 3)', '(take 0)', '(take 1)', '(drop 2)',
    '(take-while #(< % 5))', '(drop-while #(< % 3))', '(take-nth 2)', '(take-nth 3)', '(partition-all 2)', '(partition-all 3)', '(partition-by odd?)',
    '(partition-by #(quot % 3))', '(dedupe)', '(distinct)', '(interpose :i)', '(keep #(when (odd? %) %))', '(keep-indexed #(when (even? %1) %2))',
    '(mapcat #(vector % %))', '(mapcat #(range %))', '(map #(vector %))', 'cat', '(halt-when #(= % 4))', '(halt-when #(= % 4) (fn [r i] [r i]))',
    '(replace {1 :one 2 :two})', '(map identity)', '(random-sample 1.0)', '(map (fn [x] (if (= x 6) (reduced x) x)))', '(map #(/ 12 %))',
    '(keep identity)', '(drop 0)', '(take 2)', '(interpose nil)']
FLAGS = ['', '', '', '-', '+', ' ', '0', ',', '(', '#', '-0', '+ ', '0,', ',(', '-,', '+(', '0(', '#0', '-#', ' ,', '++']
CONVERSIONS = 'd d d x X o c C b B e E f f g G s s S % n'.split()
OBJECTS = ['0', '-1', '42', '-123456789', '9223372036854775807', '-9223372036854775808', '123456789012345678901234567890N', '-255N', '0.0', '-0.0',
    '3.14159', '-2.5', '0.5', '1.5', '2.5', '1e10', '1e-5', '123456.789', '99999.95', '0.00012345', '1e100', '1.7976931348623157E308', '4.9E-324',
    '##Inf', '##-Inf', '##NaN', '1.5M', '-0.005M', '1e30M', '123.456M', '1/3', 'nil', 'true', 'false', '"héllo"', '""', '"😀"', r'\a', r'\é', ':k',
    "'s", '[1 "a"]', '{:a 1}', '(int 65)', '(byte 66)', '128512', '(range 3)', '(short -1)', '(int -1)', '(float 1.1)', '(char 0)']
TOKENS = ['1', '-1', '+1', '01', '017', '08', '0x1F', '0xg', '2r101', '36rZz', '37r1', '1N', '1M', '1.5', '1.', '.5', '1e3', '1E-3M', '1/2', '4/2',
    '1/0', '-1/2', '1/2/3', '1.5N', 'nil', 'true', 'false', 'nilx', 'a', 'a/b', 'a/b/c', '/', 'a/', '/a', ':a', ':a/b', '::a', ':', ':1', ':a:b',
    ':a:', 'a:b', ':/', '"x"', '"\\\\n"', '"\\\\u0041"', '"\\\\q"', '"\\\\101"', '"', '\\\\a', '\\\\newline', '\\\\u0041', '\\\\o101', '\\\\foo',
    '\\\\', '#{1 2}', '#{1 1}', '{:a 1}', '{:a}', '{:a 1 :a 2}', '[1 2', '1 2', '(1 . 2)', '()', ')', ']', '#_1 2', '#_ #_ 1 2 3', '#_', ';c\\n 1',
    '; c', '#inst \\"2024-02-29\\"', '#inst \\"2024-13-01\\"', '#uuid \\"550e8400-e29b-41d4-a716-446655440000\\"', '#foo 1', '#foo', '#:a{:b 1}',
    '#:a{:_/b 1 c 2}', '##Inf', '##NaN', '##x', '#=1', '^:a []', '^{:a 1} x', '@a', '`a', '~a', '#(1)', '#\\"a\\"', "#'a", '+', '-', '+a', '-a', '.',
    '..', '.a', '1a', '\\\\u00e9', 'é', '😀', ',', ',1,', '', '%', 'a%', '#', '&', '<=', '!', 'a#', 'a\'b', '#!x', '{1 2, 3 4}', '[[[]]]',
    '9223372036854775808', '-9223372036854775809', '1e400', '0.1e-400', '1_000', '#{nil}', '{nil nil}', '[#_1]', '{:a #_1 2}', '"a b"',
    '[\\\\a\\\\b]', '1"x"', '[1"x":a]', ':a"b"', '\\\\spacex', '\\\\(', '#inst 1', '1r1']
PIECES = ['a', 'b', '.', '\\\\d', '\\\\w', '\\\\s', '\\\\D', '\\\\W', '\\\\S', '[a-c]', '[^a-c]', '[a-z&&[^b]]', '[\\\\d,]', '[[a-b][x-y]]', '\\\\b',
    '\\\\B', '^', '$', '(a)', '(?:ab)', '(a|b)', '(?<n>\\\\w)', '(b)?', '(?=b)', '(?!b)', '(?<=a)', '(?<!a)', '(?i)a', '(?i:B)', '\\\\p{L}',
    '\\\\p{Lu}', '\\\\p{Alpha}', '\\\\P{L}', '\\\\Qa.\\\\E', '\\\\.', '\\\\-', 'é', '\\\\u00e9', '\\\\x41', '😀', '[😀]', ',', ' ', '-', '\\\\h',
    '\\\\R', '\\\\A', '\\\\z', '\\\\Z', '(?s).', '(?m)^', '(?x) a ', '[^\\\\w]', '[\\\\w&&\\\\D]', '(?>a+)', '\\\\t', '[a\\\\-c]', '\\\\p{Punct}',
    '(?<w>a)\\\\k<w>', '(.)\\\\1', '[]a]', '\\\\p{IsAlphabetic}', '\\\\p{javaLowerCase}']
QUANTIFIERS = ['', '', '', '', '*', '+', '?', '{2}', '{1,2}', '{0,}', '*?', '+?', '??', '*+', '++', '{2,1}']
# without pairs of surrogates and their halves, which PCRE2 does not take apart
SUBJECTS = [t for t in TEXTS if not re.search(r'[\U00010000-\U0010ffff]|\\ud[89a-f]', t)] + ['"aab"', '"abab,ab"', '"a1b22"', '"A b\\nc"', '"b-a"',
    '"aéb"', '"ab\\r\\nba"', '"AbaB"', '"a.a"', '"1,2,,3"']
REPLACEMENTS = ['"x"', '""', '"$0"', '"<$1>"', '"$2"', '"\\\\\\\\$"', '"${n}"', '"$"', '"\\\\\\\\"', '"$1$1"', 'str', 'clojure.string/upper-case',
    '(fn [m] (if (vector? m) (str (count m)) "z"))', '(constantly "$0")', 'vector', '"${q}"', '"$10"', r'\z', 'nil']


class Topics:
    def __init__(self, seed):
        self.random = random.Random(f'topics {seed}')
        self.grammar = g.Grammar(f'topics {seed}')
        self.names = [n[len('topic_'):] for n in dir(self) if n.startswith('topic_')]

    def pick(self, *options):
        return self.random.choice(options)

    def of(self, options):
        return self.random.choice(options)

    def some(self, options, low, high):
        return ' '.join(self.random.choice(options) for _ in range(self.random.randint(low, high)))

    def chance(self, p):
        return self.random.random() < p

    def topic(self, name):
        self.count = 0
        self.grammar.locals.clear()
        self.grammar.next_name = 0
        return getattr(self, 'topic_' + name)()

    def fresh(self):
        self.count += 1
        return 'v' + str(self.count)

    def any(self):
        return self.of(g.ANY)

    def data(self, depth=2):
        """A literal, often nested."""
        if depth == 0 or self.chance(0.4):
            return self.of(KEYS)
        items = [self.data(depth - 1) for _ in range(self.random.randint(0, 4))]
        kind = self.random.randrange(5)
        if kind == 0: return '[' + ' '.join(items) + ']'
        if kind == 1: return '(list ' + ' '.join(items) + ')'
        if kind == 2: return '(hash-set ' + ' '.join(items) + ')'
        if kind == 3: return '(hash-map ' + ' '.join(items[:len(items) // 2 * 2]) + ')'
        return '(into {} [' + ' '.join(f'[{a} {b}]' for a, b in zip(items[::2], items[1::2])) + '])'

    # destructuring: a pattern and a value that more or less has its shape

    def pattern(self, depth, names):
        kind = self.random.randrange(6) if depth > 0 else 0
        if kind < 2:
            name = self.fresh()
            names.append(name)
            return name, self.of(['1', '"s"', ':k', 'nil', '[1 2]', '{:a 1}', 'false', "'(1)"])
        if kind < 4:
            parts = [self.pattern(depth - 1, names) for _ in range(self.random.randint(1, 3))]
            text, values = [p[0] for p in parts], [p[1] for p in parts]
            values = values[:len(values) - self.pick(0, 0, 0, 1)]
            if self.chance(0.4):
                rest = self.pattern(depth - 1, names) if self.chance(0.5) else self.map_pattern(0, names, True)
                text += ['&', rest[0]]
                values += [rest[1][1:-1]] if rest[1][:1] in '[{' else [self.pick('7', '7 8', '')]
            if self.chance(0.3):
                names.append(self.fresh())
                text += [':as', names[-1]]
            made = ' '.join(values)
            return '[' + ' '.join(text) + ']', self.pick(f'[{made}]', f'[{made}]', f'(list {made})', f'(seq [{made}])', 'nil', '"xyz"')
        return self.map_pattern(depth, names, False)

    def map_pattern(self, depth, names, flat):
        text, value, defaults = [], [], []
        for _ in range(self.random.randint(1, 3)):
            kind = self.random.randrange(6)
            name = self.fresh()
            key = {0: ':' + name, 1: f'"{name}"', 2: "'" + name, 3: ':n/' + name, 4: "'n/" + name, 5: self.of(KEYWORDS + ['"a"', '0', 'nil'])}[kind]
            if kind == 5:
                sub = self.pattern(depth - 1, names) if depth > 0 else (name, '1')
                if depth <= 0:
                    names.append(name)
                text.append(f'{sub[0]} {key}')
                if self.chance(0.7) and key not in value:
                    value += [key, sub[1]]
                continue
            names.append(name)
            text.append({0: f':keys [{self.pick(name, ":" + name)}]', 1: f':strs [{name}]', 2: f':syms [{name}]', 3: self.pick(f':n/keys [{name}]',
                f':keys [n/{name}]', f':keys [:n/{name}]'), 4: self.pick(f':n/syms [{name}]', f':syms [n/{name}]')}[kind])
            if self.chance(0.6):
                value += [key, self.pick('1', 'nil', 'false', '"v"', '[1]')]
            if self.chance(0.5):
                earlier = names[:-1]
                defaults.append(f'{name} {self.pick("9", ":d", "[9]", "nil", "(+ 1 1)", self.of(earlier) if earlier and len(text) == 1 else "0")}')
        heads = [t.split()[0] for t in text]
        text = [t for i, t in enumerate(text) if heads[i] not in heads[:i] or not t.startswith(':')]
        shown = ' '.join(text)
        names[:] = [n for n in names if n in shown or not n.startswith('v') or n not in ' '.join(d.split()[0] for d in defaults)]
        defaults = [d for d in defaults if d.split()[0] in shown]
        if defaults:
            text.append(':or {' + ' '.join(defaults) + '}')
        if self.chance(0.3):
            names.append(self.fresh())
            text.append(':as ' + names[-1])
        made = ' '.join(value)
        return '{' + ' '.join(text) + '}', self.pick('{' + made + '}', '{' + made + '}', f'(hash-map {made})', f'(list {made})',
            'nil') if not flat else '{' + made + '}'

    def topic_destructuring(self):
        names = []
        pattern, value = self.pattern(3, names) if self.chance(0.5) else self.pattern(2, names)
        names = [n for n in dict.fromkeys(names) if n in pattern.replace('[', ' ').replace(']', ' ').replace('}', ' ').replace('{', ' ').replace('n/',
            ' ').replace(':', ' ').split()]
        body = '[' + ' '.join(names) + ']'
        value = f'(identity {value})' if value[:1] not in "[({'" else value
        kind = self.random.randrange(8)
        if kind < 3: return f'(let [{pattern} {value}] {body})'
        if kind == 3: return f'((fn [{pattern}] {body}) {value})'
        if kind == 4: return f'(loop [{pattern} {value} n 2] (if (pos? n) (recur {value} (dec n)) {body}))'
        if kind == 5: return f'(for [{pattern} [{value} {value}]] {body})'
        if kind == 6: return f'({self.pick("if-let", "when-let", "if-some", "when-some")} [{pattern} {value}] {body})'
        return f'(letfn [(f [{pattern} & more] [{body} more])] (f {value} {self.pick("", "1", "1 2")}))'

    def topic_keyword_arguments(self):
        args = self.pick(':a 1', ':a 1 :b 2', ':a 1 {:b 3}', '{:a 1 :b 2}', '', ':a', ':a nil', ':b 2 :a 1 :a 3', 'nil', '{}', ':a 1 nil', "'a 5",
            '"a" 6', '[:a 1]', ':a 1 :c {:d 4}')
        pattern = self.pick('{:keys [a b]}', '{:keys [a b] :or {b 7}}', '{:keys [a] :as m}', '{a :a :as m}',
            '{:keys [a b] :strs [c] :as m :or {a :none c 2}}', '{{:keys [d]} :c :keys [a]}')
        shown = '[' + ' '.join(n for n in 'abcdm' if n in pattern.replace(':keys', '').replace(':as', '').replace(':or', '').replace(':strs',
            '').replace(':none', '').replace(':a', '').replace(':c', '')) + ']'
        first = self.pick('', 'x ')
        return f'((fn [{first}& {pattern}] {shown}) {"0 " if first else ""}{args})'

    def topic_loops(self):
        body = self.pick('(+ acc i)', '(conj acc i)', '(cons i acc)', '(str acc i)', '(* acc 3)', '[acc i]',
            '(try (/ acc i) (catch ArithmeticException e :zero))', '(try (conj acc (/ 6 i)) (catch Exception e acc) (finally nil))',
            '(assoc {} acc i)', '(fn [] i)', '(merge acc {i i})')
        test = self.pick('(< i 4)', '(pos? i)', '(not= i 3)', '(and (< i 6) (not= i 5))', '(try (< i (/ 6 (- 4 i))) (catch Exception e false))')
        nexti = '(dec i)' if 'pos' in test else '(inc i)'
        start = '5' if 'pos' in test else self.pick('0', '-2', '1')
        acc = self.pick('0', '1', '[]', '""', 'nil', '()', '{}', '#{}', '2N')
        done = self.pick('acc', '[i acc]', '(count acc)', '(try acc (finally i))')
        shape = self.random.randrange(7)
        if shape == 0: return f'(loop [i {start} acc {acc}] (if {test} (recur {nexti} {body}) {done}))'
        if shape == 1: return f'((fn [i acc] (if {test} (recur {nexti} {body}) {done})) {start} {acc})'
        if shape == 2: return f'(loop [i {start} acc {acc}] (cond {test} (recur {nexti} {body}) :else {done}))'
        if shape == 3: return f'(try (loop [i {start} acc {acc}] (if {test} (recur {nexti} {body}) (throw (ex-info "end" {{:i i :acc acc}})))) (catch clojure.lang.ExceptionInfo e (ex-data e)))'
        if shape == 4: return f'(loop [i {start} acc {acc}] (if {test} (let [acc (loop [j 0 a acc] (if (< j 2) (recur (inc j) (let [acc a] {body})) a))] (recur {nexti} acc)) {done}))'
        if shape == 5: return f'(loop [i {start} acc {acc}] (case (int i) 3 [:three acc] (if {test} (recur {nexti} {body}) {done})))'
        return f'(loop [i {start} acc {acc} fs []] (if {test} (recur {nexti} {body} (conj fs (fn [] [i acc]))) (mapv (fn [f] (f)) fs)))'

    def topic_laziness(self):
        boom = lambda: f'(fn [x] (if (= x {self.pick("2", "3", "4")}) (throw (ex-info "at" {{:x x :stage {self.of(SMALL)}}})) x))'
        source = self.pick('(iterate inc 0)', "'(0 1 2 3 4 5)", '(cons 0 (lazy-seq (cons 1 (lazy-seq (list 2 3 4)))))', '(take 6 (iterate inc 0))',
            '(concat (list 0 1) (list 2 3 4))', '(cycle (list 1 2 3))', '(lazy-cat (list 0 1) (list 2 3) (throw (ex-info "end" {:end 1})))')
        steps = [self.pick(f'(map {boom()})', f'(filter (fn [x] ({boom()} x) (odd? x)))', '(map inc)', f'(take {self.of(SMALL)})',
            f'(drop {self.of(SMALL)})', f'(take-while (fn [x] ({boom()} x) (< x 4)))', f'(drop-while (fn [x] (< x 2)))', '(partition 2)',
            '(partition-all 2)', '(mapcat list)', f'(mapcat (fn [x] (list x ({boom()} x))))', '(map-indexed vector)', f'(keep {boom()})',
            '(interleave (list :a :b :c :d))', '(interpose :i)', '(take-nth 2)', f'(reductions (fn [a x] ({boom()} x) (+ a x)))', '(distinct)',
            f'(remove (fn [x] ({boom()} x) false))', 'rest', 'next', 'seq', '(cons 9)', f'(partition-by (fn [x] ({boom()} x) (quot x 2)))',
            '(map vector (iterate dec 0))', f'(split-with {boom()})', '(split-at 2)') for _ in range(self.random.randint(1, 3))]
        end = self.pick('(take 5)', '(take 3)', 'first', 'second', '(take 4)', 'fnext', '(take 2)')
        form = '(->> ' + ' '.join([source] + steps + [end, self.pick('vec', 'doall', 'str', 'pr-str', 'seq', 'list')]) + ')'
        return f'(try {form} (catch clojure.lang.ExceptionInfo e (ex-data e)))'

    def topic_realized(self):
        make = self.pick('(map inc (list 1 2 3))', '(lazy-seq (list 1 2))', '(lazy-seq nil)', '(concat (list 1) (list 2))',
            '(filter odd? (list 2 3))', '(iterate inc 1)', '(range 3)', '(repeatedly 3 (constantly 1))', '(cycle [1 2])', '(take 2 (list 1 2 3))',
            '(drop 1 (list 1 2))', '(delay 1)', '(mapcat list (list 1 2))', '(for [x (list 1 2)] x)')
        look = self.pick('(first s)', '(rest s)', '(next s)', '(seq s)', '(empty? s)', '(count (take 2 s))', 'nil', '(nth s 0)', '(second s)',
            '(drop 1 s)')
        return f'(let [s {make}] {look} {self.pick("(realized? s)", "[(realized? s)]", "(realized? (rest s))", "(try (realized? s) (catch ClassCastException e :cast))")})'

    def topic_transducers(self):
        stages = [self.of([s for s in STAGES if 'random' not in s]) for _ in range(self.random.randint(1, 4))]
        xform = stages[0] if len(stages) == 1 else '(comp ' + ' '.join(stages) + ')'
        source = self.pick('(range 10)', '[1 2 3 4 5 6]', '[1 1 2 2 3 1]', "'(3 1 4 1 5)",
            '(iterate inc 0)' if '(take' in xform or 'halt' in xform else '(range 7)', '#{1 2 3}', 'nil', '[]', '(list 2 4 6)', '{1 2}',
            '(range 1 40)')
        kind = self.random.randrange(9)
        if kind < 2: return f'(into {self.pick("[]", "()", "#{}", "nil", "[0]")} {xform} {source})'
        if kind == 2: return f'(transduce {xform} conj {source})'
        if kind == 3: return f'(transduce {xform} {self.pick("conj", "(completing conj)", "(completing conj count)", "(fn ([] []) ([a] [:done a]) ([a x] (conj a x)))", "(fn ([a] a) ([a x] (if (> (count a) 2) (reduced a) (conj a x))))")} [] {source})'
        if kind == 4: return f'(sequence {xform} {source})'
        if kind == 5: return f'(take 5 (sequence {xform} {source}))' if 'iterate' not in source else f'(take 2 (eduction {xform} {source}))'
        if kind == 6: return f'(reduce conj [] (eduction {" ".join(stages)} {source}))'
        if kind == 7: return f'(sequence {self.pick("(map +)", "(map vector)", "(comp (map vector) (take 2))", "(filter =)", "(mapcat list)")} {self.pick("[1 2 3]", "(range 5)", "nil")} {self.pick("[10 20 30 40]", "(iterate inc 7)", "[]")})'
        return f'[(into [] {xform} {source}) (transduce {xform} (completing str) "" {source})]'

    def topic_sorted(self):
        comparator = self.of(COMPARATORS)
        numbers = self.some(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '12', '-1', '-5'], 0, 9)
        if self.chance(0.12):
            numbers += ' ' + self.pick('nil', ':a', '"a"', '2.5', '1/2', '[1]')
        is_map = self.chance(0.5)
        if is_map:
            coll = f'(sorted-map-by {comparator} {" ".join(f"{n} :{chr(97 + i)}" for i, n in enumerate(numbers.split()))})'
            if self.chance(0.3): coll = f'(into (sorted-map-by {comparator}) (zipmap [{numbers}] (range)))'
        else:
            coll = f'(sorted-set-by {comparator} {numbers})'
            if self.chance(0.3): coll = f'(into (sorted-set-by {comparator}) [{numbers}])'
        if self.chance(0.25): coll = f'(sorted-map {" ".join(n + " " + n for n in numbers.split())})' if is_map else f'(sorted-set {numbers})'
        k, k2 = self.of(['0', '1', '2', '3', '5', '7', '11', '-3', '2.5', '4N']), self.of(['0', '1', '4', '6', '9', '20'])
        op = self.pick('c', 'c', f'(get c {k})', f'(get c {k} :none)', f'(contains? c {k})', f'(c {k})',
            f'(subseq c {self.pick("<", "<=", ">", ">=")} {k})', f'(rsubseq c {self.pick("<", "<=", ">", ">=")} {k})',
            f'(subseq c {self.pick(">", ">=")} {k} {self.pick("<", "<=")} {k2})',
            f'(rsubseq c {self.pick(">", ">=")} {k} {self.pick("<", "<=")} {k2})', '(first c)', '(last c)', '(rseq c)', '(seq c)', '(empty c)',
            '(count c)', f'(= c {self.pick("(into {} c)", "(into #{} c)", "(empty c)", "c", "nil")})', '(hash c)', '(reverse c)',
            f'(into c {self.pick("[[2 :z] [3 :y]]", "{8 8}") if is_map else self.pick("[2 3 11]", "#{8}")})', f'(reduce conj [] c)', '(sorted? c)',
            '(sorted? (empty c))', f'(find c {k})' if is_map else f'(get c {k})', '(map identity c)', '(nth (seq c) 0 :none)', '(into [] (take 2) c)',
            f'(into c {self.pick("[[:k 1]]", "[[nil 1]]") if is_map else self.pick("[:k]", "[nil]", "[[1]]")})', '(conj c nil)',
            '(seq (conj (empty c) (first c)))', '(group-by odd? c)' if not is_map else '(group-by val c)',
            '(apply max-key - (if (map? c) (keys c) (or (seq c) [1])))')
        if is_map:
            op = self.pick(op, op, f'(assoc c {k} :new)', f'(dissoc c {k})', '(keys c)', '(vals c)', f'(merge c {{{k} :m}})', f'(update c {k} str)',
                f'(merge-with vector c {{{k} 1 {k2} 2}})', f'(select-keys c [{k} {k2}])', '(reduce-kv conj [] c)', '(update-vals c str)',
                '(update-keys c inc)', '(zipmap (keys c) (range))', f'(assoc (dissoc c {k}) {k2} 1)', '(clojure.set/map-invert c)',
                f'(update-in c [{k} :q] str)', '(conj c [2 :c2])', f'(conj c {{{k} 3}})')
        else:
            op = self.pick(op, op, f'(conj c {k})', f'(disj c {k})', f'(disj c {k} {k2})', f'(clojure.set/union c #{{{k} {k2}}})' if k != k2 else 'c',
                f'(clojure.set/difference c #{{{k}}})', f'(clojure.set/intersection c (set [{k} {k2} 3]))',
                f'(clojure.set/intersection (set [{k} {k2} 3 1 0 2]) c)', f'(clojure.set/select odd? c)', '(filter even? c)', '(set c)', '(vec c)',
                f'(clojure.set/subset? c #{{1 2 3}})', f'(clojure.set/superset? c #{{{k}}})', '(map inc c)', '(disj c :x)')
        return f'(let [c {coll}] {op})'

    def topic_metadata(self):
        coll = self.pick('[1 2 3]', '{:a 1}', '#{1 2}', "'(1 2)", '(list 1 2)', '()', '[]', '{}', '#{}', '(sorted-map 1 2)', '(sorted-set 1 2)',
            '(map inc [1 2])', '(range 3)', "'sym", '(seq [1 2])', '(cons 1 nil)', '(lazy-seq nil)', '(fn [x] x)', '(subvec [1 2 3] 1)',
            '(zipmap (range 12) (range))', '(set (range 12))', '(repeat 2 1)', '(rseq [1 2])', '(iterate inc 1)', '(cycle [1])', '(seq {:a 1})',
            '(seq "ab")', '(first {:a 1})', '"s"', '1', ':k', 'nil', 'inc', '(concat [1] [2])')
        meta = self.pick('{:m 1}', '{:m 1}', '{:m 1}', '{}', 'nil', '{:a {:b 1}}', '[]', '(sorted-map :m 1)')
        op = self.pick('identity', 'seq', 'rest', 'next', '(conj 5)', '(conj [5 6])', 'empty', 'vec', 'set', '(into [])', '(into {})', '(into #{})',
            'list*', 'reverse', 'rseq', 'pop', 'peek', '(assoc 0 :n)', '(dissoc :a)', '(disj 1)', '(with-meta {:n 2})', '(with-meta nil)',
            '(vary-meta assoc :n 2)', '(vary-meta merge {:z 1})', '(cons 9)', '(merge {:b 2})', '(update :a inc)', 'first', 'not-empty',
            '(replace [1 2])', 'sort', 'distinct', '(mapv inc)', 'keys', 'vals', '(subvec 1)', '(select-keys [:a])', '(clojure.set/union #{7})',
            '(clojure.set/difference #{1})', '(update-vals inc)', '(update-keys str)', '(clojure.walk/postwalk identity)',
            '(clojure.walk/prewalk identity)', '(reduce conj)', '(group-by odd?)', 'flatten', '(take 1)', '(drop 1)', '(map identity)',
            '(filterv any?)', 'doall', 'frequencies', '(clojure.set/rename-keys {:a :b})', '(clojure.set/map-invert)', '(reduce-kv assoc {})',
            '(zipmap [1])', 'hash', '(apply list)', '(nthrest 1)', '(nthnext 1)', '(nthrest 0)', '(conj)', '(assoc-in [:a :b] 1)', 'identity',
            '(partial 1)', '(comp inc)', 'symbol', 'name', 'sequence', 'eduction')
        head = f'(with-meta {coll} {meta})'
        position = f'(-> x {op})' if self.chance(0.75) or op in ('identity', 'seq') else f'(->> x {op})'
        kind = self.random.randrange(8)
        if kind < 4: return f'(let [x {head}] (meta {position}))'
        if kind == 4: return f'(let [x {head}] [(meta x) {position}])' if 'fn' not in coll and 'iterate' not in coll and 'cycle' not in coll else f'(meta {head})'
        if kind == 5: return f"(meta {self.pick('^:k', '^{:a 1}', '^:k ^:l', '^{:k 1} ^:l', '^:q/r', '^' + chr(34) + 'tag' + chr(34), '^{:a (+ 1 1)}')} {self.pick('[1]', '{:a 1}', '#{1}', '[]', '{}', '#{}', '(fn [] 1)', '[(+ 1 1)]')})"
        if kind == 6: return f"(meta '{self.pick('^:k', '^{:a 1}', '^:k ^:l', '^{:k 1} ^:k', '^{:a (+ 1 1)}')} {self.pick('[1]', '(a b)', 'sym', '{:a 1}', '#{1}', '()', '[^:z a]')})"
        return f'(= {head} {coll})' if 'fn' not in coll else f'(meta {head})'

    def topic_letfn(self):
        a = self.pick('(if (zero? n) [:a] (conj (b (dec n)) n))', '(cond (zero? n) :zero (neg? n) (b (inc n)) :else (b (dec n)))',
            '(when (pos? n) (cons n (lazy-seq (b (dec n)))))', '(if (< n 1) n (+ n (b (- n 2))))', '(fn [] (b n))')
        b = self.pick('(if (zero? n) [:b] (a (dec n)))', '(a (dec n))', '(if (pos? n) (a (dec n)) :b)', '(if (< n 1) 0 (inc (a (dec n))))',
            '(map identity (a (dec n)))', '(try (a (dec n)) (catch Exception e :caught))')
        second = self.pick(f'(b [n] {b})', f'(b [n & more] {b})', f'(b ([] (b 3)) ([n] {b}))')
        use = self.pick('(a 4)', '(b 3)', '(a 0)', '[(a 1) (b 2)]', '(map a (range 3))', '(trampoline a 2)', '(b 5)')
        return f'(letfn [(a [n] {a}) {second}] {use})'

    def topic_case(self):
        # a key stands quoted in the tests of case, and evaluated as its argument
        tests = [('1', '1'), ('2', '2'), ('-1', '-1'), ('1.5', '1.5'), ('100N', '100N'), ('1/2', '1/2'), ('"a"', '"a"'), ('""', '""'), (r'\a', r'\a'),
            (r'\b', r'\b'), (':a', ':a'), (':b/c', ':b/c'), ('a', "'a"), ('b/c', "'b/c"), ('nil', 'nil'), ('true', 'true'), ('false', 'false'),
            ('[1 2]', '[1 2]'), ('[]', '[]'), ('{:a 1}', '{:a 1}'), ('#{1}', '#{1}'), ('[a]', "'[a]"), ('{}', '{}'), ('4294967296', '4294967296'),
            ('4294967297', '4294967297'), ('"Aa"', '"Aa"'), ('"BB"', '"BB"'), ('1M', '1M'), ('2147483648', '2147483648'), ('-2147483648',
            '-2147483648'), ('[[1] #{2}]', '[[1] #{2}]')]
        chosen = self.random.sample(tests, self.random.randint(1, 8))
        clauses = []
        for i, (test, _) in enumerate(chosen):
            clauses.append(f'{test} :r{i}' if self.chance(0.7) else f'({test} {self.of([t for t, _ in tests if t not in [c for c, _ in chosen]])}) :r{i}')
        flat = ' '.join(clauses)
        value = self.pick(self.of(chosen)[1], self.of(tests)[1], self.pick('1N', '1.0', '(int 1)', "'(1 2)", '(list)', '(first "a")', '(str "A" "a")',
            '(sorted-map :a 1)', '(sorted-set 1)', '(byte 2)', '2N', '(vec (list 1 2))', "(symbol \"a\")", '(keyword "a")', '(+ 0.5 1)'))
        return f'(case {value} {flat}{self.pick(" :default", " :default", "")})'

    def topic_condp(self):
        pred = self.pick('=', 'some', 'get', '<', '>=', 'contains?', '(fn [a b] (when (= a b) [a]))', 're-find', 'identical?', '#(%1 %2)',
            '(comp seq filter)')
        value = {'some': '[1 2 3]', 'get': ':a', 're-find': '"ab12"', 'contains?': ':a', '#(%1 %2)': '5', '(comp seq filter)': '[1 2 3]'}.get(pred,
            self.of(SMALL))
        test = lambda: {'some': self.pick('#{2}', 'odd?', '#{9}', 'nil?', '#(when (= % 3) {:f %})'), 'get': self.pick('{:a 1}', '{}', '{:a nil}',
            '{:a false}', '{:a [1]}'), 're-find': self.pick('#"\\d+"', '#"z"', '#"(a)(b)"'), 'contains?': self.pick('{:a 1}', '#{:b}', '{}'),
            '#(%1 %2)': self.pick('even?', '#{5}', 'inc', 'neg?'), '(comp seq filter)': self.pick('odd?', 'neg?', 'even?')}.get(pred, self.of(SMALL))
        passed = lambda: ':>> ' + self.pick('str', 'vector', 'identity', 'inc', '(fn [x] [:got x])')
        clauses = [f'{test()} {self.pick(f":r{i}", passed())}' for i in range(self.random.randint(1, 4))]
        return f'(condp {pred} {value} {" ".join(clauses)}{self.pick(" :default", "", " [:d]")})'

    def topic_for(self):
        binds, names = [], []
        for i in range(self.random.randint(1, 3)):
            name = 'xyz'[i]
            binds.append(f'{name} ' + self.pick('(range 4)', '[1 2 3]', "'(3 1 2)", '[nil 1]', '(range 3)', '"ab"' if i else '[0 1]',
                '{:a 1 :b 2}' if i else '(range 5)', '[]' if self.chance(0.2) else '[2 4]',
                f'(range {names[-1]})' if names and names[-1] in 'xy' else '[5]'))
            names.append(name)
            for _ in range(self.pick(0, 0, 1, 1, 2)):
                v = self.of(names)
                kind = self.random.randrange(4)
                if kind == 0:
                    new = self.fresh()
                    binds.append(f':let [{new} {self.pick(f"(str {v})", f"[{v}]", f"[{v} {names[0]}]")} {self.pick("", f"[w & q] [{v} 1 2]")}]')
                    names.append(new)
                elif kind == 1: binds.append(f':when {self.pick(f"(number? {v})", f"(not= {v} 2)", f"(some? {v})", "true", f"(odd? (hash {v}))", "nil")}')
                elif kind == 2: binds.append(f':while {self.pick(f"(not= {v} 2)", f"(some? {v})", f"(not= {v} 3)", f"(not= {v} [2])", "true", f"(not= (str {v}) {chr(34)}3{chr(34)})")}')
                else: binds.append(f':let [{v} {self.pick(v, f"(str {v})", f"(if (number? {v}) (inc {v}) {v})")}]')
        return f'({self.pick("for", "for", "for", "doseq")} [{" ".join(binds)}] [{" ".join(names)}])'

    def topic_exceptions(self):
        def thrown(depth):
            cause = f' (try {raise_(depth - 1)} (catch Throwable c c))' if depth > 0 and self.chance(0.5) else ''
            return self.pick(f'(throw (ex-info {self.pick(chr(34) + "m" + chr(34), "nil", chr(34) + chr(34))} {self.pick("{:a 1}", "{}", "{:k [1]}")}{cause}))',
                f'(throw ({self.of([e for e in EXCEPTIONS if e != "clojure.lang.ExceptionInfo"])}. "t"))', f'(throw (Exception. "o"{cause}))',
                '(/ 1 0)', '(inc nil)', '(nth [1] 5)', "(+ 'a 1)", '(assoc [1] 7 1)', '((fn [x] x))', '(Long/parseLong "x")', '(first 5)',
                '(subs "a" 3)', '({:a 1})', '(throw nil)', '(throw "s")', '(throw {:a 1})', '(case 5 1 1)', '(conj 1 2)', '(assert false "no")',
                '(assert nil)', '(deref 1)', '(name 1)', '(compare 1 "a")', '(int 1e10)', '(char -1)', '(seq 1)', '(count 1)', '(pop [])', '(peek 1)',
                '(hash-map 1)', '(zero? "a")', '(.length nil)', '(ex-info "m" nil)', '(throw (ex-info "m" nil))', '(sort [1 :a])',
                '(str (lazy-seq (throw (ex-info "lazy" {:l 1}))))')

        def raise_(depth):
            if depth <= 0 or self.chance(0.3): return thrown(depth)
            return self.pick(attempt(depth - 1), f'(do {attempt(depth - 1)} {thrown(depth - 1)})', f'(let [f (fn [] {raise_(depth - 1)})] [(f)])',
                f'(map (fn [_] {raise_(depth - 1)}) [1])', f'(doall (map (fn [_] {raise_(depth - 1)}) [1]))')

        def handled():
            return self.pick('(ex-data e)', ':caught', '[:caught (ex-data e)]', '(throw e)', '(throw (ex-info "again" {:was (ex-data e)} e))',
                '(ex-data (ex-cause e))', '(some-> e ex-cause ex-cause ex-data)', '(nil? (ex-cause e))', '(ex-data (.getCause e))', ':x', '(/ 1 0)',
                'nil', '(let [{:keys [a was]} (ex-data e)] [a was])')

        def attempt(depth):
            catches = ' '.join(f'(catch {self.of(EXCEPTIONS)} e {handled()})' for _ in range(self.random.randint(0, 3)))
            final = self.pick('', '',
                f'(finally {self.pick("1", "(throw (ex-info " + chr(34) + "f" + chr(34) + " {:final 1}))", "(/ 1 0)", "nil", "(try (/ 1 0) (catch Exception e 2))", "[:ignored]")})')
            return f'(try {raise_(depth)} {catches} {final})'
        return self.pick(attempt(2), attempt(3), f'(try {attempt(2)} (catch Throwable e [(ex-data e) (some-> e ex-cause ex-data)]))',
            f'(try {attempt(2)} (catch Exception e [:outer (ex-message (or (when (ex-data e) e) (ex-info "none" {{}})))]) (catch Error e :error))')

    def topic_regex(self):
        # in a literal the source of the pattern, in a string that source escaped
        source = ''.join(self.of(PIECES) + self.of(QUANTIFIERS) for _ in range(self.random.randint(1, 4)))
        if self.chance(0.15): source += '|' + self.of(PIECES)
        regex = '#"' + source.replace('\\\\', '\\') + '"' if self.chance(0.8) else f'(re-pattern "{source}")'
        subject = self.of(SUBJECTS)
        return self.pick(f'(re-find {regex} {subject})', f'(re-matches {regex} {subject})', f'(re-seq {regex} {subject})',
            f'(clojure.string/split {subject} {regex})',
            f'(clojure.string/split {subject} {regex} {self.pick("-1", "0", "1", "2", "3", "-5", "100")})',
            f'(clojure.string/replace {subject} {regex} {self.of(REPLACEMENTS)})',
            f'(clojure.string/replace-first {subject} {regex} {self.of(REPLACEMENTS)})', f'(str {regex})',
            f'(mapv (fn [s] (re-find {regex} s)) [{self.of(SUBJECTS)} {self.of(SUBJECTS)} {self.of(SUBJECTS)}])',
            f'(.replaceAll {subject} "{source}" {self.pick(chr(34) + "x" + chr(34), chr(34) + "$0" + chr(34))})', f'(.matches {subject} "{source}")',
            f'(seq (.split {subject} "{source}"))')

    def topic_format(self):
        specs, args = [], []
        for _ in range(self.pick(1, 1, 1, 2, 3)):
            flags, width, precision = self.of(FLAGS), self.pick('', '', '', '1', '5', '8', '12'), self.pick('', '', '', '.0', '.1', '.2', '.5', '.12')
            conversion = self.of(CONVERSIONS)
            index = self.pick('', '', '', '', '', '1$', '2$', '<', '9$')
            specs.append(f'%{index}{flags}{width}{precision}{conversion}')
            fitting = {'d': OBJECTS[:8], 'x': OBJECTS[:8], 'X': OBJECTS[:8], 'o': OBJECTS[:8], 'e': OBJECTS[8:30], 'E': OBJECTS[8:30],
                'f': OBJECTS[8:30], 'g': OBJECTS[8:30], 'G': OBJECTS[8:30], 'c': ['\\a', '\\é', '65', '(int 66)', '(byte 67)', '128512', 'nil', '-1',
                '"a"'], 'C': ['\\a', '\\é', '97', 'nil', '(int 128512)']}.get(conversion, OBJECTS)
            if conversion not in '%n' or self.chance(0.1):
                args.append(self.of(fitting) if self.chance(0.88) else self.of(OBJECTS))
        if self.chance(0.05) and args: args.pop()
        if self.chance(0.05): args.append('1')
        return f'(format "{self.pick("", "[")}{self.pick("", " ", "|").join(specs)}{self.pick("", "]")}" {" ".join(args)})'

    def topic_text(self):
        s, t, u = self.of(TEXTS), self.of(TEXTS), self.pick(self.of(TEXTS), '""', '" "', '"a"')
        i, j = self.pick('0', '1', '2', '3', '-1', '5', '100'), self.pick('1', '2', '3', '4', '0')
        x = self.pick(f'(subs {s} {i})', f'(subs {s} {i} {j})', f'(count {s})', f'(nth {s} {i})', f'(nth {s} {i} :none)', f'(get {s} {i})',
            f'(seq {s})', f'(clojure.string/reverse {s})', f'(clojure.string/upper-case {s})', f'(clojure.string/lower-case {s})',
            f'(clojure.string/capitalize {s})', f'(clojure.string/trim {s})', f'(clojure.string/triml {s})', f'(clojure.string/trimr {s})',
            f'(clojure.string/trim-newline {s})', f'(clojure.string/blank? {s})', f'(clojure.string/split-lines {s})',
            f'(clojure.string/index-of {s} {u})', f'(clojure.string/index-of {s} {u} {i})', f'(clojure.string/last-index-of {s} {u})',
            f'(clojure.string/last-index-of {s} {u} {i})', f'(clojure.string/includes? {s} {u})', f'(clojure.string/starts-with? {s} {u})',
            f'(clojure.string/ends-with? {s} {u})', f'(clojure.string/join {u} [{s} {t} nil 1 \\a])', f'(clojure.string/join {u} {s})',
            f'(clojure.string/replace {s} {u} {t})', f'(clojure.string/replace-first {s} {u} {t})', f'(clojure.string/replace {s} \\a \\é)',
            f'(clojure.string/escape {s} {{\\a "<a>" \\b \\c}})', f'(compare {s} {t})', f'(= {s} (apply str (seq {s})))', f'(hash {s})',
            f'(.hashCode {s})', f'(sort [{s} {t} {u}])', f'(reduce (fn [a c] (conj a (int c))) [] {s})', f'(map int {s})',
            f'(apply str (reverse {s}))', f'(frequencies {s})', f'(pr-str {s})', f'(keyword {s})', f'(symbol {s})', f'(name (keyword {s}))',
            f'(namespace (keyword "n" {t}))', f'(parse-long {s})', f'(.charAt {s} {i})', f'(.indexOf {s} {u})', f'(.lastIndexOf {s} {u})',
            f'(.toUpperCase {s})', f'(.length {s})', f'(.isEmpty {s})', f'(.isBlank {s})', f'(.strip {s})', f'(.trim {s})',
            f'(.equalsIgnoreCase {s} {t})', f'(.compareTo {s} {t})', f'(.repeat {s} {j})', f'(.concat {s} {t})', f'(.substring {s} {i})',
            f'(.contains {s} {u})', f'(.startsWith {s} {u})', f'(.endsWith {s} {u})', f'(clojure.string/re-quote-replacement {s})',
            f'(partition-all 2 {s})', f'(into #{{}} {s})', f'(zipmap {s} (range))', f'(get-in [{s}] [0 {i}])', f'(some #{{\\a \\space}} {s})',
            f'(split-at {i} {s})', f'(distinct {s})', f'(take-while #(not= % \\b) {s})', f'(str {s} {t} nil \\a :k)', f'(last {s})', f'(vec {s})',
            f'(clojure.string/split {s} #"")' if '😀' not in s and 'ud8' not in s and '𝒳' not in s else f'(count {s})', f'(read-string (pr-str {s}))',
            f'(format "%5s|%-5s|%.2s" {s} {t} {u})')
        return x

    def topic_sets(self):
        s = lambda: self.pick('#{1 2 3}', '#{}', '#{2 3 4 5}', 'nil', '[1 2]', '{:a 1}', '#{nil}', '#{:a}', "'(1 2)", '(sorted-set 3 1 2)',
            '(set (range 12))', '#{1.0 2}', '"ab"', '#{[1 2]}', '()', '{1 2}', '(range 4)', '1', '(sorted-set-by > 1 2 3)', '#{[:a 1]}', '#{#{1}}')
        r = lambda: self.pick('#{{:a 1 :b 2} {:a 2 :b 3}}', '#{{:a 1 :c 5} {:a 3 :c 6}}', '#{}', '[{:a 1 :b 2}]', '#{{:b 2 :d 4} {:b 3 :d 5}}', 'nil',
            '#{{:a 1} {:b 2}}', '#{{}}', "'({:a 1} {:a 1})", '#{{:a nil} {:a 1 :b nil}}', '#{{:x 1}}', '[{:a 1} {:a 2} {:a 1 :b 1}]')
        m = lambda: self.pick('{:a :b}', '{}', '{:a :c, :b :a}', '{:b :a}', '{:a :z :z :a}', 'nil', '{:q :r}', '{:a :b :b :a}', '[[:a :b]]')
        n = self.pick('union', 'intersection', 'difference', 'select', 'project', 'join', 'rename', 'rename-keys', 'map-invert', 'index', 'subset?',
            'superset?')
        if n in ('union', 'intersection', 'difference'): return f'(clojure.set/{n} {" ".join(s() for _ in range(self.pick(1, 2, 2, 2, 3)))})'
        if n in ('subset?', 'superset?'): return f'(clojure.set/{n} {s()} {s()})'
        if n == 'select': return f'(clojure.set/select {self.pick("odd?", "even?", "nil?", ":a", "#{1}", "identity", "number?")} {self.pick(s(), r())})'
        if n == 'project': return f'(clojure.set/project {r()} {self.pick("[:a]", "[]", "[:b :c]", "nil", "#{:a}", "[:q]", "{:a 1}")})'
        if n == 'join': return f'(clojure.set/join {r()} {r()}{self.pick("", "", " " + m())})'
        if n == 'rename': return f'(clojure.set/rename {r()} {m()})'
        if n == 'index': return f'(clojure.set/index {r()} {self.pick("[:a]", "[]", "[:b :a]", "nil", "[:q]")})'
        if n == 'rename-keys': return f'(clojure.set/rename-keys {self.pick("{:a 1 :b 2}", "{}", "nil", "{:a nil}", "[1 2]", "(sorted-map :a 1 :b 2)", "{:a 1 :b 2 :c 3}", "{:b 1}", "(zipmap [:a :b :c :d :e :f :g :h :i :j] (range))")} {m()})'
        return f'(clojure.set/map-invert {self.pick("{:a 1 :b 2}", "{:a 1 :b 1}", "{}", "nil", "[[1 2]]", "(sorted-map 1 2)", "{nil nil}", "{:a [1] :b (list 1)}", "(zipmap (range 12) (range 3 15))", "#{[1 2]}", "[]", "()", "[1]", "(zipmap (range 9) (cycle [1 2]))")})'

    def topic_walk(self):
        tree = self.pick(self.data(3), self.data(2), '{:a [1 {:b 2}] "c" #{:d}}', "'(1 (2 [3]))", '(map inc [1 2])', '(sorted-map :b {:a 1})',
            '{"a" {"b" [{"c" 1}]}}', '(first {:a 1})', '[[:a 1] {:b 2}]', '(range 3)', '(lazy-seq [1 [2]])', "(with-meta [1] {:m 1})",
            '#{[1] {:a "x"}}', '{:a nil nil :b}', '{:x/y 1 "z/w" 2}')
        f = self.pick('identity', '#(if (number? %) (inc %) %)', '#(if (map? %) (dissoc % :a) %)', '#(if (vector? %) (seq %) %)',
            '#(if (keyword? %) (name %) %)', '#(if (map-entry? %) [(val %) (key %)] %)', '#(if (coll? %) (count %) %)',
            '#(if (string? %) (keyword %) %)', '#(if (seq? %) (vec %) %)', '#(if (sequential? %) (reverse %) %)', '#(if (set? %) (vec %) %)',
            'vector' if self.chance(0.1) else 'identity', '#(if (map? %) (into [] %) %)', '#(if (nil? %) :nil %)',
            '#(if (map-entry? %) [(key %) 0] %)')
        return self.pick(f'(clojure.walk/postwalk {f} {tree})', f'(clojure.walk/prewalk {f} {tree})',
            f'(clojure.walk/walk {self.pick("identity", "vector", "str", "first")} {f} {tree})', f'(clojure.walk/keywordize-keys {tree})',
            f'(clojure.walk/stringify-keys {tree})',
            f'(clojure.walk/postwalk-replace {self.pick("{1 :one}", "{:a :b}", "{[1] 2}", "{nil 0}", "[:z :y]", "{}")} {tree})',
            f'(clojure.walk/prewalk-replace {self.pick("{1 :one}", "{:a :b}", "{[1] 2}", "{nil 0}", "{:a 1}")} {tree})',
            f'(tree-seq coll? seq {tree})', f'(flatten {tree})', f'(clojure.walk/postwalk {f} {tree})')

    def topic_edn(self):
        text = self.pick('', ' ', '').join(self.of(TOKENS) for _ in range(self.pick(1, 1, 1,
            2))) if self.chance(0.6) else ' '.join(self.of(TOKENS) for _ in range(self.random.randint(1, 4)))
        if self.chance(0.4): text = self.pick('[%s]', '(%s)', '{:k %s}', '#{%s}', '{%s 1}', '[1 %s 2]', "{:a [%s]}") % text
        text = text.replace('"', '\\"').replace('\\\\"', '\\"')
        return self.pick(f'(clojure.edn/read-string "{text}")', f'(clojure.edn/read-string "{text}")',
            f'(clojure.edn/read-string {self.pick("{:eof :end}", "{:default vector}", "{:readers {(quote foo) str}}", "{:default tagged-literal :eof nil}")} "{text}")')

    def topic_numbers(self):
        a, b, c = self.of(WIDE), self.of(WIDE), self.of(WIDE)
        op = lambda: self.pick('+', '-', '*', '/', "+'", "-'", "*'", 'quot', 'rem', 'mod', 'max', 'min')
        return self.pick(f'({op()} {a} {b})', f'({op()} {a} {b})', f'({op()} ({op()} {a} {b}) {c})', f'({op()} {a} {b})',
            f'({self.pick("=", "==", "<", ">", "<=", ">=", "not=")} {a} {b})', f'({self.pick("=", "==", "<")} {a} {b} {c})', f'(compare {a} {b})',
            f'(hash {a})', f'(= (hash {a}) (hash {b}))', f'(hash ({op()} {a} {b}))', f'(str ({op()} {a} {b}))',
            f'({self.pick("inc", "dec", "-", "abs", "inc" + chr(39), "dec" + chr(39), "-" + chr(39), "numerator", "denominator", "rationalize", "bigint", "bigdec", "double", "long", "int", "float", "short", "byte", "char", "num", "zero?", "pos?", "neg?", "even?", "odd?", "integer?", "ratio?", "rational?", "decimal?", "float?", "double?", "int?", "nat-int?", "pos-int?", "biginteger", "unchecked-long", "unchecked-int", "str", "pr-str", "hash", "NaN?", "infinite?", "bit-not", "Math/round", "Math/floor", "Math/ceil", "Math/rint", "Math/abs", "Math/sqrt", "Math/signum", "unchecked-inc", "unchecked-negate", "Double/toString", "+", "*", "/")} {a})',
            f'({self.pick("bit-and", "bit-or", "bit-xor", "bit-and-not", "bit-shift-left", "bit-shift-right", "unsigned-bit-shift-right", "bit-set", "bit-clear", "bit-flip", "bit-test")} {a} {b})',
            f'({self.pick("unchecked-add", "unchecked-subtract", "unchecked-multiply", "Math/floorDiv", "Math/floorMod", "Math/pow", "Math/max", "Math/min", "Math/hypot", "Math/atan2")} {a} {b})',
            f'[({op()} {a} {b}) ({op()} {b} {a})]', f'(reduce {op()} [{a} {b} {c}])', f'(sort [{a} {b} {c}])', f'(apply {op()} [{a} {b}])',
            f'({self.pick("sorted-set", "hash-set")} {a} {b} {c})', f'(get {{{a} :found}} {b})', f'(contains? #{{{a}}} {b})',
            f'(distinct [{a} {b} {a}])', f'(frequencies [{a} {b} {c} {a}])',
            f'(identical? {self.pick("1", "nil", ":a")} {self.pick("1", "nil", ":a")})',
            f'(range {self.pick("0", "1", a)} {self.pick("3", "5/2", "2.5", "4N", "3M")} {self.pick("1", "1/2", "0.5", "1N", "1M")})',
            f'(bigdec ({op()} {self.of(SMALL)} {self.pick("3", "4", "8", "7N", "1/3", "0.1")}))', f'(let [x {a} y {b}] ({op()} x y))',
            f'(let [x {a} y {b}] [(< x y) (== x y) (= x y)])', f'(with-meta [({op()} {a} {b})] nil)')

    def topic_order(self):
        keys = self.random.sample(KEYS, self.random.randint(3, 26))
        pairs = ' '.join(f'{k} {i}' for i, k in enumerate(keys))
        listed = ' '.join(keys)
        kind = self.random.randrange(14)
        if kind == 0: return f'(hash-map {pairs})'
        if kind == 1: return f'(hash-set {listed})'
        if kind == 2: return f'(into {{}} (map-indexed (fn [i k] [k i])) [{listed}])'
        if kind == 3: return f'(set [{listed}])'
        if kind == 4: return f'(zipmap [{listed}] (range))'
        if kind == 5: return f'(array-map {pairs})'
        if kind == 6: return f'(assoc {{}} {pairs})'
        if kind == 7: return f'(dissoc (hash-map {pairs}) {self.some(keys, 1, 6)})'
        if kind == 8: return f'(disj (hash-set {listed}) {self.some(keys, 1, 6)})'
        if kind == 9: return f'(merge (array-map {pairs}) (zipmap [{self.some(KEYS, 1, 8)}] (range 100 120)))'
        if kind == 10: return f'(frequencies [{listed} {self.some(keys, 1, 8)}])'
        if kind == 11: return f'(group-by {self.pick("hash", "coll?", "str", "identity", "(fn [x] (boolean x))")} [{listed}])'
        if kind == 12: return f'(hash [(hash-map {pairs}) (hash-set {listed})])'
        return f'(select-keys (hash-map {pairs}) [{self.some(keys, 1, 12)}])'

    def topic_equality(self):
        a = self.data(2)
        b = self.pick(a, self.data(2), self.data(1), f'(seq {a})', f'(into [] {a})', f'(into {{}} {a})', f'(set {a})', f'(vec {a})')
        return self.pick(f'(= {a} {b})', f'(= (hash {a}) (hash {b}))', f'(hash {a})', f'(compare {a} {b})', f'(get {{{a} 1}} {b} :none)',
            f'(contains? (hash-set {a}) {b})', f'(distinct [{a} {b} {a}])', f'(not= {a} {b} {a})', f'(count (hash-set {a} {b}))',
            f'(.equals {a} {b})', f'(.hashCode {a})', f'(some #{{{a}}} [{b}])')

    def topic_compare(self):
        return self.pick(f'(compare {self.of(MIXED)} {self.of(MIXED)})', f'(compare {self.of(MIXED)} {self.of(MIXED)})',
            f'(sort [{self.some(MIXED, 2, 4)}])',
            f'(sort-by {self.pick("str", "count", "hash", "identity", "first", "pr-str", "-", "nil?")} [{self.some(MIXED, 2, 5)}])',
            f'(sort {self.of(COMPARATORS)} [{self.some(SMALL, 0, 8)}])',
            f'(sort-by {self.pick("str", "-", "odd?", "#(mod % 3)")} {self.of(COMPARATORS[:4])} [{self.some(SMALL, 0, 8)}])',
            f'({self.pick("max", "min")} {self.some(WIDE, 1, 4)})',
            f'({self.pick("max-key", "min-key")} {self.pick("count", "identity", "abs", "hash", "first")} {self.some(MIXED, 1, 4)})',
            f'(sorted-set {self.some(MIXED, 1, 4)})', f'(compare [{self.some(MIXED, 1, 2)}] [{self.some(MIXED, 1, 2)}])',
            f'(sort > [{self.some(WIDE, 1, 5)}])', f'(sort (list {self.some(["[1 2]", "[1]", "[0 5]", "[]", "[2]"], 1, 5)}))',
            f'(.compareTo {self.of(MIXED[1:])} {self.of(MIXED)})')

    def topic_chars(self):
        c = self.pick(r'\a', r'\Z', r'\0', r'\space', r'\newline', r'\tab', r'\return', r'\backspace', r'\formfeed', r'\é', r'\u0000', r'\u00e9',
            r'\o377', r'\ud83d', r'\uffff', r'\ß', r'\(', r'\"', r'\\', r'\u2028', r'\u00a0', r'\u0660', r'\İ', r'\ı', r'\ǅ', r'\_', '(char 955)',
            '(first "xyz")', r'\u001c')
        i = self.pick('65', '0', '97', '-1', '65535', '65536', '128512', '48', '65.9', '97N', 'nil', '"a"', r'\a', '8232', '453', '1632')
        n = self.pick('isDigit', 'isLetter', 'isLetterOrDigit', 'isLowerCase', 'isUpperCase', 'isWhitespace', 'toLowerCase', 'toUpperCase',
            'toString')
        return self.pick(f'(int {c})', f'(char {i})', f'(str {c})', f'(pr-str {c})', f'[{c}]',
            f'(compare {c} {self.pick(chr(92) + "b", chr(92) + "A", c)})', f'(hash {c})', f'(.hashCode {c})',
            f'(= {c} {self.pick("(first (str " + c + "))", "(int " + c + ")", "(str " + c + ")")})', f'(Character/{n} {c})',
            f'(Character/{n} (int {i}))', f'(Character/{n} {c})', f'(long {c})', f'(char? {c})', f'(str {c} {c} [{c}])', f'(keyword (str {c}))',
            f'(case {c} \\a 1 \\b 2 \\newline 3 :none)', f'(map char (range {self.pick("60 70", "0 5", "120 130")}))', f'(name (symbol (str {c})))',
            f'(clojure.string/join [{c} 1 {c}])', f'(clojure.string/index-of "abcé" {c})', f'(get {{{c} 1}} {c})', f'(sort [{c} \\m \\A])',
            f'(format "%c|%s|%5c" {c} {c} {c})', f'(+ 1 {c})', f'(byte {c})', f'(double {c})', f'(char (inc (int {c})))')

    def topic_parsing(self):
        s = self.pick(*[f'"{x}"' for x in ['1', '-1', '+1', ' 1', '1 ', '01', '1.5', '.5', '1.', '1e5', '1E-5', '-1e+5', '0x10', '1f', '1d', '1L',
            'NaN', 'Infinity', '-Infinity', '+NaN', 'inf', '', ' ', 'abc', '9223372036854775807', '9223372036854775808', '-9223372036854775808',
            '2147483648', '-2147483648', '1_000', '--1', '+-1', 'true', 'True', 'TRUE', 'false', 'yes', '1e400', '1e-400', '0.1', '1.0e', 'e1', '1/2',
            '1N', '1M', 'ff', 'FF', 'zz', '101', '550e8400-e29b-41d4-a716-446655440000', '550E8400-E29B-41D4-A716-446655440000', '5-4-3-2-1',
            '550e8400e29b41d4a716446655440000', '123456789012345678901234567890', '1.7976931348623159e308', '4.9e-325', '\\t1\\n', '\\u00a01', '-0',
            '-0.0', '0.30000000000000004', '1234567.125', '00000000000000000001', '1e0000000001',
            '9007199254740993']]) if self.chance(0.95) else self.any()
        f = self.pick('parse-long', 'parse-double', 'parse-boolean', 'parse-uuid', 'Long/parseLong', 'Integer/parseInt', 'Double/parseDouble',
            'Boolean/parseBoolean', 'Long/valueOf', 'Integer/valueOf', 'Double/valueOf', 'bigint', 'bigdec', 'biginteger', 'read-string',
            'clojure.edn/read-string', 'keyword', 'symbol', 'java.util.UUID/fromString')
        if f in ('Long/parseLong',
            'Integer/parseInt') and self.chance(0.5): return f'({f} {s} {self.pick("2", "8", "10", "16", "36", "1", "37", "0", "-2")})'
        if self.chance(0.1): return f'({self.pick("Long/toString", "Integer/toString")} {self.pick("255", "-255", "0", "9223372036854775807", "-2147483648", "35")} {self.pick("2", "16", "36", "10", "1", "40")})'
        if self.chance(0.05): return f'({self.pick("Long/toHexString", "Long/toBinaryString", "Long/toOctalString", "Integer/toHexString", "Integer/toBinaryString", "Integer/toOctalString")} {self.pick("255", "-1", "0", "2147483647", "-2147483648", "1.5", "nil")})'
        return f'({f} {s})'

    def topic_printing(self):
        x = self.pick(self.data(3), self.data(2), self.any(), f'[{self.any()} {self.any()}]', f'{{:k {self.any()}}}',
            f'(list {self.any()} {self.of(TEXTS)})', f'(map str [{self.of(WIDE)} {self.of(WIDE)}])', f'(lazy-seq [{self.any()}])', "'(quote a)",
            "''a", "'#'a", "'@a", "'@(a)", "''(a)", '#{{:a "b"}}', '(first {:a "b"})', '(keyword "a b")', '(symbol "a b")', '(symbol "x" "y z")',
            '(keyword "x/y" "z")', '{:a/b 1 :a/c 2}', '{:a/b 1 :c 2}', '{(quote a/b) 1}', '#:a{:b 1}', '(ex-data (ex-info "m" {:a "s"}))')
        return f'({self.pick("str", "pr-str", "prn-str", "str", "pr-str")} {x}{self.pick("", "", " " + self.of(KEYS))})'

    def topic_vectors(self):
        v = self.pick('[1 2 3]', '[]', '(vec (range 33))', '(subvec [1 2 3 4 5] 1 4)', '(first {:a 1})', '(into [] (range 1056))',
            '(subvec (vec (range 100)) 30 70)', '[[1 2] [3 4]]', '[nil]')
        i = self.pick('0', '1', '2', '3', '-1', '32', '33', '1.5', 'nil', ':a', '1N', '31')
        return self.pick(f'(nth {v} {i})', f'(nth {v} {i} :none)', f'(get {v} {i})', f'({v} {i})', f'(assoc {v} {i} :new)', f'(update {v} {i} str)',
            f'(assoc-in {v} [{i} 0] :n)', f'(get-in {v} [{i} 1] :none)', f'(pop {v})', f'(peek {v})', f'(conj {v} 1 2)', f'(subvec {v} {i})',
            f'(subvec {v} 0 {i})', f'(count (pop (pop {v})))', f'(rseq {v})', f'(contains? {v} {i})', f'(find {v} {i})',
            f'(reduce-kv (fn [a k x] (conj a [k x])) [] {v})', f'(count (into {v} (range 40)))', f'(last (assoc {v} 32 :x))', f'(hash {v})',
            f'(vec (rest {v}))', f'(compare {v} [1 2 3])', f'(apply + {v})', f'(nth (seq {v}) {i} :none)', f'(nthnext {v} {i})', f'(nthrest {v} {i})',
            f'(split-at {i} {v})', f'(replace {v} [0 1 5])', f'(select-keys {v} [0 {i}])', f'(into {{}} (map-indexed vector) {v})', f'(key {v})',
            f'(zipmap {v} {v})', f'(merge {v} 5)', f'(conj {{}} {v})', f'(drop-last {i} {v})', f'(take-last {i} {v})', f'(partition {i} {v})',
            f'(reduce (fn [a x] (if (= x 3) (reduced [a]) x)) {v})', f'(dissoc {v} {i})', f'(disj {v} 1)', f'(empty {v})', f'(peek (pop {v}))',
            f'(update-in {v} [0] vector {i})', f'(mapv + {v} {v})' if 'nil' not in v else v, f'(interleave {v} [:a :b])', f'(sort-by - {v})',
            f'(some #{{3}} {v})', f'(butlast {v})', f'(second {v})', f'(reductions conj [] (take 3 {v}))')

    def topic_maps(self):
        m = self.pick('{:a 1 :b {:c [1 2]}}', '{}', 'nil', '{:a nil}', '{nil {nil 1}}', '(zipmap (range 12) (range))', '(sorted-map :a 1)',
            '{"a" {:b 1}}', '[{:a 1} {:a 2}]', '{1 2 3 4}', '{:a #{1 2}}', '{:a (list 1 2)}', '(array-map :z 1 :y 2)')
        k = self.pick(':a', ':b', 'nil', '0', '"a"', '1', ':zz')
        path = self.pick('[:a]', '[:b :c]', '[:b :c 1]', '[]', 'nil', '[nil nil]', '[:x :y]', '[0 :a]', '["a" :b]', '[:a :b]', '(list :b)', '[:a 1]',
            '#{:a}', '"a"', ':a')
        f = self.pick('str', 'inc', '(fnil inc 0)', 'vector', 'identity', '(constantly nil)', 'conj', '(fnil conj [])', 'count', 'merge')
        return self.pick(f'(get-in {m} {path})', f'(get-in {m} {path} :none)', f'(assoc-in {m} {path} :new)', f'(update-in {m} {path} {f})',
            f'(update-in {m} {path} {f} 1)', f'(update {m} {k} {f})', f'(update {m} {k} {f} 1 2)', f'(assoc {m} {k} 1 :q 2)', f'(assoc {m} {k})',
            f'(dissoc {m} {k} :b)', f'(find {m} {k})', f'(get {m} {k} :none)', f'({k if k.startswith(":") else ":a"} {m} :none)',
            f'(select-keys {m} [{k} :b])', f'(merge {m} {self.pick("{:a 9}", "nil", "[:a 3]", "[[:a 3]]", "{:a {:d 1}}", "{}", "5", "(list)")})',
            f'(merge nil {m})',
            f'(merge-with {self.pick("+", "into", "conj", "vector", "merge", "(fn [a b] b)")} {m} {self.pick("{:a 9}", "nil", "{:b {:d 1}}", "[[:a 1]]")} {{:a 1}})',
            f'(into {m} {self.pick("[[:x 1]]", "{:x 1}", "nil", "[[1]]", "[[1 2 3]]", "[1]", "(list [1 2])", "#{[1 2]}", "[{:y 1}]", "[nil]")})',
            f'(conj {m} {self.pick("[:x 1]", "{:x 1}", "nil", "[1]", "[[:x 1]]", "(first {:y 2})", "(list :x 1)", "{}", "#{}")})',
            f'(reduce-kv (fn [a k v] (conj a k v)) [] {m})', f'(reduce-kv (fn [a k v] (if (= k :b) (reduced [:r a]) (conj a k))) [] {m})',
            f'(update-vals {m} {f})', f'(update-keys {m} {f})', f'(keys {m})', f'(vals {m})',
            f'(map {self.pick("key", "val", "first", "identity", "vec", "count")} {m})',
            f'(group-by {self.pick("key", "val", "first", "second")} {m})', f'(filter val {m})', f'(into (sorted-map) {m})', f'(seq {m})',
            f'(count {m})', f'(empty {m})', f'(not-empty {m})', f'(zipmap (keys {m}) (vals {m}))', f'(= {m} (into {{}} {m}))', f'(hash {m})',
            f'(contains? {m} {k})', f'(some {k if k[0] == ":" else ":a"} [{m}])', f'({m} {k})', f'(reduce conj [] {m})',
            f'(apply hash-map {self.pick("[1 2]", "[:a 1 :a 2]", "[1]", "nil")})', f'(min-key val {self.pick("[1 2]", "(first {1 2})")} [3 1])',
            f'(sort-by key {m})', f'(frequencies (vals {m}))')

    def topic_sequences(self):
        c = lambda: self.pick('[1 2 3 4 5]', '(range 7)', "'(1 1 2 3 3)", '[]', 'nil', '"abcd"', '#{1}', '{:a 1}', '(list nil false 1)',
            '[[1 2] [3]]', '(range 3)', '(lazy-seq (cons 1 nil))', '(take 4 (cycle [1 2 3]))', '5')
        n, n2 = self.pick('0', '1', '2', '3', '-1', '10', '1.5', '5/2', 'nil'), self.pick('1', '2', '3', '0', '-1')
        return self.pick(f'(partition {n} {n2} {c()})', f'(partition {n} {n2} {c()} {c()})', f'(partition-all {n} {n2} {c()})',
            f'(partition-all {n} {c()})', f'(partition-by {self.pick("odd?", "identity", "nil?", "count")} {c()})', f'(interleave {c()} {c()} {c()})',
            f'(interpose {self.any()} {c()})', f'(map {self.pick("vector", "list", "+", "str")} {c()} {c()} {c()})',
            f'(mapcat {self.pick("identity", "list", "reverse", "range", "vector")} {c()})', f'(take-nth {n} {c()})',
            f'(split-with {self.pick("odd?", "some?", "identity")} {c()})', f'(drop-last {n} {c()})', f'(take-last {n} {c()})',
            f'(nthrest {c()} {n})', f'(nthnext {c()} {n})',
            f'(reductions {self.pick("+", "conj", "str", "list")} {self.pick("", "[]", "0", "nil")} {c()})',
            f'(keep-indexed {self.pick("vector", "(fn [i x] (when (odd? i) x))", "list")} {c()})', f'(map-indexed vector {c()})',
            f'(tree-seq {self.pick("coll?", "sequential?", "seq", "map?")} {self.pick("seq", "rest", "identity", "reverse")} {self.data(3)})',
            f'(flatten {self.data(3)})', f'(distinct {c()})', f'(dedupe {c()})', f'(frequencies {c()})',
            f'(group-by {self.pick("odd?", "identity", "str", "nil?")} {c()})',
            f'(reduce {self.pick("+", "conj", "(fn [a x] (reduced a))", "list", "max", "(fn ([] :none) ([a b] [a b]))")} {c()})',
            f'(reduce {self.pick("+", "conj", "list")} {self.pick("0", "[]", "nil")} {c()})',
            f'(apply {self.pick("map", "mapcat")} {self.pick("vector", "list", "+")} [{c()} {c()}])', f'(sort {c()})', f'(zipmap {c()} {c()})',
            f'(concat {c()} {c()})', f'(cons {self.any()} {c()})', f'(list* {n} {c()})', f'(last {c()})', f'(butlast {c()})',
            f'(every? {self.pick("odd?", "identity", "number?", "#{1 2}")} {c()})',
            f'(some {self.pick("odd?", "identity", "nil?", "#{3}", "{2 :two}")} {c()})', f'(not-any? {self.pick("odd?", "nil?")} {c()})',
            f'(nth {c()} {n} {self.pick(":none", "nil")})', f'(into {self.pick("[]", "()", "#{}", "(list 9)")} {c()})',
            f'(take {n} (repeatedly {n2} (constantly :r)))', f'(take {n} (iterate {self.pick("inc", "list", "(partial * 2)")} {self.any()}))',
            f'(take 5 (cycle {c()}))', f'(range {n} {self.pick("3", "5", "-3")} {n2})' if n2 != '0' else f'(take 3 (range {n} 5 0))',
            f'(repeat {n} {self.any()})', f'(bounded-count {n} {c()})', f'(run! identity {c()})', f'(dorun {n} {c()})', f'(empty? {c()})',
            f'(vec (take 8 (iteration (fn [k] (when (< (or k 0) 3) {{:v k :k (inc (or k 0))}})) :vf :v :kf :k)))',
            f'(trampoline (fn f [n] (if (pos? n) (fn [] (f (dec n))) {self.any()})) {n2})',
            f'((juxt {self.pick("inc dec", "first last", "identity str", "count seq")}) {self.pick(n, c())})',
            f'((fnil {self.pick("+ 1", "+ 1 2", "conj []")}) {self.pick("nil 2", "1 nil", "nil nil", "nil")})',
            f'((every-pred {self.pick("odd? pos?", "number?", "some? number? odd?")}) {self.pick("1", "3 5", "1 2 3 4", "", "nil")})',
            f'((some-fn {self.pick("odd? nil?", "even?", ":a :b", "#{1} #{2} #{3} #{4}")}) {self.pick("1", "2 4", "", "2 2 4 4 1")})',
            f'((comp {self.pick("str inc", "vec reverse list", "first rest", "")}) {n})',
            f'((partial {self.pick("+ 1", "vector 1 2", "str 1 2 3 4", "conj [0]")}) {self.pick("1", "1 2", "")})',
            f'((complement {self.pick("odd?", "nil?", "=")}) {self.pick("1", "nil", "1 2")})', f'(seq {c()})', f'(lazy-cat {c()} {c()})',
            f'(sequence {c()})', f'(rest {c()})', f'(fnext {c()})', f'(nfirst [{c()}])', f'(ffirst [{c()}])', f'(nnext {c()})',
            f'(when-first [x {c()}] [x])', f'(subvec (vec {c()}) 1)', f'(max-key {self.pick("count", "-", "identity")} {n} {n2} 7)',
            f'(split-at {n} {c()})', f'(drop-while {self.pick("odd?", "some?", "nil?")} {c()})', f'(filterv {self.pick("odd?", "some?")} {c()})',
            f'(remove {self.pick("odd?", "nil?", "#{1}")} {c()})', f'(replace {{1 :one 2 nil}} {c()})', f'(doall {n2} {c()})', f'(not-empty {c()})',
            f'(reverse {c()})', f'(rseq {c()})', f'(set {c()})', f'(hash {c()})', f'(counted? {c()})', f'(peek {c()})', f'(conj {c()} {self.any()})',
            f'(assoc {c()} {n} 1)')

    def topic_threading(self):
        v = self.pick('5', '{:a {:b 2}}', '[1 2 3]', 'nil', '"s"', '(range 4)')
        step = lambda: self.pick('inc', '(get :a)', ':a', ':b', '(assoc :z 1)', 'str', 'count', '(map inc)', '(conj 4)', 'first', '(or 0)',
            '((fn [x] [x]))', '(#(vector % 1))', 'vec', '(update :a str)', '(-> vector)', '(->> (map inc))', '(as-> y [y y])', '(cond-> true vector)',
            'seq', '(reduce +)', '(filter odd?)', '(apply str)', 'not', '(if :t :f)', '(do 1)', "(quote)", '(->)', '(some-> :a)')
        steps = ' '.join(step() for _ in range(self.random.randint(0, 4)))
        kind = self.random.randrange(8)
        if kind == 0: return f'(-> {v} {steps})'
        if kind == 1: return f'(->> {v} {steps})'
        if kind == 2: return f'(some-> {v} {steps})'
        if kind == 3: return f'(some->> {v} {steps})'
        if kind == 4: return f'(cond-> {v} ' + ' '.join(f'{self.pick("true", "false", "nil", "1")} {s}' for s in steps.split(' ') if '(' not in s and ')' not in s) + ')'
        if kind == 5: return f'(cond->> {v} true (map inc) {self.pick("true", "false")} {self.pick("(filter odd?)", "vec", "(reduce + 1)", "(cons 0)")})'
        if kind == 6: return f'(as-> {v} x {self.pick("[x]", "(str x)", "(get x :a)", "(count x)", "{:x x}")} {self.pick("[x x]", "(vec x)", "(first x)", "(:x x)")})'
        return f'(doto {v} {self.pick("str", "(assoc :a 1)", "identity", "", "(get 1)", "(conj 1)", "(/ 0)")})'


def write(count, seed):
    """So many of each topic."""
    made = Topics(seed)
    seen = set()
    for name in made.names:
        tried = 0
        before = len(seen)
        while len(seen) - before < count and tried < 4 * count:
            tried += 1
            text = made.topic(name)
            if text not in seen and len(text) < 700:
                seen.add(text)
                print(text)

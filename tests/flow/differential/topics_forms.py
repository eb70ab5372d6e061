"""Topics about special forms and macros, and about what runs when."""
from topic import SMALL, Topic

KEYWORDS = [':a', ':b', ':c', ':x/y', ':a/b']
EXCEPTIONS = ['Exception', 'RuntimeException', 'IllegalArgumentException', 'IllegalStateException', 'ArithmeticException', 'ClassCastException',
    'NullPointerException', 'IndexOutOfBoundsException', 'NumberFormatException', 'UnsupportedOperationException', 'Throwable', 'Error',
    'AssertionError', 'clojure.lang.ExceptionInfo']
STAGES = ['(map inc)', '(map str)', '(map-indexed vector)', '(filter odd?)', '(remove even?)', '(take 3)', '(take 0)', '(take 1)', '(drop 2)',
    '(take-while #(< % 5))', '(drop-while #(< % 3))', '(take-nth 2)', '(take-nth 3)', '(partition-all 2)', '(partition-all 3)', '(partition-by odd?)',
    '(partition-by #(quot % 3))', '(dedupe)', '(distinct)', '(interpose :i)', '(keep #(when (odd? %) %))', '(keep-indexed #(when (even? %1) %2))',
    '(mapcat #(vector % %))', '(mapcat #(range %))', '(map #(vector %))', 'cat', '(halt-when #(= % 4))', '(halt-when #(= % 4) (fn [r i] [r i]))',
    '(replace {1 :one 2 :two})', '(map identity)', '(random-sample 1.0)', '(map (fn [x] (if (= x 6) (reduced x) x)))', '(map #(/ 12 %))',
    '(keep identity)', '(drop 0)', '(take 2)', '(interpose nil)']


class Forms(Topic):
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

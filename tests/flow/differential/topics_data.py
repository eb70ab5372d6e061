"""Topics about data: collections, numbers, order and equality."""
from topic import KEYS, SMALL, WIDE, Topic

COMPARATORS = ['>', '<', 'compare', '(comparator <)', '(comparator >)', '(fn [a b] (compare b a))', '(fn [a b] (compare (mod a 3) (mod b 3)))',
    '(fn [a b] (< (mod a 4) (mod b 4)))', '#(compare (str %1) (str %2))', '(fn [a b] (- b a))', '(fn [a b] (compare [(even? a) a] [(even? b) b]))',
    '#(compare (count (str %)) (count (str %2)))', '(fn [a b] 0)', '(fn [a b] (> (quot a 2) (quot b 2)))']
MIXED = ['nil', 'true', 'false', '1', '1.0', '1N', '1M', '1/2', '2', r'\a', '"a"', '"b"', ':a', ':b', ':x/a', "'a", "'x/a", '[]', '[1]', '[1 2]',
    '[2]', '[nil]', '[:a]', '["a" 1]', '{}', '#{}', "'(1)", '()', '#uuid "550e8400-e29b-41d4-a716-446655440000"',
    '#uuid "f50e8400-e29b-41d4-a716-446655440000"', '#inst "2024-02-29T12:34:56.789Z"', '#inst "2025-01-01"', '"abc"', '"aB"', '##NaN', '##Inf',
    '-0.0', '0', '0.0', 'inc', '(first {:a 1})', '"é"', '"😀"', '"\\uffff"', '9223372036854775808N', '1e400M']


class Data(Topic):
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

"""Topics about text: regexes, format, EDN, characters, parsing and printing."""
import re

from topic import KEYS, WIDE, Topic

TEXTS = ['""', '"a"', '"Abc"', '"a b  c"', '"😀"', '"a😀b"', '"😀😀"', '"ß"', '"İi"', '"ŉ"', '"ǆ"', '"ﬁx"', '"é"', '"e\\u0301"', '"\\ud83d"',
    '"\\ude00x"', '"\\u00a0x\\u2003"', '"\\tx\\n"', '"\\r\\nx\\r\\n\\n"', '"ΑΣ"', '"ΑΣ Σ"', '"a,b;c"', '"x=1&y=2"', '"日本語"', '"$1 \\\\ $0"', '"aaa"',
    '"abcabc"', '"12-34-56"', '"\\u0000\\u001f"', '"\\u2028"', '"foo.bar"', '"ABC abc 123"', '"𝒳y"', '"Ǆ"', '"ﬃ"']
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


class Texts(Topic):
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

    def topic_edn(self):
        text = self.pick('', ' ', '').join(self.of(TOKENS) for _ in range(self.pick(1, 1, 1,
            2))) if self.chance(0.6) else ' '.join(self.of(TOKENS) for _ in range(self.random.randint(1, 4)))
        if self.chance(0.4): text = self.pick('[%s]', '(%s)', '{:k %s}', '#{%s}', '{%s 1}', '[1 %s 2]', "{:a [%s]}") % text
        text = text.replace('"', '\\"').replace('\\\\"', '\\"')
        return self.pick(f'(clojure.edn/read-string "{text}")', f'(clojure.edn/read-string "{text}")',
            f'(clojure.edn/read-string {self.pick("{:eof :end}", "{:default vector}", "{:readers {(quote foo) str}}", "{:default tagged-literal :eof nil}")} "{text}")')

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

;; The closed table of Java: constants, and the methods that are a function of clojure.string.

(def Math/PI 3.141592653589793)
(def Math/E 2.718281828459045)
(def Long/MAX_VALUE 9223372036854775807)
(def Long/MIN_VALUE -9223372036854775808)
(def Integer/MAX_VALUE 2147483647)
(def Integer/MIN_VALUE -2147483648)
(def Double/MAX_VALUE 1.7976931348623157E308)
(def Double/MIN_VALUE 4.9E-324)
(def Double/POSITIVE_INFINITY ##Inf)
(def Double/NEGATIVE_INFINITY ##-Inf)
(def Double/NaN ##NaN)

(defn- -string
  "The string s; Java finds no method of that name for anything else."
  [s]
  (cond
    (string? s) s
    (nil? s) (weir.core/throw "null" "the method is called on nil" nil)
    :else (weir.core/throw "argument" "only a string has this method" "Pass a string, or (str x).")))

(defn- -text
  "The string s, as argument of a method that takes nothing else."
  [s]
  (cond
    (string? s) s
    (nil? s) (weir.core/throw "null" "the argument is nil; expected a string" nil)
    :else (weir.core/throw "cast" "the argument is no string" "Pass a string, or (str x).")))

(defn .toUpperCase
  "The string in upper case."
  [s]
  (clojure.string/upper-case (-string s)))

(defn .toLowerCase
  "The string in lower case."
  [s]
  (clojure.string/lower-case (-string s)))

(defn .trim
  "The string without spaces and control characters at both ends."
  [s]
  (let [s (-string s)
        end (count s)
        from (loop [i 0] (if (and (< i end) (<= (int (nth s i)) 32)) (recur (inc i)) i))
        to (loop [i end] (if (and (> i from) (<= (int (nth s (dec i))) 32)) (recur (dec i)) i))]
    (subs s from to)))

(defn .strip
  "The string without white space at both ends."
  [s]
  (clojure.string/trim (-string s)))

(defn .isBlank
  "True of a string of nothing but white space."
  [s]
  (clojure.string/blank? (-string s)))

(defn .substring
  "The part of the string from start until before end."
  ([s start] (subs (-string s) start))
  ([s start end] (subs (-string s) start end)))

(defn .startsWith
  "True when the string starts with the part."
  [s part]
  (clojure.string/starts-with? (-string s) (-text part)))

(defn .endsWith
  "True when the string ends with the part."
  [s part]
  (clojure.string/ends-with? (-string s) (-text part)))

;; What Java's collections have too: methods of the same name.

(defn- -index-in
  "Where the first item of s stands that is equal to x, or -1."
  [s x]
  (loop [i 0 s (seq s)]
    (cond
      (nil? s) -1
      (= (first s) x) i
      :else (recur (inc i) (next s)))))

(defn .indexOf
  "Where the part, or a character's code, begins in the string, from an index on; -1 if nowhere. Of a
  sequence: where the item is."
  ([s part] (if (sequential? s) (-index-in s part) (native/.indexOf s part)))
  ([s part from] (native/.indexOf s part from)))

(defn .lastIndexOf
  "As .indexOf, for the last occurrence."
  ([s part]
   (if (sequential? s)
     (let [back (-index-in (rseq (vec s)) part)]
       (if (neg? back) back (- (count s) back 1)))
     (native/.lastIndexOf s part)))
  ([s part from] (native/.lastIndexOf s part from)))

(defn .contains
  "True when the string has the part, or the collection the item."
  [s part]
  (cond
    (set? s) (contains? s part)
    (sequential? s) (not (neg? (-index-in s part)))
    :else (clojure.string/includes? (-string s) (-text part))))

(defn .get
  "The value of a field of a date or time, of a key of a map, or the item at an index."
  [x key]
  (cond
    (or (map? x) (set? x)) (get x key)
    (sequential? x) (nth x key)
    :else (native/.get x key)))

(defn .getValue
  "The number of a month or a day of the week; the value of an entry."
  [x]
  (if (map-entry? x) (val x) (native/.getValue x)))

(defn .abs
  "The span, or the decimal, without its sign."
  [x]
  (if (decimal? x) (abs x) (native/.abs x)))

(defn- -replace-value
  "As Java's Map.replace: maps do not change, so that there must be nothing to replace."
  [m key]
  (if (contains? m key)
    (weir.core/throw "runtime" "maps do not change" "assoc answers the changed map.")
    nil))

(defn- -replace-text
  [s part replacement]
  (let [s (-string s)]
    (cond
      (or (and (string? part) (string? replacement)) (and (char? part) (char? replacement)))
      (clojure.string/replace s part replacement)
      (and (or (nil? part) (string? part)) (or (nil? replacement) (string? replacement)))
      (weir.core/throw "null" "an argument is nil; expected a string" nil)
      :else (weir.core/throw "argument" "expected two strings or two characters" nil))))

(defn .replace
  "Replaces every occurrence of a string or character."
  [s part replacement]
  (if (map? s) (-replace-value s part) (-replace-text s part replacement)))

(defn .replaceAll
  "Replaces every match of the regex that the text is."
  [s regex replacement]
  (let [s (-string s)]
    (clojure.string/replace s (re-pattern (-text regex)) (-text replacement))))

(defn .replaceFirst
  "Replaces the first match of the regex that the text is."
  [s regex replacement]
  (let [s (-string s)]
    (clojure.string/replace-first s (re-pattern (-text regex)) (-text replacement))))

(defn .split
  "The parts of the string between the matches of the regex that the text is."
  ([s regex]
   (let [s (-string s)]
     (clojure.string/split s (re-pattern (-text regex)))))
  ([s regex limit]
   (let [s (-string s)]
     (clojure.string/split s (re-pattern (-text regex)) limit))))

(defn .matches
  "True when the regex that the text is matches the whole string."
  [s regex]
  (let [s (-string s)]
    (some? (re-matches (re-pattern (-text regex)) s))))

(defn .equalsIgnoreCase
  "True when both strings are equal but for case."
  [s other]
  (let [s (-string s)]
    (and (some? other)
         (= (clojure.string/lower-case s) (clojure.string/lower-case (-text other))))))

(defn String/join
  "The strings with the separator between them; a nil is \"null\"."
  [separator strings]
  (if (and (string? separator) (coll? strings))
    (clojure.string/join separator (map (fn [s] (if (nil? s) "null" (-text s))) strings))
    (weir.core/throw (if (and (nil? separator) (coll? strings)) "null" "argument")
                     "expected a string and a collection of strings" nil)))

(defn- -code-of
  "The character or code point that the text is, in the form that c has."
  [c text]
  (let [high (int (first text))]
    (cond
      (char? c) (first text)
      (= 1 (count text)) high
      :else (+ 0x10000 (* 0x400 (- high 0xd800)) (- (int (second text)) 0xdc00)))))

(defn- -change-case
  "c, a character or its code, as change makes it; as it is where that is several characters."
  [change c]
  (if (and (int? c) (not (<= 0 c 0x10ffff)) (<= -0x80000000 c 0x7fffffff))
    c
    (let [text (Character/toString c) changed (change text)]
      (if (= (count text) (count changed))
        (-code-of c changed)
        c))))

(defn Character/isWhitespace
  "True of white space."
  [c]
  (if (and (int? c) (not (<= 0 c 0x10ffff)) (<= -0x80000000 c 0x7fffffff))
    false
    (clojure.string/blank? (Character/toString c))))

(defn Character/toUpperCase
  "The character in upper case, or the code of a code."
  [c]
  (-change-case clojure.string/upper-case c))

(defn Character/toLowerCase
  "The character in lower case, or the code of a code."
  [c]
  (-change-case clojure.string/lower-case c))

(defn java.util.UUID/fromString
  "The UUID that the text is."
  [s]
  (or (parse-uuid (-text s))
      (weir.core/throw "argument" "the text is no UUID" nil)))

(defn java.util.UUID/nameUUIDFromBytes
  "A UUID made from bytes (version 3)."
  [data]
  (if (bytes? data)
    (breyta.sandbox/uuid-from-bytes data)
    (weir.core/throw (if (nil? data) "null" "cast") "the argument is no byte array" nil)))

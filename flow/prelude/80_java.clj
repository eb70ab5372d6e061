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

(defn .toUpperCase
  "The string in upper case.
  Example: (.toUpperCase \"a\") => \"A\""
  [s]
  (clojure.string/upper-case s))

(defn .toLowerCase
  "The string in lower case.
  Example: (.toLowerCase \"A\") => \"a\""
  [s]
  (clojure.string/lower-case s))

(defn .trim
  "The string without white space at both ends.
  Example: (.trim \" a \") => \"a\""
  [s]
  (clojure.string/trim s))

(defn .strip
  "The string without white space at both ends.
  Example: (.strip \" a \") => \"a\""
  [s]
  (clojure.string/trim s))

(defn .isBlank
  "True of a string of nothing but white space.
  Example: (.isBlank \" \") => true"
  [s]
  (clojure.string/blank? (subs s 0)))

(defn .substring
  "The part of the string from start until before end.
  Example: (.substring \"abc\" 1) => \"bc\""
  ([s start] (subs s start))
  ([s start end] (subs s start end)))

(defn .startsWith
  "True when the string starts with the part.
  Example: (.startsWith \"abc\" \"a\") => true"
  [s part]
  (clojure.string/starts-with? s part))

(defn .endsWith
  "True when the string ends with the part.
  Example: (.endsWith \"abc\" \"c\") => true"
  [s part]
  (clojure.string/ends-with? s part))

(defn .contains
  "True when the string has the part.
  Example: (.contains \"abc\" \"b\") => true"
  [s part]
  (clojure.string/includes? s part))

(defn .replace
  "Replaces every occurrence of a string or character.
  Example: (.replace \"aba\" \"a\" \"c\") => \"cbc\""
  [s part replacement]
  (clojure.string/replace s part replacement))

(defn .replaceAll
  "Replaces every match of the regex that the text is.
  Example: (.replaceAll \"a1b2\" \"[0-9]\" \"\") => \"ab\""
  [s regex replacement]
  (clojure.string/replace s (re-pattern regex) replacement))

(defn .replaceFirst
  "Replaces the first match of the regex that the text is.
  Example: (.replaceFirst \"a1b2\" \"[0-9]\" \"\") => \"ab2\""
  [s regex replacement]
  (clojure.string/replace-first s (re-pattern regex) replacement))

(defn .split
  "The parts of the string between the matches of the regex that the text is.
  Example: (.split \"a,b\" \",\") => [\"a\" \"b\"]"
  ([s regex] (clojure.string/split s (re-pattern regex)))
  ([s regex limit] (clojure.string/split s (re-pattern regex) limit)))

(defn .matches
  "True when the regex that the text is matches the whole string.
  Example: (.matches \"aa\" \"a+\") => true"
  [s regex]
  (some? (re-matches (re-pattern regex) s)))

(defn .equalsIgnoreCase
  "True when both strings are equal but for case.
  Example: (.equalsIgnoreCase \"a\" \"A\") => true"
  [s other]
  (and (some? other)
       (= (clojure.string/lower-case s) (clojure.string/lower-case other))))

(defn String/join
  "The texts of the items with the separator between them.
  Example: (String/join \",\" [\"a\" \"b\"]) => \"a,b\""
  [separator coll]
  (clojure.string/join separator coll))

(defn Character/isWhitespace
  "True of white space.
  Example: (Character/isWhitespace \\space) => true"
  [c]
  (clojure.string/blank? (Character/toString c)))

(defn Character/toUpperCase
  "The character in upper case.
  Example: (Character/toUpperCase \\a) => \\A"
  [c]
  (first (clojure.string/upper-case (Character/toString c))))

(defn Character/toLowerCase
  "The character in lower case.
  Example: (Character/toLowerCase \\A) => \\a"
  [c]
  (first (clojure.string/lower-case (Character/toString c))))

(defn java.util.UUID/fromString
  "The UUID that the text is.
  Example: (java.util.UUID/fromString \"b6883c0a-0342-4007-9966-bc2dfa6b109e\") => #uuid \"b6883c0a-0342-4007-9966-bc2dfa6b109e\""
  [s]
  (or (parse-uuid s)
      (weir.core/throw "argument" "the text is no UUID" nil)))

(defn java.util.UUID/nameUUIDFromBytes
  "A UUID made from bytes (version 3).
  Example: (java.util.UUID/nameUUIDFromBytes (.getBytes \"a\")) => #uuid \"0cc175b9-c0f1-36a8-b1c3-99e269772661\""
  [data]
  (breyta.sandbox/uuid-from-bytes data))

;; clojure.string functions that call a function.

(defn clojure.string/escape
  "The string with each character c replaced by (cmap c), unless that is nil."
  [s cmap]
  (-join-all (mapv (fn [c] (let [swap (cmap c)] (if (nil? swap) c swap))) (subs s 0))))

(defn- -as-replacement
  [answer]
  (cond
    (string? answer) answer
    (nil? answer) (weir.core/throw "null" "the replacement of a match is nil" nil)
    :else (weir.core/throw "cast" "the replacement of a match is no string" nil)))

(defn- -replace-by
  "Replaces the first (once) or every match of the pattern by (f match), f's answer as it is."
  [s pattern f once]
  (loop [out [] from 0 at 0]
    (let [match (-re-match-at pattern s at)]
      (if match
        (let [start (nth match 0) end (nth match 1)
              out (conj (conj out (subs s from start)) (-as-replacement (f (nth match 2))))
              next-at (if (= start end) (inc end) end)]
          (if (or once (> next-at (count s)))
            (-join-all (conj out (subs s end)))
            (recur out end next-at)))
        (-join-all (conj out (subs s from)))))))

(defn- -text-of
  "s as text, which nil has not."
  [s]
  (if (nil? s)
    (weir.core/throw "null" "the text to replace in is nil" nil)
    (str s)))

(defn clojure.string/replace
  "Replaces every match in s: of a string by a string, of a character by a character, of a pattern by
  a replacement text ($1 is a group) or by the result of a function of the match."
  [s match replacement]
  (if (and (-regex? match) (not (string? replacement)))
    (-replace-by (-text-of s) match replacement false)
    (native/clojure.string/replace s match replacement)))

(defn clojure.string/replace-first
  "Replaces the first match in s, as clojure.string/replace does."
  [s match replacement]
  (if (and (-regex? match) (not (string? replacement)))
    (-replace-by (-text-of s) match replacement true)
    (native/clojure.string/replace-first s match replacement)))

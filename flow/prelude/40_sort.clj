;; Sorting with a comparing function: a stable merge sort. Without one, native code sorts.

(defn- -merge-runs
  "Merges v[lo, mid) and v[mid, hi), both sorted, into one vector."
  [f v lo mid hi]
  (loop [out [] i lo j mid]
    (cond
      (and (< i mid) (< j hi))
      (let [a (nth v i) b (nth v j)]
        (if (pos? (-compare-with f a b))
          (recur (conj out b) i (inc j))
          (recur (conj out a) (inc i) j)))
      (< i mid) (recur (conj out (nth v i)) (inc i) j)
      (< j hi) (recur (conj out (nth v j)) i (inc j))
      :else out)))

(defn- -merge-pass
  "Merges neighbouring runs of that width."
  [f v width]
  (let [n (count v)]
    (loop [out [] lo 0]
      (if (< lo n)
        (recur (into out (-merge-runs f v lo (min n (+ lo width)) (min n (+ lo width width))))
               (+ lo width width))
        out))))

(defn- -insertion-place
  "Where x goes in the sorted items of v before `end`: behind those that are equal to it."
  [f v x end]
  (loop [left 0 right end]
    (if (< left right)
      (let [mid (quot (+ left right) 2)]
        (if (neg? (-compare-with f x (nth v mid)))
          (recur left mid)
          (recur (inc mid) right)))
      left)))

(defn- -first-run
  "How many items of v are in order from its beginning; negative where they fall."
  [f v]
  (let [n (count v)
        falls (neg? (-compare-with f (nth v 1) (nth v 0)))]
    (loop [i 2]
      (if (and (< i n) (= falls (neg? (-compare-with f (nth v i) (nth v (dec i))))))
        (recur (inc i))
        (if falls (- i) i)))))

(defn- -insert
  "v with the item at `from` moved to `to`, before it."
  [v from to]
  (let [x (nth v from)]
    (loop [v v i from]
      (if (> i to)
        (recur (assoc v i (nth v (dec i))) (dec i))
        (assoc v to x)))))

(defn- -sort-few
  "As Java sorts less than 32 items, comparing the same pairs in the same order: a function that
  contradicts itself, or fails for some pairs only, has the same result."
  [f v]
  (let [run (-first-run f v)
        v (if (neg? run) (into (vec (rseq (subvec v 0 (- run)))) (subvec v (- run))) v)
        n (count v)]
    (loop [v v i (if (neg? run) (- run) run)]
      (if (< i n)
        (recur (-insert v i (-insertion-place f v (nth v i) i)) (inc i))
        v))))

(defn- -sort-with
  [f v]
  (cond
    (< (count v) 2) v
    (< (count v) 32) (-sort-few f v)
    :else (loop [v v width 1]
            (if (< width (count v))
              (recur (-merge-pass f v width) (* 2 width))
              v))))

(defn- -comparing
  "The comparing function f; of what can be called only functions compare."
  [f]
  (if (fn? f)
    f
    (weir.core/throw (if (nil? f) "null" "cast") "what sorts is a comparing function" nil)))

(defn- -with-meta-of
  "The sequence with the metadata of coll, but for an empty one."
  [coll sorted]
  (if (and (meta coll) (seq sorted))
    (with-meta sorted (meta coll))
    sorted))

(defn sort
  "The items in the order of compare, or of the comparing function comp; stable."
  ([coll] (-with-meta-of coll (native/sort coll)))
  ([comp coll]
   (let [v (vec (seq coll))]
     (cond
       (zero? (count v)) ()
       (or (nil? comp) (identical? comp compare)) (-with-meta-of coll (native/sort v))
       :else (-with-meta-of coll (-as-seq (-sort-with (-comparing comp) v)))))))

(defn sort-by
  "The items in the order of (keyfn x), by compare or the comparing function comp; stable."
  ([keyfn coll]
   (let [v (vec (seq coll))]
     (-with-meta-of coll
       (if (< (count v) 2)
         (-as-seq v)
         (-sort-keyed (mapv keyfn v) v)))))
  ([keyfn comp coll]
   (let [v (vec (seq coll))]
     (-with-meta-of coll
       (cond
         (< (count v) 2) (-as-seq v)
         (identical? (-comparing comp) compare) (-sort-keyed (mapv keyfn v) v)
         :else
         (-as-seq (mapv (fn [pair] (nth pair 1))
                        (-sort-with (fn [a b] (comp (nth a 0) (nth b 0)))
                                    (mapv (fn [x] [(keyfn x) x]) v)))))))))

;; subseq: with the tests < <= > >= by position, with any other function item by item, as Clojure does
;; with all of them.

(defn- -order
  "What the comparing function f says of a and b, as a number; f may be a predicate."
  [f a b]
  (let [order (f a b)]
    (cond
      (not (boolean? order)) order
      order -1
      (f b a) 1
      :else 0)))

(defn- -bound
  "The function that tells whether an item of sc lies within the bound."
  [sc test key]
  (let [f (or (-comparator-of sc) compare)]
    (fn [item]
      (if (or (nil? test) (ifn? test)) nil (test)) ; what is no function fails before its arguments
      (test (-order f (if (map? sc) (first item) item) key) 0))))

(defn- -lower?
  [test]
  (or (identical? test >) (identical? test >=)))

(defn- -upper?
  [test]
  (or (identical? test <) (identical? test <=)))

(defn- -take-within
  "The items of s within the bound, but without the first where another bound excludes it."
  [first-bound bound s]
  (if s
    (take-while bound (if (first-bound (first s)) s (next s)))
    nil))

(defn subseq
  "The part of a sorted collection whose keys pass the test, one of < <= > >=."
  ([sc test key]
   (if (or (-lower? test) (-upper? test))
     (native/subseq sc test key)
     (take-while (-bound sc test key) (seq sc))))
  ([sc start-test start-key end-test end-key]
   (if (and (-lower? start-test) (-upper? end-test))
     (or (native/subseq sc start-test start-key end-test end-key)
         (if (native/subseq sc >= start-key) () nil)) ; some are behind the one bound
     (-take-within (-bound sc start-test start-key) (-bound sc end-test end-key)
                   (native/subseq sc >= start-key)))))

(defn rsubseq
  "As subseq, in reverse order."
  ([sc test key]
   (if (or (-lower? test) (-upper? test))
     (native/rsubseq sc test key)
     (take-while (-bound sc test key) (rseq sc))))
  ([sc start-test start-key end-test end-key]
   (if (and (-lower? start-test) (-upper? end-test))
     (or (native/rsubseq sc start-test start-key end-test end-key)
         (if (native/rsubseq sc <= end-key) () nil))
     (-take-within (-bound sc end-test end-key) (-bound sc start-test start-key)
                   (native/rsubseq sc <= end-key)))))

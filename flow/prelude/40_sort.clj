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

(defn- -sort-with
  [f v]
  (loop [v v width 1]
    (if (< width (count v))
      (recur (-merge-pass f v width) (* 2 width))
      v)))

(defn sort
  "The items in the order of compare, or of the comparing function comp; stable.
  Example: (sort > [1 3 2]) => (3 2 1)"
  ([coll] (native/sort coll))
  ([comp coll]
   (if (identical? comp compare)
     (native/sort coll)
     (-as-seq (-sort-with comp (vec (seq coll)))))))

(defn sort-by
  "The items in the order of (keyfn x), by compare or the comparing function comp; stable.
  Example: (sort-by count [[1 2] [3]]) => ([3] [1 2])"
  ([keyfn coll]
   (let [v (vec (seq coll))]
     (if (< (count v) 2)
       (-as-seq v)
       (-sort-keyed (mapv keyfn v) v))))
  ([keyfn comp coll]
   (let [v (vec (seq coll))]
     (cond
       (< (count v) 2) (-as-seq v)
       (identical? comp compare) (-sort-keyed (mapv keyfn v) v)
       :else
       (-as-seq (mapv (fn [pair] (nth pair 1))
                      (-sort-with (fn [a b] (comp (nth a 0) (nth b 0)))
                                  (mapv (fn [x] [(keyfn x) x]) v))))))))

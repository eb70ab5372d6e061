;; What the compiler's macros expand to. `for` becomes for-cat for each binding but the last and
;; for-map for the last. The function answers the value of one item, or one of the keywords skip
;; (:when was false) and stop (:while was false). As map, both are eager when their function holds a
;; flow call. They loop over what is skipped, so that long runs of it need no stack.

(defn- -for-map-lazy
  [f coll]
  (lazy-seq
    (loop [s (seq coll)]
      (if s
        (let [v (f (first s))]
          (cond
            (identical? v :weir.core/skip) (recur (next s))
            (identical? v :weir.core/stop) nil
            :else (cons v (-for-map-lazy f (rest s)))))
        nil))))

(defn weir.core/for-map
  [f coll]
  (if (weir.core/effectful? f)
    (loop [out [] s (seq coll)]
      (if s
        (let [v (f (first s))]
          (cond
            (identical? v :weir.core/skip) (recur out (next s))
            (identical? v :weir.core/stop) (or (seq out) ())
            :else (recur (conj out v) (next s))))
        (or (seq out) ())))
    (-for-map-lazy f coll)))

(defn- -for-cat-lazy
  [f inner coll]
  (lazy-seq
    (loop [inner (seq inner) s coll]
      (if inner
        (cons (first inner) (-for-cat-lazy f (rest inner) s))
        (let [s (seq s)]
          (if s
            (let [v (f (first s))]
              (cond
                (identical? v :weir.core/skip) (recur nil (rest s))
                (identical? v :weir.core/stop) nil
                :else (recur (seq v) (rest s))))
            nil))))))

(defn weir.core/for-cat
  [f coll]
  (if (weir.core/effectful? f)
    (loop [out [] s (seq coll)]
      (if s
        (let [v (f (first s))]
          (cond
            (identical? v :weir.core/skip) (recur out (next s))
            (identical? v :weir.core/stop) (or (seq out) ())
            :else (recur (into out v) (next s))))
        (or (seq out) ())))
    (-for-cat-lazy f nil coll)))

;; Reducing: everything that consumes a sequence to its end.

(defn nnext
  "(next (next x))."
  [coll]
  (seq (rest (seq (rest coll)))))

(defn second
  "The second item."
  [coll]
  (first (rest coll)))

(defn ffirst
  "(first (first x))."
  [coll]
  (first (first coll)))

(defn nfirst
  "(next (first x))."
  [coll]
  (seq (rest (first coll))))

(defn fnext
  "(first (next x))."
  [coll]
  (first (rest coll)))

(defn- -reduce-vector
  [f acc v i n]
  (if (< i n)
    (let [acc (f acc (nth v i))]
      (if (reduced? acc)
        (unreduced acc)
        (recur f acc v (inc i) n)))
    acc))

(defn- -reduce-seq
  [f acc s]
  (if s
    (let [acc (f acc (first s))]
      (if (reduced? acc)
        (unreduced acc)
        (recur f acc (next s))))
    acc))

;; A native is called for a run of items at a time, without instructions in between.
(defn- -fold
  [f acc coll]
  (let [run (-fold-run f acc coll)
        acc (nth run 0)
        more (nth run 1)]
    (cond
      (reduced? acc) (unreduced acc)
      more (recur f acc more)
      :else acc)))

(defn- -reduce
  [f acc coll]
  (cond
    (-folds? f coll) (-fold f acc coll)
    (vector? coll) (-reduce-vector f acc coll 0 (count coll))
    :else (-reduce-seq f acc (seq coll))))

(defn reduce
  "Combines the items of coll with f, from the left, starting with val or the first item."
  ([f coll]
   (let [s (seq coll)]
     (if s
       (-reduce f (first s) (rest s))
       (f))))
  ([f val coll] (-reduce f val coll)))

(defn reduce-kv
  "Combines the entries of a map, or the items of a vector with their indexes: (f acc key value)."
  [f init coll]
  (cond
    (and (or (vector? coll) (map? coll)) (not (map-entry? coll)) (not (or (nil? f) (ifn? f)))) (f) ; what is no function fails first
    (and (vector? coll) (not (map-entry? coll)))
    (let [n (count coll)]
      (loop [acc init i 0]
        (if (< i n)
          (let [acc (f acc i (nth coll i))]
            (if (reduced? acc) (unreduced acc) (recur acc (inc i))))
          acc)))
    :else
    (loop [acc init s (seq coll)]
      (if s
        (let [entry (first s)
              acc (f acc (key entry) (val entry))]
          (if (reduced? acc) (unreduced acc) (recur acc (next s))))
        acc))))

(defn ensure-reduced
  "The value wrapped by reduced, unless it is already."
  [x]
  (if (reduced? x) x (reduced x)))

(defn completing
  "Makes a reducing function fit for transduce: adds the one-argument arity cf."
  ([f] (completing f identity))
  ([f cf]
   (fn
     ([] (f))
     ([x] (cf x))
     ([x y] (f x y)))))

(defn transduce
  "Reduces coll with the transformed reducing function (xform f)."
  ([xform f coll] (transduce xform f (f) coll))
  ([xform f init coll]
   (let [g (xform f)]
     (g (reduce g init coll)))))

(defn into
  "Adds all items of from to the collection to, through the transducer xform if there is one."
  ([] [])
  ([to] to)
  ([to from] (-into to from))
  ([to xform from]
   (let [g (xform conj)]
     (g (reduce g to from)))))

(defn run!
  "Calls proc on every item, for the calls' sake; answers nil."
  [proc coll]
  (reduce (fn [acc x] (proc x) nil) nil coll))

(defn every?
  "True when (pred x) holds for all items."
  [pred coll]
  (let [s (seq coll)]
    (if s
      (if (pred (first s))
        (recur pred (rest s))
        false)
      true)))

(defn not-every?
  "True when (pred x) fails for an item."
  [pred coll]
  (not (every? pred coll)))

(defn some
  "The first true result of (pred x), or nil."
  [pred coll]
  (let [s (seq coll)]
    (if s
      (let [answer (pred (first s))]
        (if answer answer (recur pred (rest s))))
      nil)))

(defn not-any?
  "True when (pred x) holds for no item."
  [pred coll]
  (not (some pred coll)))

(defn dorun
  "Realises a lazy sequence, or its first n items; answers nil."
  ([coll]
   (let [s (seq coll)]
     (if s (recur (rest s)) nil)))
  ([n coll]
   (let [s (seq coll)]
     (if (and s (pos? n)) (recur (dec n) (rest s)) nil))))

(defn doall
  "Realises a lazy sequence, or its first n items, and answers it."
  ([coll]
   (dorun coll)
   coll)
  ([n coll]
   (dorun n coll)
   coll))

(defn last
  "The last item, or nil."
  [coll]
  (if (vector? coll)
    (peek coll)
    (-last-of (seq coll))))

(defn- -last-of
  [s]
  (let [more (next s)]
    (if more (recur more) (first s))))

(defn butlast
  "All items but the last, or nil."
  [coll]
  (loop [out [] s (seq coll)]
    (let [more (next s)]
      (if more
        (recur (conj out (first s)) more)
        (seq out)))))

(defn mapv
  "The vector of (f x) for every item; with more collections, f gets one item of each."
  ([f coll]
   (if (vector? coll)
     (let [n (count coll)]
       (loop [out [] i 0]
         (if (< i n)
           (recur (conj out (f (nth coll i))) (inc i))
           out)))
     (loop [out [] s (seq coll)]
       (if s
         (recur (conj out (f (first s))) (next s))
         out))))
  ([f c1 c2] (into [] (map f c1 c2)))
  ([f c1 c2 c3] (into [] (map f c1 c2 c3)))
  ([f c1 c2 c3 & colls] (into [] (apply map f c1 c2 c3 colls))))

(defn filterv
  "The vector of the items for which (pred x) holds."
  [pred coll]
  (loop [out [] s (seq coll)]
    (if s
      (let [x (first s)]
        (recur (if (pred x) (conj out x) out) (next s)))
      out)))

(defn group-by
  "A map from (f x) to the vector of the items that have it."
  [f coll]
  (reduce (fn [out x]
            (let [k (f x)]
              (assoc out k (conj (get out k []) x))))
          {} coll))

(defn frequencies
  "A map from each distinct item to how often it occurs."
  [coll]
  (reduce (fn [counts x] (assoc counts x (inc (get counts x 0)))) {} coll))

(defn zipmap
  "A map of the keys with the corresponding values."
  [keys vals]
  (loop [out {} ks (seq keys) vs (seq vals)]
    (if (and ks vs)
      (recur (assoc out (first ks) (first vs)) (next ks) (next vs))
      out)))

(defn update
  "Replaces the value under key k by (f old-value args…)."
  ([m k f] (assoc m k (f (get m k))))
  ([m k f x] (assoc m k (f (get m k) x)))
  ([m k f x y] (assoc m k (f (get m k) x y)))
  ([m k f x y z] (assoc m k (f (get m k) x y z)))
  ([m k f x y z & more] (assoc m k (apply f (get m k) x y z more))))

(defn- -update-in
  [m ks f args]
  (let [k (first ks)
        more (next ks)]
    (if more
      (assoc m k (-update-in (get m k) more f args))
      (assoc m k (apply f (get m k) args)))))

(defn update-in
  "Replaces the value at the path ks in nested maps by (f old-value args…)."
  [m ks f & args]
  (-update-in m (seq ks) f args))

(defn update-vals
  "The map with (f v) in place of each value."
  [m f]
  (reduce-kv (fn [out k v] (assoc out k (f v)))
             (if (or (vector? m) (and (map? m) (not (sorted? m)))) m (-empty-plain-map m))
             m))

(defn update-keys
  "The map with (f k) in place of each key."
  [m f]
  (with-meta (reduce-kv (fn [out k v] (assoc out (f k) v)) {} m) (meta m)))

(defn merge-with
  "Merges maps; where a key is in several, the value is (f old new)."
  [f & maps]
  (if (some identity maps)
    (reduce (fn [out m]
              (reduce (fn [out entry]
                        (let [k (key entry) v (val entry)]
                          (if (contains? out k)
                            (assoc out k (f (get out k) v))
                            (assoc out k v))))
                      (if out out {}) m))
            (first maps) (rest maps))
    nil))

;; Lazy sequences. A function that may skip many items before it finds one loops for a while and
;; then answers a new lazy sequence, so that what it skipped can be collected.

;; What map, filter, keep and mapcat answer when their function holds a flow call: the items are
;; made at once, in order, so that steps run where they stand.
(defn- -as-seq
  [v]
  (or (seq v) ()))

(defn- -eager-keep
  [f coll]
  (loop [out [] s (seq coll)]
    (if s
      (let [v (f (first s))]
        (recur (if (nil? v) out (conj out v)) (next s)))
      (-as-seq out))))

(defn- -eager-map-indexed
  [f coll]
  (loop [out [] i 0 s (seq coll)]
    (if s
      (recur (conj out (f i (first s))) (inc i) (next s))
      (-as-seq out))))

(defn- -map-indexed
  [f i coll]
  (lazy-seq
    (let [s (seq coll)]
      (if s
        (cons (f i (first s)) (-map-indexed f (inc i) (rest s)))
        nil))))

(defn- -seqs-until-empty
  "The vector of the seqs of all colls, or nil when one is empty; those behind it are not looked at."
  [colls]
  (loop [out [] cs (seq colls)]
    (if cs
      (let [s (seq (first cs))]
        (if s (recur (conj out s) (next cs)) nil))
      out)))

(defn- -all-seqs
  "The vector of the seqs of all colls, or nil when one is empty. Of more than three colls, those
  behind an empty one are not looked at, as in Clojure."
  [colls]
  (if (<= (count colls) 3)
    (let [ss (mapv seq colls)]
      (if (every? some? ss) ss nil))
    (-seqs-until-empty colls)))

(defn- -map-many
  [f colls]
  (lazy-seq
    (let [ss (-all-seqs colls)]
      (if ss
        (cons (apply f (mapv first ss)) (-map-many f (mapv rest ss)))
        nil))))

(defn- -map-one
  [f coll]
  (lazy-seq
    (let [s (seq coll)]
      (if s
        (cons (f (first s)) (-map-one f (rest s)))
        nil))))

(defn- -map-two
  [f c1 c2]
  (lazy-seq
    (let [s1 (seq c1) s2 (seq c2)]
      (if (and s1 s2)
        (cons (f (first s1) (first s2)) (-map-two f (rest s1) (rest s2)))
        nil))))

(defn- -eager-map-many
  [f colls]
  (loop [out [] ss (-all-seqs colls)]
    (if ss
      (recur (conj out (apply f (mapv first ss))) (-all-seqs (mapv rest ss)))
      (-as-seq out))))

(defn map
  "The lazy sequence of (f x) for every item; with more collections, f gets one item of each.
  Without a collection, a transducer."
  ([f]
   (fn [rf]
     (fn
       ([] (rf))
       ([result] (rf result))
       ([result x] (rf result (f x)))
       ([result x & xs] (rf result (apply f x xs))))))
  ([f coll]
   (if (weir.core/effectful? f)
     (-as-seq (mapv f coll))
     (-map-one f coll)))
  ([f c1 c2]
   (if (weir.core/effectful? f)
     (-eager-map-many f [c1 c2])
     (-map-two f c1 c2)))
  ([f c1 c2 & colls]
   (let [colls (into [c1 c2] colls)]
     (if (weir.core/effectful? f)
       (-eager-map-many f colls)
       (-map-many f colls)))))

(defn keys
  "The keys of a map, or of a sequence of entries, as a sequence; nil when there are none."
  [map]
  (if (or (nil? map) (map? map))
    (native/keys map)
    (let [entries (seq map)]
      (if entries (-map-one key entries) nil))))

(defn vals
  "The values of a map, or of a sequence of entries, as a sequence; nil when there are none."
  [map]
  (if (or (nil? map) (map? map))
    (native/vals map)
    (let [entries (seq map)]
      (if entries (-map-one val entries) nil))))

(defn map-indexed
  "The lazy sequence of (f index item). Without a collection, a transducer."
  ([f]
   (fn [rf]
     (let [i (-cell -1)]
       (fn
         ([] (rf))
         ([result] (rf result))
         ([result x] (rf result (f (-cell-set i (inc (-cell-get i))) x)))))))
  ([f coll]
   (if (weir.core/effectful? f)
     (-eager-map-indexed f coll)
     (-map-indexed f 0 coll))))

(defn- -filter
  [pred coll]
  (lazy-seq
    (loop [s (seq coll) n 64]
      (if s
        (let [x (first s)]
          (if (pred x)
            (cons x (-filter pred (rest s)))
            (if (pos? n)
              (recur (next s) (dec n))
              (-filter pred (rest s)))))
        nil))))

(defn filter
  "The lazy sequence of the items for which (pred x) holds. Without a collection, a transducer."
  ([pred]
   (fn [rf]
     (fn
       ([] (rf))
       ([result] (rf result))
       ([result x] (if (pred x) (rf result x) result)))))
  ([pred coll]
   (if (weir.core/effectful? pred)
     (-as-seq (filterv pred coll))
     (-filter pred coll))))

(defn remove
  "The lazy sequence of the items for which (pred x) does not hold."
  ([pred] (filter (complement pred)))
  ([pred coll]
   (if (weir.core/effectful? pred)
     (-as-seq (filterv (complement pred) coll))
     (-filter (complement pred) coll))))

(defn- -keep
  [f coll]
  (lazy-seq
    (loop [s (seq coll) n 64]
      (if s
        (let [v (f (first s))]
          (if (nil? v)
            (if (pos? n)
              (recur (next s) (dec n))
              (-keep f (rest s)))
            (cons v (-keep f (rest s)))))
        nil))))

(defn keep
  "The lazy sequence of the results of (f x) that are not nil. Without a collection, a transducer."
  ([f]
   (fn [rf]
     (fn
       ([] (rf))
       ([result] (rf result))
       ([result x]
        (let [v (f x)]
          (if (nil? v) result (rf result v)))))))
  ([f coll]
   (if (weir.core/effectful? f)
     (-eager-keep f coll)
     (-keep f coll))))

(defn- -keep-indexed
  [f i coll]
  (lazy-seq
    (loop [i i s (seq coll) n 64]
      (if s
        (let [v (f i (first s))]
          (if (nil? v)
            (if (pos? n)
              (recur (inc i) (next s) (dec n))
              (-keep-indexed f (inc i) (rest s)))
            (cons v (-keep-indexed f (inc i) (rest s)))))
        nil))))

(defn keep-indexed
  "The lazy sequence of the results of (f index item) that are not nil."
  ([f]
   (fn [rf]
     (let [i (-cell -1)]
       (fn
         ([] (rf))
         ([result] (rf result))
         ([result x]
          (let [v (f (-cell-set i (inc (-cell-get i))) x)]
            (if (nil? v) result (rf result v))))))))
  ([f coll]
   (if (weir.core/effectful? f)
     (-as-seq (filterv some? (-eager-map-indexed f coll)))
     (-keep-indexed f 0 coll))))

(defn- -concat
  "The items of xys, then those of the collections zs, lazily; of zs the next one is made before the
  items of one are, as in Clojure."
  [xys zs]
  (lazy-seq
    (loop [s (seq xys) zs zs n 64]
      (cond
        s (cons (first s) (-concat (rest s) zs))
        (nil? zs) nil
        (pos? n) (recur (seq (first zs)) (next zs) (dec n))
        :else (-concat (first zs) (next zs))))))

(defn concat
  "The lazy sequence of the items of all collections, one after the other."
  ([] (lazy-seq nil))
  ([x] (lazy-seq x))
  ([x y]
   (lazy-seq
     (let [s (seq x)]
       (if s
         (cons (first s) (concat (rest s) y))
         y))))
  ([x y & zs]
   (-concat (concat x y) zs)))

(defn cat
  "A transducer that adds the items of each input instead of the input."
  [rf]
  (let [keep-reduced (fn [result x]
                       (let [out (rf result x)]
                         (if (reduced? out) (reduced out) out)))]
    (fn
      ([] (rf))
      ([result] (rf result))
      ([result x] (reduce keep-reduced result x)))))

(defn mapcat
  "The concatenation of the results of f, which are collections."
  ([f] (comp (map f) cat))
  ([f coll]
   (if (weir.core/effectful? f)
     (-as-seq (reduce into [] (mapv f coll)))
     (apply concat (map f coll))))
  ([f coll & colls] (apply concat (apply map f coll colls))))

(defn take
  "The first n items, lazily. Without a collection, a transducer."
  ([n]
   (fn [rf]
     (let [left (-cell n)]
       (fn
         ([] (rf))
         ([result] (rf result))
         ([result x]
          (let [n (-cell-get left)
                still (-cell-set left (dec n))
                result (if (pos? n) (rf result x) result)]
            (if (pos? still) result (ensure-reduced result))))))))
  ([n coll]
   (lazy-seq
     (if (pos? n)
       (let [s (seq coll)]
         (if s
           (cons (first s) (take (dec n) (rest s)))
           nil))
       nil))))

(defn take-while
  "The items before the first one for which pred fails, lazily."
  ([pred]
   (fn [rf]
     (fn
       ([] (rf))
       ([result] (rf result))
       ([result x] (if (pred x) (rf result x) (reduced result))))))
  ([pred coll]
   (lazy-seq
     (let [s (seq coll)]
       (if s
         (let [x (first s)]
           (if (pred x) (cons x (take-while pred (rest s))) nil))
         nil)))))

(defn- -take-nth
  [n coll]
  (lazy-seq
    (let [s (seq coll)]
      (if s
        (cons (first s) (-take-nth n (drop n s)))
        nil))))

(defn take-nth
  "Every n-th item, lazily, the first included."
  ([n]
   (fn [rf]
     (let [i (-cell -1)]
       (fn
         ([] (rf))
         ([result] (rf result))
         ([result x]
          (if (zero? (rem (-cell-set i (inc (-cell-get i))) n))
            (rf result x)
            result))))))
  ([n coll] (-take-nth n coll)))

(defn- -drop
  "The sequence without its first n items, or nil; not lazy."
  [n coll]
  (let [s (seq coll)]
    (if (and (pos? n) s)
      (recur (dec n) (rest s))
      s)))

(defn- -drop-lazy
  [n coll]
  (lazy-seq
    (loop [left n s (seq coll) more 64]
      (if (and (pos? left) s)
        (if (pos? more)
          (recur (dec left) (next s) (dec more))
          (-drop-lazy left s))
        s))))

(defn drop
  "The items after the first n, lazily."
  ([n]
   (fn [rf]
     (let [left (-cell n)]
       (fn
         ([] (rf))
         ([result] (rf result))
         ([result x]
          (let [n (-cell-get left)]
            (-cell-set left (dec n))
            (if (pos? n) result (rf result x))))))))
  ([n coll] (-drop-lazy n coll)))

(defn- -drop-while
  [pred coll]
  (lazy-seq
    (loop [s (seq coll) n 64]
      (if (and s (pred (first s)))
        (if (pos? n)
          (recur (next s) (dec n))
          (-drop-while pred (rest s)))
        s))))

(defn drop-while
  "The items from the first one on for which pred fails, lazily."
  ([pred]
   (fn [rf]
     (let [dropping (-cell true)]
       (fn
         ([] (rf))
         ([result] (rf result))
         ([result x]
          (if (and (-cell-get dropping) (pred x))
            result
            (do (-cell-set dropping false)
                (rf result x))))))))
  ([pred coll] (-drop-while pred coll)))

(defn drop-last
  "All items but the last n (1), lazily."
  ([coll] (drop-last 1 coll))
  ([n coll] (map (fn [x _] x) coll (drop n coll))))

(defn- -take-last
  [s lead]
  (if lead (recur (next s) (next lead)) s))

(defn take-last
  "The last n items, or nil."
  [n coll]
  (-take-last (seq coll) (-drop n coll)))

(defn nthrest
  "The collection without its first n items."
  [coll n]
  (loop [n n xs coll]
    (let [s (and (pos? n) (seq xs))]
      (if s
        (recur (dec n) (rest s))
        xs))))

(defn nthnext
  "The sequence without its first n items, or nil."
  [coll n]
  (let [s (seq coll)]
    (if (and s (pos? n))
      (recur (rest s) (dec n))
      s)))

(defn split-at
  "[(take n coll) (drop n coll)]."
  [n coll]
  [(take n coll) (drop n coll)])

(defn split-with
  "[(take-while pred coll) (drop-while pred coll)]."
  [pred coll]
  [(take-while pred coll) (drop-while pred coll)])

(defn- -begun
  "The lazy sequence s, whose first item is made; () when it has none."
  [s]
  (if (seq s) s ()))

(defn- -iterate
  [f x]
  (lazy-seq
    (let [y (f x)]
      (cons y (-iterate f y)))))

(defn iterate
  "The infinite sequence x, (f x), (f (f x)), …"
  [f x]
  (-begun (lazy-seq (cons x (-iterate f x)))))

(defn- -repeat-on
  [x]
  (lazy-seq (cons x (-repeat-on x))))

(defn repeat
  "The sequence of n times x, or of x without end."
  ([x] (-repeat-on x))
  ([n x]
   (let [n (long (num n))]
     (if (<= n 1048576)
       (-repeat n x)
       (take n (-repeat-on x))))))

(defn repeatedly
  "The sequence of the results of n calls of f, or of calls without end."
  ([f] (lazy-seq (cons (f) (repeatedly f))))
  ([n f] (take n (repeatedly f))))

(defn- -cycle
  [all s]
  (lazy-seq (cons (first s) (-cycle all (or (next s) all)))))

(defn cycle
  "The items of coll again and again."
  [coll]
  (let [s (seq coll)]
    (if s (-begun (-cycle s s)) ())))

(defn- -range-up
  [x end step]
  (lazy-seq (if (< x end) (cons x (-range-up (+ x step) end step)) nil)))

(defn- -range-down
  [x end step]
  (lazy-seq (if (> x end) (cons x (-range-down (+ x step) end step)) nil)))

(defn- -range-longs
  [start end step]
  (let [out (-range-ints start end step)]
    (cond
      (some? out) out
      (pos? step) (-range-up start end step)
      :else (-range-down start end step))))

(defn range
  "The numbers from start (0) until before end, by step (1); without end, all of them."
  ([] (iterate inc' 0))
  ([end]
   (if (int? end) (-range-longs 0 end 1) (range 0 end 1)))
  ([start end]
   (if (and (int? start) (int? end)) (-range-longs start end 1) (range start end 1)))
  ([start end step]
   (cond
     (and (int? start) (int? end) (int? step) (not (zero? step))) (-range-longs start end step)
     (or (and (pos? step) (> start end)) (and (neg? step) (< start end)) (== start end)) ()
     (zero? step) (repeat start)
     (pos? step) (-range-up start end step)
     :else (-range-down start end step))))

(defn interleave
  "The first items of all collections, then the second ones, and so on."
  ([] ())
  ([c1] (lazy-seq c1))
  ([c1 c2]
   (lazy-seq
     (let [s1 (seq c1) s2 (seq c2)]
       (if (and s1 s2)
         (cons (first s1) (cons (first s2) (interleave (rest s1) (rest s2))))
         nil))))
  ([c1 c2 & colls]
   (let [colls (into [c1 c2] colls)]
     (lazy-seq
       (let [ss (-seqs-until-empty colls)]
         (if ss
           (concat (mapv first ss) (apply interleave (mapv rest ss)))
           nil))))))

(defn- -interpose
  [sep coll]
  (lazy-seq
    (let [s (seq coll)]
      (if s
        (cons sep (cons (first s) (-interpose sep (rest s))))
        nil))))

(defn interpose
  "The items with sep between them. Without a collection, a transducer."
  ([sep]
   (fn [rf]
     (let [started (-cell false)]
       (fn
         ([] (rf))
         ([result] (rf result))
         ([result x]
          (if (-cell-get started)
            (let [result (rf result sep)]
              (if (reduced? result) result (rf result x)))
            (do (-cell-set started true)
                (rf result x))))))))
  ([sep coll] (drop 1 (-interpose sep coll))))

(defn partition
  "Sequences of n items each, step apart; the last is filled from pad or left out."
  ([n coll] (partition n n coll))
  ([n step coll]
   (lazy-seq
     (let [s (seq coll)]
       (if s
         (let [p (doall (take n s))]
           (if (= n (count p))
             (cons p (partition n step (nthrest s step)))
             nil))
         nil))))
  ([n step pad coll]
   (lazy-seq
     (let [s (seq coll)]
       (if s
         (let [p (doall (take n s))]
           (if (= n (count p))
             (cons p (partition n step pad (nthrest s step)))
             (list (take n (concat p pad)))))
         nil)))))

(defn partition-all
  "As partition, but the last one may be short. Without a collection, a transducer."
  ([n]
   (let [n (long (num n))]
     (fn [rf]
       (let [items (cond
                     (not (<= -0x80000000 n 0x7fffffff))
                     (weir.core/throw "arithmetic" "integer overflow" nil)
                     (neg? n)
                     (weir.core/throw "argument" "partition-all: the size is below zero" nil)
                     :else (-cell []))]
         (fn
           ([] (rf))
           ([result]
            (let [chunk (-cell-get items)]
              (if (zero? (count chunk))
                (rf result)
                (do (-cell-set items [])
                    (rf (unreduced (rf result chunk)))))))
           ([result x]
            (let [chunk (-cell-set items (conj (-cell-get items) x))]
              (if (= n (count chunk))
                (do (-cell-set items [])
                    (rf result chunk))
                result))))))))
  ([n coll] (partition-all n n coll))
  ([n step coll]
   (lazy-seq
     (let [s (seq coll)]
       (if s
         (let [chunk (doall (take n s))]
           (cons chunk (partition-all n step (nthrest s step))))
         nil)))))

(defn partition-by
  "Splits coll each time that (f x) changes. Without a collection, a transducer."
  ([f]
   (fn [rf]
     (let [items (-cell []) before (-cell nil)]
       (fn
         ([] (rf))
         ([result]
          (let [chunk (-cell-get items)]
            (if (zero? (count chunk))
              (rf result)
              (do (-cell-set items [])
                  (rf (unreduced (rf result chunk)))))))
         ([result x]
          (let [chunk (-cell-get items)
                was (-cell-get before)
                is (f x)]
            (-cell-set before is)
            (if (or (zero? (count chunk)) (= is was))
              (do (-cell-set items (conj chunk x))
                  result)
              (do (-cell-set items [])
                  (let [result (rf result chunk)]
                    (if (reduced? result)
                      result
                      (do (-cell-set items [x])
                          result)))))))))))
  ([f coll]
   (lazy-seq
     (let [s (seq coll)]
       (if s
         (let [x (first s)
               fx (f x)
               run (cons x (take-while (fn [y] (= fx (f y))) (rest s)))]
           (cons run (partition-by f (lazy-seq (-drop (count run) s)))))
         nil)))))

(defn- -distinct
  [seen coll]
  (lazy-seq
    (loop [s (seq coll) n 64]
      (if s
        (let [x (first s)]
          (if (contains? seen x)
            (if (pos? n)
              (recur (next s) (dec n))
              (-distinct seen (rest s)))
            (cons x (-distinct (conj seen x) (rest s)))))
        nil))))

(defn distinct
  "The items without repetitions, lazily. Without a collection, a transducer."
  ([]
   (fn [rf]
     (let [seen (-cell #{})]
       (fn
         ([] (rf))
         ([result] (rf result))
         ([result x]
          (if (contains? (-cell-get seen) x)
            result
            (do (-cell-set seen (conj (-cell-get seen) x))
                (rf result x))))))))
  ([coll]
   (lazy-seq
     (if (or (nil? coll) (sequential? coll) (string? coll) (bytes? coll))
       nil
       (nth coll 0)) ; what has no first position
     (-distinct #{} coll))))

(defn dedupe
  "The items without those equal to the one before. Without a collection, a transducer."
  ([]
   (fn [rf]
     (let [before (-cell (-cell nil))]
       (fn
         ([] (rf))
         ([result] (rf result))
         ([result x]
          (let [was (-cell-get before)]
            (-cell-set before x)
            (if (and (not (-cell? was)) (= was x))
              result
              (rf result x))))))))
  ([coll] (sequence (dedupe) coll)))

(defn- -reductions
  [f acc coll]
  (if (reduced? acc)
    (list (unreduced acc))
    (cons acc
          (lazy-seq
            (let [s (seq coll)]
              (if s
                (-reductions f (f acc (first s)) (rest s))
                nil))))))

(defn reductions
  "The sequence of the intermediate values of reduce."
  ([f coll]
   (lazy-seq
     (let [s (seq coll)]
       (if s
         (-reductions f (first s) (rest s))
         (list (f))))))
  ([f init coll] (-reductions f init coll)))

(defn tree-seq
  "The nodes of a tree, depth first: children is called where branch? holds."
  [branch? children root]
  (let [walk (fn walk [node]
               (lazy-seq
                 (cons node
                       (if (branch? node)
                         (mapcat walk (children node))
                         nil))))]
    (walk root)))

(defn flatten
  "The items of nested sequential things as one flat sequence."
  [x]
  (remove sequential? (rest (tree-seq sequential? seq x))))

(defn- -transformed
  "What comes out of the transducer behind g for the items of coll; it goes by way of the cell, as the
  result of g is nil throughout, and ends with that too."
  [g cell coll]
  (lazy-seq
    (loop [s (seq coll) n 64]
      (let [more (if s (g nil (first s)) (g nil))
            ended (or (nil? s) (reduced? more))
            end (if (and s ended) (g nil) nil)
            out (-cell-get cell)]
        (-cell-set cell [])
        (cond
          ended (seq out)
          (pos? (count out)) (concat out (-transformed g cell (rest s)))
          (pos? n) (recur (next s) (dec n))
          :else (-transformed g cell (rest s)))))))

(defn- -transform
  "-transformed of coll by the transducer xform, whose inputs call makes one of."
  [xform call coll]
  (let [cell (-cell [])
        g (xform (fn
                   ([] nil)
                   ([out] out)
                   ([out x] (do (-cell-set cell (conj (-cell-get cell) x)) out))))]
    (-transformed (call g) cell (seq coll))))

(defn- -check-seqable
  "An error when one of the colls is none, before anything else is looked at."
  [colls]
  (loop [colls (seq colls)]
    (if colls
      (do (if (seqable? (first colls)) nil (seq (first colls)))
          (recur (next colls)))
      nil)))

(defn sequence
  "The sequence of coll, through the transducer xform if there is one; () instead of nil."
  ([coll] (if (seq? coll) coll (or (seq coll) ())))
  ([xform coll]
   (do (if (or (nil? xform) (ifn? xform)) (-check-seqable [coll]) nil)
       (-begun (-transform xform identity coll))))
  ([xform coll & colls]
   (do (if (or (nil? xform) (ifn? xform)) (-check-seqable (cons coll colls)) nil)
       (-begun (-transform xform
                            (fn [g]
                              (fn
                                ([out] (g out))
                                ([out xs] (apply g out xs))))
                            (apply map vector coll colls))))))

(defn eduction
  "The items of coll (the last argument) through the transducers."
  [& xforms]
  (let [coll (last xforms)
        xform (apply comp (butlast xforms))]
    (if (or (nil? xform) (ifn? xform)) (-check-seqable [coll]) nil)
    (-transform xform identity coll)))

(defn halt-when
  "A transducer that ends when pred holds; the result is the input, or (retf result input)."
  ([pred] (halt-when pred nil))
  ([pred retf]
   (fn [rf]
     (fn
       ([] (rf))
       ([result]
        (if (and (map? result) (contains? result :weir.core/halt))
          (:weir.core/halt result)
          (rf result)))
       ([result x]
        (if (pred x)
          (reduced {:weir.core/halt (if retf (retf (rf result) x) x)})
          (rf result x)))))))

(defn replace
  "Replaces the items that are keys of smap by their values; a vector stays a vector."
  ([smap]
   (map (fn [x] (let [entry (find smap x)] (if entry (val entry) x)))))
  ([smap coll]
   (let [swap (fn [x] (let [entry (find smap x)] (if entry (val entry) x)))]
     (if (vector? coll) (mapv swap coll) (map swap coll)))))

(defn bounded-count
  "The count of coll, or of its first n items when counting means walking."
  [n coll]
  (if (counted? coll)
    (count coll)
    (loop [i 0 s (seq coll)]
      (if (and s (< i n))
        (recur (inc i) (next s))
        i))))

(defn iteration
  "The sequence of the values of a step function that pages by tokens."
  [step & {:keys [somef vf kf initk] :or {somef some? vf identity kf identity initk nil}}]
  (let [page (fn page [answer]
               (if (somef answer)
                 (cons (vf answer)
                       (let [k (kf answer)]
                         (if (some? k)
                           (lazy-seq (page (step k)))
                           nil)))
                 nil))]
    (lazy-seq (page (step initk)))))

(defn- -nth-chain
  [coll i]
  (let [s (seq coll)]
    (if s
      (if (zero? i) s (recur (rest s) (dec i)))
      nil)))

(defn- -count-chain
  [n s]
  (if (-chain? s)
    (let [s (seq s)]
      (if s (recur (inc n) (rest s)) n))
    (+ n (native/count s))))

(defn count
  "How many items there are."
  [coll]
  (if (-chain? coll) (-count-chain 0 coll) (native/count coll)))

(defn nth
  "The item at the index; outside, an error or not-found."
  ([coll index]
   (if (-chain? coll)
     (let [i (int index)
           s (if (neg? i) nil (-nth-chain coll i))]
       (if s
         (first s)
         (weir.core/throw "index" (str "nth: there is no item at " i) nil)))
     (native/nth coll index)))
  ([coll index not-found]
   (if (-chain? coll)
     (let [i (int index)
           s (if (neg? i) nil (-nth-chain coll i))]
       (if s (first s) not-found))
     (native/nth coll index not-found))))

(defn- -in-another-thread
  "f, whose exceptions are the cause of another one, as those of a future are."
  [f]
  (fn [& xs]
    (try
      (apply f xs)
      (catch Throwable e (throw (Exception. (str e) e))))))

(defn- -items-of-all
  "The first items of all colls, then the second ones, and so on, until one of them is empty."
  [colls]
  (lazy-seq
    (let [ss (-seqs-until-empty colls)]
      (if ss
        (cons (mapv first ss) (-items-of-all (mapv rest ss)))
        nil))))

(defn pmap
  "As map; an exception that f throws is the cause of the one that comes out."
  ([f coll]
   (map (if (weir.core/effectful? f) f (-in-another-thread f)) coll))
  ([f coll & colls]
   (let [items (-items-of-all (cons coll colls))]
     (if (weir.core/effectful? f)
       (map (fn [xs] (apply f xs)) items)
       (map (-in-another-thread (fn [xs] (apply f xs))) items)))))

(defn replicate
  "The sequence of n times x."
  [n x]
  (take n (repeat x)))

(defn xml-seq
  "The nodes of an XML tree of maps with :content, depth first."
  [root]
  (tree-seq (complement string?) (comp seq :content) root))

;; Transients: collections are persistent here, so that these are the persistent functions under
;; their other names; used as they must be (the result goes on), they mean the same.

(defn transient
  "The collection, for the functions whose names end with a !."
  [coll]
  (cond
    (or (and (vector? coll) (not (map-entry? coll)))
        (and (map? coll) (not (sorted? coll)))
        (and (set? coll) (not (sorted? coll))))
    (if (meta coll) (with-meta coll nil) coll)
    (nil? coll) (weir.core/throw "null" "transient takes a vector, a map or a set, not nil" nil)
    :else (weir.core/throw "cast" "transient takes a vector, a map or a set" nil)))

(defn persistent!
  "The collection that was built."
  [coll]
  coll)

(defn conj!
  "As conj."
  ([] [])
  ([coll] coll)
  ([coll x] (conj coll x)))

(defn assoc!
  "As assoc; but a last key without value gets nil."
  ([coll k v] (assoc coll k v))
  ([coll k v & kvs]
   (let [coll (assoc coll k v)]
     (if kvs
       (recur coll (first kvs) (second kvs) (nnext kvs))
       coll))))

(defn dissoc!
  "As dissoc."
  ([coll k] (dissoc coll k))
  ([coll k & ks] (apply dissoc coll k ks)))

(defn disj!
  "As disj."
  ([set] set)
  ([set x] (disj set x))
  ([set x & xs] (apply disj set x xs)))

(defn pop!
  "As pop."
  [coll]
  (pop coll))

;; clojure.set

(defn- -greatest-first
  "The collection with its greatest item by (k x) moved to the front."
  [k coll]
  (let [top (apply max-key k coll)]
    (cons top (remove (fn [x] (identical? x top)) coll))))

(defn clojure.set/union
  "The items that are in any of the sets."
  ([] #{})
  ([s1] s1)
  ([s1 s2]
   (if (< (count s1) (count s2))
     (reduce conj s2 s1)
     (reduce conj s1 s2)))
  ([s1 s2 & sets]
   (let [ordered (-greatest-first count (conj sets s2 s1))]
     (reduce into (first ordered) (rest ordered)))))

(defn clojure.set/intersection
  "The items that are in all of the sets."
  ([s1] s1)
  ([s1 s2]
   (if (< (count s2) (count s1))
     (recur s2 s1)
     (reduce (fn [out x] (if (contains? s2 x) out (disj out x))) s1 s1)))
  ([s1 s2 & sets]
   (let [ordered (-greatest-first (fn [s] (- (count s))) (conj sets s2 s1))]
     (reduce clojure.set/intersection (first ordered) (rest ordered)))))

(defn clojure.set/difference
  "The items of the first set that are in none of the others."
  ([s1] s1)
  ([s1 s2]
   (if (< (count s1) (count s2))
     (reduce (fn [out x] (if (contains? s2 x) (disj out x) out)) s1 s1)
     (reduce disj s1 s2)))
  ([s1 s2 & sets]
   (reduce clojure.set/difference s1 (conj sets s2))))

(defn clojure.set/select
  "The items of the set for which pred holds."
  [pred xset]
  (reduce (fn [out x] (if (pred x) out (disj out x))) xset xset))

(defn clojure.set/project
  "The set of the maps with only the keys ks."
  [xrel ks]
  (set (map (fn [m] (select-keys m ks)) xrel)))

(defn clojure.set/rename-keys
  "The map with the keys renamed as kmap says."
  [m kmap]
  (reduce (fn [out entry]
            (if (contains? m (key entry))
              (assoc out (val entry) (get m (key entry)))
              out))
          (apply dissoc m (keys kmap))
          kmap))

(defn clojure.set/rename
  "The set of the maps with their keys renamed as kmap says."
  [xrel kmap]
  (set (map (fn [m] (clojure.set/rename-keys m kmap)) xrel)))

(defn clojure.set/index
  "A map from the distinct values of ks to the set of the maps that have them."
  [xrel ks]
  (reduce (fn [out x]
            (let [k (select-keys x ks)]
              (assoc out k (conj (get out k #{}) x))))
          {} xrel))

(defn clojure.set/map-invert
  "The map with keys and values exchanged."
  [m]
  (reduce-kv (fn [out k v] (assoc out v k)) {} m))

(defn clojure.set/join
  "The natural join of two sets of maps, or the join by the key mapping km."
  ([xrel yrel]
   (if (and (seq xrel) (seq yrel))
     (let [ks (clojure.set/intersection (set (keys (first xrel))) (set (keys (first yrel))))
           swap (> (count xrel) (count yrel))
           r (if swap yrel xrel)
           s (if swap xrel yrel)
           idx (clojure.set/index r ks)]
       (reduce (fn [out x]
                 (reduce (fn [out y] (conj out (merge y x))) out (get idx (select-keys x ks))))
               #{} s))
     #{}))
  ([xrel yrel km]
   (let [swap (> (count xrel) (count yrel))
         r (if swap yrel xrel)
         s (if swap xrel yrel)
         k (if swap km (clojure.set/map-invert km))
         idx (clojure.set/index r (vals k))]
     (reduce (fn [out x]
               (reduce (fn [out y] (conj out (merge y x)))
                       out
                       (get idx (clojure.set/rename-keys (select-keys x (keys k)) k))))
             #{} s))))

(defn clojure.set/subset?
  "True when all items of the first set are in the second."
  [set1 set2]
  (and (<= (count set1) (count set2))
       (every? (fn [x] (contains? set2 x)) set1)))

(defn clojure.set/superset?
  "True when all items of the second set are in the first."
  [set1 set2]
  (and (>= (count set1) (count set2))
       (every? (fn [x] (contains? set1 x)) set2)))

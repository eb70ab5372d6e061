;; clojure.walk

(defn clojure.walk/walk
  "Applies inner to each item of form, builds the same kind of thing, and applies outer to it."
  [inner outer form]
  (cond
    (not (or (nil? outer) (ifn? outer))) (outer) ; what is no function fails before its argument
    (list? form) (outer (-list-from (mapv inner form)))
    (map-entry? form) (outer (-map-entry (inner (key form)) (inner (val form))))
    (seq? form) (outer (-as-seq (mapv inner form)))
    (coll? form) (outer (into (empty form) (mapv inner form)))
    :else (outer form)))

(defn clojure.walk/postwalk
  "Applies f to every part of form, the innermost first."
  [f form]
  (clojure.walk/walk (fn [x] (clojure.walk/postwalk f x)) f form))

(defn clojure.walk/prewalk
  "Applies f to every part of form, the outermost first."
  [f form]
  (clojure.walk/walk (fn [x] (clojure.walk/prewalk f x)) identity (f form)))

(defn- -map-keys-deep
  [swap m]
  (clojure.walk/postwalk
    (fn [x]
      (if (map? x)
        (reduce-kv (fn [out k v] (assoc out (swap k) v)) {} x)
        x))
    m))

(defn clojure.walk/keywordize-keys
  "Makes keywords of all string keys of maps, at any depth."
  [m]
  (-map-keys-deep (fn [k] (if (string? k) (keyword k) k)) m))

(defn clojure.walk/stringify-keys
  "Makes strings of all keyword keys of maps, at any depth."
  [m]
  (-map-keys-deep (fn [k] (if (keyword? k) (name k) k)) m))

(defn clojure.walk/prewalk-replace
  "Replaces every part of form that is a key of smap by its value, the outermost first."
  [smap form]
  (clojure.walk/prewalk (fn [x] (if (contains? smap x) (get smap x) x)) form))

(defn clojure.walk/postwalk-replace
  "Replaces every part of form that is a key of smap by its value, the innermost first."
  [smap form]
  (clojure.walk/postwalk (fn [x] (if (contains? smap x) (get smap x) x)) form))

;; clojure.edn

(defn- -with-tags
  "The data with what the readers, or default, make of its tagged literals, the innermost first."
  [readers default data]
  (cond
    (tagged-literal? data)
    (let [tag (:tag data)
          form (-with-tags readers default (:form data))
          reader (get readers tag)]
      (cond
        reader (reader form)
        default (default tag form)
        :else (weir.core/throw "runtime" (str "No reader function for tag " tag)
                               "Give one under :readers, or a :default.")))
    (coll? data) (clojure.walk/walk (fn [x] (-with-tags readers default x)) identity data)
    :else data))

(defn clojure.edn/read-string
  "The first form of the text as data; opts may have :readers (tag to function), :default and :eof."
  ([s] (clojure.edn/read-string {} s))
  ([opts s]
   (let [opts (if (and (map? opts) (sorted? opts)) (into {} opts) opts)
         data (if (= {} opts)
                (native/clojure.edn/read-string s)
                (native/clojure.edn/read-string opts s))]
     (if (and (string? s) (clojure.string/includes? s "#"))
       (-with-tags (:readers opts) (:default opts) data)
       data))))

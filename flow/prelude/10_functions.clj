;; Functions that make or call functions. The prelude is written in the flow language itself: what
;; calls a flow function stands here, so that native code never calls the VM.
;;
;; A function that walks a sequence rebinds its own parameter with recur, so that nothing holds the
;; head of a lazy sequence. Names that begin with "-" are internal.

(defn identity
  "Returns its argument."
  [x]
  x)

(defn constantly
  "Returns a function that takes any number of arguments and returns x."
  [x]
  (fn [& args] x))

(defn complement
  "Returns a function that answers the opposite truth of f."
  [f]
  (fn
    ([] (not (f)))
    ([x] (not (f x)))
    ([x y] (not (f x y)))
    ([x y & zs] (not (apply f x y zs)))))

(defn comp
  "Composes functions: the rightmost is applied first."
  ([] identity)
  ([f] f)
  ([f g]
   (fn
     ([] (f (g)))
     ([x] (f (g x)))
     ([x y] (f (g x y)))
     ([x y z] (f (g x y z)))
     ([x y z & args] (f (apply g x y z args)))))
  ([f g & fs]
   (loop [out (comp f g) fs (seq fs)]
     (if fs
       (recur (comp out (first fs)) (next fs))
       out))))

(defn partial
  "Returns a function that calls f with the given arguments first."
  ([f] f)
  ([f a]
   (fn
     ([] (f a))
     ([x] (f a x))
     ([x y] (f a x y))
     ([x y z] (f a x y z))
     ([x y z & args] (apply f a x y z args))))
  ([f a b]
   (fn
     ([] (f a b))
     ([x] (f a b x))
     ([x y] (f a b x y))
     ([x y & args] (apply f a b x y args))))
  ([f a b c]
   (fn
     ([] (f a b c))
     ([x] (f a b c x))
     ([x & args] (apply f a b c x args))))
  ([f a b c & more]
   (fn [& args] (apply f a b c (-concat-args more args)))))

(defn- -concat-args
  "The items of two argument lists as one vector."
  [a b]
  (into (into [] a) b))

(defn juxt
  "Returns a function that answers the vector of all the functions' results."
  ([f]
   (fn
     ([] [(f)])
     ([x] [(f x)])
     ([x & args] [(apply f x args)])))
  ([f g]
   (fn
     ([] [(f) (g)])
     ([x] [(f x) (g x)])
     ([x & args] [(apply f x args) (apply g x args)])))
  ([f g h & fs]
   (let [fs (into [f g h] fs)]
     (fn [& args]
       (loop [out [] i 0]
         (if (< i (count fs))
           (recur (conj out (apply (nth fs i) args)) (inc i))
           out))))))

(defn fnil
  "Returns a function that replaces nil first arguments by the given values before it calls f."
  ([f x]
   (fn
     ([a] (f (if (nil? a) x a)))
     ([a b] (f (if (nil? a) x a) b))
     ([a b c] (f (if (nil? a) x a) b c))
     ([a b c & ds] (apply f (if (nil? a) x a) b c ds))))
  ([f x y]
   (fn
     ([a b] (f (if (nil? a) x a) (if (nil? b) y b)))
     ([a b c] (f (if (nil? a) x a) (if (nil? b) y b) c))
     ([a b c & ds] (apply f (if (nil? a) x a) (if (nil? b) y b) c ds))))
  ([f x y z]
   (fn
     ([a b] (f (if (nil? a) x a) (if (nil? b) y b)))
     ([a b c] (f (if (nil? a) x a) (if (nil? b) y b) (if (nil? c) z c)))
     ([a b c & ds] (apply f (if (nil? a) x a) (if (nil? b) y b) (if (nil? c) z c) ds)))))

(defn- -every-true
  "True when every predicate of ps holds for every item of xs; else the first false answer."
  [ps xs]
  (loop [xs (seq xs)]
    (if xs
      (if (loop [i 0]
            (if (< i (count ps))
              (if ((nth ps i) (first xs)) (recur (inc i)) false)
              true))
        (recur (next xs))
        false)
      true)))

(defn every-pred
  "Returns a function that is true when all the predicates hold for all its arguments."
  [p & ps]
  (let [ps (into [p] ps)]
    (fn [& xs] (-every-true ps xs))))

(defn- -first-true
  "The first true answer of a predicate of ps (outer) for an item of the vector xs; else the last."
  [ps xs]
  (let [width (count xs) total (* width (count ps))]
    (loop [i 0 answer nil]
      (if (< i total)
        (let [answer ((nth ps (quot i width)) (nth xs (rem i width)))]
          (if answer answer (recur (inc i) answer)))
        answer))))

(defn- -some-true
  "What some-fn answers: predicates outside, items inside for the first three items."
  [ps xs]
  (let [n (count xs) few (<= (count ps) 3)]
    (if (<= n 3)
      (let [answer (-first-true ps xs)]
        (if answer answer (if few answer nil)))
      (let [answer (-first-true ps (subvec xs 0 3))]
        (if answer
          answer
          (let [more (subvec xs 3)]
            (if few
              (some (fn [x] (-first-true ps [x])) more)
              (some (fn [p] (some p more)) ps))))))))

(defn some-fn
  "Returns a function that answers the first true result of any predicate for any argument."
  [p & ps]
  (let [ps (into [p] ps)]
    (fn [& xs] (-some-true ps (into [] xs)))))

(defn memoize
  "Returns a function that answers as f does; functions are pure here, so that f itself will do."
  [f]
  f)

(defn trampoline
  "Calls f; as long as the result is a function, calls that without arguments."
  ([f]
   (let [out (f)]
     (if (fn? out) (recur out) out)))
  ([f & args]
   (trampoline (fn [] (apply f args)))))

(defn comparator
  "Returns a comparing function made from a predicate that says whether x is less than y."
  [pred]
  (fn [x y]
    (cond
      (pred x y) -1
      (pred y x) 1
      :else 0)))

(defn- -compare-with
  "Calls a comparing function as Java's Comparator: a number, or the truth of 'less than'."
  [f a b]
  (let [answer (f a b)]
    (if (boolean? answer)
      (if answer -1 (if (f b a) 1 0))
      (-to-int answer))))

(defn max-key
  "The x for which (k x) is greatest; the last of several."
  ([k x] x)
  ([k x y] (if (> (k x) (k y)) x y))
  ([k x y & more]
   (let [kx (k x) ky (k y)
         swap (> kx ky)]
     (loop [v (if swap x y) kv (if swap kx ky) more (seq more)]
       (if more
         (let [w (first more) kw (k w)]
           (if (>= kw kv)
             (recur w kw (next more))
             (recur v kv (next more))))
         v)))))

(defn min-key
  "The x for which (k x) is least; the last of several."
  ([k x] x)
  ([k x y] (if (< (k x) (k y)) x y))
  ([k x y & more]
   (let [kx (k x) ky (k y)
         swap (< kx ky)]
     (loop [v (if swap x y) kv (if swap kx ky) more (seq more)]
       (if more
         (let [w (first more) kw (k w)]
           (if (<= kw kv)
             (recur w kw (next more))
             (recur v kv (next more))))
         v)))))

(defn vary-meta
  "The value with the metadata (f meta args…)."
  [x f & args]
  (with-meta x (apply f (meta x) args)))

;; What the compiler's macros expand to. `for` becomes for-cat for each binding but the last and
;; for-map for the last. The function answers the value of one item, or one of the keywords skip
;; (:when was false) and stop (:while was false). As map, both are eager when their function holds a
;; flow call. They loop over what is skipped, so that long runs of it need no stack, and after a
;; while answer a new lazy sequence, so that it can be collected.

(defn- -for-map-lazy
  [f coll]
  (lazy-seq
    (loop [s (seq coll) n 64]
      (if s
        (let [v (f (first s))]
          (cond
            (identical? v :weir.core/skip) (if (pos? n)
                                             (recur (next s) (dec n))
                                             (-for-map-lazy f (rest s)))
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
    (loop [inner (seq inner) s coll n 64]
      (if inner
        (cons (first inner) (-for-cat-lazy f (rest inner) s))
        (let [s (seq s)]
          (if s
            (let [v (f (first s))]
              (cond
                (identical? v :weir.core/stop) nil
                (zero? n) (-for-cat-lazy f (if (identical? v :weir.core/skip) nil v) (rest s))
                (identical? v :weir.core/skip) (recur nil (rest s) (dec n))
                :else (recur (seq v) (rest s) (dec n))))
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

;; flow/poll: what its options mean. The loop, its passes and waits are the compiler's (compile_fork.c).

(defn weir.core/poll-plan
  [options]
  (if (or (nil? options) (map? options)) nil
    (throw (ex-info "the options of flow/poll are a map"
                    {:class :input :code :input_invalid :message "the options of flow/poll are a map"})))
  (let [ms (fn [k otherwise] (let [v (get options k)] (if (nil? v) otherwise (weir.core/duration-ms v))))
        attempts (:max-attempts options)
        backoff (:backoff options)
        timeout (ms :timeout nil)
        fail (fn [message]
               (throw (ex-info message {:class :input :code :input_invalid :message message})))]
    (if (or (nil? attempts) (and (integer? attempts) (pos? attempts)))
      nil (fail ":max-attempts of flow/poll is a positive number"))
    (if (or (contains? #{nil :constant :linear :exponential} backoff)
            (and (number? backoff) (<= 1 backoff)))
      nil (fail ":backoff of flow/poll is :constant, :linear, :exponential or a factor from 1 on"))
    (if (or attempts timeout)
      nil (fail "flow/poll needs :timeout or :max-attempts, so that it ends"))
    {:interval (ms :interval 5000)
     :max-interval (ms :max-interval 3600000)
     :timeout timeout
     :max-attempts attempts
     :factor (cond (= backoff :exponential) 2 (number? backoff) backoff :else 1)
     :linear (= backoff :linear)
     :return-on (let [f (:return-on options)] (if (nil? f) identity f))
     :abort-on (:abort-on options)}))

(defn weir.core/poll-starts?
  [plan pass]
  (and (:timeout plan) (= pass 1)))

(defn- -poll-fail
  [class code message plan pass]
  (throw (ex-info message {:class class :code code :message message :attempts pass})))

(defn weir.core/poll-ends?
  [plan pass value]
  (let [abort-on (:abort-on plan)]
    (cond
      ((:return-on plan) value) true
      (and abort-on (abort-on value))
      (-poll-fail :conflict :poll_aborted "the poll met what it aborts on" plan pass)
      (and (:max-attempts plan) (>= pass (:max-attempts plan)))
      (-poll-fail :timeout :poll_timeout
                  (str "the poll did not end within " pass " attempts") plan pass)
      :else false)))

(defn weir.core/poll-delay
  [plan pass elapsed]
  (let [top (:max-interval plan)
        delay (if (:linear plan)
                (min top (* (:interval plan) pass))
                (loop [d (:interval plan) i 1]
                  (if (or (>= i pass) (>= d top) (= 1 (:factor plan)))
                    (min d top)
                    (recur (* d (:factor plan)) (inc i)))))
        delay (long delay)]
    (if (and elapsed (>= (+ elapsed delay) (:timeout plan)))
      (-poll-fail :timeout :poll_timeout "the poll did not end in time" plan pass)
      delay)))

;; flow/elapsed? and flow/backoff: now and random come from the journal (compile_flow_run.c).

(defn weir.core/elapsed?
  [since duration now]
  (if (integer? since) nil
    (throw (ex-info "flow/elapsed? counts from milliseconds, as flow/now-ms gives them"
                    {:class :input :code :input_invalid})))
  (>= (- now since) (weir.core/duration-ms duration)))

(defn weir.core/backoff-plan
  [attempt options]
  (let [fail (fn [message] (throw (ex-info message {:class :input :code :input_invalid :message message})))
        ms (fn [k otherwise] (let [v (get options k)] (if (nil? v) otherwise (weir.core/duration-ms v))))
        type (get options :type :exponential)
        factor (get options :factor 2)]
    (if (and (integer? attempt) (pos? attempt)) nil
      (fail "flow/backoff takes the number of the attempt, from 1 on"))
    (if (or (nil? options) (map? options)) nil (fail "the options of flow/backoff are a map"))
    (if (contains? #{:exponential :linear :constant} type) nil
      (fail ":type of flow/backoff is :exponential, :linear or :constant"))
    (if (and (number? factor) (<= 1 factor)) nil (fail ":factor of flow/backoff is a number from 1 on"))
    {:attempt attempt :type type :factor factor :base (ms :base 1000) :max (ms :max 3600000)
     :jitter (get options :jitter)}))

(defn weir.core/backoff-jitters?
  [plan]
  (:jitter plan))

(defn weir.core/backoff-ms
  [plan random]
  (let [top (:max plan)
        type (:type plan)
        delay (cond
                (= type :constant) (min top (:base plan))
                (= type :linear) (min top (*' (:base plan) (:attempt plan)))
                :else (loop [d (:base plan) i 1]
                        (if (or (>= i (:attempt plan)) (>= d top) (zero? d) (= 1 (:factor plan)))
                          (min d top)
                          (recur (* d (:factor plan)) (inc i)))))]
    (long (if random (* delay random) delay))))

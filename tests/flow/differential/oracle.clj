;; Evaluates each line of a file by itself and prints one line each: the value as pr-str prints it
;; (newlines as \n), `!! kind` of what was thrown, `!! compile`, `!! limit` when it took too long or
;; printed too much, or `#object` when it prints as an address.
;;
;;     clojure oracle.clj EXPRESSIONS ANSWERS
(require 'clojure.string 'clojure.set 'clojure.walk 'clojure.edn)
(doseq [[short full] '[[str clojure.string] [string clojure.string] [set clojure.set]
                       [walk clojure.walk] [edn clojure.edn]]]
  (alias short full))

(def time-limit-ms 3000)
(def output-limit 4000)

(defn kind [e]
  (condp instance? e
    clojure.lang.Compiler$CompilerException "compile"
    clojure.lang.LispReader$ReaderException "compile"
    ArithmeticException "arithmetic"
    IndexOutOfBoundsException "index"
    ClassCastException "cast"
    NumberFormatException "number-format"
    clojure.lang.ArityException "arity"
    NullPointerException "null"
    AssertionError "assert"
    clojure.lang.ExceptionInfo (if (::limit (ex-data e)) "limit" "ex-info")
    IllegalArgumentException "argument"
    OutOfMemoryError "limit"
    ThreadDeath "limit"
    "other"))

(defn bounded-writer [^StringBuilder out]
  (proxy [java.io.Writer] []
    (write
      ([x]
       (if (string? x) (.append out ^String x) (.append out (char x)))
       (when (> (.length out) output-limit) (throw (ex-info "output" {::limit true}))))
      ([x start length]
       (if (string? x)
         (.append out ^String x (int start) (int (+ start length)))
         (.append out ^chars x (int start) (int length)))
       (when (> (.length out) output-limit) (throw (ex-info "output" {::limit true})))))
    (flush [])
    (close [])))

(defn printed [value]
  (let [out (StringBuilder.)]
    (binding [*out* (bounded-writer out)]
      (pr value))
    (let [text (str out)]
      (if (re-find #"#object\[|#error|@[0-9a-f]{5,8}\b|#<|\$fn__|__\d+" text)
        "#object"
        ;; half of a surrogate pair has no UTF-8: Java writes a ?
        (-> text
            (clojure.string/replace #"(?<![\ud800-\udbff])[\udc00-\udfff]|[\ud800-\udbff](?![\udc00-\udfff])"
                                    "?")
            (clojure.string/replace "\n" "\\n"))))))

(defn read-form [line]
  (try
    (binding [*ns* (the-ns 'user)]
      [(read-string {:read-cond :allow} line)])
    (catch Throwable _ nil)))

(defn answer [line]
  (if-let [[form] (read-form line)]
    (try
      (binding [*ns* (the-ns 'user) *out* (java.io.StringWriter.)]
        (printed (eval form)))
      (catch Throwable e (str "!! " (kind e))))
    "!! compile"))

(defn timed-answer [line]
  (let [result (promise)
        thread (Thread. nil #(deliver result (try (answer line) (catch Throwable _ "!! limit")))
                        "expression" 4000000)]
    (.start thread)
    (let [value (deref result time-limit-ms "!! limit")]
      (when (= value "!! limit") (.stop thread))
      value)))

(let [[in out] *command-line-args*]
  (with-open [reader (clojure.java.io/reader in) writer (clojure.java.io/writer out)]
    (doseq [[index line] (map-indexed vector (line-seq reader))]
      (.write writer (str (timed-answer line) "\n"))
      (when (zero? (mod index 10000))
        (.flush writer)
        (binding [*out* *err*] (println index))))))
(shutdown-agents)
(System/exit 0)

#include "tests/sim/flow_maker.h"

#include "base/macros.h"

/*
 * Each function writes one expression. depth bounds the nesting, and so the size. An answer of a
 * step is a map {:n integer :s string :xs [integers]}; numbers() makes integers of anything.
 */
#define DEPTH      5
#define BINDINGS   5
#define STEP_KINDS 5 /* step ids that flows share, so that counts of addresses matter */

static void call(struct flow_maker *maker, int depth);
static void number(struct flow_maker *maker, int depth);

/* splitmix64 (S. Vigna, public domain) */
uint64_t flow_maker_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15ULL);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

static uint32_t pick(struct flow_maker *maker, uint32_t below)
{
    return (uint32_t)(flow_maker_random(&maker->random) % below);
}

static void put(struct flow_maker *maker, const char *text)
{
    buf_cstr(maker->out, text);
}

/* The format's %f is a call, %n a number, %k a small literal; all else stands as it is. */
static void put_form(struct flow_maker *maker, const char *format, int depth)
{
    for (; *format; format++) {
        if (format[0] != '%') {
            buf_char(maker->out, *format);
            continue;
        }
        switch (*++format) {
        case 'f': call(maker, depth - 1); break;
        case 'n': number(maker, depth - 1); break;
        case 'k': buf_printf(maker->out, "%u", 1 + pick(maker, 4)); break;
        default: buf_char(maker->out, *format); break;
        }
    }
}

static void name(struct flow_maker *maker)
{
    if (maker->name_count == 0) {
        put(maker, "(flow/input)");
    } else {
        buf_printf(maker->out, "v%u", pick(maker, maker->name_count));
    }
}

/* An integer of whatever a name stands for, small enough to go on with. */
static void number(struct flow_maker *maker, int depth)
{
    static const char *const forms[] = {
        "(+ %n %n)",
        "(- %n %k)",
        "(mod (* %n 31) 97)",
        "(reduce + (map inc (range (mod %n 20))))",
        "(count (str (/ %n 7.0)))",
        "(count (format \"%%08.3f|%%x\" (* 1.1 %n) (mod %n 255)))",
        "(long (* 1.25 %n))",
        "(reduce + (sort (fn [a b] (compare (mod a 7) (mod b 7))) [%n %n %n]))",
        "(count (group-by odd? [%n %n]))",
        ("(let [m (into {} (map (fn [i] [(str \"k\" i) (* i %n)]) (range 20)))]"
         " (mod (reduce (fn [a [k v]] (+ (* 3 (mod a 1000)) v (count k))) 0 m) 1000))"),
        "(mod (hash (hash-set %n %n \"a\" :b)) 1000)",
        "(case (mod %n 3) 0 %n 1 (- %n) 7)",
        "(let [[a & more] [%n %n %n]] (+ a (count more)))",
        "(count (re-seq #\"[0-9]+\" (str %n \"-\" %n)))",
        "(try (quot 100 (mod %n 3)) (catch ArithmeticException e -1))",
        "(count (clojure.string/join \",\" (map str (set [%n %n %n]))))",
        "(loop [i 0 n 1] (if (< i 5) (recur (inc i) (mod (+ n %n) 101)) n))",
        "(count (str (java.time.Duration/ofSeconds (* 61 %n))))",
        ("(mod (.toEpochMilli (.plusSeconds (java.time.Instant/parse \"2026-01-31T10:00:00Z\") %n))"
         " 1009)"),
        "(mod (hash (str (.plusMillis (java.time.Instant/ofEpochSecond %n) %n))) 1000)",
        ("(count (clojure.string/replace (str %n \"-\" %n) #\"(\\d)(\\d?)\""
         " (fn [[_ a b]] (str b a a))))"),
        "(mod (hash (re-matches #\"(-?)(?<d>[0-9]+)\" (str %n))) 1000)",
        "(mod (hash (json/write (into {} (map (fn [i] [(str i %n) i]) (range 12))))) 1000)",
        ("(reduce (fn [a k] (mod (+ (* 7 a) (count (str k))) 997)) 0"
         " (keys (zipmap (map (fn [i] (keyword (str \"k\" (* i %n)))) (range 30)) (range))))"),
        ("(reduce + (into [] (comp (filter odd?) (take 5) (map (partial * 3)))"
         " (range (mod %n 30))))"),
        "(mod (hash (breyta.sandbox/sha256-hex (str %n))) 1000)",
        "(mod (hash (vals (frequencies (map (fn [i] (mod (* i %n) 17)) (range 40))))) 1000)",
        "(count (str (* 12345678901234567890N (bigint %n)) (/ %n 7) (* 1.1M (bigdec %n))))",
        "(reduce + (map key (subseq (into (sorted-map-by >) (zipmap (range 9) (range))) < 5)))",
        "(count (format \"%%e %%g %%s\" (Math/sin %n) (Math/pow 1.01 (mod %n 40)) (/ 1.0 3)))",
    };

    if (depth <= 0 || pick(maker, 3) == 0) {
        if (pick(maker, 2)) {
            buf_printf(maker->out, "%d", (int)pick(maker, 100) - 20);
        } else {
            put(maker, "(mod (hash ");
            name(maker);
            put(maker, ") 100)");
        }
        return;
    }
    put_form(maker, forms[pick(maker, ARRAY_COUNT(forms))], depth);
}

static void step(struct flow_maker *maker, int depth)
{
    static const char *const types[] = {"http", "kv", "function", "sleep", "wait"};
    uint32_t id = pick(maker, 4) ? maker->step_count++ : pick(maker, STEP_KINDS);

    if (pick(maker, 8) == 0) {
        put_form(maker, "(flow/call-flow :other {:n %n})", depth);
        return;
    }
    buf_printf(maker->out, "(flow/step :%s :s%u {:n ", types[pick(maker, ARRAY_COUNT(types))], id);
    number(maker, depth - 1);
    put(maker, " :seen ");
    name(maker);
    put(maker, "})");
}

/* Binds a further name around what follows. */
static void bound(struct flow_maker *maker, int depth)
{
    uint32_t mine = maker->name_count;

    buf_printf(maker->out, "(let [v%u ", mine);
    call(maker, depth - 1);
    put(maker, "] ");
    maker->name_count = mine + 1;
    call(maker, depth - 1);
    put(maker, ")");
    maker->name_count = mine;
}

static void each(struct flow_maker *maker, int depth)
{
    uint32_t mine = maker->name_count;

    // one draw a statement: C does not say which argument is evaluated first
    uint32_t limit = 1 + pick(maker, 4);
    uint32_t items = pick(maker, 6);
    bool collects = pick(maker, 3) > 0;

    buf_printf(maker->out, "(flow/each {:concurrency %u%s} [v%u (range %u)] ", limit,
               collects ? " :on-error :collect" : "", mine, items);
    maker->name_count = mine + 1;
    call(maker, depth - 1);
    put(maker, ")");
    maker->name_count = mine;
}

static void looped(struct flow_maker *maker, int depth)
{
    uint32_t mine = maker->name_count;

    buf_printf(maker->out, "(loop [i 0 v%u []] (if (< i %u) (recur (inc i) (conj v%u ", mine,
               1 + pick(maker, 4), mine);
    maker->name_count = mine + 1;
    call(maker, depth - 1);
    buf_printf(maker->out, ")) v%u))", mine);
    maker->name_count = mine;
}

static void call(struct flow_maker *maker, int depth)
{
    static const char *const forms[] = {
        "(flow/parallel [%f %f %f])",
        "(flow/parallel {:b %f :a %f})",
        "(flow/parallel {:z %f :y %f :x %f} {:on-error :collect})",
        "(flow/parallel [%f %f] {:on-error :collect :concurrency 1})",
        "(try %f (catch Exception e {:n (count (:message (ex-data e))) :c (:class (ex-data e))}))",
        "(try %f (catch Exception e (dissoc (ex-data e) :hint)) (finally %f))",
        ("(try (flow/poll {:interval 1000 :max-attempts %k :return-on (fn [r] (even? (:n r)))}"
         " (flow/step :http :poll {:n %n})) (catch Exception e (:code (ex-data e))))"),
        "(if (even? %n) %f %f)",
        "{:n %n :inner %f}",
        "[%n %f #{%n :k} (sorted-map :b %n :a 1)]",
        "(mapv (fn [x] [x %f]) [1 2])",
        "(vec (for [x (range 3) :when (odd? x)] [x %f]))",
        "(if (< %n -30) (throw (ex-info \"below\" {:n %n})) %f)",
    };

    if (depth <= 0) {
        step(maker, 2);
        return;
    }
    switch (pick(maker, 12)) {
    case 0: put(maker, "(flow/now-ms)"); break;
    case 1: put(maker, pick(maker, 2) ? "(flow/uuid)" : "(flow/random)"); break;
    case 2: put(maker, "(count (:url (flow/callback :answer)))"); break;
    case 3:
    case 4: step(maker, depth); break;
    case 5: bound(maker, depth); break;
    case 6: each(maker, depth); break;
    case 7: looped(maker, depth); break;
    default: put_form(maker, forms[pick(maker, ARRAY_COUNT(forms))], depth); break;
    }
}

void flow_maker_write(struct buf *out, uint64_t seed)
{
    struct flow_maker maker = {.out = out, .random = seed, .step_count = STEP_KINDS};

    put(&maker, "(let [");
    for (uint32_t i = 0; i < BINDINGS; i++) {
        buf_printf(out, "v%u (try ", i);
        call(&maker, DEPTH);
        put(&maker, " (catch Exception e (select-keys (ex-data e) [:class :code :step-id :n]))) ");
        maker.name_count = i + 1;
    }
    put(&maker, "] [");
    for (uint32_t i = 0; i < BINDINGS; i++) {
        buf_printf(out, "v%u ", i);
    }
    number(&maker, 2);
    put(&maker, " ");
    call(&maker, 1);
    put(&maker, "])");
}

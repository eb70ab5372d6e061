#include "flow/core_hints.h"

#include "base/macros.h"

static const char output[] =
    "A flow prints nothing: return the value, or keep it in a step's result.";
static const char input[] = "A flow does no I/O itself: use an :http step.";
static const char chance[] =
    "Chance must be recorded for a replay: use (flow/random) or (flow/uuid) in the body.";
static const char clock[] =
    "The clock must be read where it is recorded: use (flow/now-ms) in the body.";
static const char zone[] = "Name the zone: (java.time.ZoneId/of \"Europe/Oslo\").";
static const char state[] =
    "Flows have no mutable state: use let, loop and recur, or reduce with an accumulator.";
static const char code[] = "A flow loads and evaluates no code at run time.";
static const char threads[] =
    "A flow starts no threads: use (flow/parallel …) or (flow/each …) in the body.";
static const char types[] = "Flows have no classes, protocols or multimethods: use maps, and case "
                            "or cond on a key.";
static const char arrays[] = "Flows have no arrays: use vectors.";
static const char sleep_step[] = "Use a :sleep step, or a :wait with a :timeout.";

static const char library[] = "str/, set/, walk/, edn/ and json/ are there without it: remove it.";
static const char function[] = "A function is (fn [x] …), or #(… % …).";
static const char local[] = "A value gets its name by (let [name value] …).";
static const char loops[] = "Use for, doseq, reduce, or loop and recur; flow/each runs steps.";
static const char request[] = "Use a step: (flow/step :http :step-id {:url \"https://…\"}).";

static const struct {
    const char *name, *hint;
} hints[] = {
    {"println", output},
    {"print", output},
    {"prn", output},
    {"pr", output},
    {"printf", output},
    {"newline", output},
    {"flush", output},
    {"tap>", output},
    {"pprint", output},
    {"clojure.pprint/pprint", output},
    {"print-str", "Use pr-str or str."},
    {"println-str", "Use pr-str or str."},
    {"String/format", "Use format."},
    {"with-out-str", "Use str, pr-str or format."},
    {"slurp", input},
    {"spit", input},
    {"read-line", input},
    {"line-seq", input},
    {"file-seq", input},
    {"with-open", input},
    {"System/getenv", "Take it as an input, or name a secret: {:secret-ref :name}."},
    {"System/getProperty", "Take it as an input of the flow."},
    {"rand", chance},
    {"rand-int", chance},
    {"rand-nth", chance},
    {"shuffle", chance},
    {"random-sample", chance},
    {"random-uuid", chance},
    {"gensym", chance},
    {"java.util.UUID/randomUUID", chance},
    {"UUID/randomUUID", chance},
    {"time", clock},
    {"System/currentTimeMillis", clock},
    {"System/nanoTime", clock},
    {"java.util.Date.", clock},
    {"Date.", clock},
    {"java.time.Instant/now", clock},
    {"java.time.LocalDate/now", clock},
    {"java.time.LocalTime/now", clock},
    {"java.time.LocalDateTime/now", clock},
    {"java.time.OffsetDateTime/now", clock},
    {"java.time.ZonedDateTime/now", clock},
    {"java.time.Year/now", clock},
    {"java.time.YearMonth/now", clock},
    {"Instant/now", clock},
    {"java.time.ZoneId/systemDefault", zone},
    {"Thread/sleep", sleep_step},
    {"atom", state},
    {"swap!", state},
    {"reset!", state},
    {"ref", state},
    {"alter", state},
    {"agent", state},
    {"send", state},
    {"volatile!", state},
    {"vswap!", state},
    {"vreset!", state},
    {"with-redefs", state},
    {"resolve", code},
    {"macroexpand", code},
    {"promise", threads},
    {"deliver", threads},
    {"pcalls", threads},
    {"pvalues", threads},
    {"reify", types},
    {"proxy", types},
    {"extend-type", types},
    {"extend-protocol", types},
    {"instance?", "Use a predicate such as string?, map? or number?."},
    {"class", "Use a predicate such as string?, map? or number?."},
    {"type", "Use a predicate such as string?, map? or number?."},
    {"aget", arrays},
    {"aset", arrays},
    {"alength", arrays},
    {"int-array", arrays},
    {"long-array", arrays},
    {"byte-array", "Use (.getBytes s), or breyta.sandbox/base64-decode-bytes."},
    {"into-array", arrays},
    {"to-array", arrays},
    {"object-array", arrays},
    {"make-array", arrays},
    {"cheshire.core/parse-string", "Use json/parse."},
    {"cheshire.core/generate-string", "Use json/write."},
    {"json/read-str", "Use json/parse."},
    {"json/write-str", "Use json/write."},
    {"re-matcher", "Use re-find, re-seq or re-matches."},
    {"re-groups", "Use re-find, re-seq or re-matches."},
};

/* Not of the reference: forms that the compiler refuses, and words of other languages and
 * libraries. */
static const struct {
    const char *name, *hint;
} words[] = {
    /* refused special forms, with better advice than definitions have */
    {"require", library},
    {"use", library},
    {"import", library},
    {"ns", library},
    {"in-ns", library},
    {"eval", code},
    {"load-string", code},
    {"set!", state},
    {"binding", state},
    {"dosync", state},
    {"locking", state},
    {"future", threads},
    {"defmulti", types},
    {"defmethod", types},
    {"defprotocol", types},
    {"defrecord", types},
    {"deftype", types},
    {"defmacro", "A flow has no macros: write a function."},
    {"clojure.core/unquote", "~ has a meaning inside a syntax-quote only: remove it."},
    {"clojure.core/unquote-splicing", "~@ has a meaning inside a syntax-quote only: remove it."},
    /* words of other languages */
    {"return", "The value of a form is that of its last one: leave return out."},
    {"const", local},
    {"function", function},
    {"lambda", function},
    {"defun", function},
    {"null", "It is nil."},
    {"None", "It is nil."},
    {"undefined", "It is nil."},
    {"True", "It is true."},
    {"False", "It is false."},
    {"else", "In cond it is the keyword :else; in if the third form is the else branch."},
    {"elif", "Use cond: (cond test result … :else result)."},
    {"else-if", "Use cond: (cond test result … :else result)."},
    {"switch", "Use case: (case x constant result … default)."},
    {"foreach", loops},
    {"for-each", loops},
    {"each", loops},
    {"length", "Use count."},
    {"len", "Use count."},
    {"size", "Use count."},
    {"append", "Use conj, or concat for sequences."},
    {"push", "Use conj."},
    {"head", "Use first."},
    {"tail", "Use rest."},
    {"log", output},
    {"console.log", output},
    {"http", request},
    {"fetch", request},
    {"http/get", request},
    {"http/post", request},
    {"client/get", request},
    {"client/post", request},
    {"clj-http.client/get", request},
    {"clj-http.client/post", request},
    {"clojure.data.json/read-str", "Use json/parse."},
    {"clojure.data.json/write-str", "Use json/write."},
    {"json/parse-string", "Use json/parse."},
    {"json/generate-string", "Use json/write."},
    {"parse-int", "Use parse-long."},
    {"Integer.", "Use parse-long."},
};

const char *core_hints_find(struct text name)
{
    for (size_t i = 0; i < ARRAY_COUNT(hints); i++) {
        if (text_equal(text_from(hints[i].name), name)) return hints[i].hint;
    }
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (text_equal(text_from(words[i].name), name)) return words[i].hint;
    }
    return NULL;
}

const char *core_hints_name(size_t index, const char **out_hint)
{
    if (index >= ARRAY_COUNT(hints)) return NULL;
    *out_hint = hints[index].hint;
    return hints[index].name;
}

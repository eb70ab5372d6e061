// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/cron.h"
#include "base/json.h"
#include "flow/codec.h"
#include "flow/expand.h"
#include "flow/lint.h"
#include "flow/pmap.h"
#include "tests/unit/flow/vm_fixture.h"

/* Failing the n-th allocation, for every n, of a flow from its text to its end: each time there is
 * a clean error or the result, and (by the sanitizers) nothing leaks or is used that is not there.
 */

static const char small[] =
    "{:slug :small :name \"s\" :concurrency {:type :singleton"
    " :on-new-version :supersede} :flow '(flow/step :http :a {:url \"https://u\"})}";

/* Everything that the language has, once. */
static const char everything[] =
    "{:slug :all-of-it :name \"All of it\" :description \"d\" :tags [\"a\" :b]\n"
    " :concurrency {:type :keyed :key-field [:order :id] :on-new-version :drain}\n"
    " :invocations {:default {:label \"Run\" :inputs [{:name :order :type :text}\n"
    "                                                 {:name :n :type :number :default 3}]}}\n"
    " :interfaces {:manual [{:id :go :label \"Go\" :invocation :default}]}\n"
    " :schedules [{:id :daily :cron \"0 6 * * *\" :timezone \"Europe/Oslo\"\n"
    "              :invocation :default}]\n"
    " :functions [{:id :twice :language :clojure :code '(fn [{:keys [n]}] (* 2 (or n 1)))}\n"
    "             {:id :text :language :clojure :code \"(fn [x] (str x \\\"!\\\"))\"}]\n"
    " :templates [{:id :order :type :http-request\n"
    "              :request {:url \"https://u/{{id}}\" :method :post\n"
    "                        :json {:n \"{{n}}\" :t \"{{#each xs}}{{this}},{{/each}}\"}}}\n"
    "             {:id :rows :type :db-query\n"
    "              :sql \"select * from o where id = {{id}}"
    " {{#if all}}or 'x' <> {{all}}{{/if}}\"}\n"
    "             {:id :sum-up :type :llm-prompt :system \"Be short\"\n"
    "              :prompt \"{{truncate text 9}}\"}]\n"
    " :requires [{:slot :crm :type :http-api :optional true}\n"
    "            {:kind :form\n"
    "             :fields [{:key :region :field-type :select :options [\"a\" \"b\"]}]}]\n"
    " :steps [{:id :shop/notify :type :http :template :order :timeout \"5s\"\n"
    "          :input-schema [:map {:closed true} [:id [:int {:min 1}]]\n"
    "                         [:n {:optional true} :any]\n"
    "                         [:xs {:optional true}\n"
    "                          [:vector {:max 5} [:or :int [:re \"^a+$\"]]]]]}\n"
    "         {:id :shop/total :type :function :code '(fn [x] (reduce + (:of x)))\n"
    "          :defaults {:of [1 2 3]}}]\n"
    " :flow\n"
    " '(let [input (flow/input)\n"
    "        {:keys [a b] :or {b 2} :as all} {:a 1}\n"
    "        [x & more] (map inc (range 5))\n"
    "        f (fn fact [n] (if (< n 2) 1 (*' n (fact (dec n)))))\n"
    "        found (re-find #\"(\\w+)-(\\d+)\" \"order-17\")\n"
    "        text (format \"%-5s|%05.2f|%x\" (first found) 1.5 255)\n"
    "        json (json/parse \"{\\\"a\\\": [1, 2.5, null, \\\"x\\\"]}\")\n"
    "        sorted (into (sorted-map) (zipmap [:c :a :b] (range)))\n"
    "        lazy (for [i (range 4) :when (odd? i) j [i (* i i)]] [i j])\n"
    "        page (try (flow/step :http :fetch {:url (str \"https://u/\" x) :query {:n (count more)}})\n"
    "                  (catch Exception e {:failed (:class (ex-data e))})\n"
    "                  (finally (when-let [q (seq more)] (-> q first str))))\n"
    "        both (flow/parallel {:l (flow/step :function :l {:ref :twice :input {:n 2}})\n"
    "                             :r (flow/step :function :r {:ref :text :input text})}\n"
    "                            {:on-error :collect})\n"
    "        each (flow/each {:concurrency 2} [i [1 2 3]] (flow/step :kv :keep\n"
    "               {:operation :set :key (str \"k\" i) :value {:i i :set #{i} :s sorted}}))\n"
    "        polled (flow/poll {:interval 1000 :max-attempts 2 :return-on (constantly true)}\n"
    "                 (flow/step :http :poll {:url \"https://u\"}))\n"
    "        sent (flow/step :http :send {:template :order :data {:id 7 :n 2 :xs [1 2]}})\n"
    "        child (flow/call-flow :other {:n x})\n"
    "        told (flow/step :shop/notify :told {:id 7 :xs [1 \"aa\"]})\n"
    "        total (flow/step :shop/total {})\n"
    "        inline (flow/step :function :inline\n"
    "                 {:code '(fn [{:keys [a]}] (inc a)) :input {:a 1}})\n"
    "        link (:url (flow/callback :agreed))\n"
    "        agreed (flow/step :wait :agreed {:key \"k\" :approval {:title \"Ship?\"\n"
    "                 :fields [{:name :n :type :number :min 1}]}})\n"
    "        slot (flow/slot-bound? :crm)\n"
    "        late (flow/elapsed? 1600000000000 \"5m\") pause (flow/backoff 3 {:jitter false})\n"
    "        chance (number? (flow/random))\n"
    "        pieces (into [] (comp (map inc) (filter odd?) (partition-all 2)) (range 9))\n"
    "        order (subseq (into (sorted-set-by >) [3 1 2]) < 3)\n"
    "        tree (clojure.walk/postwalk (fn [v] (if (number? v) (inc v) v)) {:a [1 {:b 2}]})\n"
    "        sets (clojure.set/union #{1} (clojure.set/difference #{2 3} #{3}))\n"
    "        words (clojure.string/replace \"a-b-c\" #\"-(.)\" (fn [[_ c]] (str \"+\" c)))\n"
    "        java [(.toUpperCase \"ab\") (Math/floor 1.5) (Long/parseLong \"42\")\n"
    "              (.indexOf \"abc\" \"c\")\n"
    "              (str (.plusSeconds (java.time.Instant/parse \"2026-01-31T00:00:00Z\") 61))\n"
    "              (breyta.sandbox/base64-encode \"hi\") (breyta.sandbox/sha256-hex \"hi\")]\n"
    "        numbers [(* 9999999999 9999999999N) (/ 1 3) (+ 1.5M 2) (quot -7 2) (bit-and 12 10)]\n"
    "        thrown (try (throw (ex-info \"no\" {:class :user} (ex-info \"why\" {})))\n"
    "                    (catch ArithmeticException e :never)\n"
    "                    (catch clojure.lang.ExceptionInfo e\n"
    "                      [(ex-data e) (ex-message (ex-cause e))]))\n"
    "        quiet (doto {:a 1} (assoc :b 2)) ends (condp = 2 1 :one 2 :two)\n"
    "        waits (delay (frequencies \"banana\")) steps (take 3 (iterate (partial * 2) 1))\n"
    "        fast (persistent! (reduce conj! (transient []) (range 40)))\n"
    "        marked (meta (with-meta [1] {:m 1})) when-at #inst \"2026-01-31\"\n"
    "        now (flow/now-ms) id (flow/uuid)]\n"
    "    (doseq [i [1 2]] (flow/step :sleep :nap {:millis i}))\n"
    "    (dotimes [i 2] (some-> i inc str))\n"
    "    (letfn [(even [n] (if (zero? n) true (odd (dec n))))\n"
    "            (odd [n] (if (zero? n) false (even (dec n))))]\n"
    "      (loop [i 0 acc []]\n"
    "        (if (< i 3)\n"
    "          (recur (inc i) (conj acc (case i 0 :zero 1 (cond (even i) :e :else :o) (f 25))))\n"
    "          {:acc acc :a (+ a b) :all all :page page :both both :each each :polled polled\n"
    "           :lazy lazy :json json\n"
    "           :n (->> lazy (group-by first) (map (comp count val)) (reduce +))\n"
    "           :text (clojure.string/upper-case text) :now now :id (some? id) :in input\n"
    "           :sent sent :child child :told told :total total :inline inline :link link\n"
    "           :agreed agreed :slot slot :late late :pause pause :chance chance :pieces pieces\n"
    "           :order order :tree tree :sets sets :words words :java java :numbers numbers\n"
    "           :thrown thrown :quiet quiet :ends ends :waits @waits :steps steps\n"
    "           :fast (count fast) :marked marked :at when-at\n"
    "           :edn (clojure.edn/read-string \"{:k [1 #{2}]}\")}))))}";

/* A run that ends by starting its successor. */
static const char restarting[] =
    "{:slug :again :name \"Again\" :concurrency {:type :singleton :on-new-version :coexist}\n"
    " :flow '(let [{:keys [page] :or {page 1}} (flow/input)\n"
    "              got (flow/step :http :page {:url \"https://u\" :query {:page page}})]\n"
    "          (if (< page 9) (flow/restart {:page (inc page) :seen (:url got)}) got))}";

/* As the executor does: what a packaged step's input and a template become. */
static bool expand(const struct vm *vm, const struct vm_effect *effect, struct buf *out,
                   struct error *err)
{
    struct heap heap;
    struct value config;

    heap_init(&heap, 1 << 24);
    bool ok = expand_packaged(vm->image, effect->packaged, &heap, value_copy(&heap, effect->config),
                              &config, err) &&
              expand_template(vm->image, effect->step_type, &heap, config, &config, err) &&
              codec_encode(config, out, err);

    heap_done(&heap);
    return ok;
}

/* Answers every call with its config; the third times out. A restart is not answered. *out_lost: an
 * answer did not get in for lack of memory, of which the executor would end the run. */
static enum vm_status drive(struct vm *vm, bool *out_lost)
{
    *out_lost = false;
    int calls = 0;

    for (;;) {
        enum vm_status status = vm_run(vm);
        struct error err = {0};

        if (status == VM_YIELD) continue;
        if (status != VM_EFFECT) return status;
        const struct vm_effect *effect = vm_effect_after(vm, 0);
        struct buf bytes = {0};
        struct value value = value_nil();

        if (effect->kind == VM_EFFECT_RESTART) return VM_EFFECT;
        if (effect->kind == VM_EFFECT_NOW) value = value_int(1700000000000);
        if (effect->kind == VM_EFFECT_STEP && expand(vm, effect, &bytes, &err)) {
            *out_lost = !codec_decode(vm_heap(vm), buf_get(&bytes), &value, &err);
        }
        buf_done(&bytes);
        if (*out_lost) return VM_FAILED;
        if (++calls == 3) {
            error_set(&err, E_TIMEOUT, "it took too long");
            vm_throw(vm, effect->id, &err, value_nil());
        } else {
            vm_resume(vm, effect->id, value);
        }
    }
}

/* What came of a run: the value, or the code of the error. */
static void write_end(struct vm *vm, enum vm_status status, struct buf *out)
{
    if (status == VM_DONE) {
        value_print(vm_result(vm), out);
    } else if (status == VM_EFFECT) {
        value_print(vm_effect_after(vm, 0)->config, out);
    } else {
        buf_printf(out, "%s %s", error_wire(vm_error(vm)->code), vm_error(vm)->message);
    }
}

/* Lints and compiles with the n-th allocation failing; *out_reached: it was reached. */
static struct image *build(const char *source, size_t n, bool *out_reached)
{
    struct arena arena;
    struct diagnostics list;
    struct error err = {0};
    struct image *image = NULL;

    arena_init(&arena, 0);
    arena_fail_at(&arena, n);
    diagnostic_init(&list, &arena);
    arena_allow_overdraft(&arena); // the list's own, before anything is read
    const struct definition *definition = lint_flow(
        core, &arena, text_from(source), (struct lint_options){.check_cron = cron_check}, &list);

    assert_int_equal(definition != NULL, list.error_count == 0);
    if (definition) {
        image = vm_compile(core, definition, &err);
        if (!image) assert_int_equal(err.code, E_ARENA_BUDGET);
    } else {
        assert_true(diagnostic_first_error(&list, &err));
        bool says_so = err.code == E_ARENA_BUDGET || strstr(err.message, "more memory") != NULL;

        if (!says_so) print_message("allocation %zu: %s\n", n, err.message);
        assert_true(says_so);
    }
    *out_reached = arena.fail_at == 0;
    arena_done(&arena);
    return image;
}

static struct vm *make_vm(struct image *image)
{
    struct vm_limits limits = eval_limits();
    struct vm *vm = vm_new(image, &limits);

    vm_set_input(vm, read_value(vm_heap(vm), "{\"order\" {\"id\" 7}}"));
    return vm;
}

static void run_whole(struct image *image, struct buf *out)
{
    struct vm *vm = make_vm(image);
    bool lost;
    enum vm_status status = drive(vm, &lost);

    assert_false(lost);
    write_end(vm, status, out);
    vm_free(vm);
}

static void check_building(const char *source)
{
    struct buf whole = {0};
    bool reached = true;
    struct image *image = build(source, 0, &reached);

    assert_non_null(image);
    run_whole(image, &whole);
    if (buf_get(&whole).ptr[0] != '{') print_message("%s\n", buf_get(&whole).ptr);
    assert_int_equal(buf_get(&whole).ptr[0], '{'); // a map: it got to its end
    vm_image_unref(image);
    size_t n = 1;

    for (reached = true; reached; n++) {
        struct buf out = {0};

        image = build(source, n, &reached);
        if (image) {
            run_whole(image, &out);
            assert_string_equal(buf_get(&out).ptr, buf_get(&whole).ptr);
        }
        vm_image_unref(image);
        buf_done(&out);
    }
    print_message("%zu allocations of arenas\n", n - 1);
    buf_done(&whole);
}

static void reading_checking_and_compiling_end_in_a_clean_error(void **state)
{
    (void)state;
    check_building(small);
    check_building(everything);
    check_building(restarting);
}

/* The VM's own: objects of its heap, or what its fibers keep of addresses. */
static void check_running(struct image *image, bool of_heap)
{
    struct buf whole = {0};

    run_whole(image, &whole);
    size_t n = 1;

    for (bool reached = true; reached; n++) {
        struct vm *vm = make_vm(image);
        struct buf out = {0};

        if (of_heap) {
            vm->heap.fail_at = n;
        } else {
            arena_fail_at(&vm->body.arena, n);
        }
        bool lost;
        enum vm_status status = drive(vm, &lost);

        reached = of_heap ? vm->heap.fail_at == 0 : vm->body.arena.fail_at == 0;
        if (!lost) write_end(vm, status, &out);
        bool ran_out = lost || (status == VM_FAILED && vm_error(vm)->code == E_MEMORY);

        if (!ran_out) assert_string_equal(buf_get(&out).ptr, buf_get(&whole).ptr);
        vm_free(vm);
        buf_done(&out);
    }
    print_message("%zu allocations of %s\n", n - 1, of_heap ? "the heap" : "fibers");
    buf_done(&whole);
}

static void running_ends_in_a_clean_error(void **state)
{
    static const char *const sources[] = {everything, restarting};
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
        bool reached;
        struct image *image = build(sources[i], 0, &reached);

        check_running(image, true);
        check_running(image, false);
        vm_image_unref(image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_checking_and_compiling_end_in_a_clean_error),
        cmocka_unit_test(running_ends_in_a_clean_error),
    };

    return cmocka_run_group_tests(tests, vm_fixture_start, vm_fixture_end);
}

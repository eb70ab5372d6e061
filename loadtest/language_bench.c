/*
 * weir-language-bench: what the flow language costs by itself, without server or database. One
 * thread, CPU time of that thread, the median of several passes; a line of JSON for each figure.
 * Arguments name the workloads (default: all).
 *
 *     step      a step boundary: the effect leaves the VM, its config is encoded; the encoded
 *               result is decoded and goes in; the body runs on to its next step
 *     reduce    (reduce + (range 1000000))
 *     closure   the same with a function of the flow: (reduce (fn [a x] (+ a x)) 0 (range 1000000))
 *     loop      the same by loop and recur
 *     compile   a flow of 500 lines: read, and compiled as a worker does it
 *     lint      the same flow, all that a push says about it
 *     replay    a run of 1,000 steps, from its start to the end of its journal
 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "flow/codec.h"
#include "flow/lint.h"
#include "flow/quote.h"
#include "flow/reader.h"
#include "flow/vm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSES      15
#define STEPS       100000
#define JOURNAL     1000
#define FLOW_LINES  500
#define NS_PER_US   1e3
#define NS_PER_MS   1e6
#define FLOW_BUDGET 67108864 /* 64 MiB */

static const struct vm_limits limits = {
    .fuel = INT64_MAX / 16,
    .slice = LIMIT_FUEL_SLICE,
    .heap_bytes = LIMIT_RUN_HEAP,
    .depth = LIMIT_RUN_DEPTH,
};

struct bench {
    struct core *core;
    struct image *image; /* of the flow that steps */
    struct buf result;   /* of a step, encoded */
    struct text source;  /* of the long flow */
};

static void fail(const char *what, const struct error *err)
{
    fprintf(stderr, "weir-language-bench: %s: %s (line %d)\n", what, err->message, err->line);
    exit(1);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* Flows and expressions */

static struct form *read_form(struct arena *arena, const char *source)
{
    struct reader reader;
    struct form *form = NULL;
    struct error err = {0};

    if (!reader_init(&reader, arena, text_from(source), &err) ||
        reader_next(&reader, &form, &err) != READER_FORM) {
        fail("read", &err);
    }
    return form;
}

static struct image *compile_body(const struct core *core, const char *source)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct error err = {0};
    struct definition definition = {0};

    arena_init(&arena, 0);
    definition.body = read_form(&arena, source);
    struct image *image = vm_compile(core, &definition, &err);

    if (!image) fail("compile", &err);
    return image;
}

static void run_on(struct vm *vm, enum vm_status expected)
{
    enum vm_status status;

    do {
        status = vm_run(vm);
    } while (status == VM_YIELD);
    if (status == VM_FAILED) fail("run", vm_error(vm));
    ASSERT(status == expected);
}

static void append_result(struct buf *out)
{
    struct heap heap;
    struct arena arena CLEANUP(arena_done) = {0};
    struct error err = {0};

    arena_init(&arena, 0);
    heap_init(&heap, 0);
    const struct form *form =
        read_form(&arena, "{:status 200 :headers {\"content-type\" \"application/json\"} :body "
                          "{:id \"ord-1024\" :total 1999 :lines [{:sku \"a-1\" :n 2}]}}");

    if (!codec_encode(quote_form(&heap, form), out, &err)) fail("encode", &err);
    heap_done(&heap);
}

/* Steps */

static const char stepping[] =
    "(let [input (flow/input)]"
    "  (loop [i 0 total 0]"
    "    (if (< i 100000)"
    "      (let [order (flow/step :http :fetch {:url \"https://shop.example/orders\""
    "                                           :method :get :query {:page i}})]"
    "        (recur (inc i) (+ total (:total (:body order)))))"
    "      total)))";

/* So many steps of the stepping flow; each answered with the same result. Answers its CPU time. */
static int64_t drive(struct bench *bench, int steps)
{
    struct vm *vm = vm_new(bench->image, &limits);
    struct buf config CLEANUP(buf_done) = {0};
    struct error err = {0};
    struct value value;
    int64_t start = clock_thread_cpu_ns();

    run_on(vm, VM_EFFECT);
    for (int i = 0; i < steps; i++) {
        const struct vm_effect *effect = vm_effect_after(vm, 0);

        buf_reset(&config);
        if (!codec_encode(effect->config, &config, &err) ||
            !codec_decode(vm_heap(vm), buf_get(&bench->result), &value, &err)) {
            fail("codec", &err);
        }
        vm_resume(vm, effect->id, value);
        run_on(vm, i + 1 < STEPS ? VM_EFFECT : VM_DONE);
    }
    int64_t spent = clock_thread_cpu_ns() - start;

    vm_free(vm);
    return spent;
}

static double pass_step(struct bench *bench)
{
    return (double)drive(bench, STEPS) / STEPS / NS_PER_US;
}

/* A replay decodes what the journal has and looks at addresses; it encodes no configs. */
static double pass_replay(struct bench *bench)
{
    struct buf addresses CLEANUP(buf_done) = {0};
    struct error err = {0};
    struct value value;
    size_t at = 0;

    for (int i = 1; i <= JOURNAL; i++) {
        buf_printf(&addresses, "fetch#%d", i);
        buf_char(&addresses, '\n');
    }
    struct text rest = buf_get(&addresses);
    int64_t start = clock_thread_cpu_ns();
    struct vm *vm = vm_new(bench->image, &limits);

    run_on(vm, VM_EFFECT);
    for (; at < JOURNAL; at++) {
        const struct vm_effect *effect = vm_effect_after(vm, 0);

        if (!text_equal(effect->address, text_cut(&rest, '\n'))) abort();
        if (!codec_decode(vm_heap(vm), buf_get(&bench->result), &value, &err)) {
            fail("codec", &err);
        }
        vm_resume(vm, effect->id, value);
        run_on(vm, VM_EFFECT);
    }
    int64_t spent = clock_thread_cpu_ns() - start;

    vm_free(vm);
    return (double)spent / NS_PER_MS;
}

/* Expressions */

static double evaluate(const struct bench *bench, const char *source)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct error err = {0};

    arena_init(&arena, 0);
    struct image *image = vm_compile_expression(bench->core, read_form(&arena, source), &err);

    if (!image) fail("compile", &err);
    struct vm *vm = vm_new(image, &limits);
    int64_t start = clock_thread_cpu_ns();

    run_on(vm, VM_DONE);
    int64_t spent = clock_thread_cpu_ns() - start;

    ASSERT(vm_result(vm).type == VALUE_INT);
    ASSERT(vm_result(vm).integer == 499999500000);
    vm_free(vm);
    vm_image_unref(image);
    return (double)spent / NS_PER_MS;
}

static double pass_reduce(struct bench *bench)
{
    return evaluate(bench, "(reduce + (range 1000000))");
}

static double pass_closure(struct bench *bench)
{
    return evaluate(bench, "(reduce (fn [a x] (+ a x)) 0 (range 1000000))");
}

static double pass_loop(struct bench *bench)
{
    return evaluate(bench, "(loop [i 0 sum 0] (if (< i 1000000) (recur (inc i) (+ sum i)) sum))");
}

/* Compilation */

/* A flow as people write them: orders are fetched, looked at, and written back, 20 times over. */
static void write_flow(struct buf *out)
{
    int line = 0, part = 0;

    buf_cstr(out, "{:slug :orders\n :name \"Orders\"\n"
                  " :concurrency {:type :singleton :on-new-version :supersede}\n"
                  " :interfaces {:manual [{:id :run :label \"Run\" :invocation :default}]}\n"
                  " :invocations {:default {:label \"Run\" :inputs []}}\n"
                  " :flow\n '(let [input (flow/input)\n        shop (:shop input \"main\")]\n");
    for (line = 8; line < FLOW_LINES - 2; line += 12) {
        part++;
        buf_printf(out,
                   "    (let [page (flow/step :http :fetch-%d\n"
                   "                 {:url (str \"https://\" shop \".example/orders/%d\")\n"
                   "                  :method :get :retry {:max-attempts 3} :timeout \"30s\"})\n"
                   "          {:keys [status body]} page\n"
                   "          [head & more] (:orders body)\n"
                   "          total (reduce + 0 (map :total (filter :open more)))]\n"
                   "      (cond\n"
                   "        (not= 200 status) (throw (ex-info \"refused\" {:status status}))\n"
                   "        (> total 1000) (flow/step :kv :keep-%d\n"
                   "                         {:operation :set :key (str \"order-\" (:id head))\n"
                   "                          :value {:total total :count (count more)}})\n"
                   "        :else (-> head (assoc :seen true) (update :n (fnil inc 0)))))\n",
                   part, part, part);
    }
    buf_cstr(out, "    (flow/step :sleep :rest {:seconds 1}))}\n");
}

static double compile_flow(struct bench *bench, bool lint)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct diagnostics list;
    struct error err = {0};
    int64_t start = clock_thread_cpu_ns();

    arena_init(&arena, FLOW_BUDGET);
    diagnostic_init(&list, &arena);
    const struct definition *definition =
        lint ? lint_flow(bench->core, &arena, bench->source, (struct lint_options){0}, &list)
             : definition_read(&arena, bench->source, &list);

    if (!definition) {
        (void)diagnostic_first_error(&list, &err);
        fail("definition", &err);
    }
    struct image *image = lint ? NULL : vm_compile(bench->core, definition, &err);

    if (!lint && !image) fail("compile", &err);
    int64_t spent = clock_thread_cpu_ns() - start;

    vm_image_unref(image);
    return (double)spent / NS_PER_MS;
}

static double pass_compile(struct bench *bench)
{
    return compile_flow(bench, false);
}

static double pass_lint(struct bench *bench)
{
    return compile_flow(bench, true);
}

static const struct workload {
    const char *name, *unit;
    double (*pass)(struct bench *bench);
} workloads[] = {
    {"step", "us", pass_step},     {"reduce", "ms", pass_reduce},   {"closure", "ms", pass_closure},
    {"loop", "ms", pass_loop},     {"compile", "ms", pass_compile}, {"lint", "ms", pass_lint},
    {"replay", "ms", pass_replay},
};

/* Runs it PASSES times after one that is not counted; each answers a figure. */
static void measure(const struct workload *workload, struct bench *bench)
{
    double figures[PASSES];

    (void)workload->pass(bench);
    for (int i = 0; i < PASSES; i++) {
        figures[i] = workload->pass(bench);
    }
    qsort(figures, PASSES, sizeof(figures[0]), compare);
    printf("{\"workload\": \"%s\", \"unit\": \"%s\", \"median\": %.4g, \"best\": %.4g}\n",
           workload->name, workload->unit, figures[PASSES / 2], figures[0]);
    fflush(stdout);
}

static bool is_wanted(const struct workload *workload, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], workload->name) == 0) return true;
    }
    return argc == 1;
}

int main(int argc, char **argv)
{
    struct bench bench = {0};
    struct buf source = {0};

    crypto_start();
    bench.core = vm_core_new();
    bench.image = compile_body(bench.core, stepping);
    append_result(&bench.result);
    write_flow(&source);
    bench.source = buf_get(&source);
    for (size_t i = 0; i < ARRAY_COUNT(workloads); i++) {
        if (is_wanted(&workloads[i], argc, argv)) measure(&workloads[i], &bench);
    }
    buf_done(&source);
    buf_done(&bench.result);
    vm_image_unref(bench.image);
    vm_core_free(bench.core);
    return 0;
}

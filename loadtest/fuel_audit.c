/*
 * weir-fuel-audit: what a unit of fuel costs. Calls every function of the language with arguments
 * of many kinds, small and large, and says which calls take the most CPU time for the fuel that
 * they were charged: fuel is to bound time, whatever a flow calls.
 *
 *     weir-fuel-audit [--limit NS] [--rows N] [NAME…]
 *
 * A line for each function, the dearest call of it, dearest first; with --limit only those over it,
 * and exit status 1 when there is one. One thread, CPU time of that thread.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/parse.h"
#include "flow/core.h"
#include "flow/reader.h"
#include "flow/vm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUEL         1000000
#define MEASURED_NS  200000 /* a call that takes less is made more often */
#define CALLS_MAX    1000
#define TURNS        2
#define ARGUMENTS    3
#define ROWS_DEFAULT 40

/* Arguments, by how many the call has: the more there are, the fewer of the kinds are tried. */
static const struct {
    const char *source;
    uint32_t most; /* arguments of a call that tries it */
} kinds[] = {
    {"nil", 1},
    {"7", 3},
    {"1000", 2},
    {"2.5", 1},
    {"1/3", 1},
    {"1.5M", 1},
    {"\\a", 1},
    {":k", 1},
    {"(symbol \"s\")", 1},
    {"#inst \"2026-01-31T09:30:00Z\"", 1},
    {"#uuid \"00000000-0000-0000-0000-000000000001\"", 1},
    {"\"ab\"", 3},
    {"[1 2 3]", 1},
    {"{:a 1, \"b\" 2}", 1},
    {"#\"a+b\"", 2},
    {"identity", 2},
    {"(apply str (repeat 3000 \"a\"))", 3},
    {"(apply str (repeat 600 \"a b/\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"))", 1},
    {"(apply str (repeat 2000 \"7\"))", 1},
    {"(apply str (repeat 200 \"{\\\"a\\\":[1.5,true]} \"))", 1},
    {"(json/encode (vec (repeat 200 {\"a\" [1.5 true nil \"x\"]})))", 1},
    {"(pr-str (vec (repeat 200 {:a [1.5 true nil \"x\"]})))", 1},
    {"(base64-encode (apply str (repeat 3000 \"a\")))", 1},
    {"(apply str (repeat 600 \"%41+\"))", 1},
    {"(vec (range 600))", 3},
    {"(vec (repeat 300 \"some text\"))", 1},
    {"(vec (map (fn [i] [i (str i)]) (range 300)))", 1},
    {"(vec (map (fn [i] {:k i}) (range 300)))", 1},
    {"(map inc (range 600))", 2},
    {"(into {} (map (fn [i] [i i]) (range 300)))", 2},
    {"(into (sorted-map) (map (fn [i] [i i]) (range 300)))", 1},
    {"(set (range 300))", 1},
    {"(apply list (range 300))", 1},
    {"(reduce *' (range 1N 400N))", 2},
    {"(bigdec (reduce *' (range 1N 200N)))", 1},
    {"(/ (reduce *' (range 1N 100N)) (inc' (reduce *' (range 3N 120N))))", 1},
    {"(reduce (fn [v i] [v i]) [] (range 100))", 1},
};

static const char usage[] =
    "Usage: weir-fuel-audit [--limit NS] [--rows N] [NAME...]\n"
    "Says of each function of the language (or of those named) which call takes the most CPU time\n"
    "for the fuel that it is charged, dearest first.\n\n"
    "  --limit NS   only calls over NS a unit, and exit status 1 when there is one\n"
    "  --rows N     so many of them (40)\n";

struct measured {
    double ns_per_fuel;
    double ns;
    int64_t fuel;
    char call[160];
};

struct audit {
    struct core *core;
    struct measured *worst; /* of each function */
    size_t count, capacity;
    int64_t calls;
};

/* One call */

static struct image *compile(const struct audit *audit, struct text name, const size_t *arguments,
                             uint32_t count)
{
    static const char names[] = "abc";
    struct arena arena CLEANUP(arena_done) = {0};
    struct buf source CLEANUP(buf_done) = {0};
    struct definition definition = {0};
    struct reader reader;
    struct error err = {0};

    buf_cstr(&source, "(let [");
    for (uint32_t i = 0; i < count; i++) {
        buf_printf(&source, "%c %s ", names[i], kinds[arguments[i]].source);
    }
    buf_printf(&source,
               "] (loop [] (let [n (flow/step :http :n {})] "
               "(loop [i 0] (if (< i n) (do (try (" TEXT_FMT,
               TEXT_ARG(name));
    for (uint32_t i = 0; i < count; i++) {
        buf_printf(&source, " %c", names[i]);
    }
    buf_cstr(&source, ") (catch :default e nil)) (recur (inc i))))) (recur))))");
    arena_init(&arena, 0);
    if (!reader_init(&reader, &arena, buf_get(&source), &err) ||
        reader_next(&reader, &definition.body, &err) != READER_FORM) {
        return NULL;
    }
    return vm_compile(audit->core, &definition, &err); // some calls do not compile: let them be
}

static enum vm_status run_on(struct vm *vm)
{
    enum vm_status status;

    do {
        status = vm_run(vm);
    } while (status == VM_YIELD);
    return status;
}

/* The call so many times. False: the run has ended. */
static bool turn(struct vm *vm, int64_t calls, double *out_ns, int64_t *out_fuel)
{
    int64_t fuel = vm_fuel_used(vm), start = clock_thread_cpu_ns();

    vm_resume(vm, vm_effect_after(vm, 0)->id, value_int(calls));
    enum vm_status status = run_on(vm);

    *out_ns = (double)(clock_thread_cpu_ns() - start);
    *out_fuel = MAX(vm_fuel_used(vm) - fuel, 1);
    return status == VM_EFFECT;
}

/* Twice so that memory and caches are warm, then as often as takes a while, several times: the
 * cheapest turn counts, since a collection of older garbage may fall into one. False: its arguments
 * could not even be made. */
static bool drive(struct image *image, double *out_ns, int64_t *out_fuel)
{
    const struct vm_limits limits = {
        .fuel = FUEL,
        .slice = LIMIT_FUEL_SLICE,
        .heap_bytes = LIMIT_RUN_HEAP,
        .depth = LIMIT_RUN_DEPTH,
    };
    struct vm *vm = vm_new(image, &limits);
    bool made = run_on(vm) == VM_EFFECT;
    int64_t calls = 1;
    bool ok = made && turn(vm, 1, out_ns, out_fuel) && turn(vm, 1, out_ns, out_fuel);
    for (int i = 0; i < TURNS && ok; i++) {
        double ns;
        int64_t fuel;

        if (i == 0) calls = MIN((int64_t)(MEASURED_NS / MAX(*out_ns, 1)) + 1, CALLS_MAX);
        ok = turn(vm, calls, &ns, &fuel);
        if (i > 0 && ns / (double)fuel >= *out_ns / (double)*out_fuel) continue;
        *out_ns = ns;
        *out_fuel = fuel;
    }
    vm_free(vm);
    return made;
}

static void print_call(char *out, size_t size, struct text name, const size_t *arguments,
                       uint32_t count)
{
    struct buf text CLEANUP(buf_done) = {0};

    buf_printf(&text, "(" TEXT_FMT, TEXT_ARG(name));
    for (uint32_t i = 0; i < count; i++) {
        buf_printf(&text, " %s", kinds[arguments[i]].source);
    }
    buf_char(&text, ')');
    snprintf(out, size, "%s", text.ptr);
}

static void measure(struct audit *audit, struct text name, const size_t *arguments, uint32_t count,
                    struct measured *worst)
{
    struct image *image = compile(audit, name, arguments, count);
    double ns = 0;
    int64_t fuel = 0;

    if (!image) return;
    audit->calls++;
    bool ok = drive(image, &ns, &fuel);

    if (ok && ns / (double)fuel > worst->ns_per_fuel) {
        *worst = (struct measured){.ns_per_fuel = ns / (double)fuel, .ns = ns, .fuel = fuel};
        print_call(worst->call, sizeof worst->call, name, arguments, count);
    }
    vm_image_unref(image);
}

/* All calls of a function with that many arguments. */
static void measure_all(struct audit *audit, struct text name, uint32_t count,
                        struct measured *worst)
{
    size_t arguments[ARGUMENTS] = {0};
    uint32_t at = 0;

    for (;;) {
        bool fits = true;

        for (uint32_t i = 0; i < count; i++) {
            fits = fits && kinds[arguments[i]].most >= count;
        }
        if (fits) measure(audit, name, arguments, count, worst);
        for (at = 0; at < count && ++arguments[at] == ARRAY_COUNT(kinds); at++) {
            arguments[at] = 0;
        }
        if (at == count) return;
    }
}

/* Functions */

static bool takes(const struct core_entry *entry, uint32_t count)
{
    if (!entry->native) return true;
    return count >= (uint32_t)entry->native->args_min &&
           (entry->native->args_max < 0 || count <= (uint32_t)entry->native->args_max);
}

static void audit_entry(struct audit *audit, const struct core_entry *entry)
{
    struct measured worst = {0};

    if (entry->internal) return;
    for (uint32_t count = 1; count <= ARGUMENTS; count++) {
        if (takes(entry, count)) measure_all(audit, entry->name, count, &worst);
    }
    if (worst.fuel == 0) return;
    if (audit->count == audit->capacity) {
        audit->capacity = MAX(audit->capacity * 2, 64);
        audit->worst = memory_resize(audit->worst, audit->capacity, sizeof(struct measured));
    }
    audit->worst[audit->count++] = worst;
}

static bool is_named(const struct core_entry *entry, int count, char **names)
{
    for (int i = 0; i < count; i++) {
        if (text_equal(entry->name, text_from(names[i]))) return true;
    }
    return count == 0;
}

static bool is_function(struct core *core, struct text name)
{
    const struct core_entry *entry;

    for (size_t i = 0; (entry = core_entry(core, i)); i++) {
        if (!entry->internal && text_equal(entry->name, name)) return true;
    }
    return false;
}

/* Where the number of an option goes; NULL: there is no such option. */
static int64_t *number_of(const char *option, int64_t *limit, int64_t *rows)
{
    if (strcmp(option, "--limit") == 0) return limit;
    return strcmp(option, "--rows") == 0 ? rows : NULL;
}

static int dearest_first(const void *a, const void *b)
{
    double x = ((const struct measured *)a)->ns_per_fuel;
    double y = ((const struct measured *)b)->ns_per_fuel;

    return x > y ? -1 : x < y;
}

int main(int argc, char **argv)
{
    struct audit audit = {0};
    const struct core_entry *entry;
    int64_t rows = ROWS_DEFAULT, limit = 0;
    int first = 1, over = 0;

    for (; first < argc && text_starts_with(text_from(argv[first]), TEXT("--")); first += 2) {
        int64_t *number = number_of(argv[first], &limit, &rows);

        if (strcmp(argv[first], "--help") == 0) {
            fputs(usage, stdout);
            return 0;
        }
        if (!number || first + 1 == argc || !parse_int64(text_from(argv[first + 1]), number) ||
            *number <= 0) {
            fprintf(stderr, "weir-fuel-audit: %s\n%s",
                    number ? "a number of 1 or more comes after --limit and --rows"
                           : "there is no such option",
                    usage);
            return 2;
        }
    }
    crypto_start();
    audit.core = vm_core_new();
    for (int i = first; i < argc; i++) {
        if (!is_function(audit.core, text_from(argv[i]))) {
            fprintf(stderr, "weir-fuel-audit: there is no function %s\n", argv[i]);
            vm_core_free(audit.core);
            return 2;
        }
    }
    for (size_t i = 0; (entry = core_entry(audit.core, i)); i++) {
        if (is_named(entry, argc - first, argv + first)) audit_entry(&audit, entry);
    }
    if (audit.count > 0) {
        qsort(audit.worst, audit.count, sizeof(struct measured), dearest_first);
    }
    for (size_t i = 0; i < audit.count && (int64_t)i < rows; i++) {
        const struct measured *one = &audit.worst[i];

        if (limit > 0 && one->ns_per_fuel <= (double)limit) break;
        printf("%8.1f ns a unit  %10.0f us  %9lld fuel  %s\n", one->ns_per_fuel, one->ns / 1e3,
               (long long)one->fuel, one->call);
        over++;
    }
    fprintf(stderr, "%zu functions, %lld calls\n", audit.count, (long long)audit.calls);
    memory_free(audit.worst);
    vm_core_free(audit.core);
    return limit > 0 && over > 0;
}

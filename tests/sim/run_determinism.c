/*
 * run_determinism: generated flows, driven as the executor drives them, without clock, network and
 * database. For each seed a flow is made and run twice: once in one piece, and once with the
 * machine dropped and made again from its journal at random stops, with slices of random length and
 * collections at random points. Both must write the same journal, byte for byte, and meet the same
 * calls with the same configs for the same fuel.
 *
 *     run_determinism FIRST LAST          prints "seed hash fuel rows" for each seed
 *     run_determinism --check FILE        compares seeds and hashes with those of the file
 *     run_determinism --show SEED         prints the flow and its journal
 *
 * The hash is of the journal and the run's end. Printed by builds of other compilers it must be the
 * same: ./dev determinism.
 */
#include "base/crypto.h"
#include "base/memory.h"
#include "base/parse.h"
#include "flow/codec.h"
#include "flow/fiber.h"
#include "flow/pmap.h"
#include "flow/pvec.h"
#include "flow/reader.h"
#include "flow/string.h"
#include "flow/uuid.h"
#include "tests/sim/flow_maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 128
#define ROWS_MAX       3000
#define HASH_SHOWN     16  /* digits */
#define RESTART_ONCE   6   /* in so many stops */
#define FAIL_ONCE      19  /* in so many steps */
#define SLICE_MAX      400 /* instructions */

/* A row of the journal: what a replay needs, and what is compared. */
struct row {
    struct buf address, output; /* output: a value, encoded; of a failure its message */
    bool failed;
};

struct sim {
    struct image *image;
    struct vm *vm;
    struct row *rows;
    size_t row_count;
    struct buf journal; /* all rows as bytes, with their configs */
    uint64_t order;     /* which call is answered next */
    uint64_t chaos;     /* restarts, slices, collections; 0: none of them */
    int restarts;
};

static NORETURN void broken(uint64_t seed, const char *what)
{
    printf("seed %llu: %s\n", (unsigned long long)seed, what);
    exit(1);
}

static uint64_t hash_text(struct text text, uint64_t state)
{
    for (size_t i = 0; i < text.len; i++) {
        state = (state ^ (unsigned char)text.ptr[i]) * 0x100000001b3ULL;
    }
    return flow_maker_random(&state);
}

static uint32_t chance(uint64_t *state, uint32_t below)
{
    return *state ? (uint32_t)(flow_maker_random(state) % below) : below;
}

/* Answers: they depend on the address alone. */

static struct value step_answer(struct heap *heap, uint64_t draw)
{
    struct value items[4];
    uint32_t count = (uint32_t)(draw >> 8) % 4;

    for (uint32_t i = 0; i < count; i++) {
        items[i] = value_int((int64_t)(draw >> (10 + 5 * i)) % 50);
    }
    struct value map = pmap_put_named(heap, pmap_empty(), "n", value_int((int64_t)(draw % 100)));

    map = pmap_put_named(heap, map, "xs", pvec_new(heap, items, count));
    map = pmap_put_named(heap, map, "ratio", value_double((double)(draw % 1000) / 7));
    return pmap_put_named(heap, map, "s", string_from_cstr(heap, draw % 2 ? "ja" : "nei é Ж"));
}

static struct value answer_to(struct heap *heap, const struct vm_effect *effect, uint64_t draw)
{
    struct uuid id = {{0}};

    switch (effect->kind) {
    case VM_EFFECT_NOW: return value_int((int64_t)(1700000000000 + draw % 1000000));
    case VM_EFFECT_RANDOM: return value_double((double)(draw >> 11) * 0x1p-53);
    case VM_EFFECT_UUID: memcpy(id.bytes, &draw, sizeof(draw)); return uuid_new(heap, id);
    case VM_EFFECT_CALLBACK:
        return pmap_put_named(heap, pmap_empty(), "url", string_from_utf8(heap, effect->address));
    default: break;
    }
    return step_answer(heap, draw);
}

static void resume_with_row(struct sim *sim, int64_t effect, const struct row *row)
{
    struct heap *heap = vm_heap(sim->vm);
    struct error err = {0};
    struct value value;

    if (row->failed) {
        error_set(&err, E_TIMEOUT, "%s", row->output.ptr);
        vm_throw(sim->vm, effect, &err, value_nil());
        return;
    }
    bool ok = codec_decode(heap, buf_get(&row->output), &value, &err);

    ASSERT(ok);
    vm_resume(sim->vm, effect, value);
}

/* The machine */

static void start_vm(struct sim *sim)
{
    struct vm_limits limits = {.fuel = LIMIT_RUN_FUEL,
                               .slice = sim->chaos ? 1 + chance(&sim->chaos, SLICE_MAX) : 0,
                               .heap_bytes = LIMIT_RUN_HEAP,
                               .depth = LIMIT_RUN_DEPTH};

    vm_free(sim->vm);
    sim->vm = vm_new(sim->image, &limits);
    vm_set_input(sim->vm, value_int(7));
}

/* Until no fiber can go on. Callbacks are in no journal: they are answered at once. */
static enum vm_status run_on(struct sim *sim)
{
    for (;;) {
        enum vm_status status = vm_run(sim->vm);
        const struct vm_effect *effect = NULL;

        if (status == VM_YIELD) {
            if (chance(&sim->chaos, 10) == 0) frame_collect(sim->vm);
            continue;
        }
        if (status != VM_EFFECT) return status;
        do {
            effect = vm_effect_after(sim->vm, effect ? effect->id : 0);
        } while (effect && effect->kind != VM_EFFECT_CALLBACK);
        if (!effect) return status;
        vm_resume(sim->vm, effect->id, answer_to(vm_heap(sim->vm), effect, 0));
    }
}

/* Calls that are open, their configs, and the fuel: what a replay must find again. */
static void write_state(const struct sim *sim, struct buf *out)
{
    const struct vm_effect *effect = vm_effect_after(sim->vm, 0);
    struct error err = {0};

    buf_printf(out, "%lld\n", (long long)vm_fuel_used(sim->vm));
    for (; effect; effect = vm_effect_after(sim->vm, effect->id)) {
        buf_printf(out, TEXT_FMT " " TEXT_FMT " ", TEXT_ARG(effect->address),
                   TEXT_ARG(effect->step_type));
        if (!codec_encode(effect->config, out, &err)) buf_cstr(out, err.message);
    }
}

static const struct vm_effect *find_effect(const struct sim *sim, struct text address)
{
    const struct vm_effect *effect = vm_effect_after(sim->vm, 0);

    while (effect && !text_equal(effect->address, address)) {
        effect = vm_effect_after(sim->vm, effect->id);
    }
    return effect;
}

/* Drops the machine and makes it again from the journal. */
static void restart(struct sim *sim, uint64_t seed)
{
    struct buf before = {0}, after = {0};

    sim->restarts++;
    write_state(sim, &before);
    start_vm(sim);
    for (size_t i = 0; i < sim->row_count; i++) {
        if (run_on(sim) != VM_EFFECT) broken(seed, "a replay ends before its journal");
        const struct vm_effect *effect = find_effect(sim, buf_get(&sim->rows[i].address));

        if (!effect) broken(seed, "a replay makes other calls than its journal has");
        resume_with_row(sim, effect->id, &sim->rows[i]);
    }
    if (run_on(sim) != VM_EFFECT) broken(seed, "a replay ends where the run did not");
    write_state(sim, &after);
    if (!text_equal(buf_get(&before), buf_get(&after))) broken(seed, "a replay gets elsewhere");
    buf_done(&before);
    buf_done(&after);
}

/* Journal */

static void add_row(struct sim *sim, const struct vm_effect *effect)
{
    struct row *row = &sim->rows[sim->row_count++];
    struct buf *journal = &sim->journal;
    struct error err = {0};
    uint64_t draw = hash_text(effect->address, 1);

    *row = (struct row){.failed = effect->kind == VM_EFFECT_STEP && draw % FAIL_ONCE == 0};
    buf_text(&row->address, effect->address);
    if (row->failed) {
        buf_printf(&row->output, "it took %u ms", (unsigned)(draw % 1000));
    } else if (!codec_encode(answer_to(vm_heap(sim->vm), effect, draw), &row->output, &err)) {
        ASSERT(!"an answer can be encoded");
    }
    buf_printf(journal, "%zu " TEXT_FMT " " TEXT_FMT " ", sim->row_count, TEXT_ARG(effect->address),
               TEXT_ARG(effect->step_type));
    if (!codec_encode(effect->config, journal, &err)) buf_cstr(journal, err.message);
    buf_cstr(journal, row->failed ? " failed " : " completed ");
    buf_text(journal, buf_get(&row->output));
    buf_char(journal, '\n');
}

/* One of the open calls is answered. */
static void answer_one(struct sim *sim)
{
    const struct vm_effect *effect = NULL;
    uint32_t count = 0;

    for (; (effect = vm_effect_after(sim->vm, effect ? effect->id : 0)); count++) {
    }
    ASSERT(count > 0);
    uint32_t choice = (uint32_t)(flow_maker_random(&sim->order) % count);

    effect = vm_effect_after(sim->vm, 0);
    for (; choice > 0; choice--) {
        effect = vm_effect_after(sim->vm, effect->id);
    }
    ASSERT(effect);
    add_row(sim, effect);
    resume_with_row(sim, effect->id, &sim->rows[sim->row_count - 1]);
}

static void write_end(struct sim *sim, enum vm_status status)
{
    struct error err = {0};

    if (status == VM_DONE) {
        buf_cstr(&sim->journal, "=> ");
        if (!codec_encode(vm_result(sim->vm), &sim->journal, &err)) {
            buf_cstr(&sim->journal, err.message);
        }
    } else if (status == VM_FAILED) {
        buf_printf(&sim->journal, "!! %s at %d:%d", error_wire(vm_error(sim->vm)->code),
                   vm_error(sim->vm)->line, vm_error(sim->vm)->column);
    } else {
        buf_cstr(&sim->journal, "…"); // longer than is looked at
    }
}

/* Runs it to its end; answers the fuel. */
static int64_t play(struct sim *sim, uint64_t seed)
{
    enum vm_status status;

    sim->rows = memory_array(ROWS_MAX, sizeof(struct row));
    start_vm(sim);
    while ((status = run_on(sim)) == VM_EFFECT && sim->row_count < ROWS_MAX) {
        if (chance(&sim->chaos, RESTART_ONCE) == 0) restart(sim, seed);
        answer_one(sim);
    }
    write_end(sim, status);
    return vm_fuel_used(sim->vm);
}

static void sim_done(struct sim *sim)
{
    vm_free(sim->vm);
    for (size_t i = 0; i < sim->row_count; i++) {
        buf_done(&sim->rows[i].address);
        buf_done(&sim->rows[i].output);
    }
    memory_free(sim->rows);
    buf_done(&sim->journal);
}

/* Seeds */

static struct image *compile(const struct core *core, struct text source, uint64_t seed)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct reader reader;
    struct definition definition = {0};
    struct error err = {0};
    struct image *image = NULL;

    arena_init(&arena, 0);
    if (reader_init(&reader, &arena, source, &err) &&
        reader_next(&reader, &definition.body, &err) == READER_FORM) {
        image = vm_compile(core, &definition, &err);
    }
    if (!image) broken(seed, err.message);
    return image;
}

struct outcome {
    char hash[HASH_SHOWN + 1];
    int64_t fuel;
    size_t rows;
    int restarts;
};

static void run_seed(const struct core *core, uint64_t seed, bool show, struct outcome *out)
{
    struct buf source = {0}, hex = {0};
    uint8_t digest[32];

    flow_maker_write(&source, seed);
    struct image *image = compile(core, buf_get(&source), seed);
    struct sim whole = {.image = image, .order = seed};
    struct sim pieces = {.image = image, .order = seed, .chaos = seed + 1};
    int64_t fuel = play(&whole, seed);

    if (play(&pieces, seed) != fuel) broken(seed, "restarts change what a run costs");
    if (!text_equal(buf_get(&whole.journal), buf_get(&pieces.journal))) {
        broken(seed, "restarts change the journal");
    }
    if (show) printf("%s\n%s\n", source.ptr, whole.journal.ptr);
    crypto_sha256(buf_get(&whole.journal), digest);
    crypto_hex(&hex, (struct text){(const char *)digest, sizeof(digest)});
    memcpy(out->hash, hex.ptr, HASH_SHOWN);
    out->hash[HASH_SHOWN] = '\0';
    out->fuel = fuel;
    out->rows = whole.row_count;
    out->restarts = pieces.restarts;
    buf_done(&source);
    buf_done(&hex);
    sim_done(&whole);
    sim_done(&pieces);
    vm_image_unref(image);
}

static void print_seeds(const struct core *core, uint64_t first, uint64_t last)
{
    size_t rows = 0;
    int restarts = 0;

    for (uint64_t seed = first; seed <= last; seed++) {
        struct outcome outcome;

        run_seed(core, seed, false, &outcome);
        printf("%llu %s %lld %zu\n", (unsigned long long)seed, outcome.hash,
               (long long)outcome.fuel, outcome.rows);
        rows += outcome.rows;
        restarts += outcome.restarts;
    }
    fprintf(stderr, "seeds %llu to %llu: %zu rows, %d restarts\n", (unsigned long long)first,
            (unsigned long long)last, rows, restarts);
}

/* Lines of the file: seed and hash, the rest is not looked at. */
static int check_file(const struct core *core, const char *path)
{
    FILE *file = fopen(path, "r");
    char line[LINE_MAX_BYTES];
    int passed = 0, failed = 0;

    if (!file) {
        printf("%s cannot be read\n", path);
        return 1;
    }
    while (fgets(line, sizeof(line), file)) {
        struct text rest = text_trim(text_from(line));
        struct outcome outcome;
        int64_t seed;

        if (!parse_int64(text_cut(&rest, ' '), &seed)) continue;
        run_seed(core, (uint64_t)seed, false, &outcome);
        if (text_equal(text_cut(&rest, ' '), text_from(outcome.hash))) {
            passed++;
        } else {
            failed++;
            printf("seed %lld: another journal than recorded, of hash %s\n", (long long)seed,
                   outcome.hash);
        }
    }
    (void)fclose(file);
    printf("%d passed, %d failed\n", passed, failed);
    return passed > 0 && failed == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct core *core;
    int64_t first = 0, last = 0;
    bool is_check = argc == 3 && strcmp(argv[1], "--check") == 0;
    bool is_show = argc == 3 && strcmp(argv[1], "--show") == 0;
    int status = 0;

    if (!is_check && (argc != 3 || !parse_int64(text_from(argv[2]), &last) ||
                      (!is_show && !parse_int64(text_from(argv[1]), &first)))) {
        fprintf(stderr, "usage: %s FIRST LAST | --check FILE | --show SEED\n", argv[0]);
        return 2;
    }
    crypto_start();
    core = vm_core_new();
    if (is_check) {
        status = check_file(core, argv[2]);
    } else if (is_show) {
        struct outcome outcome;

        run_seed(core, (uint64_t)last, true, &outcome);
    } else {
        print_seeds(core, (uint64_t)first, (uint64_t)last);
    }
    vm_core_free(core);
    return status;
}

/*
 * Any expression runs to a value or an error within small limits, and to the same one, for the same
 * fuel, whatever the slices and whenever the heap is collected; where an allocation fails it ends
 * for want of memory. A value that can be encoded decodes to what encodes the same.
 */
#include "flow/codec.h"
#include "flow/eval.h"
#include "flow/fiber.h"
#include "flow/reader.h"
#include "tests/fuzz/fuzz.h"

#define FUEL        50000
#define FUEL_STRESS 300     /* a collection before each instruction takes its time */
#define HEAP        4194304 /* 4 MiB */

static void check_codec(struct value value)
{
    struct heap heap = {0};
    struct buf first CLEANUP(buf_done) = {.limit = HEAP};
    struct buf second CLEANUP(buf_done) = {.limit = HEAP};
    struct buf json CLEANUP(buf_done) = {.limit = HEAP};
    struct value again;
    struct error err;

    if (!codec_encode(value, &first, &err) || first.overflow) return;
    heap_init(&heap, 4 * HEAP);
    if (codec_decode(&heap, buf_get(&first), &again, &err)) {
        bool ok = codec_encode(again, &second, &err);

        ASSERT(ok);
        ASSERT(text_equal(buf_get(&first), buf_get(&second)));
    } else {
        ASSERT(err.code == E_MEMORY);
    }
    if (!codec_to_json(buf_get(&first), &json, &err)) ASSERT(err.code != E_NONE);
    heap_done(&heap);
}

/* Answers the fuel used. What came of it is appended to out. */
static int64_t run(struct image *image, int64_t slice, bool stress, struct buf *out)
{
    struct vm_limits limits = {.fuel = FUEL, .slice = slice, .heap_bytes = HEAP, .depth = 200};
    struct vm *vm = vm_new(image, &limits);
    enum vm_status status;

    vm->stress = stress;
    do {
        status = vm_run(vm);
    } while (status == VM_YIELD);
    ASSERT(status != VM_EFFECT);
    if (status == VM_DONE) {
        value_print(vm_result(vm), out);
        check_codec(vm_result(vm));
    } else {
        ASSERT(vm_error(vm)->code != E_NONE);
        buf_printf(out, "!! %s", error_wire(vm_error(vm)->code));
    }
    int64_t fuel = vm_fuel_used(vm);

    if (status == VM_FAILED && vm_error(vm)->code == E_MEMORY) fuel = FUEL; // depends on garbage
    vm_free(vm);
    return fuel;
}

/* With the n-th allocation failing it ends, and at most for want of memory. */
static void run_out_of_memory(struct image *image, struct buf *plain)
{
    for (size_t n = 1; n < 100000; n += 1 + n / 8) {
        struct vm_limits limits = {.fuel = FUEL, .heap_bytes = HEAP, .depth = 200};
        struct vm *vm = vm_new(image, &limits);
        struct buf out CLEANUP(buf_done) = {.limit = HEAP};

        vm->heap.fail_at = n;
        enum vm_status status = vm_run(vm);
        bool out_of_memory = status == VM_FAILED && vm_error(vm)->code == E_MEMORY;
        bool reached = vm->heap.fail_at == 0;

        if (status == VM_DONE) value_print(vm_result(vm), &out);
        if (status == VM_FAILED) buf_printf(&out, "!! %s", error_wire(vm_error(vm)->code));
        vm_free(vm);
        ASSERT(out_of_memory || text_equal(buf_get(&out), buf_get(plain)));
        if (!reached) return;
    }
}

void fuzz_input(struct text input)
{
    static struct core *core;
    struct arena arena CLEANUP(arena_done) = {0};
    struct reader reader;
    struct form *form;
    struct error err = {0};

    if (!core) core = vm_core_new();
    arena_init(&arena, 2 * HEAP);
    if (!reader_init(&reader, &arena, input, &err)) return;
    if (reader_next(&reader, &form, &err) != READER_FORM) return;
    struct image *image = vm_compile_expression(core, form, &err);

    if (!image) {
        ASSERT(err.code != E_NONE);
        return;
    }
    struct buf plain CLEANUP(buf_done) = {.limit = HEAP};
    struct buf sliced CLEANUP(buf_done) = {.limit = HEAP};
    struct buf stressed CLEANUP(buf_done) = {.limit = HEAP};
    int64_t fuel = run(image, 0, false, &plain);

    if (fuel < FUEL) {
        int64_t again = run(image, 3, false, &sliced);

        ASSERT(again == fuel);
        ASSERT(text_equal(buf_get(&plain), buf_get(&sliced)));
    }
    if (fuel < FUEL_STRESS) {
        int64_t again = run(image, 0, true, &stressed);

        ASSERT(again == fuel);
        ASSERT(text_equal(buf_get(&plain), buf_get(&stressed)));
        run_out_of_memory(image, &plain);
    }
    vm_image_unref(image);
}

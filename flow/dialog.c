#include "flow/dialog.h"

#include "base/limits.h"
#include "base/memory.h"
#include "flow/eval.h"
#include "flow/exception.h"
#include "flow/fiber.h"
#include "flow/pvec.h"

/*
 * Dialog: an expression that mentions a and *1 is compiled as a function of [a *1] and called with
 * the vector of their values. The dialog's heap is collected between evaluations.
 */
enum {
    LAST_1,
    LAST_2,
    LAST_3,
    LAST_ERROR,
    LAST_COUNT,
    SLICE = 100000, /* instructions between two looks at stop() */
};

struct binding {
    struct text name;
    struct value value;
};

struct dialog {
    const struct core *core;
    struct heap heap;
    struct arena arena; /* names */
    struct binding *bindings;
    size_t count, capacity;
    struct image **images;
    size_t image_count, image_capacity;
    uint32_t shown_items, shown_total;
};

static struct binding *find(const struct dialog *dialog, struct text name)
{
    for (size_t i = 0; i < dialog->count; i++) {
        if (text_equal(dialog->bindings[i].name, name)) return &dialog->bindings[i];
    }
    return NULL;
}

static void bind(struct dialog *dialog, struct text name, struct value value)
{
    struct binding *binding = find(dialog, name);

    if (!binding) {
        dialog->bindings = arena_grow(&dialog->arena, dialog->bindings, dialog->count,
                                      &dialog->capacity, sizeof(struct binding));
        binding = &dialog->bindings[dialog->count++];
        binding->name = arena_text(&dialog->arena, name);
    }
    binding->value = value;
}

struct dialog *dialog_new(const struct core *core)
{
    static const char *const last[LAST_COUNT] = {"*1", "*2", "*3", "*e"};
    struct dialog *dialog = MEMORY_NEW(struct dialog);

    dialog->core = core;
    heap_init(&dialog->heap, (size_t)LIMIT_RUN_HEAP * 4);
    arena_init(&dialog->arena, 0);
    for (size_t i = 0; i < LAST_COUNT; i++) {
        bind(dialog, text_from(last[i]), value_nil());
    }
    return dialog;
}

void dialog_free(struct dialog *dialog)
{
    if (!dialog) return;
    heap_done(&dialog->heap);
    for (size_t i = 0; i < dialog->image_count; i++) {
        image_unref(dialog->images[i]);
    }
    arena_done(&dialog->arena);
    memory_free(dialog);
}

void dialog_show(struct dialog *dialog, uint32_t items, uint32_t total)
{
    dialog->shown_items = items;
    dialog->shown_total = total;
}

/* The indexes of the bindings that the form mentions, each once. */
static void find_mentioned(const struct dialog *dialog, const struct form *form, bool *mentioned)
{
    if (form->kind == FORM_SYMBOL && !form->ns.len) {
        const struct binding *binding = find(dialog, form->name);

        if (binding) mentioned[binding - dialog->bindings] = true;
    }
    if (form->meta) find_mentioned(dialog, form->meta, mentioned);
    for (uint32_t i = 0; form->items && i < form->count; i++) {
        find_mentioned(dialog, form->items[i], mentioned);
    }
}

/* One expression on its way. */
struct evaluation {
    struct dialog *dialog;
    const struct form *form;
    dialog_stop *stop;
    void *ctx;
    struct value result;
    struct value exception; /* what nothing caught, or nil */
    struct error *err;
};

/* Runs to the end, or until stop() says so. */
static bool run(struct evaluation *e, struct vm *vm)
{
    enum vm_status status;

    while ((status = vm_run(vm)) == VM_YIELD) {
        if (!e->stop || !e->stop(e->ctx)) continue;
        error_set(e->err, E_CANCELLED, "the evaluation was interrupted");
        return error_hint(e->err, "Nothing was changed; evaluate something else.");
    }
    if (status == VM_DONE) {
        e->result = heap_copy_value(&e->dialog->heap, vm_result(vm));
        return true;
    }
    *e->err = *vm_error(vm);
    if (vm->thrown.type == VALUE_EXCEPTION) {
        e->exception = heap_copy_value(&e->dialog->heap, vm->thrown);
    }
    return false;
}

static bool call(struct evaluation *e, struct image *image, const struct value *values,
                 uint32_t count)
{
    struct vm_limits limits = eval_limits();

    limits.slice = SLICE;
    limits.shown_items = e->dialog->shown_items;
    limits.shown_total = e->dialog->shown_total;
    struct vm *vm = vm_new(image, &limits);
    struct value arguments =
        heap_copy_value(vm_heap(vm), pvec_new(&e->dialog->heap, values, count));
    bool ok = vm_start_function(vm, TEXT_NONE, arguments, e->err) && run(e, vm);

    vm_free(vm);
    if (!e->dialog->heap.exhausted) return ok;
    e->dialog->heap.exhausted = false;
    error_set(e->err, E_MEMORY, "the names hold more than can be kept");
    return error_hint(e->err, "Bind a large name to nil: :let name nil");
}

static bool compile_and_call(struct evaluation *e)
{
    struct arena scratch CLEANUP(arena_done) = {0};
    struct dialog *dialog = e->dialog;

    arena_init(&scratch, 0);
    bool *mentioned = ARENA_ARRAY(&scratch, dialog->count, bool);
    struct text *names = ARENA_ARRAY(&scratch, dialog->count, struct text);
    struct value *values = ARENA_ARRAY(&scratch, dialog->count, struct value);
    uint32_t count = 0;

    find_mentioned(dialog, e->form, mentioned);
    for (size_t i = 0; i < dialog->count; i++) {
        if (!mentioned[i]) continue;
        names[count] = dialog->bindings[i].name;
        values[count++] = dialog->bindings[i].value;
    }
    struct image *image = vm_compile_with(dialog->core, names, count, e->form, e->err);

    if (!image) return false;
    dialog->images = arena_grow(&dialog->arena, dialog->images, dialog->image_count,
                                &dialog->image_capacity, sizeof(struct image *));
    dialog->images[dialog->image_count++] = image;
    return call(e, image, values, count);
}

static void move_roots(struct heap *heap, void *ctx)
{
    struct dialog *dialog = ctx;

    for (size_t i = 0; i < dialog->count; i++) {
        heap_move(heap, &dialog->bindings[i].value);
    }
}

static bool evaluate(struct evaluation *e)
{
    struct dialog *dialog = e->dialog;

    if (heap_wants_collection(&dialog->heap)) heap_collect(&dialog->heap, move_roots, dialog);
    if (compile_and_call(e)) return true;
    if (value_is_nil(e->exception)) {
        dialog_note_error(dialog, e->err);
    } else {
        dialog->bindings[LAST_ERROR].value = e->exception;
    }
    return false;
}

void dialog_note_error(struct dialog *dialog, const struct error *err)
{
    dialog->bindings[LAST_ERROR].value = exception_from_error(&dialog->heap, err, value_nil());
}

bool dialog_eval(struct dialog *dialog, const struct form *form, dialog_stop *stop, void *ctx,
                 struct value *out, struct error *err)
{
    struct evaluation e = {.dialog = dialog, .form = form, .stop = stop, .ctx = ctx, .err = err};

    if (!evaluate(&e)) return false;
    dialog->bindings[LAST_3].value = dialog->bindings[LAST_2].value;
    dialog->bindings[LAST_2].value = dialog->bindings[LAST_1].value;
    dialog->bindings[LAST_1].value = *out = e.result;
    return true;
}

bool dialog_let(struct dialog *dialog, struct text name, const struct form *form, dialog_stop *stop,
                void *ctx, struct value *out, struct error *err)
{
    struct evaluation e = {.dialog = dialog, .form = form, .stop = stop, .ctx = ctx, .err = err};

    if (!evaluate(&e)) return false;
    bind(dialog, name, e.result);
    *out = e.result;
    return true;
}

bool dialog_again(struct dialog *dialog, dialog_stop *stop, void *ctx, struct value *out,
                  struct error *err)
{
    const struct form form = {
        .kind = FORM_SYMBOL, .name = dialog->bindings[LAST_1].name, .line = 1, .column = 1};
    struct evaluation e = {.dialog = dialog, .form = &form, .stop = stop, .ctx = ctx, .err = err};

    if (!evaluate(&e)) return false;
    dialog->bindings[LAST_1].value = *out = e.result;
    return true;
}

bool dialog_name(const struct dialog *dialog, size_t index, struct text *out_name,
                 struct value *out_value)
{
    if (index >= dialog->count) return false;
    *out_name = dialog->bindings[index].name;
    *out_value = dialog->bindings[index].value;
    return true;
}

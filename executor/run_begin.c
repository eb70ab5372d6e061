/* The body of a run: its virtual machine and what that is given. */
#include "base/limits.h"
#include "executor/run.h"
#include "flow/codec.h"
#include "flow/keyword.h"
#include "flow/pmap.h"
#include "flow/string.h"

static struct text workflow_id(struct run *run)
{
    return arena_printf(&run->arena, "flow-" TEXT_FMT "-" TEXT_FMT "-r%lld", TEXT_ARG(run->id.slug),
                        TEXT_ARG(run->id.workspace_name), (long long)run->number);
}

/* The input with :flow/ctx, which says where the flow finds itself. */
static bool make_input(struct run *run, struct value *out, struct error *err)
{
    struct heap *heap = vm_heap(run->vm);
    struct value input = value_nil();
    struct value ctx = pmap_empty();

    if (run->id.input.ptr && !codec_decode_input(heap, run->id.input, &input, err)) return false;
    if (input.type != VALUE_MAP) input = pmap_with_input(heap, pmap_empty(), true);
    ctx = pmap_put_named(heap, ctx, "workflow-id", string_from_utf8(heap, workflow_id(run)));
    ctx = pmap_put_named(heap, ctx, "workspace-id", string_from_utf8(heap, run->id.workspace_name));
    ctx = pmap_put_named(heap, ctx, "flow-slug", string_from_utf8(heap, run->id.slug));
    ctx = pmap_put_named(heap, ctx, "version", value_int(run->version_number));
    ctx = pmap_put_named(heap, ctx, "target", keyword_from_cstr(heap, status_target(run->target)));
    *out = pmap_assoc(heap, input, keyword_new(heap, TEXT("flow"), TEXT("ctx")), ctx);
    return true;
}

void run_begin(struct run *run, struct image *image)
{
    static const struct vm_limits limits = {
        .fuel = LIMIT_RUN_FUEL,
        .slice = LIMIT_FUEL_SLICE,
        .heap_bytes = LIMIT_RUN_HEAP,
        .depth = LIMIT_RUN_DEPTH,
    };
    struct value input;
    struct error err = {0};

    run->vm = vm_new(image, &limits);
    run->id.image = image; // held by the VM
    if (!make_input(run, &input, &err)) {
        run_fail(run, &err, TEXT_NONE);
        return;
    }
    vm_set_input(run->vm, input);
    run_proceed(run);
}

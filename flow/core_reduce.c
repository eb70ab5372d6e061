#include "flow/callable.h"
#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/pvec.h"
#include "flow/seq_cursor.h"

#include <string.h>

/*
 * Core reduce: folding with a native in C, which the prelude's reduce does where it can. A run of
 * at most RUN_MAX items at a time, so that slices of fuel and collections come in between.
 */
#define RUN_MAX 1024

/* A native that can be called from here: it has no use for the VM, and looks into no sequence. */
static bool is_plain(struct value function)
{
    if (function.type != VALUE_NATIVE) return false;
    const struct native_entry *entry = callable_entry(function);
    bool takes_two = entry->args_min <= 2 && (entry->args_max < 0 || entry->args_max >= 2);

    return takes_two && !(entry->flags & (NATIVE_VM | NATIVE_LAZY_FLAGS));
}

/* What can be gone on with anywhere. */
static bool is_run(struct value coll)
{
    if (coll.type == VALUE_VECTOR) return pvec_count(coll) > 0;
    return coll.type == VALUE_SEQ && !seq_cursor_is_walked(coll);
}

static bool folds(struct native_call *call, struct value *out)
{
    *out = value_bool(is_plain(call->args[0]) && is_run(call->args[1]));
    return true;
}

/* Adds up integers of a range as long as the sum is one; answers how many. */
static int64_t add_range(const struct seq_object *range, struct value *acc)
{
    int64_t count = MIN(range->count, RUN_MAX), done = 0;
    int64_t sum = acc->integer, next;

    for (uint64_t item = (uint64_t)range->start; done < count; done++) {
        if (__builtin_add_overflow(sum, (int64_t)item, &next)) break;
        sum = next;
        item += (uint64_t)range->step;
    }
    *acc = value_int(sum);
    return done;
}

/* Calls the native for items of the cursor; *done of them were combined before. False: it failed,
 * or something is pending and is now so in call. */
static bool combine(struct native_call *call, struct value cursor, struct value *acc, int64_t *done)
{
    struct value pair[2] = {*acc, value_nil()};
    struct native_call inner = *call;
    struct seq_iter iter;

    inner.args = pair;
    inner.count = 2;
    inner.entry = callable_entry(call->args[0]);
    seq_iter_init(&iter, cursor);
    while (*done < RUN_MAX && pair[0].type != VALUE_REDUCED && !call->heap->exhausted &&
           seq_iter_next(&iter, call->heap, &pair[1])) {
        struct value next;

        if (!inner.entry->function(&inner, &next)) {
            call->pending = inner.pending;
            return false;
        }
        pair[0] = *acc = next;
        ++*done;
    }
    return true;
}

/* (-fold-run f acc coll): [acc more], where more is what is left of coll, or nil. */
static bool fold_run(struct native_call *call, struct value *out)
{
    struct value cursor = call->args[2];
    struct value acc = call->args[1];
    int64_t done = 0;

    if (cursor.type == VALUE_VECTOR) cursor = seq_cursor_new(call->heap, cursor, SEQ_ENTRIES);
    if (acc.type == VALUE_INT && cursor.object->kind == SEQ_RANGE &&
        strcmp(callable_entry(call->args[0])->name, "+") == 0) {
        done = add_range(OBJECT_AS(seq_object, cursor.object), &acc);
    }
    struct value rest = seq_cursor_drop(call->heap, cursor, done);

    if (!value_is_nil(rest) && !combine(call, rest, &acc, &done)) {
        bool has_failed = call->pending.type == VALUE_NIL;

        if (has_failed || done == 0) return false;
        call->pending = value_nil(); // it is the next run's first
    }
    if (!native_charge(call, done + 1)) return false;
    struct value result[2] = {acc, seq_cursor_drop(call->heap, cursor, done)};

    *out = pvec_new(call->heap, result, 2);
    return true;
}

const struct native_entry core_reduce[] = {
    {"-folds?", 2, 2, NATIVE_INTERNAL, folds},
    {"-fold-run", 3, 3, NATIVE_INTERNAL, fold_run},
    {0},
};

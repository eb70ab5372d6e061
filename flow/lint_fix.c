/*
 * Fixes. A pass is a text and what the lint says of it. From a pass that stands (the base) a fix
 * leads to another one; as long as that has errors which the base has not, fixes of those are tried
 * on top (a chain). A chain whose errors are all known becomes the base; one that cannot go on is
 * dropped, and its first diagnostic is not tried again. Errors that are one edit each are tried
 * together first, all of them, then half of them, and so on, since most flows' fixes do not mind
 * each other.
 *
 * Diagnostics of different passes are compared by code and place, so places are carried over the
 * edits between them; for the report they are carried back to the text as it was given.
 */
#include "flow/lint_fix.h"

#include "base/memory.h"
#include "flow/syntax_balance.h"

#define PASSES_MAX 300
#define CHAIN_MAX  16
#define BATCH_MAX  200

struct pass {
    struct arena arena;
    struct text text;
    struct diagnostics list;
};

/* The edits between two passes, and the parts of the text behind them. */
struct step {
    struct fix_edits edits;
    struct fix_parts parts;
};

/* A diagnostic whose fix was dropped, by its place in the text as it was given. */
struct dropped {
    const char *code;
    uint32_t offset;
    struct dropped *next;
};

struct fixing {
    const struct core *core;
    struct arena *arena;
    struct text source;
    struct fix_parts parts; /* of the source */
    struct lint_options options;
    struct pass *base;
    struct step *steps; /* from the source to the base, and on to the end of the chain */
    size_t step_count, step_capacity;
    size_t base_steps;
    struct dropped *dropped;
    uint32_t passes;
};

/* Passes */

static struct pass *pass_new(struct fixing *fixing, struct text text)
{
    struct pass *pass = MEMORY_NEW(struct pass);

    arena_init(&pass->arena, 0);
    pass->text = arena_text(&pass->arena, text);
    diagnostic_init(&pass->list, &pass->arena);
    lint_flow(fixing->core, &pass->arena, pass->text, fixing->options, &pass->list);
    fixing->passes++;
    return pass;
}

static void pass_free(struct pass *pass)
{
    arena_done(&pass->arena);
    memory_free(pass);
}

/* Places */

static const struct diagnostic_edit *first_edit(const struct step *step)
{
    return step->edits.count > 0 ? &step->edits.items[0].edit : NULL;
}

/* From the base to the end of the chain. */
static uint32_t in_chain(const struct fixing *fixing, uint32_t offset)
{
    for (size_t i = fixing->base_steps; i < fixing->step_count; i++) {
        offset = diagnostic_carried(offset, first_edit(&fixing->steps[i]));
    }
    return offset;
}

/* From behind that many steps to the text as it was given. */
static uint32_t in_source(const struct fixing *fixing, uint32_t offset, size_t step_count)
{
    for (size_t i = step_count; i > 0; i--) {
        offset = diagnostic_carried_back(offset, first_edit(&fixing->steps[i - 1]));
    }
    return offset;
}

static bool same_code(const char *a, const char *b)
{
    return text_equal(text_from(a), text_from(b));
}

/* Judging */

static bool is_syntax(const struct diagnostic *item)
{
    enum error_code code = error_find(text_from(item->code));

    return code == E_DELIMITERS || code == E_SYNTAX || code == E_READER || code == E_READER_EVAL ||
           code == E_BAD_UTF8 || code == E_TOO_LARGE || code == E_ARENA_BUDGET;
}

/* Whether the base has the diagnostic of the end of the chain. When the base has more than are kept
 * it may have any that stands behind those. */
static bool is_known(const struct fixing *fixing, const struct diagnostic *item)
{
    const struct diagnostics *list = &fixing->base->list;
    uint32_t kept = 0, last = 0;

    for (const struct diagnostic *known = list->first; known; known = known->next) {
        uint32_t offset = in_chain(fixing, known->offset);

        if (known->severity == item->severity && same_code(known->code, item->code) &&
            offset == item->offset) {
            return true;
        }
        kept++;
        last = MAX(last, offset);
    }
    return list->error_count + list->warning_count > kept && item->offset > last;
}

/* Whether it must not be there at the end of a chain that began with the target. */
static bool is_bad(const struct fixing *fixing, const struct diagnostic *target,
                   const struct diagnostic *item)
{
    bool again =
        same_code(item->code, target->code) && item->offset == in_chain(fixing, target->offset);
    bool counts = item->severity == DIAGNOSTIC_ERROR || target->severity == DIAGNOSTIC_WARNING ||
                  same_code(item->code, "arity_mismatch");

    return again || (counts && !is_known(fixing, item));
}

static const struct diagnostic *find_bad(const struct fixing *fixing,
                                         const struct diagnostic *target, const struct pass *pass)
{
    const struct diagnostic *bad = NULL;

    for (const struct diagnostic *item = pass->list.first; item; item = item->next) {
        if (!is_bad(fixing, target, item)) continue;
        if (item->fix) return item; // the chain may go on
        if (!bad) bad = item;
    }
    return bad;
}

/* Chains */

/* The fixes of all these, which follow each other in the text. */
static struct fix_edits copy_edits(struct arena *arena, const struct diagnostic *const *items,
                                   size_t count)
{
    struct fix_edits copy = {0};
    size_t capacity = 0;

    for (size_t i = 0; i < count; i++) {
        for (const struct diagnostic_edit *edit = items[i]->fix; edit; edit = edit->next) {
            copy.items =
                arena_grow(arena, copy.items, copy.count, &capacity, sizeof(struct fix_edit));
            copy.items[copy.count++] = (struct fix_edit){
                .edit = {edit->from, edit->to, arena_text(arena, edit->text), NULL},
                .code = items[i]->code,
            };
        }
    }
    for (size_t i = 0; i + 1 < copy.count; i++) {
        copy.items[i].edit.next = &copy.items[i + 1].edit;
    }
    return copy;
}

static bool is_brackets(const struct diagnostic *item)
{
    return error_find(text_from(item->code)) == E_DELIMITERS;
}

/* The pass behind all these fixes; NULL: they cannot be made in the files. */
static struct pass *make_steps(struct fixing *fixing, const struct pass *pass,
                               const struct diagnostic *const *items, size_t count)
{
    struct buf text CLEANUP(buf_done) = {0};
    struct step step = {.edits = copy_edits(fixing->arena, items, count)};
    const struct fix_parts *parts =
        fixing->step_count > 0 ? &fixing->steps[fixing->step_count - 1].parts : &fixing->parts;

    if (parts->count > 0) {
        if (is_brackets(items[0])) return NULL;
        if (!fix_parts_spread(fixing->arena, parts, &step.edits)) return NULL;
        step.parts = fix_parts_behind(fixing->arena, parts, &step.edits);
    }
    diagnostic_apply(pass->text, first_edit(&step), &text);
    fixing->steps = arena_grow(fixing->arena, fixing->steps, fixing->step_count,
                               &fixing->step_capacity, sizeof(struct step));
    fixing->steps[fixing->step_count++] = step;
    return pass_new(fixing, buf_get(&text));
}

static struct pass *make_step(struct fixing *fixing, const struct pass *pass,
                              const struct diagnostic *item)
{
    return make_steps(fixing, pass, &item, 1);
}

static void take_base(struct fixing *fixing, struct pass *pass)
{
    pass_free(fixing->base);
    fixing->base = pass;
    fixing->base_steps = fixing->step_count;
}

/* Brackets: there is nothing to compare with. */
static bool is_only_place(struct text source)
{
    struct arena scratch CLEANUP(arena_done) = {0};

    arena_init(&scratch, 0);
    return syntax_balance_read(&scratch, source).places == 1;
}

static bool reads(const struct pass *pass)
{
    for (const struct diagnostic *item = pass->list.first; item; item = item->next) {
        if (item->severity == DIAGNOSTIC_ERROR && is_syntax(item)) return false;
    }
    return true;
}

/* Tries the fix, with those of what it uncovers on top. False: nothing has changed. */
static bool try_fix(struct fixing *fixing, const struct diagnostic *target)
{
    bool sure = is_brackets(target) && is_only_place(fixing->base->text);
    struct pass *pass = make_step(fixing, fixing->base, target);

    if (!pass) return false;
    const struct diagnostic *bad = find_bad(fixing, target, pass);

    if (sure && reads(pass)) {
        take_base(fixing, pass);
        return true;
    }
    while (bad && bad->fix && fixing->step_count - fixing->base_steps < CHAIN_MAX &&
           fixing->passes < PASSES_MAX) {
        struct pass *next = make_step(fixing, pass, bad);

        if (!next) break;
        pass_free(pass);
        pass = next;
        bad = find_bad(fixing, target, pass);
    }
    if (!bad) {
        take_base(fixing, pass);
        return true;
    }
    pass_free(pass);
    fixing->step_count = fixing->base_steps;
    return false;
}

/* The next fix to try */

static bool was_dropped(const struct fixing *fixing, const struct diagnostic *item)
{
    uint32_t offset = in_source(fixing, item->offset, fixing->base_steps);

    for (const struct dropped *dropped = fixing->dropped; dropped; dropped = dropped->next) {
        if (dropped->offset == offset && same_code(dropped->code, item->code)) return true;
    }
    return false;
}

static const struct diagnostic *next_target(const struct fixing *fixing)
{
    for (const struct diagnostic *item = fixing->base->list.first; item; item = item->next) {
        if (item->fix && !was_dropped(fixing, item)) return item;
    }
    return NULL;
}

static void drop(struct fixing *fixing, const struct diagnostic *item)
{
    struct dropped *dropped = ARENA_NEW(fixing->arena, struct dropped);

    *dropped = (struct dropped){
        .code = item->code,
        .offset = in_source(fixing, item->offset, fixing->base_steps),
        .next = fixing->dropped,
    };
    fixing->dropped = dropped;
}

/* Many at once */

static bool is_batchable(const struct fixing *fixing, const struct diagnostic *item)
{
    return item->severity == DIAGNOSTIC_ERROR && item->fix && !item->fix->next &&
           !is_syntax(item) && !was_dropped(fixing, item);
}

/* Up to most of the errors that are one edit each, in the order of the text. */
static size_t take_batch(const struct fixing *fixing, const struct diagnostic **out, size_t most)
{
    const struct diagnostic *item = fixing->base->list.first;
    uint32_t end = 0;
    size_t count = 0;

    for (; item && count < most; item = item->next) {
        if (!is_batchable(fixing, item) || item->fix->from < end) continue;
        end = item->fix->to;
        out[count++] = item;
    }
    return count;
}

static bool try_batch(struct fixing *fixing, const struct diagnostic *const *items, size_t count)
{
    struct pass *pass = make_steps(fixing, fixing->base, items, count);
    bool ok = true;

    if (!pass) return false;
    for (size_t i = 0; i < count && ok; i++) {
        ok = !find_bad(fixing, items[i], pass);
    }
    if (ok) {
        take_base(fixing, pass);
        return true;
    }
    pass_free(pass);
    fixing->step_count = fixing->base_steps;
    return false;
}

/* Tries all, then half of what was tried, down to two. */
static void try_batches(struct fixing *fixing)
{
    const struct diagnostic *items[BATCH_MAX];
    size_t most = BATCH_MAX;

    while (most > 1 && fixing->passes < PASSES_MAX) {
        size_t count = take_batch(fixing, items, most);

        if (count < 2) return;
        if (!try_batch(fixing, items, count)) most = count / 2;
    }
}

/* The report */

static void place(struct text source, uint32_t offset, struct lint_fixed *out)
{
    out->line = out->column = 1;
    for (uint32_t i = 0; i < offset && i < source.len; i++) {
        char c = source.ptr[i];
        bool lone_return = c == '\r' && (i + 1 >= source.len || source.ptr[i + 1] != '\n');

        if (c == '\n' || lone_return) {
            out->line++;
            out->column = 1;
        } else if (((unsigned char)c & 0xc0) != 0x80) {
            out->column++;
        }
    }
}

/* Goes the steps again, from the source, for what stood at each place. */
static void report(const struct fixing *fixing, struct lint_repair *repair)
{
    struct lint_fixed **link = &repair->first;
    struct text text = fixing->source;

    for (size_t i = 0; i < fixing->base_steps; i++) {
        struct buf next CLEANUP(buf_done) = {0};
        const struct fix_edits *edits = &fixing->steps[i].edits;

        for (size_t k = 0; k < edits->count; k++) {
            const struct diagnostic_edit *edit = &edits->items[k].edit;

            if (edits->items[k].copy > 0) continue;
            struct lint_fixed *fixed = ARENA_NEW(fixing->arena, struct lint_fixed);

            *fixed = (struct lint_fixed){.code = edits->items[k].code, .to = edit->text};
            fixed->from = arena_text(fixing->arena, text_slice(text, edit->from, edit->to));
            fixed->offset = in_source(fixing, edit->from, i);
            fixed->end = edit->from == edit->to ? fixed->offset : in_source(fixing, edit->to, i);
            place(fixing->source, fixed->offset, fixed);
            *link = fixed;
            link = &fixed->next;
            repair->count++;
        }
        diagnostic_apply(text, first_edit(&fixing->steps[i]), &next);
        text = arena_text(fixing->arena, buf_get(&next));
    }
    repair->text = text;
    repair->parts =
        fixing->base_steps > 0 ? fixing->steps[fixing->base_steps - 1].parts : fixing->parts;
}

struct lint_repair lint_fix(const struct core *core, struct arena *arena, struct text source,
                            const struct fix_parts *parts, struct lint_options options)
{
    struct fixing fixing = {.core = core, .arena = arena, .source = source, .options = options};
    struct lint_repair repair = {.text = source};
    const struct diagnostic *target;
    bool tried_batches = false;

    if (parts) fixing.parts = *parts;
    fixing.base = pass_new(&fixing, source);
    while (fixing.passes < PASSES_MAX && (target = next_target(&fixing))) {
        if (!tried_batches && !is_syntax(target)) {
            try_batches(&fixing);
            tried_batches = true;
            continue;
        }
        tried_batches = !try_fix(&fixing, target);
        if (tried_batches) drop(&fixing, target);
    }
    report(&fixing, &repair);
    pass_free(fixing.base);
    return repair;
}

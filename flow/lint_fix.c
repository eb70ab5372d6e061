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

/* The edits between two passes, and the code of each. */
struct step {
    const char **codes;
    struct diagnostic_edit *edits;
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

static uint32_t carried(uint32_t offset, const struct diagnostic_edit *edits)
{
    uint32_t shift = 0; // modulo 2^32, as the sums are

    for (; edits && offset >= edits->from; edits = edits->next) {
        if (offset < edits->to) return edits->from + shift;
        shift += (uint32_t)edits->text.len - (edits->to - edits->from);
    }
    return offset + shift;
}

static uint32_t carried_back(uint32_t offset, const struct diagnostic_edit *edits)
{
    uint32_t shift = 0;

    for (; edits && offset >= edits->from + shift; edits = edits->next) {
        if (offset < edits->from + shift + edits->text.len) return edits->from;
        shift += (uint32_t)edits->text.len - (edits->to - edits->from);
    }
    return offset - shift;
}

/* From the base to the end of the chain. */
static uint32_t in_chain(const struct fixing *fixing, uint32_t offset)
{
    for (size_t i = fixing->base_steps; i < fixing->step_count; i++) {
        offset = carried(offset, fixing->steps[i].edits);
    }
    return offset;
}

/* From behind that many steps to the text as it was given. */
static uint32_t in_source(const struct fixing *fixing, uint32_t offset, size_t step_count)
{
    for (size_t i = step_count; i > 0; i--) {
        offset = carried_back(offset, fixing->steps[i - 1].edits);
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

static struct diagnostic_edit *copy_edits(struct arena *arena, const struct diagnostic_edit *edits)
{
    struct diagnostic_edit *copy = NULL, **link = &copy;

    for (; edits; edits = edits->next) {
        *link = ARENA_NEW(arena, struct diagnostic_edit);
        **link = *edits;
        (*link)->text = arena_text(arena, edits->text);
        link = &(*link)->next;
    }
    *link = NULL;
    return copy;
}

/* The pass behind all these fixes, which follow each other in the text. */
static struct pass *make_steps(struct fixing *fixing, const struct pass *pass,
                               const struct diagnostic *const *items, size_t count)
{
    struct buf text CLEANUP(buf_done) = {0};
    struct step step = {0};
    struct diagnostic_edit **link = &step.edits;
    size_t edit_count = 0, capacity = 0;

    for (size_t i = 0; i < count; i++) {
        *link = copy_edits(fixing->arena, items[i]->fix);
        for (; *link; link = &(*link)->next) {
            step.codes =
                arena_grow(fixing->arena, step.codes, edit_count, &capacity, sizeof(const char *));
            step.codes[edit_count++] = items[i]->code;
        }
    }
    diagnostic_apply(pass->text, step.edits, &text);
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
    bool brackets = error_find(text_from(target->code)) == E_DELIMITERS;
    bool sure = brackets && is_only_place(fixing->base->text);
    struct pass *pass = make_step(fixing, fixing->base, target);
    const struct diagnostic *bad = find_bad(fixing, target, pass);

    if (sure && reads(pass)) {
        take_base(fixing, pass);
        return true;
    }
    while (bad && bad->fix && fixing->step_count - fixing->base_steps < CHAIN_MAX &&
           fixing->passes < PASSES_MAX) {
        struct pass *next = make_step(fixing, pass, bad);

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
        size_t k = 0;

        for (const struct diagnostic_edit *edit = fixing->steps[i].edits; edit; edit = edit->next) {
            struct lint_fixed *fixed = ARENA_NEW(fixing->arena, struct lint_fixed);

            *fixed = (struct lint_fixed){.code = fixing->steps[i].codes[k++], .to = edit->text};
            fixed->from = arena_text(fixing->arena, text_slice(text, edit->from, edit->to));
            place(fixing->source, in_source(fixing, edit->from, i), fixed);
            *link = fixed;
            link = &fixed->next;
            repair->count++;
        }
        diagnostic_apply(text, fixing->steps[i].edits, &next);
        text = arena_text(fixing->arena, buf_get(&next));
    }
    repair->text = text;
}

struct lint_repair lint_fix(const struct core *core, struct arena *arena, struct text source,
                            struct lint_options options)
{
    struct fixing fixing = {.core = core, .arena = arena, .source = source, .options = options};
    struct lint_repair repair = {.text = source};
    const struct diagnostic *target;
    bool tried_batches = false;

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

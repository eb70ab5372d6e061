/*
 * Fixes. A pass is a text and what the lint says of it. From a pass that stands (the base) a fix
 * leads to another one; as long as that has errors which the base has not, fixes of those are tried
 * on top (a chain). A chain whose errors are all known becomes the base; one that cannot go on is
 * dropped, and its first diagnostic is not tried again. Errors that are one edit each are tried
 * together first, since most flows' fixes do not mind each other; when something comes of it that
 * was not there, those that stand next to it are doubted, and left for later, one by one. When one
 * of them was doubted wrongly, then the others are tried together once more.
 *
 * Diagnostics of different passes are compared by code and place, so places are carried over the
 * edits between them (fix_places.h); for the report they are carried back to the text as it was
 * given.
 *
 * Work: a fix that has to be dropped costs a few passes, however many there are, and a pass is a
 * lint of the whole text. So what all of them take is bounded, by what the first one took and a
 * constant.
 */
#include "flow/lint_fix.h"

#include "base/memory.h"
#include "flow/fix_places.h"
#include "flow/syntax_balance.h"

#define PASSES_MAX  300
#define PASSES_FREE 4                         /* of any cost */
#define WORK_MAX    ((uint64_t)(128UL << 20)) /* or as many as allocate so much */
#define CHAIN_MAX   16
#define BATCH_MAX   1000
#define DOUBTS_MAX  4 /* times, before a batch is halved as well */
#define KEPT_MAX    10000

struct pass {
    struct arena arena;
    struct text text;
    struct diagnostics list;
    struct fix_places places; /* of the list */
};

/* The edits between two passes, and the parts of the text behind them. */
struct step {
    struct fix_edits edits;
    struct fix_parts parts;
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
    struct fix_places dropped; /* of the base, whose fixes were */
    struct fix_places doubted; /* of the base, whose fixes are tried by themselves */
    uint32_t passes;
    uint64_t work, first_work; /* bytes that lints took */
    bool is_cut;               /* a chain, by them */

    struct arena trial;       /* of a chain or batch, from here on */
    struct fix_places known;  /* those of the base, where they stand at the end of the chain */
    struct fix_places wanted; /* of them, what is to be repaired */
    bool wants_warning;
};

/* Passes */

static struct pass *pass_new(struct fixing *fixing, struct text text)
{
    struct pass *pass = MEMORY_NEW(struct pass);

    arena_init(&pass->arena, 0);
    pass->text = arena_text(&pass->arena, text);
    diagnostic_init(&pass->list, &pass->arena);
    pass->list.kept_max = KEPT_MAX; // what cannot be fixed must not hide what can
    lint_flow(fixing->core, &pass->arena, pass->text, fixing->options, &pass->list);
    if (fixing->passes++ == 0) fixing->first_work = pass->arena.used_bytes;
    fixing->work += pass->arena.used_bytes;
    pass->places = fix_places_of(&pass->arena, &pass->list);
    return pass;
}

static bool may_go_on(const struct fixing *fixing)
{
    return fixing->passes < PASSES_MAX &&
           fixing->work < MAX(WORK_MAX, PASSES_FREE * fixing->first_work);
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

/* From behind that many steps to the text as it was given. */
static uint32_t in_source(const struct fixing *fixing, uint32_t offset, size_t step_count)
{
    for (size_t i = step_count; i > 0; i--) {
        offset = diagnostic_carried_back(offset, first_edit(&fixing->steps[i - 1]));
    }
    return offset;
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
    const struct fix_places *known = &fixing->known;

    if (fix_places_has_same(known, item)) return true;
    return list->error_count + list->warning_count > known->count &&
           fix_places_before(known, item->offset) == known->count &&
           (known->count == 0 || item->offset > known->items[known->count - 1].offset);
}

/* Whether it must not be there at the end of a chain. */
static bool is_bad(const struct fixing *fixing, const struct diagnostic *item)
{
    bool counts = item->severity == DIAGNOSTIC_ERROR || fixing->wants_warning ||
                  text_equal(text_from(item->code), TEXT("arity_mismatch"));

    return fix_places_has(&fixing->wanted, item) || (counts && !is_known(fixing, item));
}

static const struct diagnostic *find_bad(const struct fixing *fixing, const struct pass *pass)
{
    const struct diagnostic *bad = NULL;

    for (const struct diagnostic *item = pass->list.first; item; item = item->next) {
        if (!is_bad(fixing, item)) continue;
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

/* What is to be repaired, in the order of the text. */
static void begin_trial(struct fixing *fixing, const struct diagnostic *const *items, size_t count)
{
    arena_reset(&fixing->trial);
    fixing->known = fix_places_copy(&fixing->trial, &fixing->base->places);
    fixing->wanted = (struct fix_places){0};
    for (size_t i = 0; i < count; i++) {
        fix_places_add(&fixing->trial, &fixing->wanted, items[i]);
    }
    fixing->wants_warning = items[0]->severity == DIAGNOSTIC_WARNING;
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
    fix_places_carry(&fixing->known, first_edit(&step));
    fix_places_carry(&fixing->wanted, first_edit(&step));
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
    for (; fixing->base_steps < fixing->step_count; fixing->base_steps++) {
        const struct diagnostic_edit *edits = first_edit(&fixing->steps[fixing->base_steps]);

        fix_places_carry(&fixing->dropped, edits);
        fix_places_carry(&fixing->doubted, edits);
    }
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

    begin_trial(fixing, &target, 1);
    struct pass *pass = make_step(fixing, fixing->base, target);

    if (!pass) return false;
    const struct diagnostic *bad = find_bad(fixing, pass);

    if (sure && reads(pass)) {
        take_base(fixing, pass);
        return true;
    }
    while (bad && bad->fix && fixing->step_count - fixing->base_steps < CHAIN_MAX &&
           may_go_on(fixing)) {
        struct pass *next = make_step(fixing, pass, bad);

        if (!next) break;
        pass_free(pass);
        pass = next;
        bad = find_bad(fixing, pass);
    }
    if (!bad) {
        take_base(fixing, pass);
        return true;
    }
    if (bad->fix && !may_go_on(fixing)) fixing->is_cut = true;
    pass_free(pass);
    fixing->step_count = fixing->base_steps;
    return false;
}

/* The next fix to try */

static const struct diagnostic *next_target(const struct fixing *fixing)
{
    for (const struct diagnostic *item = fixing->base->list.first; item; item = item->next) {
        if (item->fix && !fix_places_has(&fixing->dropped, item)) return item;
    }
    return NULL;
}

/* Many at once */

static bool is_batchable(const struct fixing *fixing, const struct diagnostic *item)
{
    return item->severity == DIAGNOSTIC_ERROR && item->fix && !item->fix->next &&
           !is_syntax(item) && !fix_places_has(&fixing->dropped, item) &&
           !fix_places_has(&fixing->doubted, item);
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

/* Doubts those that stand next to what must not be there; whether there is any. */
static bool doubt(struct fixing *fixing, const struct pass *pass,
                  const struct diagnostic *const *items)
{
    bool found = false;

    for (const struct diagnostic *item = pass->list.first; item; item = item->next) {
        if (!is_bad(fixing, item)) continue;
        size_t index = fix_places_nearest(&fixing->wanted, item->offset);

        found = true;
        if (fix_places_has(&fixing->doubted, items[index])) continue;
        fix_places_add(fixing->arena, &fixing->doubted, items[index]);
    }
    return found;
}

/* Whether all of them stay. If not, none does, and some of them are doubted. */
static bool try_batch(struct fixing *fixing, const struct diagnostic *const *items, size_t count)
{
    begin_trial(fixing, items, count);
    struct pass *pass = make_steps(fixing, fixing->base, items, count);

    if (!pass) return false;
    if (!doubt(fixing, pass, items)) {
        take_base(fixing, pass);
        return true;
    }
    pass_free(pass);
    fixing->step_count = fixing->base_steps;
    return false;
}

/* Ends when the next fix is to be tried by itself. */
static void try_batches(struct fixing *fixing)
{
    const struct diagnostic *items[BATCH_MAX];
    size_t most = BATCH_MAX;
    int failures = 0;

    while (most > 1 && may_go_on(fixing)) {
        size_t count = take_batch(fixing, items, most);

        if (count < 2) return;
        if (try_batch(fixing, items, count)) {
            if (most < BATCH_MAX) return;
        } else if (++failures > DOUBTS_MAX) {
            most = count / 2;
        }
    }
}

/* By itself; what was doubted wrongly says that others may be, too. */
static bool try_single(struct fixing *fixing, const struct diagnostic *target)
{
    bool was_doubted = fix_places_has(&fixing->doubted, target);

    if (!try_fix(fixing, target)) {
        fix_places_add(fixing->arena, &fixing->dropped, target);
        return false;
    }
    if (was_doubted) fixing->doubted.count = 0;
    return true;
}

/* The report */

/* A place of the source that goes on from the one before, where it can. */
struct cursor {
    uint32_t offset, line, column;
};

static void place(struct text source, struct cursor *at, uint32_t offset)
{
    if (offset < at->offset || at->line == 0) *at = (struct cursor){0, 1, 1};
    for (; at->offset < offset && at->offset < source.len; at->offset++) {
        uint32_t i = at->offset;
        char c = source.ptr[i];
        bool lone_return = c == '\r' && (i + 1 >= source.len || source.ptr[i + 1] != '\n');

        if (c == '\n' || lone_return) {
            at->line++;
            at->column = 1;
        } else if (((unsigned char)c & 0xc0) != 0x80) {
            at->column++;
        }
    }
}

/* Goes the steps again, from the source, for what stood at each place. */
static void report(const struct fixing *fixing, struct lint_repair *repair)
{
    struct lint_fixed **link = &repair->first;
    struct text text = fixing->source;
    struct cursor at = {0};

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
            place(fixing->source, &at, fixed->offset);
            fixed->line = at.line;
            fixed->column = at.column;
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

/* Whether there are errors that were not kept. */
static bool is_cut(const struct diagnostics *list)
{
    return list->error_count > list->kept_max;
}

struct lint_repair lint_fix(const struct core *core, struct arena *arena, struct text source,
                            const struct fix_parts *parts, struct lint_options options)
{
    struct fixing fixing = {.core = core, .arena = arena, .source = source, .options = options};
    struct lint_repair repair = {.text = source};
    const struct diagnostic *target;
    bool tried_batches = false;

    if (parts) fixing.parts = *parts;
    arena_init(&fixing.trial, 0);
    fixing.base = pass_new(&fixing, source);
    while ((target = next_target(&fixing)) && may_go_on(&fixing)) {
        if (!tried_batches && !is_syntax(target)) {
            try_batches(&fixing);
            tried_batches = true;
            continue;
        }
        tried_batches = !try_single(&fixing, target);
    }
    repair.is_cut = target != NULL || fixing.is_cut || is_cut(&fixing.base->list);
    repair.passes = fixing.passes;
    report(&fixing, &repair);
    pass_free(fixing.base);
    arena_done(&fixing.trial);
    return repair;
}

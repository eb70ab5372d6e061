/*
 * Repair of several files, in two stages: brackets, each file for itself, since the indentation of
 * an included file begins anew; then all that the lint can fix, in the flow as a whole. Between the
 * stages the flow is put together again.
 */
#include "cli/include_fix.h"

#include "cli/file_replace.h"
#include "flow/syntax_balance.h"

struct repairing {
    const struct core *core;
    struct arena *arena;
    struct lint_options options;
    const struct flow_include *given;
    struct diagnostic_edit **brackets; /* of each file, made in the first stage */
    struct include_repair *out;
    struct lint_fixed **link;
    struct error *err;
};

/* The report */

static void note(struct repairing *repairing, uint32_t file, uint32_t offset,
                 struct lint_fixed fixed)
{
    const struct flow_include_file *given = &repairing->given->files[file];
    struct lint_fixed *copy = ARENA_NEW(repairing->arena, struct lint_fixed);
    int line, column;

    flow_include_place(given->text, offset, &line, &column);
    *copy = fixed;
    copy->file = file > 0 ? given->path : NULL;
    copy->line = (uint32_t)line;
    copy->column = (uint32_t)column;
    copy->offset = offset;
    copy->next = NULL;
    *repairing->link = copy;
    repairing->link = &copy->next;
    repairing->out->count++;
}

/* Brackets */

static bool has_code(const struct diagnostics *list, enum error_code code)
{
    for (const struct diagnostic *item = list->first; item; item = item->next) {
        if (error_find(text_from(item->code)) == code) return true;
    }
    return false;
}

/* The errors of a flow; whether it can be read. */
static bool lint(const struct repairing *repairing, struct text text, uint32_t *out_errors)
{
    struct diagnostics list;
    struct arena scratch CLEANUP(arena_done) = {0};

    arena_init(&scratch, 0);
    diagnostic_init(&list, &scratch);
    lint_flow(repairing->core, &scratch, text, repairing->options, &list);
    *out_errors = list.error_count;
    return !has_code(&list, E_DELIMITERS) && !has_code(&list, E_SYNTAX) &&
           !has_code(&list, E_READER);
}

static struct text applied(struct arena *arena, struct text text,
                           const struct diagnostic_edit *edits)
{
    struct buf out CLEANUP(buf_done) = {0};

    diagnostic_apply(text, edits, &out);
    return arena_text(arena, buf_get(&out));
}

/* Puts the files' brackets right; how many places that were. */
static uint32_t balance_files(struct repairing *repairing, struct flow_include *include)
{
    uint32_t places = 0;

    for (size_t i = 0; i < include->file_count; i++) {
        struct flow_include_file *file = &include->files[i];
        struct syntax_balance balance = syntax_balance_read(repairing->arena, file->text);

        if (!balance.edits) continue;
        repairing->brackets[i] = balance.edits;
        file->text = applied(repairing->arena, file->text, balance.edits);
        places += balance.places;
    }
    return places;
}

static void note_brackets(struct repairing *repairing)
{
    for (uint32_t i = 0; i < repairing->given->file_count; i++) {
        struct text text = repairing->given->files[i].text;

        for (struct diagnostic_edit *edit = repairing->brackets[i]; edit; edit = edit->next) {
            struct lint_fixed fixed = {
                .code = error_wire(E_DELIMITERS),
                .from = text_slice(text, edit->from, edit->to),
                .to = edit->text,
            };

            note(repairing, i, edit->from, fixed);
        }
    }
}

/* They stay by the rule of lint_fix(): nothing is wrong then, or there was no choice. */
static bool repair_brackets(struct repairing *repairing)
{
    struct flow_include copy, again;
    uint32_t errors = 0;
    size_t count = repairing->given->file_count;

    repairing->brackets = ARENA_ARRAY(repairing->arena, count, struct diagnostic_edit *);
    if (lint(repairing, repairing->given->text, &errors)) return true;
    if (!flow_include_again(repairing->arena, repairing->given, &copy, repairing->err)) {
        return false;
    }
    uint32_t places = balance_files(repairing, &copy);

    // brackets in the path of an include may have been put right too
    if (places > 0 && flow_include_again(repairing->arena, &copy, &again, repairing->err) &&
        lint(repairing, again.text, &errors) && (errors == 0 || places == 1)) {
        repairing->out->source = again;
        note_brackets(repairing);
        return true;
    }
    repairing->brackets = ARENA_ARRAY(repairing->arena, count, struct diagnostic_edit *);
    return true;
}

/* All else */

static struct fix_parts parts_of(struct arena *arena, const struct flow_include *include)
{
    struct fix_parts parts = {.count = include->part_count};

    parts.items = ARENA_ARRAY(arena, parts.count, struct fix_part);
    for (size_t i = 0; i < parts.count; i++) {
        const struct flow_include_part *part = &include->parts[i];
        bool is_last = i + 1 == parts.count;
        size_t end = is_last ? include->text.len : include->parts[i + 1].start;
        size_t len = end - part->start, rest = include->files[part->file].text.len - part->offset;

        parts.items[i] = (struct fix_part){
            .file = part->file,
            .copy = part->copy,
            .ordinal = part->ordinal,
            .depth = part->depth,
            .len = (uint32_t)len,
            .added = len > rest ? (uint32_t)(len - rest) : 0,
        };
    }
    return parts;
}

static void note_fixes(struct repairing *repairing, const struct fix_parts *parts,
                       const struct lint_repair *repair)
{
    const struct flow_include *include = &repairing->out->source;

    for (const struct lint_fixed *fixed = repair->first; fixed; fixed = fixed->next) {
        uint32_t start = 0;
        const struct fix_part *part = fix_parts_find(parts, fixed->offset, fixed->end, &start);

        if (!part) continue;
        uint32_t in_part = fixed->offset - start;
        uint32_t offset = (uint32_t)include->parts[part - parts->items].offset + in_part;

        offset = diagnostic_carried_back(offset, repairing->brackets[part->file]);
        note(repairing, part->file, offset, *fixed);
    }
}

/* The file's own text between its parts (the includes), and the parts as they are now. */
static struct text file_text(struct arena *arena, const struct flow_include *include,
                             const struct fix_parts *old_parts, const struct lint_repair *repair,
                             uint32_t file)
{
    struct buf out CLEANUP(buf_done) = {0};
    struct text text = include->files[file].text;
    size_t start = 0, end = 0; // of the part in the new text; of the last part in the old file

    for (size_t i = 0; i < old_parts->count; i++) {
        const struct fix_part *old_part = &old_parts->items[i], *part = &repair->parts.items[i];

        if (part->file == file && part->copy == 0) {
            buf_text(&out, text_slice(text, end, include->parts[i].offset));
            buf_text(&out, text_slice(repair->text, start, start + part->len - part->added));
            end = include->parts[i].offset + old_part->len - old_part->added;
        }
        start += part->len;
    }
    return arena_text(arena, buf_get(&out));
}

bool include_fix(const struct core *core, struct arena *arena, const struct flow_include *source,
                 struct lint_options options, struct include_repair *out, struct error *err)
{
    struct repairing repairing = {
        .core = core,
        .arena = arena,
        .options = options,
        .given = source,
        .out = out,
        .link = &out->first,
        .err = err,
    };

    *out = (struct include_repair){.source = *source};
    if (!repair_brackets(&repairing)) return false;
    struct flow_include *include = &out->source;
    struct fix_parts parts = parts_of(arena, include);
    struct lint_repair repair = lint_fix(core, arena, include->text, &parts, options);

    out->is_cut = repair.is_cut;
    if (repair.count == 0) return true;
    note_fixes(&repairing, &parts, &repair);
    struct flow_include changed;

    if (!flow_include_again(arena, include, &changed, err)) return false;
    for (uint32_t i = 0; i < changed.file_count; i++) {
        changed.files[i].text = file_text(arena, include, &parts, &repair, i);
    }
    return flow_include_again(arena, &changed, include, err);
}

/* Writing */

static bool write_file(const struct flow_include_file *file, struct error *err)
{
    struct buf text CLEANUP(buf_done) = {0};

    if (file->has_mark) buf_cstr(&text, "\xef\xbb\xbf");
    buf_text(&text, file->text);
    return file_replace(file->real, buf_get(&text), err);
}

bool include_fix_write(const struct flow_include *before, const struct include_repair *repair,
                       struct error *err)
{
    for (size_t i = 0; i < before->file_count; i++) {
        const struct flow_include_file *now = &repair->source.files[i];

        if (text_equal(before->files[i].text, now->text) || write_file(now, err)) continue;
        struct error ignored = {0};

        for (size_t k = 0; k < i; k++) { // back to what they were
            struct text text = repair->source.files[k].text;

            if (text_equal(before->files[k].text, text)) continue;
            (void)write_file(&before->files[k], &ignored);
        }
        return false;
    }
    return true;
}

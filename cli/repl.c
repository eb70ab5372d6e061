/*
 * The REPL: lines gather in repl->input until a form is complete, by the reader, then it is
 * evaluated. A line that begins with a colon and a command's name is a command.
 */
#include "cli/repl.h"

#include "cli/answer.h"
#include "cli/client.h"
#include "cli/repl_internal.h"
#include "flow/eval.h"
#include "flow/print.h"
#include "flow/reader.h"
#include "flow/string.h"
#include "flow/vm.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum {
    SCREEN_BYTES = 2000, /* of a value, where a person looks */
    SCREEN_ITEMS = 100,  /* of a lazy sequence, there */
    SCREEN_TOTAL = 1000, /* of all of them */
    ITEMS_MAX = 10000,   /* anywhere */
    CHUNK_BYTES = 65536,
};

/* Printing */

void repl_print(struct text text)
{
    answer_write(STDOUT_FILENO, text);
}

/* On a terminal what would steer it is shown instead, and Ctrl-C ends a long text. */
static void print_visible(const struct repl *repl, struct text text)
{
    while (repl->line && text.len > 0 && !repl_line_interrupted()) {
        struct text part = text_slice(text, 0, CHUNK_BYTES);
        struct buf shown CLEANUP(buf_done) = {0};

        for (size_t i = 0; i < part.len; i++) {
            unsigned char byte = (unsigned char)part.ptr[i];
            bool steers = (byte < ' ' && byte != '\n' && byte != '\t') || byte == 127;

            if (steers) buf_printf(&shown, "\\u%04x", byte);
            if (!steers) buf_char(&shown, part.ptr[i]);
        }
        repl_print(buf_get(&shown));
        text = text_slice(text, part.len, text.len);
    }
    if (repl->line && text.len > 0) repl_print(TEXT("\n;; interrupted\n"));
    if (!repl->line) repl_print(text);
}

/* How much is made and shown of what may have no end. */
static struct print_window window_of(const struct repl *repl, bool full)
{
    if (!repl->line || full) return (struct print_window){ITEMS_MAX, ITEMS_MAX, false};
    return (struct print_window){SCREEN_ITEMS, SCREEN_TOTAL, false};
}

/* Behind a value with sequences that go on. From a pipe the value is data, and this is none. */
static void note_cut(const struct repl *repl, bool full)
{
    struct buf note CLEANUP(buf_done) = {0};
    bool is_screen = repl->line && !full;

    buf_printf(&note, ";; %d items of a lazy sequence are shown; %s\n",
               is_screen ? SCREEN_ITEMS : ITEMS_MAX,
               is_screen ? ":full shows more" : "of a vector all: (vec x)");
    answer_write(repl->line ? STDOUT_FILENO : STDERR_FILENO, buf_get(&note));
}

static void print_screen(const struct repl *repl, struct value value)
{
    struct buf out CLEANUP(buf_done) = {.limit = SCREEN_BYTES};
    struct print_window window = window_of(repl, false);

    print_shown(value, &window, &out);
    bool overflow = out.overflow;

    out.limit = 0;
    out.overflow = false;
    string_scrub(&out, 0);
    buf_cstr(&out, overflow ? " …\n;; cut here; :full shows more\n" : "\n");
    print_visible(repl, buf_get(&out));
    if (window.is_cut && !overflow) note_cut(repl, false);
}

static void print_full(struct repl *repl, struct value value)
{
    struct buf out CLEANUP(buf_done) = {0};
    struct print_window window = window_of(repl, true);
    struct error err = {0};

    if (!eval_print(value, &window, &out, &err)) {
        repl_print_error(repl, &err);
        return;
    }
    string_scrub(&out, 0);
    buf_char(&out, '\n');
    print_visible(repl, buf_get(&out));
    if (window.is_cut) note_cut(repl, true);
}

void repl_print_value(struct repl *repl, struct value value)
{
    if (repl->line) {
        print_screen(repl, value);
    } else {
        print_full(repl, value);
    }
}

/* The line with that number, if it is in the input. */
static struct text find_line(const struct repl *repl, uint32_t number)
{
    struct text rest = buf_get(&repl->input);

    if (number < repl->input_line) return TEXT_NONE;
    for (uint32_t i = repl->input_line; i < number && rest.ptr; i++) {
        text_cut(&rest, '\n');
    }
    return rest.ptr ? text_cut(&rest, '\n') : TEXT_NONE;
}

/* The line, and a caret below the column, which counts characters. */
static void write_place(struct buf *out, struct text line, int number, int column)
{
    struct text rest = line;
    int digits = snprintf(NULL, 0, "%d", number);
    uint32_t code_point;

    buf_printf(out, "  %d | " TEXT_FMT "\n  %*s | ", number, TEXT_ARG(line), digits, "");
    for (int i = 1; i < column && rest.len > 0; i++) {
        buf_char(out, rest.ptr[0] == '\t' ? '\t' : ' ');
        rest = text_slice(rest, MAX(text_utf8_next(rest, &code_point), (size_t)1), rest.len);
    }
    buf_cstr(out, "^\n");
}

void repl_print_error(struct repl *repl, const struct error *err)
{
    struct buf out CLEANUP(buf_done) = {0};
    struct text line = err->line > 0 ? find_line(repl, (uint32_t)err->line) : TEXT_NONE;
    const char *hint = err->hint[0] ? err->hint : error_default_hint(err->code);

    buf_printf(&out, "error: %s (%s)\n", err->message, error_wire(err->code));
    if (line.ptr) write_place(&out, line, err->line, err->column);
    if (hint[0]) buf_printf(&out, "hint: %s\n", hint);
    if (repl->line) {
        print_visible(repl, buf_get(&out));
    } else {
        answer_write(STDERR_FILENO, buf_get(&out));
    }
    repl->failed = true;
}

/* Evaluating */

static bool is_interrupted(void *ctx)
{
    struct repl *repl = ctx;

    if (!repl->line || !repl_line_interrupted()) return false;
    repl->interrupted = true;
    return true;
}

void repl_print_last(struct repl *repl)
{
    struct print_window window = window_of(repl, true);
    struct error err = {0};
    struct value value;

    dialog_show(repl->dialog, window.items, window.total);
    if (dialog_again(repl->dialog, is_interrupted, repl, &value, &err)) {
        print_full(repl, value);
    } else {
        repl_print_error(repl, &err);
    }
    window = window_of(repl, false);
    dialog_show(repl->dialog, window.items, window.total);
}

static bool is_definition(const struct form *form)
{
    return form_is_call(form, "def") || form_is_call(form, "defn") || form_is_call(form, "defn-") ||
           form_is_call(form, "defonce");
}

/* What those type who come from another REPL, and what it is here. */
static const char *other_repls(const struct form *form)
{
    static const char *const names[][2] = {
        {"exit", ":quit, or Ctrl-D, ends."},
        {"quit", ":quit, or Ctrl-D, ends."},
        {"bye", ":quit, or Ctrl-D, ends."},
        {"help", ":help lists the commands."},
        {"doc", "Write :doc and the name, as in :doc map"},
        {"source", "Write :source and the name, as in :source map"},
        {"apropos", "Write :apropos and the text, as in :apropos split"},
        {"find-doc", "Write :apropos and the text, as in :apropos split"},
        {"dir", "Write :apropos and the namespace, as in :apropos clojure.string/"},
        {"pst", "*e is the last error; (ex-data *e) has its data."},
    };
    const struct form *head = form->kind == FORM_LIST && form->count > 0 ? form->items[0] : form;

    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (form_is_symbol(head, names[i][0])) return names[i][1];
    }
    return NULL;
}

static void evaluate(struct repl *repl, const struct form *form)
{
    struct error err = {0};
    struct value value;

    if (dialog_eval(repl->dialog, form, is_interrupted, repl, &value, &err)) {
        repl_print_value(repl, value);
        return;
    }
    if (is_definition(form)) {
        error_hint(&err, "A flow has no definitions; here, :let gives a name: :let name form, and "
                         ":let name (fn [x] …) for a function.");
    }
    if (err.code == E_UNKNOWN_SYMBOL && other_repls(form)) {
        error_hint(&err, "%s", other_repls(form));
    }
    repl_print_error(repl, &err);
}

/* :let name form, of which the keyword is read. What the reader answered for the missing part. */
static enum reader_result evaluate_let(struct repl *repl, struct reader *reader, struct error *err)
{
    struct form *name, *form;
    enum reader_result result = reader_next(reader, &name, err);
    struct value value;

    if (result != READER_FORM) return result;
    if (name->kind != FORM_SYMBOL || name->ns.len) {
        error_set(err, E_BAD_REQUEST, "a name stands behind :let");
        error_hint(err, "For example :let order {:id 7}");
        error_at(err, (int)name->line, (int)name->column);
        return READER_ERROR;
    }
    result = reader_next(reader, &form, err);
    if (result != READER_FORM) return result;
    if (!dialog_let(repl->dialog, name->name, form, is_interrupted, repl, &value, err)) {
        repl_print_error(repl, err);
        return READER_FORM;
    }
    struct buf out CLEANUP(buf_done) = {0};

    buf_printf(&out, TEXT_FMT " = ", TEXT_ARG(name->name));
    repl_print(buf_get(&out));
    repl_print_value(repl, value);
    return READER_FORM;
}

/* Reading */

/* White space and comments between forms. */
static void skip_blank(struct reader *reader)
{
    bool comment = false;

    for (; reader->offset < reader->source.len; reader->offset++) {
        char c = reader->source.ptr[reader->offset];

        if (c == '\n') {
            reader->line++;
            reader->column = 1;
            comment = false;
            continue;
        }
        if (c == ';') comment = true;
        if (!comment && !strchr(" \t\r\f,", c)) return;
        if (((unsigned char)c & 0xC0) != 0x80) reader->column++;
    }
}

/* A colon that begins a line, but for white space, may begin a command. */
static bool at_command(const struct reader *reader)
{
    size_t i = reader->offset;

    if (reader->source.ptr[i] != ':') return false;
    while (i > 0 && (reader->source.ptr[i - 1] == ' ' || reader->source.ptr[i - 1] == '\t')) {
        i--;
    }
    return i == 0 || reader->source.ptr[i - 1] == '\n';
}

static bool run_command(struct repl *repl, struct reader *reader)
{
    struct text rest = text_slice(reader->source, reader->offset, reader->source.len);
    struct text line = text_cut(&rest, '\n');

    if (!at_command(reader) || !repl_commands_run(repl, line)) return false;
    reader->offset += line.len; // the newline is blank
    return true;
}

/* Drops the input up to the line in which the reader was before a form that is not complete. */
static void keep_from(struct repl *repl, size_t offset, uint32_t line, uint32_t column)
{
    size_t cut = offset;

    while (cut > 0 && repl->input.ptr[cut - 1] != '\n') {
        cut--;
    }
    buf_consume(&repl->input, cut);
    repl->offset = offset - cut;
    repl->input_line = repl->line_number = line;
    repl->column = column;
}

static void drop_input(struct repl *repl, uint32_t next_line)
{
    buf_reset(&repl->input);
    repl->offset = 0;
    repl->column = 1;
    repl->input_line = repl->line_number = repl->line ? 1 : next_line; // a person sees one input
}

/* What happens next with the input. */
enum progress { GO_ON, NEED_MORE, ALL_DONE };

/* Takes the next form or command. last: there is no more input. */
static enum progress take_one(struct repl *repl, struct reader *reader, bool last)
{
    struct error err = {0};
    struct form *form;

    skip_blank(reader);
    if (reader->offset == reader->source.len) return ALL_DONE;
    size_t offset = reader->offset;
    uint32_t line = reader->line, column = reader->column;
    bool may_let = at_command(reader);

    if (run_command(repl, reader)) return GO_ON;
    enum reader_result result = reader_next(reader, &form, &err);

    if (result == READER_FORM && may_let && form_is_keyword(form, "let")) {
        result = evaluate_let(repl, reader, &err);
        if (result == READER_END) {
            error_set(&err, E_SYNTAX, "a name and a form stand behind :let");
            error_at(&err, (int)line, (int)column);
        }
    } else if (result == READER_FORM) {
        evaluate(repl, form);
    } else if (result == READER_END) {
        return ALL_DONE; // #_ form
    }
    if (result == READER_FORM) return GO_ON;
    if (!last && (result == READER_END || reader_is_unfinished(reader))) {
        keep_from(repl, offset, line, column);
        return NEED_MORE;
    }
    dialog_note_error(repl->dialog, &err);
    repl_print_error(repl, &err);
    if (repl->line || last) return ALL_DONE; // what follows in the line is part of the mistake
    reader_skip(reader);
    return GO_ON;
}

static void take_input(struct repl *repl, bool last)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct reader reader;
    struct error err = {0};
    enum progress progress = GO_ON;

    arena_init(&arena, 0);
    if (!reader_init(&reader, &arena, buf_get(&repl->input), &err)) {
        repl_print_error(repl, &err);
        drop_input(repl, repl->input_line);
        return;
    }
    reader.offset = repl->offset;
    reader.line = repl->line_number;
    reader.column = repl->column;
    repl->interrupted = false;
    while (progress == GO_ON && !repl->quit && !repl->interrupted) {
        progress = take_one(repl, &reader, last);
    }
    if (progress != NEED_MORE) drop_input(repl, reader.line);
}

static void run_terminal(struct repl *repl)
{
    repl_print(
        TEXT("weir repl: expressions of the flow language. :help says more, Ctrl-D ends.\n"));
    while (!repl->quit) {
        struct buf line CLEANUP(buf_done) = {0};

        switch (repl_line_read(repl->line, repl->input.len ? "  ... " : "weir> ", &line)) {
        case REPL_LINE_TEXT: break;
        case REPL_LINE_INTERRUPTED:
            repl_print(TEXT("^C\n"));
            buf_reset(&repl->typed);
            drop_input(repl, 1);
            continue;
        case REPL_LINE_END: repl_print(TEXT("\n")); return;
        }
        buf_text(&repl->typed, buf_get(&line));
        buf_text(&repl->input, buf_get(&line));
        take_input(repl, false);
        if (repl->input.len > 0) continue;
        struct text typed = text_trim(buf_get(&repl->typed));

        if (typed.len && !repl->quit) repl_line_remember(repl->line, typed);
        buf_reset(&repl->typed);
    }
}

static bool more_is_there(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&input, 1, 0) > 0;
}

/* Whole lines, as many as come at once: who writes form by form gets answers form by form. A form
 * that goes on is read again when it is twice as long, or when nothing more is there. */
static void run_pipe(struct repl *repl)
{
    struct buf raw CLEANUP(buf_done) = {0};
    size_t tried = 0;

    while (!repl->quit) {
        char *room = buf_reserve(&raw, CHUNK_BYTES);
        ssize_t len = room ? read(STDIN_FILENO, room, CHUNK_BYTES) : 0;

        if (len < 0 && errno == EINTR) continue;
        if (len <= 0) break;
        const char *newline = memrchr(room, '\n', (size_t)len);

        buf_commit(&raw, (size_t)len);
        if (newline) {
            size_t whole = (size_t)(newline - raw.ptr) + 1;

            buf_append(&repl->input, raw.ptr, whole);
            buf_consume(&raw, whole);
        }
        if (repl->input.len == 0 || (repl->input.len < 2 * tried && more_is_there())) continue;
        take_input(repl, false);
        tried = repl->input.len;
    }
    buf_text(&repl->input, buf_get(&raw));
    if (repl->input.len > 0 && !repl->quit) take_input(repl, true);
}

int repl_command(struct cli *cli)
{
    struct core *core = vm_core_new();
    struct reference *reference = reference_new();
    struct repl repl = {.core = core, .reference = reference, .dialog = dialog_new(core)};
    bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    (void)cli;

    if (terminal) repl.line = repl_line_new(repl_commands_complete, &repl);
    struct print_window window = window_of(&repl, false);

    dialog_show(repl.dialog, window.items, window.total);
    drop_input(&repl, 1);
    if (terminal) {
        run_terminal(&repl);
        repl_line_free(repl.line);
    } else {
        run_pipe(&repl);
    }
    bool failed = repl.failed && !terminal;

    dialog_free(repl.dialog);
    buf_done(&repl.input);
    buf_done(&repl.typed);
    reference_free(reference);
    vm_core_free(core);
    return failed ? CLIENT_REFUSED : CLIENT_OK;
}

/*
 * Rendering for people. What a list shows is a table of columns for each kind of record, found by
 * the name under which the server sends it; text from flows passes print_text(), which lets no
 * control bytes through to the terminal.
 */
#include "cli/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOLD  "1"
#define DIM   "2"
#define RED   "31"
#define GREEN "32"
#define AMBER "33"
#define BLUE  "36"

#define COLUMN_MAX  64
#define PAYLOAD_MAX 140

struct column {
    const char *key, *title;
};

/* Lists by their key in `data`. */
static const struct {
    const char *key;
    struct column columns[7];
} lists[] = {
    {"flows",
     {{"flowSlug", "FLOW"},
      {"name", "NAME"},
      {"liveVersion", "LIVE"},
      {"draftVersion", "DRAFT"},
      {"updatedAt", "UPDATED"}}},
    {"runs",
     {{"workflowId", "RUN"},
      {"status", "STATUS"},
      {"version", "VERSION"},
      {"triggeredBy", "BY"},
      {"startedAt", "STARTED"},
      {"currentStep", "AT"}}},
    {"waits",
     {{"waitId", "WAIT"},
      {"workflowId", "RUN"},
      {"stepId", "STEP"},
      {"status", "STATUS"},
      {"expiresAt", "EXPIRES"}}},
    {"events", {{"at", "AT"}, {"type", "EVENT"}, {"stepId", "STEP"}}},
    {"versions",
     {{"version", "VERSION"},
      {"contentHash", "HASH"},
      {"createdAt", "PUSHED"},
      {"createdBy", "BY"}}},
    {"triggers",
     {{"type", "TYPE"},
      {"flowSlug", "FLOW"},
      {"target", "TARGET"},
      {"path", "PATH"},
      {"cron", "CRON"},
      {"nextAt", "NEXT"}}},
    {"secrets", {{"name", "SECRET"}, {"version", "VERSION"}, {"updatedAt", "UPDATED"}}},
    {"rows",
     {{"flowSlug", "FLOW"},
      {"stepType", "STEP"},
      {"target", "TARGET"},
      {"executions", "EXECUTIONS"}}},
    {"commands", {{"command", "COMMAND"}, {"usage", ""}, {"doc", ""}}},
    {"options", {{"option", "OPTION"}, {"value", ""}, {"doc", ""}}},
};

static bool has_colour(void)
{
    return !getenv("NO_COLOR");
}

static void open_colour(struct buf *out, const char *colour)
{
    if (colour && has_colour()) buf_printf(out, "\033[%sm", colour);
}

static void close_colour(struct buf *out, const char *colour)
{
    if (colour && has_colour()) buf_cstr(out, "\033[0m");
}

static const char *status_colour(struct text status)
{
    static const struct {
        const char *name, *colour;
    } colours[] = {{"completed", GREEN}, {"failed", RED},  {"waiting", AMBER},  {"running", BLUE},
                   {"cancelled", DIM},   {"queued", BLUE}, {"terminated", RED}, {"timed-out", RED}};

    for (size_t i = 0; i < ARRAY_COUNT(colours); i++) {
        if (text_equal(status, text_from(colours[i].name))) return colours[i].colour;
    }
    return NULL;
}

/* Text as one line, without control bytes. */
static void print_text(struct buf *out, struct text value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char byte = (unsigned char)value.ptr[i];

        buf_char(out, byte < 32 || byte == 127 ? ' ' : (char)byte);
    }
}

/* A cell: strings bare, anything else as compact JSON; cut to COLUMN_MAX characters. */
static struct text cell_text(struct arena *arena, const struct json *node)
{
    struct buf buf = {0};

    if (json_get_type(node) == JSON_STRING) {
        print_text(&buf, json_text(node));
    } else if (json_get_type(node) != JSON_ABSENT && json_get_type(node) != JSON_NULL) {
        json_append(&buf, node);
    }
    if (buf.len > COLUMN_MAX) {
        while (buf.len > COLUMN_MAX - 3 || (buf.ptr[buf.len] & 0xC0) == 0x80) {
            buf.len--;
        }
        buf_cstr(&buf, "…");
    }
    struct text copy = arena_text(arena, buf_get(&buf));

    buf_done(&buf);
    return copy;
}

static size_t cell_width(struct text cell)
{
    size_t width = 0;

    for (size_t i = 0; i < cell.len; i++) {
        width += (cell.ptr[i] & 0xC0) != 0x80;
    }
    return width;
}

static void print_cell(struct buf *out, struct text cell, size_t width, const char *colour)
{
    open_colour(out, colour);
    buf_text(out, cell);
    close_colour(out, colour);
    for (size_t i = cell_width(cell); i < width + 2; i++) {
        buf_char(out, ' ');
    }
}

static void render_list(const struct cli *cli, const struct json *rows,
                        const struct column *columns, struct buf *out)
{
    size_t row_count = json_count(rows);
    size_t column_count = 0;
    size_t widths[7] = {0};

    while (column_count < 7 && columns[column_count].key) {
        column_count++;
    }
    if (row_count == 0) {
        buf_cstr(out, "nothing there\n");
        return;
    }
    struct text *cells = ARENA_ARRAY(cli->arena, row_count * column_count, struct text);

    for (size_t c = 0; c < column_count; c++) {
        widths[c] = strlen(columns[c].title);
    }
    for (size_t r = 0; r < row_count; r++) {
        for (size_t c = 0; c < column_count; c++) {
            struct text cell = cell_text(cli->arena, json_get(json_item(rows, r), columns[c].key));

            cells[r * column_count + c] = cell;
            widths[c] = MAX(widths[c], cell_width(cell));
        }
    }
    for (size_t c = 0; c < column_count; c++) {
        print_cell(out, text_from(columns[c].title), widths[c], DIM);
    }
    buf_char(out, '\n');
    for (size_t r = 0; r < row_count; r++) {
        for (size_t c = 0; c < column_count; c++) {
            struct text cell = cells[r * column_count + c];

            print_cell(out, cell, widths[c],
                       strcmp(columns[c].key, "status") == 0 ? status_colour(cell) : NULL);
        }
        buf_char(out, '\n');
    }
}

/* HH:MM:SS.mmm of an ISO instant. */
static struct text clock_part(struct text instant)
{
    ptrdiff_t t = text_index_of_char(instant, 'T');

    if (t < 0) return instant;
    struct text clock = text_slice(instant, (size_t)t + 1, instant.len);

    return text_ends_with(clock, TEXT("Z")) ? text_slice(clock, 0, clock.len - 1) : clock;
}

/* A payload on one line, cut to PAYLOAD_MAX bytes; with --full indented, all of it. */
static void render_payload(const struct cli *cli, struct buf *out, const char *name,
                           const struct json *node)
{
    struct buf text = {0};

    if (json_get_type(node) == JSON_ABSENT || json_get_type(node) == JSON_NULL) return;
    open_colour(out, DIM);
    buf_printf(out, "      %-6s ", name);
    close_colour(out, DIM);
    json_append(&text, node);
    if (text.len <= PAYLOAD_MAX) {
        print_text(out, buf_get(&text));
    } else if (!cli->full) {
        size_t len = PAYLOAD_MAX;

        while ((text.ptr[len] & 0xC0) == 0x80) {
            len--;
        }
        print_text(out, text_slice(buf_get(&text), 0, len));
        buf_cstr(out, " …");
    } else {
        struct buf pretty = {0};

        json_pretty(&pretty, buf_get(&text));
        struct text rest = buf_get(&pretty);

        while (rest.ptr) {
            buf_cstr(out, "\n        ");
            print_text(out, text_cut(&rest, '\n'));
        }
        buf_done(&pretty);
    }
    buf_char(out, '\n');
    buf_done(&text);
}

static void render_error(struct buf *out, const struct json *error, struct text hint)
{
    open_colour(out, RED);
    print_text(out, json_get_text(error, "code"));
    close_colour(out, RED);
    buf_cstr(out, ": ");
    print_text(out, json_get_text(error, "message"));
    if (json_int(json_get(error, "line"), 0) > 0) {
        buf_printf(out, " (line %lld, column %lld)",
                   (long long)json_int(json_get(error, "line"), 0),
                   (long long)json_int(json_get(error, "column"), 0));
    }
    buf_char(out, '\n');
    if (!hint.ptr) hint = json_get_text(error, "hint");
    if (hint.ptr) {
        buf_cstr(out, "  ");
        print_text(out, hint);
        buf_char(out, '\n');
    }
}

static void render_step(const struct cli *cli, struct buf *out, const struct json *step)
{
    struct text status = json_get_text(step, "status");

    buf_cstr(out, "  ");
    print_text(out, clock_part(json_get_text(step, "startedAt")));
    buf_cstr(out, "  ");
    open_colour(out, status_colour(status));
    buf_printf(out, "%-10.*s", TEXT_ARG(status));
    close_colour(out, status_colour(status));
    buf_printf(out, " %-9.*s ", TEXT_ARG(json_get_text(step, "stepType")));
    open_colour(out, BOLD);
    print_text(out, json_get_text(step, "stepId"));
    close_colour(out, BOLD);
    if (json_get_type(json_get(step, "durationMs")) == JSON_INT) {
        buf_printf(out, "  %lld ms", (long long)json_int(json_get(step, "durationMs"), 0));
    }
    if (json_int(json_get(step, "attempt"), 1) > 1) {
        buf_printf(out, ", %lld attempts", (long long)json_int(json_get(step, "attempt"), 1));
    }
    buf_char(out, '\n');
    render_payload(cli, out, "in", json_get(step, "input"));
    render_payload(cli, out, "out", json_get(step, "output"));
    if (json_get_type(json_get(step, "error")) == JSON_OBJECT) {
        buf_cstr(out, "      ");
        render_error(out, json_get(step, "error"), TEXT_NONE);
    }
}

static void render_link(struct buf *out, const char *what, struct text id)
{
    if (!id.ptr) return;
    open_colour(out, DIM);
    buf_printf(out, "  %s ", what);
    close_colour(out, DIM);
    print_text(out, id);
    buf_char(out, '\n');
}

/* The runs that a run has called, a line each, indented under their callers; the server bounds the
 * depth. */
static void render_children(struct buf *out, const struct json *children, int depth)
{
    for (size_t i = 0; i < json_count(children); i++) {
        const struct json *child = json_item(children, i);
        struct text status = json_get_text(child, "status");

        buf_printf(out, "%*s└ ", 2 * depth, "");
        open_colour(out, status_colour(status));
        buf_printf(out, "%-10.*s", TEXT_ARG(status));
        close_colour(out, status_colour(status));
        buf_char(out, ' ');
        print_text(out, json_get_text(child, "workflowId"));
        open_colour(out, DIM);
        buf_cstr(out, "  at ");
        print_text(out, json_get_text(child, "address"));
        close_colour(out, DIM);
        buf_char(out, '\n');
        render_children(out, json_get(child, "children"), depth + 1);
    }
}

static void render_run(const struct cli *cli, struct buf *out, const struct json *run)
{
    struct text status = json_get_text(run, "status");
    const struct json *steps = json_get(run, "steps");

    open_colour(out, BOLD);
    print_text(out, json_get_text(run, "workflowId"));
    close_colour(out, BOLD);
    buf_cstr(out, "  ");
    open_colour(out, status_colour(status));
    print_text(out, status);
    close_colour(out, status_colour(status));
    buf_printf(out, "  version %lld, by " TEXT_FMT "\n",
               (long long)json_int(json_get(run, "version"), 0),
               TEXT_ARG(json_get_text(run, "triggeredBy")));
    render_link(out, "called by", json_get_text(run, "parentWorkflowId"));
    render_link(out, "restart of", json_get_text(run, "continuedFrom"));
    for (size_t i = 0; i < json_count(steps); i++) {
        render_step(cli, out, json_item(steps, i));
    }
    render_children(out, json_get(run, "children"), 1);
    render_link(out, "goes on as", json_get_text(run, "continuedTo"));
    render_payload(cli, out, "result", json_get(run, "result"));
    if (json_get_type(json_get(run, "error")) == JSON_OBJECT) {
        buf_cstr(out, "  ");
        render_error(out, json_get(run, "error"), TEXT_NONE);
    }
}

/* Members as lines `name  value`; anything that is no object as indented JSON. */
static void render_object(const struct json *data, struct buf *out)
{
    struct text key;
    const struct json *value;
    size_t width = 0;

    if (json_get_type(data) != JSON_OBJECT) {
        struct buf compact = {0};

        json_append(&compact, data);
        json_pretty(out, buf_get(&compact));
        buf_done(&compact);
        return;
    }
    for (void *at = json_member(data, NULL, &key, &value); at;
         at = json_member(data, at, &key, &value)) {
        width = MAX(width, key.len);
    }
    for (void *at = json_member(data, NULL, &key, &value); at;
         at = json_member(data, at, &key, &value)) {
        if (json_get_type(value) == JSON_ARRAY && json_count(value) == 0) continue;
        open_colour(out, DIM);
        print_text(out, key);
        close_colour(out, DIM);
        for (size_t i = key.len; i < width + 2; i++) {
            buf_char(out, ' ');
        }
        if (json_get_type(value) == JSON_STRING) {
            print_text(out, json_text(value));
        } else {
            struct buf text = {0};

            json_append(&text, value);
            print_text(out, buf_get(&text));
            buf_done(&text);
        }
        buf_char(out, '\n');
    }
}

static void render_diagnostics(struct buf *out, const struct json *list)
{
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *item = json_item(list, i);
        bool is_error = text_equal(json_get_text(item, "severity"), TEXT("error"));

        buf_printf(out, "%lld:%lld  ", (long long)json_int(json_get(item, "line"), 1),
                   (long long)json_int(json_get(item, "column"), 1));
        open_colour(out, is_error ? RED : AMBER);
        print_text(out, json_get_text(item, "code"));
        close_colour(out, RED);
        buf_cstr(out, "  ");
        print_text(out, json_get_text(item, "message"));
        buf_cstr(out, "\n        ");
        print_text(out, json_get_text(item, "hint"));
        buf_char(out, '\n');
    }
}

/* The beginning of what is long. */
static void print_short(struct buf *out, struct text text)
{
    size_t len = MIN(text.len, 40);

    while (len < text.len && ((unsigned char)text.ptr[len] & 0xc0) == 0x80) {
        len++;
    }
    print_text(out, text_slice(text, 0, len));
    if (len < text.len) buf_cstr(out, "…");
}

/* What `weir lint --fix` has done. */
static void render_fixed(struct buf *out, const struct json *answer)
{
    const struct json *list = json_get(answer, "fixed");

    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *item = json_item(list, i);
        struct text from = json_get_text(item, "from"), to = json_get_text(item, "to");

        buf_printf(out, "%lld:%lld  ", (long long)json_int(json_get(item, "line"), 1),
                   (long long)json_int(json_get(item, "column"), 1));
        open_colour(out, GREEN);
        buf_cstr(out, "fixed");
        close_colour(out, GREEN);
        buf_char(out, ' ');
        print_text(out, json_get_text(item, "code"));
        buf_cstr(out, from.len == 0 ? ": added " : to.len == 0 ? ": took out " : ": ");
        print_short(out, from.len > 0 ? from : to);
        if (from.len > 0 && to.len > 0) {
            buf_cstr(out, " is now ");
            print_short(out, to);
        }
        buf_char(out, '\n');
    }
    if (json_bool(json_get(answer, "moreFixes"), false)) {
        buf_cstr(out,
                 "stopped: not every fix was tried, which would take long; correct some by hand, "
                 "then run it again\n");
    }
}

/* What `weir fmt --diff` would change. */
static void render_diff(struct buf *out, struct text diff)
{
    while (diff.len > 0) {
        struct text line = text_cut(&diff, '\n');
        char sign = line.len > 0 ? line.ptr[0] : ' ';
        const char *colour = sign == '+' ? GREEN : sign == '-' ? RED : sign == '@' ? DIM : NULL;

        if (colour) open_colour(out, colour);
        print_text(out, line);
        if (colour) close_colour(out, colour);
        buf_char(out, '\n');
    }
}

/* What init, fmt and lint say of files. */
static void render_files(struct buf *out, const struct json *files)
{
    static const struct {
        const char *key, *yes, *no;
    } states[] = {
        {"valid", "valid", "not valid"},
        {"changed", "changes", "stays"},
        {"written", "written", "was there"},
    };

    for (size_t i = 0; i < json_count(files); i++) {
        const struct json *file = json_item(files, i);
        size_t state = 0;

        while (state < ARRAY_COUNT(states) && !json_get(file, states[state].key)) {
            state++;
        }
        open_colour(out, BOLD);
        print_text(out, json_get_text(file, "path"));
        close_colour(out, BOLD);
        if (state < ARRAY_COUNT(states)) {
            bool yes = json_bool(json_get(file, states[state].key), false);

            buf_printf(out, "  %s", yes ? states[state].yes : states[state].no);
        }
        buf_char(out, '\n');
        render_fixed(out, file);
        render_diagnostics(out, json_get(file, "diagnostics"));
        render_diff(out, json_get_text(file, "diff"));
    }
}

static void render_data(const struct cli *cli, const struct json *data, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_COUNT(lists); i++) {
        const struct json *rows = json_get(data, lists[i].key);

        if (json_get_type(rows) == JSON_ARRAY) {
            render_list(cli, rows, lists[i].columns, out);
            if (strcmp(lists[i].key, "commands") == 0 && json_count(rows) == 1) {
                buf_char(out, '\n');
                render_data(cli, json_item(rows, 0), out); // its options
            }
            return;
        }
    }
    if (json_get_type(json_get(data, "run")) == JSON_OBJECT) {
        render_run(cli, out, json_get(data, "run"));
        return;
    }
    if (json_get_type(json_get(data, "files")) == JSON_ARRAY) {
        render_files(out, json_get(data, "files"));
        return;
    }
    if (json_get_type(json_get(data, "diagnostics")) == JSON_ARRAY) {
        render_fixed(out, data);
        render_diagnostics(out, json_get(data, "diagnostics"));
        if (json_get_type(json_get(data, "valid")) == JSON_BOOL) {
            buf_cstr(out, json_bool(json_get(data, "valid"), false) ? "valid\n" : "not valid\n");
            return;
        }
    }
    if (json_get_type(data) == JSON_STRING) {
        buf_text(out, json_text(data));
        return;
    }
    if (json_get_type(json_get(data, "wait")) == JSON_OBJECT) data = json_get(data, "wait");
    render_object(data, out);
}

void render_envelope(const struct cli *cli, const struct json *envelope, struct buf *out)
{
    const struct json *next = json_get(json_get(envelope, "meta"), "nextCommands");

    if (json_bool(json_get(envelope, "ok"), false)) {
        render_data(cli, json_get(envelope, "data"), out);
    } else {
        const struct json *error = json_get(envelope, "error");
        const struct json *details = json_get(error, "details");

        render_error(out, error, json_get_text(envelope, "hint"));
        render_fixed(out, details);
        render_diagnostics(out, json_get(details, "diagnostics"));
        render_files(out, json_get(details, "files"));
    }
    for (size_t i = 0; i < json_count(next); i++) {
        if (out->len > 0 && out->ptr[out->len - 1] != '\n') buf_char(out, '\n');
        open_colour(out, DIM);
        buf_cstr(out, "next: ");
        print_text(out, json_text(json_item(next, i)));
        close_colour(out, DIM);
        buf_char(out, '\n');
    }
}

/*
 * Includes. The scan knows strings, comments and characters, since an include in one of them is
 * none.
 *
 *     scan a file ── text ──────▶ copied, as a part of that file
 *                 └─ #flow/include "x" ─▶ read x, scan it
 */
#include "cli/flow_include.h"

#include "base/limits.h"
#include "cli/flow_files.h"
#include "flow/diagnostic.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 16
#define COUNT_MAX 1000 /* includes in all: files that include others twice grow fast */
/* More than any server takes, so that it is the server that says so. */
#define TEXT_MAX (16UL * 1024 * 1024)

static const struct text tag = {"#flow/include", 13};

/* A file that is being scanned, and the one that includes it. */
struct source {
    const struct source *outer;
    const char *path; /* as the person wrote it */
    char real[PATH_MAX];
    struct text text;
    uint32_t file, copy, parts; /* parts: so far */
    int depth;
};

struct expansion {
    struct arena *arena;
    struct flow_include *include;
    struct buf out;
    char folder[PATH_MAX]; /* of the flow's file */
    size_t count;
    struct error *err;
};

/* Text */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',';
}

/* Past a string, a comment or a character at i, or past one byte of anything else. */
static size_t skip_token(struct text source, size_t i)
{
    if (source.ptr[i] == ';') {
        while (i < source.len && source.ptr[i] != '\n') {
            i++;
        }
        return i;
    }
    if (source.ptr[i] == '\\') return MIN(i + 2, source.len); // \" is a character
    if (source.ptr[i] != '"') return i + 1;
    for (i++; i < source.len && source.ptr[i] != '"'; i++) {
        if (source.ptr[i] == '\\') i++;
    }
    return MIN(i + 1, source.len);
}

void flow_include_place(struct text text, size_t offset, int *out_line, int *out_column)
{
    *out_line = *out_column = 1;
    for (size_t i = 0; i < offset && i < text.len; i++) {
        bool inside = ((unsigned char)text.ptr[i] & 0xc0) == 0x80;

        if (text.ptr[i] == '\n') {
            (*out_line)++;
            *out_column = 1;
        } else if (!inside) {
            (*out_column)++;
        }
    }
}

/* An error at the include form. */
static bool fail(const struct expansion *expansion, const struct source *source, size_t offset,
                 const char *hint, const char *name, const char *what)
{
    int line, column;

    flow_include_place(source->text, offset, &line, &column);
    error_set(expansion->err, E_INCLUDE, "%s:%d: #flow/include \"%s\" %s", source->path, line, name,
              what);
    if (hint) error_hint(expansion->err, "%s", hint);
    return error_at(expansion->err, line, column);
}

/* Files */

static const char *folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash) return ".";
    if (slash == path) return "/";
    return arena_text(arena, (struct text){path, (size_t)(slash - path)}).ptr;
}

/* Whether the file lies in the folder or below. */
static bool is_inside(const char *folder, const char *file)
{
    size_t len = strlen(folder);

    if (strcmp(folder, "/") == 0) return true;
    return strncmp(file, folder, len) == 0 && file[len] == '/';
}

static bool find_file(const struct expansion *expansion, struct source *source)
{
    const struct flow_include *include = expansion->include;

    for (size_t i = 0; i < include->file_count; i++) {
        if (strcmp(include->files[i].real, source->real) != 0) continue;
        source->file = (uint32_t)i;
        source->text = include->files[i].text;
        return true;
    }
    return false;
}

static void add_file(struct expansion *expansion, struct source *source, bool has_mark)
{
    struct flow_include *include = expansion->include;

    include->files = arena_grow(expansion->arena, include->files, include->file_count,
                                &include->file_capacity, sizeof(*include->files));
    source->file = (uint32_t)include->file_count;
    include->files[include->file_count++] = (struct flow_include_file){
        .path = source->path,
        .real = arena_text(expansion->arena, text_from(source->real)).ptr,
        .text = source->text,
        .has_mark = has_mark,
    };
}

static bool open_source(struct expansion *expansion, const struct source *outer, size_t at,
                        const char *name, struct source *out)
{
    const char *beside = "Name a file beside this one, or below: #flow/include \"parts/body.clj\".";
    struct error problem = {0};
    struct stat info;

    if (name[0] == '/') return fail(expansion, outer, at, beside, name, "is no relative path");
    out->path = strchr(outer->path, '/')
                    ? arena_printf(expansion->arena, "%s/%s",
                                   folder_of(expansion->arena, outer->path), name)
                          .ptr
                    : name;
    if (!realpath(out->path, out->real) || stat(out->real, &info) != 0) {
        return fail(expansion, outer, at, beside, name, strerror(errno));
    }
    if (!is_inside(expansion->folder, out->real)) {
        return fail(expansion, outer, at, beside, name, "lies outside of the flow's folder");
    }
    if (!S_ISREG(info.st_mode)) return fail(expansion, outer, at, beside, name, "is no file");
    for (const struct source *open = outer; open; open = open->outer) {
        if (strcmp(open->real, out->real) != 0) continue;
        return fail(expansion, outer, at, "Break the circle of includes.", name,
                    "includes itself in the end");
    }
    if (find_file(expansion, out)) return true;
    if (info.st_size > LIMIT_FLOW_FILE) {
        return fail(expansion, outer, at, "Split the flow.", name, "is over 3 MB");
    }
    if (!flow_files_read(expansion->arena, out->real, &out->text, &problem)) {
        return fail(expansion, outer, at, NULL, name, problem.message);
    }
    bool has_mark = text_starts_with(out->text, TEXT("\xef\xbb\xbf"));

    if (has_mark) out->text = text_slice(out->text, 3, out->text.len);
    add_file(expansion, out, has_mark);
    if (text_is_utf8(out->text, NULL)) return true;
    return fail(expansion, outer, at, "Save it as UTF-8.", name, "is not UTF-8");
}

/* Expansion */

static void begin_part(struct expansion *expansion, struct source *source, size_t offset)
{
    struct flow_include *include = expansion->include;

    include->parts = arena_grow(expansion->arena, include->parts, include->part_count,
                                &include->part_capacity, sizeof(*include->parts));
    include->parts[include->part_count++] = (struct flow_include_part){
        .start = expansion->out.len,
        .offset = offset,
        .file = source->file,
        .copy = source->copy,
        .ordinal = source->parts++,
        .depth = (uint32_t)source->depth,
    };
}

static bool expand(struct expansion *expansion, struct source *source);

/* A comment on the last line would take in what stands behind the include. */
static bool ends_in_comment(struct text text)
{
    size_t i = 0, last = 0;

    while (i < text.len) {
        last = i;
        i = skip_token(text, i);
    }
    return text.len > 0 && text.ptr[last] == ';';
}

/* The include at offset; answers where the scan goes on, 0 on failure. */
static size_t expand_include(struct expansion *expansion, struct source *source, size_t offset)
{
    struct source inner = {.outer = source, .depth = source->depth + 1};
    struct text text = source->text;
    size_t start = offset + tag.len;

    while (start < text.len && is_space(text.ptr[start])) {
        start++;
    }
    size_t end = start < text.len && text.ptr[start] == '"' ? skip_token(text, start) : 0;

    if (end < start + 3 || text.ptr[end - 1] != '"') {
        fail(expansion, source, offset, "Write #flow/include \"parts/body.clj\".", "…",
             "needs a file's path, as a string");
        return 0;
    }
    const char *name = arena_text(expansion->arena, text_slice(text, start + 1, end - 1)).ptr;

    if (inner.depth > DEPTH_MAX || ++expansion->count > COUNT_MAX) {
        fail(expansion, source, offset, "Include less, or less deeply.", name,
             inner.depth > DEPTH_MAX ? "is the seventeenth level" : "is one of over 1000 includes");
        return 0;
    }
    if (!open_source(expansion, source, offset, name, &inner)) return 0;
    if (!expand(expansion, &inner)) return 0;
    if (ends_in_comment(inner.text)) buf_char(&expansion->out, '\n');
    begin_part(expansion, source, end);
    return end;
}

/* #flow/includes is another tag. */
static bool ends_tag(struct text rest)
{
    if (rest.len == tag.len) return true;
    char c = rest.ptr[tag.len];

    return is_space(c) || (c != '\0' && strchr("\"()[]{};", c));
}

static bool expand(struct expansion *expansion, struct source *source)
{
    struct text text = source->text;
    size_t i = 0;

    source->copy = expansion->include->files[source->file].copies++;
    begin_part(expansion, source, 0);
    while (i < text.len) {
        struct text rest = text_slice(text, i, text.len);
        bool includes = text_starts_with(rest, tag) && ends_tag(rest);
        size_t next = includes ? expand_include(expansion, source, i) : skip_token(text, i);

        if (next == 0) return false;
        if (!includes) buf_append(&expansion->out, text.ptr + i, next - i);
        i = next;
    }
    if (!expansion->out.overflow) return true;
    return error_set(expansion->err, E_TOO_LARGE, "%s with its includes is over %lu MB",
                     source->path, TEXT_MAX >> 20);
}

/* The flow's own file is the first. */
static bool expand_first(struct expansion *expansion, const char *path)
{
    struct flow_include *include = expansion->include;
    bool is_stdin = strcmp(path, "-") == 0;
    struct source source = {.path = include->files[0].path, .text = include->files[0].text};

    if (!realpath(is_stdin ? "." : folder_of(expansion->arena, path), expansion->folder)) {
        return error_set(expansion->err, E_IO, "the folder of %s: %s", path, strerror(errno));
    }
    snprintf(source.real, sizeof source.real, "%s", include->files[0].real);
    bool ok = expand(expansion, &source);

    if (ok) include->text = arena_text(expansion->arena, buf_get(&expansion->out));
    buf_done(&expansion->out);
    return ok;
}

bool flow_include_read(struct arena *arena, const char *path, struct flow_include *out,
                       struct error *err)
{
    struct expansion expansion = {
        .arena = arena, .include = out, .out = {.limit = TEXT_MAX}, .err = err};
    bool is_stdin = strcmp(path, "-") == 0;
    struct source source = {.path = is_stdin ? "stdin" : arena_text(arena, text_from(path)).ptr};

    *out = (struct flow_include){0};
    if (!flow_files_read(arena, path, &source.text, err)) return false;
    if (text_index_of(source.text, tag) < 0) {
        out->text = source.text;
        return true;
    }
    if (!is_stdin && !realpath(path, source.real)) source.real[0] = '\0';
    add_file(&expansion, &source, false);
    return expand_first(&expansion, path);
}

bool flow_include_again(struct arena *arena, const struct flow_include *include,
                        struct flow_include *out, struct error *err)
{
    struct expansion expansion = {
        .arena = arena, .include = out, .out = {.limit = TEXT_MAX}, .err = err};

    *out = (struct flow_include){0};
    for (size_t i = 0; i < include->file_count; i++) {
        out->files = arena_grow(arena, out->files, i, &out->file_capacity, sizeof(*out->files));
        out->files[i] = include->files[i];
        out->files[i].copies = 0;
    }
    out->file_count = include->file_count;
    return expand_first(&expansion, include->files[0].path);
}

/* Places */

static const struct flow_include_part *part_at(const struct flow_include *include, size_t offset)
{
    size_t low = 0, high = include->part_count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (include->parts[middle].start <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &include->parts[low];
}

/* The byte that a place in the expanded text means; false: the object names none. */
static bool read_place(const struct flow_include *include, const struct json *object,
                       size_t *out_offset)
{
    const struct json *offset = json_get(object, "byteOffset"), *line = json_get(object, "line");

    if (json_get_type(offset) == JSON_INT) {
        *out_offset = (size_t)MAX(json_int(offset, 0), 0);
        return true;
    }
    if (json_get_type(line) != JSON_INT || json_int(line, 0) < 1) return false;
    *out_offset = diagnostic_offset(include->text, (uint32_t)json_int(line, 1),
                                    (uint32_t)MAX(json_int(json_get(object, "column"), 1), 1));
    return true;
}

static void write_object(const struct flow_include *include, const struct json *object,
                         struct json_writer *writer)
{
    const struct flow_include_part *part = NULL;
    const struct flow_include_file *file = NULL;
    bool brackets = text_equal(json_get_text(object, "code"), TEXT("clojure_delimiters_invalid"));
    size_t offset = 0;
    int line = 0, column = 0;
    const struct json *value;
    struct text key;
    void *iter = NULL;

    if (read_place(include, object, &offset)) {
        part = part_at(include, offset);
        offset = part->offset + (offset - part->start);
        file = &include->files[part->file];
        flow_include_place(file->text, offset, &line, &column);
    }
    json_write_object(writer);
    while ((iter = json_member(object, iter, &key, &value)) != NULL) {
        if (brackets && text_equal(key, TEXT("fix"))) continue;
        json_write_key_text(writer, key);
        if (part && text_equal(key, TEXT("line"))) {
            json_write_int(writer, line);
        } else if (part && text_equal(key, TEXT("column"))) {
            json_write_int(writer, column);
        } else if (part && text_equal(key, TEXT("byteOffset"))) {
            json_write_int(writer, (int64_t)offset);
        } else if (part && text_equal(key, TEXT("byteEnd"))) {
            json_write_int(writer,
                           json_int(value, 0) + (int64_t)part->offset - (int64_t)part->start);
        } else {
            flow_include_write(include, value, writer);
        }
    }
    if (part && part->file > 0) json_put_cstr(writer, "file", file->path);
    json_write_object_end(writer);
}

void flow_include_write(const struct flow_include *include, const struct json *answer,
                        struct json_writer *writer)
{
    switch (json_get_type(answer)) {
    case JSON_OBJECT: write_object(include, answer, writer); break;
    case JSON_ARRAY:
        json_write_array(writer);
        for (size_t i = 0; i < json_count(answer); i++) {
            flow_include_write(include, json_item(answer, i), writer);
        }
        json_write_array_end(writer);
        break;
    default: json_write_node(writer, answer); break;
    }
}

struct text flow_include_told(struct arena *arena, const struct flow_include *include,
                              struct text answer)
{
    struct buf out CLEANUP(buf_done) = {0};
    struct json_writer writer;
    struct error ignored = {0};

    if (include->part_count == 0) return answer;
    const struct json *tree = json_read(arena, answer, &ignored);

    if (!tree) return answer;
    json_write_init(&writer, &out);
    flow_include_write(include, tree, &writer);
    return arena_text(arena, buf_get(&out));
}

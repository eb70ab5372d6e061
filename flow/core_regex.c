#include "base/memory.h"
#include "flow/box.h"
#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/pvec.h"
#include "flow/regex.h"
#include "flow/utf.h"

/*
 * Core regex: what takes patterns. A pattern is compiled for each call, which is cheap beside the
 * rest and keeps nothing outside of the heap.
 */

/* The units of a string; owned when they had to be widened. */
struct units {
    const uint16_t *ptr;
    size_t len;
    uint16_t *owned;
};

struct search {
    struct regex *regex;
    struct units subject;
    struct value source; /* the subject as a string value */
    struct native_call *call;
    size_t from; /* where the next find starts */
    bool pairs, over;
    struct regex_match match;
};

static struct units units_of(struct value string)
{
    struct units units = {.len = string_length(string)};

    if (string_is_wide(string)) {
        units.ptr = string_units(string);
        return units;
    }
    units.owned = memory_array(units.len + 1, sizeof(uint16_t));
    for (size_t i = 0; i < units.len; i++) {
        units.owned[i] = string_bytes(string)[i];
    }
    units.ptr = units.owned;
    return units;
}

static void search_done(struct search *search)
{
    regex_free(search->regex);
    memory_free(search->subject.owned);
}

/* The regex is argument re_index, the subject argument subject_index. */
static bool search_init(struct search *search, struct native_call *call, uint32_t re_index,
                        uint32_t subject_index)
{
    struct units pattern;
    enum regex_subject subject;
    struct value source;

    *search = (struct search){.call = call};
    if (call->args[re_index].type != VALUE_REGEX) return core_args_wrong(call, re_index, "a regex");
    if (!core_args_string(call, subject_index)) return false;
    search->source = call->args[subject_index];
    if (!core_args_charge_units(call, string_length(search->source))) return false;
    search->subject = units_of(search->source);
    subject = regex_subject_of(search->subject.ptr, search->subject.len);
    search->pairs = subject == REGEX_PAIRS;
    source = box_regex_source(call->args[re_index]);
    if (!native_charge(call, string_length(source) + 16)) return false;
    pattern = units_of(source);
    search->regex = regex_new(pattern.ptr, pattern.len, subject, call->err);
    memory_free(pattern.owned);
    return search->regex != NULL;
}

/* The next match as Java's Matcher.find() steps: behind an empty one, one further. */
static enum regex_result search_next(struct search *search)
{
    enum regex_result result;

    if (search->over || search->from > search->subject.len) return REGEX_NO_MATCH;
    result = regex_find(search->regex, search->subject.ptr, search->subject.len, search->from,
                        false, search->call->fuel, &search->match, search->call->err);
    if (result != REGEX_MATCH) {
        search->over = true;
        return result;
    }
    search->from = search->match.end[0];
    if (search->match.start[0] == search->match.end[0]) {
        search->from++;
        if (search->pairs && search->from < search->subject.len &&
            utf_is_low(search->subject.ptr[search->from]) &&
            utf_is_high(search->subject.ptr[search->from - 1])) {
            search->from++;
        }
    }
    return REGEX_MATCH;
}

static struct value group(const struct search *search, uint32_t index)
{
    if (search->match.start[index] == REGEX_UNSET) return value_nil();
    return string_slice(search->call->heap, search->source, (uint32_t)search->match.start[index],
                        (uint32_t)search->match.end[index]);
}

/* The match as re-groups has it: the text, or a vector when there are groups. */
static struct value groups(const struct search *search)
{
    struct value items[REGEX_GROUPS_MAX];

    if (search->match.group_count == 1) return group(search, 0);
    for (uint32_t i = 0; i < search->match.group_count; i++) {
        items[i] = group(search, i);
    }
    return pvec_new(search->call->heap, items, search->match.group_count);
}

static bool re_pattern(struct native_call *call, struct value *out)
{
    struct regex *regex;
    struct units pattern;

    if (call->args[0].type == VALUE_REGEX) {
        *out = call->args[0];
        return true;
    }
    if (!core_args_string(call, 0)) return false;
    if (!native_charge(call, string_length(call->args[0]) + 16)) return false;
    pattern = units_of(call->args[0]);
    regex = regex_new(pattern.ptr, pattern.len, REGEX_ASCII, call->err);
    memory_free(pattern.owned);
    if (!regex) return false;
    regex_free(regex);
    *out = box_regex(call->heap, call->args[0], NULL);
    return true;
}

static bool re_find(struct native_call *call, struct value *out)
{
    struct search search CLEANUP(search_done) = {0};
    enum regex_result result;

    if (!search_init(&search, call, 0, 1)) return false;
    result = search_next(&search);
    *out = result == REGEX_MATCH ? groups(&search) : value_nil();
    return result != REGEX_ERROR;
}

static bool re_matches(struct native_call *call, struct value *out)
{
    struct search search CLEANUP(search_done) = {0};
    enum regex_result result;

    if (!search_init(&search, call, 0, 1)) return false;
    result = regex_find(search.regex, search.subject.ptr, search.subject.len, 0, true, call->fuel,
                        &search.match, call->err);
    *out = result == REGEX_MATCH ? groups(&search) : value_nil();
    return result != REGEX_ERROR;
}

static bool re_seq(struct native_call *call, struct value *out)
{
    struct search search CLEANUP(search_done) = {0};
    struct value_list items CLEANUP(value_list_done) = {0};
    enum regex_result result;

    if (!search_init(&search, call, 0, 1)) return false;
    while ((result = search_next(&search)) == REGEX_MATCH) {
        value_list_push(&items, groups(&search));
        if (!core_args_charge_items(call, search.match.group_count)) return false;
    }
    if (result == REGEX_ERROR) return false;
    *out = items.count ? core_args_seq(call->heap, &items) : value_nil();
    return true;
}

/* [start end groups] of the first match at or behind a position, or nil. */
static bool re_match_at(struct native_call *call, struct value *out)
{
    struct search search CLEANUP(search_done) = {0};
    enum regex_result result;
    int64_t from;

    if (!core_args_int(call, 2, &from) || !search_init(&search, call, 0, 1)) return false;
    search.from = (size_t)from;
    result = search_next(&search);
    if (result == REGEX_ERROR) return false;
    if (result == REGEX_NO_MATCH) {
        *out = value_nil();
        return true;
    }
    *out = pvec_new(call->heap,
                    (struct value[]){value_int((int64_t)search.match.start[0]),
                                     value_int((int64_t)search.match.end[0]), groups(&search)},
                    3);
    return true;
}

/* The pieces between the matches, as java.util.regex.Pattern.split(): limit 0 drops empty pieces at
 * the end, a negative one keeps them, a positive one bounds their number. */
static bool split_pieces(struct search *search, int64_t limit, struct value_list *pieces)
{
    size_t index = 0;
    enum regex_result result = REGEX_NO_MATCH;

    while ((limit <= 0 || (int64_t)pieces->count < limit - 1) &&
           (result = search_next(search)) == REGEX_MATCH) {
        size_t start = search->match.start[0], end = search->match.end[0];

        if (index == 0 && start == 0 && end == 0) continue;
        value_list_push(pieces, string_slice(search->call->heap, search->source, (uint32_t)index,
                                             (uint32_t)start));
        index = end;
        if (!core_args_charge_items(search->call, 1)) return false;
    }
    if (result == REGEX_ERROR) return false;
    if (index == 0) {
        value_list_truncate(pieces, 0);
        value_list_push(pieces, search->source);
        return true;
    }
    value_list_push(pieces, string_slice(search->call->heap, search->source, (uint32_t)index,
                                         (uint32_t)search->subject.len));
    while (limit == 0 && pieces->count > 0 &&
           string_length(pieces->items[pieces->count - 1]) == 0) {
        value_list_truncate(pieces, pieces->count - 1);
    }
    return true;
}

static bool split(struct native_call *call, struct value *out)
{
    struct search search CLEANUP(search_done) = {0};
    struct value_list pieces CLEANUP(value_list_done) = {0};
    int64_t limit = 0;

    if (call->count > 2 && !core_args_int(call, 2, &limit)) return false;
    if (limit < INT32_MIN || limit > INT32_MAX) { // it is an int of Java's
        return error_set(call->err, E_ARITHMETIC, "%s: the limit %lld is over 32 bits",
                         call->entry->name, (long long)limit);
    }
    if (!search_init(&search, call, 1, 0) || !split_pieces(&search, limit, &pieces)) return false;
    *out = pvec_new(call->heap, pieces.items, (uint32_t)pieces.count);
    return true;
}

/* \n and \r\n end a line; empty lines at the end are dropped, as split does. */
static bool split_lines(struct native_call *call, struct value *out)
{
    struct value_list lines CLEANUP(value_list_done) = {0};
    struct value source = call->args[0];
    uint32_t start = 0, length;

    if (!core_args_string(call, 0)) return false;
    length = string_length(source);
    if (!core_args_charge_units(call, length)) return false;
    for (uint32_t i = 0; i < length; i++) {
        uint32_t end = i;

        if (string_unit(source, i) != '\n') continue;
        if (end > start && string_unit(source, end - 1) == '\r') end--;
        value_list_push(&lines, string_slice(call->heap, source, start, end));
        start = i + 1;
        if (!core_args_charge_items(call, 1)) return false;
    }
    value_list_push(&lines, string_slice(call->heap, source, start, length));
    while (start > 0 && lines.count > 0 && string_length(lines.items[lines.count - 1]) == 0) {
        value_list_truncate(&lines, lines.count - 1);
    }
    *out = pvec_new(call->heap, lines.items, (uint32_t)lines.count);
    return true;
}

/* $name in a replacement, behind "${": the number of the group. */
static bool named_group(struct search *search, struct value template, uint32_t *at,
                        uint32_t *out_group)
{
    char name[40];
    size_t len = 0;

    while (*at < string_length(template) && string_unit(template, *at) != '}') {
        if (len + 1 >= sizeof(name)) break;
        name[len++] = (char)string_unit(template, (*at)++);
    }
    name[len] = 0;
    *out_group = regex_group_number(search->regex, name);
    if (*at >= string_length(template) || *out_group == 0) {
        return error_set(search->call->err, E_ARGUMENT, "no group with the name %s in the regex",
                         name);
    }
    (*at)++;
    return true;
}

/* The group of a reference in a replacement, behind the $: all digits that make a group. */
static bool group_reference(struct search *search, struct value template, uint32_t *at,
                            uint32_t *out_group)
{
    uint32_t length = string_length(template), count = search->match.group_count;
    uint16_t unit = *at < length ? string_unit(template, *at) : 0;

    if (unit == '{') {
        (*at)++;
        return named_group(search, template, at, out_group);
    }
    if (unit < '0' || unit > '9') {
        return error_set(search->call->err, E_ARGUMENT, "illegal group reference in a replacement");
    }
    *out_group = unit - '0';
    if (*out_group >= count) {
        return error_set(search->call->err, E_INDEX, "the regex has no group %u", *out_group);
    }
    for ((*at)++; *at < length; (*at)++) {
        uint32_t next = string_unit(template, *at) - '0';

        if (next > 9 || *out_group * 10 + next >= count) break;
        *out_group = *out_group * 10 + next;
    }
    return true;
}

/* Adds the replacement with its $1 and \x resolved. */
static bool add_replacement(struct search *search, struct value template,
                            struct string_builder *builder)
{
    uint32_t at = 0, number = 0;

    while (at < string_length(template)) {
        uint16_t unit = string_unit(template, at++);

        if (unit == '\\') {
            if (at >= string_length(template)) {
                return error_set(search->call->err, E_ARGUMENT,
                                 "the replacement ends with a backslash");
            }
            string_builder_add_unit(builder, string_unit(template, at++));
        } else if (unit == '$') {
            if (!group_reference(search, template, &at, &number)) return false;
            if (search->match.start[number] != REGEX_UNSET) {
                string_builder_add_slice(builder, search->source,
                                         (uint32_t)search->match.start[number],
                                         (uint32_t)search->match.end[number]);
            }
        } else {
            string_builder_add_unit(builder, unit);
        }
    }
    return true;
}

static bool replace_pattern(struct native_call *call, bool once, struct value *out)
{
    struct search search CLEANUP(search_done) = {0};
    struct string_builder builder CLEANUP(string_builder_done) = {0};
    enum regex_result result = REGEX_NO_MATCH;
    size_t copied = 0;

    if (!core_args_string(call, 2) || !search_init(&search, call, 1, 0)) return false;
    while ((!once || copied == 0) && (result = search_next(&search)) == REGEX_MATCH) {
        string_builder_add_slice(&builder, search.source, (uint32_t)copied,
                                 (uint32_t)search.match.start[0]);
        if (!add_replacement(&search, call->args[2], &builder)) return false;
        copied = search.match.end[0];
        if (!core_args_charge_units(call, (int64_t)builder.length)) return false;
        if (once) break;
    }
    if (result == REGEX_ERROR) return false;
    string_builder_add_slice(&builder, search.source, (uint32_t)copied,
                             (uint32_t)search.subject.len);
    *out = string_builder_make(&builder, call->heap);
    return true;
}

/* A string or character by another; an empty one matches between all characters. */
static bool replace_text(struct native_call *call, struct value match, struct value by, bool once,
                         struct value *out)
{
    struct string_builder builder CLEANUP(string_builder_done) = {0};
    struct value source = call->args[0];
    uint32_t length = string_length(source), copied = 0;
    int64_t at = 0;

    if (!core_args_charge_units(call, length)) return false;
    while (at <= length && (at = string_index_of(source, match, at)) >= 0) {
        string_builder_add_slice(&builder, source, copied, (uint32_t)at);
        string_builder_add(&builder, by);
        copied = (uint32_t)at + string_length(match);
        at = string_length(match) ? copied : copied + 1;
        if (!native_charge(call, 1)) return false;
        if (!heap_can(call->heap, builder.length * 2, call->err)) return false;
        if (once) break;
    }
    string_builder_add_slice(&builder, source, MIN(copied, length), length);
    *out = string_builder_make(&builder, call->heap);
    return true;
}

static bool replace_any(struct native_call *call, bool once, struct value *out)
{
    struct value match = call->args[1], by = call->args[2];

    if (!core_args_to_string(call, 0)) return false;
    if (match.type == VALUE_REGEX) return replace_pattern(call, once, out);
    if (match.type == VALUE_CHAR) {
        uint16_t unit = (uint16_t)match.integer;
        uint16_t by_unit = (uint16_t)by.integer;

        if (by.type == VALUE_CHAR) {
            by = string_from_units(call->heap, &by_unit, 1);
        } else if (!once || by.type != VALUE_STRING) {
            return core_args_wrong(call, 2, "a character");
        }
        return replace_text(call, string_from_units(call->heap, &unit, 1), by, once, out);
    }
    if (match.type != VALUE_STRING) {
        return core_args_invalid(call, 1, "a string, character or regex");
    }
    if (once ? !core_args_to_string(call, 2) : !core_args_string(call, 2)) return false;
    return replace_text(call, match, call->args[2], once, out);
}

static bool replace(struct native_call *call, struct value *out)
{
    return replace_any(call, false, out);
}

static bool replace_first(struct native_call *call, struct value *out)
{
    return replace_any(call, true, out);
}

const struct native_entry core_regex[] = {
    {"re-pattern", 1, 1, NATIVE_PLAIN, re_pattern},
    {"re-find", 2, 2, NATIVE_PLAIN, re_find},
    {"re-matches", 2, 2, NATIVE_PLAIN, re_matches},
    {"re-seq", 2, 2, NATIVE_PLAIN, re_seq},
    {"-re-match-at", 3, 3, NATIVE_INTERNAL, re_match_at},
    {"clojure.string/split", 2, 3, NATIVE_PLAIN, split},
    {"clojure.string/split-lines", 1, 1, NATIVE_PLAIN, split_lines},
    {"clojure.string/replace", 3, 3, NATIVE_DEEP_1, replace},
    {"clojure.string/replace-first", 3, 3, NATIVE_DEEP_1, replace_first},
    {0},
};

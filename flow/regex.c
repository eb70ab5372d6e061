#define PCRE2_CODE_UNIT_WIDTH 16

#include "flow/regex.h"

#include "base/assert.h"
#include "base/memory.h"
#include "flow/regex_translate.h"

#include <pcre2.h>
#include <string.h>

/*
 * PCRE2 without its JIT: what it may do is bounded by match_limit, taken from the fuel left, and by
 * a heap limit. Patterns and subjects are UTF-16 units; UTF mode only where surrogates are around,
 * with lone halves allowed in the subject (they match nothing).
 */
#define MATCH_HEAP_KIB    (16 * 1024)
#define MATCH_LIMIT_FIRST 4096
#define MATCH_LIMIT_MAX   20000000
#define PATTERN_UNITS_MAX 65536

struct regex {
    pcre2_code_16 *code;
    pcre2_match_data_16 *data;
    pcre2_match_context_16 *context;
    uint32_t group_count;
};

enum regex_subject regex_subject_of(const uint16_t *units, size_t len)
{
    enum regex_subject subject = REGEX_ASCII;

    for (size_t i = 0; i < len; i++) {
        if ((units[i] & 0xF800) == 0xD800) return REGEX_PAIRS;
        if (units[i] > 127) subject = REGEX_NO_PAIRS;
    }
    return subject;
}

/* What Java would take and PCRE2 cannot; its other refusals are of patterns that are wrong. */
static bool is_limit(int code)
{
    return code == PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH ||
           code == PCRE2_ERROR_QUANTIFIER_TOO_BIG || code == PCRE2_ERROR_PATTERN_TOO_LARGE ||
           code == PCRE2_ERROR_PATTERN_STRING_TOO_LONG ||
           code == PCRE2_ERROR_SUBPATTERN_NAME_TOO_LONG || code == PCRE2_ERROR_TOO_MANY_CAPTURES ||
           code == PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP;
}

static bool compile(struct regex *regex, const struct buf *pattern, bool utf, bool ucp,
                    struct error *err)
{
    uint32_t options = PCRE2_DOTALL | PCRE2_NEVER_BACKSLASH_C;
    int code;
    size_t offset;
    uint16_t text[160];

    if (utf) options |= PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
    if (ucp) options |= PCRE2_UCP;
    regex->code = pcre2_compile_16((PCRE2_SPTR16)(const void *)buf_get(pattern).ptr,
                                   pattern->len / 2, options, &code, &offset, NULL);
    if (regex->code) return true;

    char message[ARRAY_COUNT(text)];
    int len = pcre2_get_error_message_16(code, (PCRE2_UCHAR16 *)text, ARRAY_COUNT(text));

    for (int i = 0; i < (int)ARRAY_COUNT(message); i++) {
        message[i] = i < len ? (char)text[i] : 0;
    }
    message[ARRAY_COUNT(message) - 1] = 0;
    if (is_limit(code)) {
        return error_set(err, E_REGEX, "this regex cannot be carried out: %s", message);
    }
    return error_set(err, E_ARGUMENT, "invalid regex: %s", message);
}

struct regex *regex_new(const uint16_t *pattern, size_t len, enum regex_subject subject,
                        struct error *err)
{
    struct buf translated CLEANUP(buf_done) = {0};
    struct regex *regex;
    struct regex_needs needs = {
        .utf = subject == REGEX_PAIRS || regex_subject_of(pattern, len) == REGEX_PAIRS,
        .wide_words = subject != REGEX_ASCII,
    };

    if (len > PATTERN_UNITS_MAX) {
        error_set(err, E_LIMIT, "a regex of %zu characters is over the limit of %d", len,
                  PATTERN_UNITS_MAX);
        return NULL;
    }
    if (!regex_translate(pattern, len, &needs, &translated, err)) return NULL;
    regex = MEMORY_NEW(struct regex);
    if (!compile(regex, &translated, needs.utf, needs.ucp, err)) {
        regex_free(regex);
        return NULL;
    }
    pcre2_pattern_info_16(regex->code, PCRE2_INFO_CAPTURECOUNT, &regex->group_count);
    regex->group_count++;
    if (regex->group_count > REGEX_GROUPS_MAX) {
        error_set(err, E_LIMIT, "a regex of %u groups is over the limit of %d",
                  regex->group_count - 1, REGEX_GROUPS_MAX - 1);
        regex_free(regex);
        return NULL;
    }
    regex->data = pcre2_match_data_create_from_pattern_16(regex->code, NULL);
    regex->context = pcre2_match_context_create_16(NULL);
    ASSERT(regex->data && regex->context);
    pcre2_set_heap_limit_16(regex->context, MATCH_HEAP_KIB);
    return regex;
}

void regex_free(struct regex *regex)
{
    if (!regex) return;
    pcre2_match_context_free_16(regex->context);
    pcre2_match_data_free_16(regex->data);
    pcre2_code_free_16(regex->code);
    memory_free(regex);
}

uint32_t regex_group_count(const struct regex *regex)
{
    return regex->group_count;
}

uint32_t regex_group_number(const struct regex *regex, const char *name)
{
    uint16_t units[40];
    size_t len = strlen(name);
    int number;

    if (len >= ARRAY_COUNT(units)) return 0;
    for (size_t i = 0; i <= len; i++) {
        units[i] = (uint16_t)(unsigned char)name[i];
    }
    number = pcre2_substring_number_from_name_16(regex->code, (PCRE2_SPTR16)units);
    return number > 0 ? (uint32_t)number : 0;
}

static enum regex_result match_error(int code, struct error *err)
{
    if (code == PCRE2_ERROR_MATCHLIMIT || code == PCRE2_ERROR_DEPTHLIMIT) {
        error_set(err, E_FUEL, "the regex takes too many steps on this text");
    } else if (code == PCRE2_ERROR_HEAPLIMIT || code == PCRE2_ERROR_NOMEMORY) {
        error_set(err, E_MEMORY, "the regex takes too much memory on this text");
    } else {
        error_set(err, E_INTERNAL, "the regex failed with code %d", code);
    }
    return REGEX_ERROR;
}

/* PCRE2 does not say how much it did, so that a match starts with a small limit; one that is
 * reached is charged in full before the next, larger try. */
static int match_bounded(struct regex *regex, const uint16_t *subject, size_t len, size_t from,
                         uint32_t options, int64_t *fuel)
{
    int64_t limit = MATCH_LIMIT_FIRST;

    for (;;) {
        int code;

        pcre2_set_match_limit_16(regex->context, (uint32_t)limit);
        code = pcre2_match_16(regex->code, (PCRE2_SPTR16)subject, len, from, options, regex->data,
                              regex->context);
        if (code != PCRE2_ERROR_MATCHLIMIT) return code;
        *fuel -= limit;
        limit *= 8;
        if (limit > MIN(*fuel, MATCH_LIMIT_MAX)) return code;
    }
}

enum regex_result regex_find(struct regex *regex, const uint16_t *subject, size_t len, size_t from,
                             bool whole, int64_t *fuel, struct regex_match *out, struct error *err)
{
    uint32_t options = whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0;
    const size_t *ends;
    int code;

    ASSERT(from <= len);
    if (*fuel <= 0) {
        error_set(err, E_FUEL, "no fuel is left for the regex");
        return REGEX_ERROR;
    }
    code = match_bounded(regex, subject, len, from, options, fuel);
    if (code == PCRE2_ERROR_NOMATCH) {
        *fuel -= (int64_t)(len - from) / 8 + 4;
        return REGEX_NO_MATCH;
    }
    if (code < 0) return match_error(code, err);

    ends = pcre2_get_ovector_pointer_16(regex->data);
    out->group_count = regex->group_count;
    for (uint32_t i = 0; i < regex->group_count; i++) {
        bool set = (int)i < code && ends[2 * i] != PCRE2_UNSET;

        out->start[i] = set ? ends[2 * i] : REGEX_UNSET;
        out->end[i] = set ? ends[2 * i + 1] : REGEX_UNSET;
    }
    *fuel -= (int64_t)(out->end[0] > from ? out->end[0] - from : 0) / 8 + 4;
    return REGEX_MATCH;
}

static bool is_letter(uint16_t unit)
{
    return (unit >= 'a' && unit <= 'z') || (unit >= 'A' && unit <= 'Z') || unit >= 0xC0;
}

/* Half of a surrogate pair without the other half. */
static bool is_lone(const uint16_t *units, size_t len, size_t at)
{
    if ((units[at] & 0xFC00) == 0xD800) return at + 1 >= len || (units[at + 1] & 0xFC00) != 0xDC00;
    if ((units[at] & 0xFC00) == 0xDC00) return at == 0 || (units[at - 1] & 0xFC00) != 0xD800;
    return false;
}

/* Characters that become more than one, or of which more than two belong together. */
struct special {
    uint16_t from, to[3];
};

static const struct special uppers[] = {
    {0x00B5, {0x039C}},
    {0x00DF, {'S', 'S'}},
    {0x0131, {'I'}},
    {0x0149, {0x02BC, 'N'}},
    {0x017F, {'S'}},
    {0x01C5, {0x01C4}},
    {0x01C8, {0x01C7}},
    {0x01CB, {0x01CA}},
    {0x01F0, {'J', 0x030C}},
    {0x01F2, {0x01F1}},
    {0x0345, {0x0399}},
    {0x0390, {0x0399, 0x0308, 0x0301}},
    {0x03B0, {0x03A5, 0x0308, 0x0301}},
    {0x03C2, {0x03A3}},
    {0x03D0, {0x0392}},
    {0x03D1, {0x0398}},
    {0x03D5, {0x03A6}},
    {0x03D6, {0x03A0}},
    {0x03F0, {0x039A}},
    {0x03F1, {0x03A1}},
    {0x03F5, {0x0395}},
    {0x0587, {0x0535, 0x0552}},
    {0x1E96, {'H', 0x0331}},
    {0x1E97, {'T', 0x0308}},
    {0x1E98, {'W', 0x030A}},
    {0x1E99, {'Y', 0x030A}},
    {0x1E9A, {'A', 0x02BE}},
    {0x1E9B, {0x1E60}},
    {0x1FBE, {0x0399}},
    {0xFB00, {'F', 'F'}},
    {0xFB01, {'F', 'I'}},
    {0xFB02, {'F', 'L'}},
    {0xFB03, {'F', 'F', 'I'}},
    {0xFB04, {'F', 'F', 'L'}},
    {0xFB05, {'S', 'T'}},
    {0xFB06, {'S', 'T'}},
};
static const struct special lowers[] = {
    {0x0130, {'i', 0x0307}}, {0x01C5, {0x01C6}}, {0x01C8, {0x01C9}}, {0x01CB, {0x01CC}},
    {0x01F2, {0x01F3}},      {0x03F4, {0x03B8}}, {0x1E9E, {0x00DF}}, {0x2126, {0x03C9}},
    {0x212A, {'k'}},         {0x212B, {0x00E5}},
};

static bool special_case(const uint16_t *units, size_t len, size_t at, bool upper, struct buf *out)
{
    const struct special *table = upper ? uppers : lowers;
    size_t count = upper ? ARRAY_COUNT(uppers) : ARRAY_COUNT(lowers);
    uint16_t last_sigma = 0x3C2;

    if (!upper && units[at] == 0x3A3 && at > 0 && is_letter(units[at - 1]) &&
        (at + 1 == len || !is_letter(units[at + 1]))) {
        buf_append(out, &last_sigma, sizeof(last_sigma));
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (table[i].from != units[at]) continue;
        for (size_t j = 0; j < 3 && table[i].to[j]; j++) {
            buf_append(out, &table[i].to[j], sizeof(uint16_t));
        }
        return true;
    }
    return false;
}

/* A run without special characters, by PCRE2's own case tables: s/.+/\U$0/ */
static void change_run(const pcre2_code_16 *code, const uint16_t *units, size_t len, bool upper,
                       struct buf *out)
{
    static const uint16_t upwards[] = {'\\', 'U', '$', '0'}, downwards[] = {'\\', 'L', '$', '0'};
    size_t made = len + 8;
    int count;

    if (len == 0) return;

    char *room = buf_reserve(out, made * sizeof(uint16_t));

    count = pcre2_substitute_16(
        code, (PCRE2_SPTR16)units, len, 0, PCRE2_SUBSTITUTE_EXTENDED | PCRE2_NO_UTF_CHECK, NULL,
        NULL, (PCRE2_SPTR16)(upper ? upwards : downwards), 4, (PCRE2_UCHAR16 *)(void *)room, &made);
    if (count < 1) { // lone halves of pairs: as they are
        buf_append(out, units, len * sizeof(uint16_t));
    } else {
        buf_commit(out, made * sizeof(uint16_t));
    }
}

void regex_change_case(const uint16_t *units, size_t len, bool upper, struct buf *out)
{
    static const uint16_t anything[] = {'.', '+'};
    int error;
    size_t offset, from = 0;
    bool wide = false;

    for (size_t i = 0; i < len; i++) {
        wide = wide || units[i] > 127;
    }
    for (size_t i = 0; !wide && i < len; i++) {
        uint16_t c = units[i];

        if (upper && c >= 'a' && c <= 'z') c = (uint16_t)(c - 32);
        if (!upper && c >= 'A' && c <= 'Z') c = (uint16_t)(c + 32);
        buf_append(out, &c, sizeof(c));
    }
    if (!wide) return;

    pcre2_code_16 *code = pcre2_compile_16(
        (PCRE2_SPTR16)anything, 2, PCRE2_DOTALL | PCRE2_UTF | PCRE2_UCP, &error, &offset, NULL);

    ASSERT(code);
    for (size_t i = 0; i < len; i++) {
        if (is_lone(units, len, i)) {
            change_run(code, units + from, i - from, upper, out);
            buf_append(out, &units[i], sizeof(uint16_t));
            from = i + 1;
            continue;
        }
        struct buf special CLEANUP(buf_done) = {0};

        if (!special_case(units, len, i, upper, &special)) continue;
        change_run(code, units + from, i - from, upper, out);
        buf_append(out, special.ptr, special.len);
        from = i + 1;
    }
    change_run(code, units + from, len - from, upper, out);
    pcre2_code_free_16(code);
}

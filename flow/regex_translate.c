#include "base/assert.h"
#include "flow/regex_internal.h"

#include <string.h>

/* Java counts repetitions in an int. */
#define REPEAT_MAX 100000000

/*
 * One pass over the pattern. The open groups' flags stand on a stack of their own. A literal that
 * is not a letter or digit is written as \x{…}, which means the same inside and outside of a class.
 */
bool regex_translate_invalid(struct translator *t, const char *what)
{
    return error_set(t->err, E_ARGUMENT, "invalid regex: %s near index %d", what,
                     (int)(t->at - t->start));
}

bool regex_translate_unsupported(struct translator *t, const char *what)
{
    return error_set(t->err, E_REGEX, "%s is not supported in a regex (near index %d)", what,
                     (int)(t->at - t->start));
}

void regex_translate_emit(struct buf *out, const char *ascii)
{
    for (; *ascii; ascii++) {
        uint16_t unit = (uint16_t)(unsigned char)*ascii;

        buf_append(out, &unit, sizeof(unit));
    }
}

static bool is_alnum(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void regex_translate_literal(struct buf *out, uint32_t code)
{
    static const char digits[] = "0123456789abcdef";
    char text[16];
    size_t len = sizeof(text) - 1;
    uint32_t rest = code;

    if (is_alnum(code)) {
        regex_translate_emit(out, (char[]){(char)code, 0});
        return;
    }
    if (code >= 0xD800 && code <= 0xDFFF) { // half of a pair: goes through as it is
        uint16_t unit = (uint16_t)code;

        buf_append(out, &unit, sizeof(unit));
        return;
    }
    text[len--] = 0;
    text[len--] = '}';
    do {
        text[len--] = digits[rest & 15];
        rest >>= 4;
    } while (rest);
    text[len--] = '{';
    text[len--] = 'x';
    text[len] = '\\';
    regex_translate_emit(out, text + len);
}

bool regex_translate_take(struct translator *t, uint16_t unit)
{
    if (regex_at_end(t) || *t->at != unit) return false;
    t->at++;
    return true;
}

/* One character; a surrogate pair is one. */
uint32_t regex_translate_next(struct translator *t)
{
    uint32_t code = *t->at++;

    if ((code & 0xFC00) == 0xD800 && !regex_at_end(t) && (*t->at & 0xFC00) == 0xDC00) {
        code = 0x10000 + ((code & 0x3FF) << 10) + (*t->at++ & 0x3FFU);
    }
    return code;
}

static int hex_digit(uint16_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static bool hex_code(struct translator *t, int count, uint32_t *out)
{
    uint32_t code = 0;

    for (int i = 0; i < count; i++) {
        int digit = regex_at_end(t) ? -1 : hex_digit(*t->at);

        if (digit < 0) return regex_translate_invalid(t, "illegal hexadecimal escape");
        code = code * 16 + (uint32_t)digit;
        t->at++;
    }
    *out = code;
    return true;
}

/* Behind \x, \u, \0: the character meant. */
static bool escaped_hex(struct translator *t, uint32_t *out)
{
    uint32_t code = 0;

    if (!regex_translate_take(t, '{')) return hex_code(t, 2, out);
    while (!regex_at_end(t) && hex_digit(*t->at) >= 0 && code <= 0x10FFFF) {
        code = code * 16 + (uint32_t)hex_digit(*t->at++);
    }
    if (code > 0x10FFFF || !regex_translate_take(t, '}')) {
        return regex_translate_invalid(t, "illegal hexadecimal escape");
    }
    *out = code;
    return true;
}

static bool escaped_unicode(struct translator *t, uint32_t *out)
{
    uint32_t low = 0;

    if (!hex_code(t, 4, out)) return false;
    if ((*out & 0xFC00) == 0xD800 && regex_peek(t, 0) == '\\' && regex_peek(t, 1) == 'u') {
        const uint16_t *mark = t->at;

        t->at += 2;
        if (!hex_code(t, 4, &low)) return false;
        if ((low & 0xFC00) == 0xDC00) {
            *out = 0x10000 + ((*out & 0x3FF) << 10) + (low & 0x3FF);
        } else {
            t->at = mark;
        }
    }
    return true;
}

static bool escaped_octal(struct translator *t, uint32_t *out)
{
    uint32_t code = 0;
    int digits = 0, most = regex_peek(t, 0) <= '3' ? 3 : 2;

    while (digits < most && !regex_at_end(t) && *t->at >= '0' && *t->at <= '7') {
        code = code * 8 + (uint32_t)(*t->at++ - '0');
        digits++;
    }
    if (digits == 0) return regex_translate_invalid(t, "illegal octal escape");
    *out = code;
    return true;
}

/* Behind a backslash, where a single character is meant. *found says whether it was one. */
bool regex_translate_code(struct translator *t, uint32_t *out, bool *found)
{
    static const char names[] = "tnrfae", codes[] = "\t\n\r\f\a\033";
    uint16_t c = *t->at;
    const char *name = c < 128 && c ? strchr(names, (char)c) : NULL;

    *found = true;
    if (name) {
        t->at++;
        *out = (uint32_t)(unsigned char)codes[name - names];
        return true;
    }
    if (c == 'x' || c == 'u' || c == '0') {
        t->at++;
        if (c == 'x'   ? !escaped_hex(t, out)
            : c == 'u' ? !escaped_unicode(t, out)
                       : !escaped_octal(t, out)) {
            return false;
        }
        if (*out > UINT16_MAX) t->needs->utf = true;
        return true;
    }
    if (c == 'c') {
        t->at++;
        if (regex_at_end(t)) return regex_translate_invalid(t, "illegal control escape");
        *out = *t->at++ ^ 64U;
        return true;
    }
    if (!is_alnum(c)) {
        *out = regex_translate_next(t);
        return true;
    }
    *found = false;
    return true;
}

void regex_translate_skip(struct translator *t)
{
    if (!(t->flags & FLAG_COMMENTS)) return;
    while (!regex_at_end(t)) {
        uint16_t c = *t->at;

        if (c == ' ' || (c >= 9 && c <= 13)) {
            t->at++;
        } else if (c == '#') {
            while (!regex_at_end(t) && *t->at != '\n' && *t->at != '\r') {
                t->at++;
            }
        } else {
            break;
        }
    }
}

static void emit_dot(struct translator *t)
{
    if (t->flags & FLAG_DOTALL) {
        regex_translate_emit(t->out, ".");
    } else {
        regex_translate_emit(t->out, t->flags & FLAG_UNIX ? "[^\\n]" : "[^" TERMINATORS "]");
    }
}

static void emit_dollar(struct translator *t, bool multiline)
{
    if (t->flags & FLAG_UNIX) {
        regex_translate_emit(t->out, multiline ? "(?=\\n|\\z)" : "(?=\\n?\\z)");
    } else {
        regex_translate_emit(
            t->out, multiline ? "(?=\\r\\n|[\\r\\x{85}\\x{2028}\\x{2029}]|(?<!\\r)\\n|\\z)"
                              : "(?=(?:\\r\\n|[\\r\\x{85}\\x{2028}\\x{2029}]|(?<!\\r)\\n)?\\z)");
    }
}

static void emit_caret(struct translator *t)
{
    if (!(t->flags & FLAG_MULTILINE)) {
        regex_translate_emit(t->out, "\\A");
    } else if (t->flags & FLAG_UNIX) {
        regex_translate_emit(t->out, "(?!\\z)(?:\\A|(?<=\\n))");
    } else {
        regex_translate_emit(t->out,
                             "(?!\\z)(?:\\A|(?<=[\\n\\x{85}\\x{2028}\\x{2029}])|(?<=\\r)(?!\\n))");
    }
}

/* Java's words have letters and digits of all scripts, while \w has ASCII only. */
static void emit_boundary(struct translator *t, char c)
{
    static const char word[] = "[\\p{L}\\p{Nd}_]";
    bool edge = c == 'b';

    if (!t->needs->wide_words) {
        regex_translate_emit(t->out, (char[]){'\\', c, 0});
        return;
    }
    regex_translate_emit(t->out, "(?:(?<=");
    regex_translate_emit(t->out, word);
    regex_translate_emit(t->out, edge ? ")(?!" : ")(?=");
    regex_translate_emit(t->out, word);
    regex_translate_emit(t->out, ")|(?<!");
    regex_translate_emit(t->out, word);
    regex_translate_emit(t->out, edge ? ")(?=" : ")(?!");
    regex_translate_emit(t->out, word);
    regex_translate_emit(t->out, "))");
}

/* What matches a place. PCRE2 wants a group around one that is repeated. */
static void emit_anchor(struct translator *t, char c)
{
    uint16_t next = regex_peek(t, 0);
    bool repeated = next == '*' || next == '+' || next == '?' || next == '{';

    if (repeated) regex_translate_emit(t->out, "(?:");
    switch (c) {
    case '^': emit_caret(t); break;
    case '$': emit_dollar(t, t->flags & FLAG_MULTILINE); break;
    case 'b':
    case 'B': emit_boundary(t, c); break;
    case 'Z': emit_dollar(t, false); break;
    default: regex_translate_emit(t->out, (char[]){'\\', c, 0});
    }
    if (repeated) regex_translate_emit(t->out, ")");
}

/* \1: takes as many digits as there are groups for, as Java does. */
static bool translate_reference(struct translator *t)
{
    uint32_t number = (uint32_t)(*t->at++ - '0');
    char text[24];

    while (!regex_at_end(t) && *t->at >= '0' && *t->at <= '9' &&
           number * 10 + (uint32_t)(*t->at - '0') <= t->groups) {
        number = number * 10 + (uint32_t)(*t->at++ - '0');
    }
    if (number > t->groups_all) {
        regex_translate_emit(t->out, "(?!)"); // Java compiles it, and it never matches
        return true;
    }
    struct buf reference CLEANUP(buf_done) = {0};

    buf_printf(&reference, "\\g{%u}", number);
    if (reference.len >= sizeof(text)) return regex_translate_invalid(t, "illegal back reference");
    regex_translate_emit(t->out, reference.ptr);
    return true;
}

static bool translate_name(struct translator *t, char close)
{
    size_t len = 0;

    if (regex_peek(t, 0) <= '9') return regex_translate_invalid(t, "illegal group name");
    while (!regex_at_end(t) && is_alnum(*t->at)) {
        regex_translate_emit(t->out, (char[]){(char)*t->at++, 0});
        if (++len > 32) return regex_translate_unsupported(t, "a group name so long");
    }
    if (len == 0 || !regex_translate_take(t, (uint16_t)close)) {
        return regex_translate_invalid(t, "illegal group name");
    }
    regex_translate_emit(t->out, (char[]){close, 0});
    return true;
}

static bool translate_escape(struct translator *t)
{
    uint32_t code = 0;
    bool found = false;

    if (regex_at_end(t)) return regex_translate_invalid(t, "unfinished escape");

    uint16_t c = *t->at;

    t->repeatable = true;
    if (c && c < 128 && strchr("bBAzZG", c)) {
        t->at++;
        emit_anchor(t, (char)c);
        return true;
    }
    if (c && c < 128 && strchr("dDwWsShHvVRX", c)) {
        t->at++;
        regex_translate_emit(t->out, (char[]){'\\', (char)c, 0});
        return true;
    }
    if (c >= '1' && c <= '9') return translate_reference(t);
    if (c == 'k') {
        t->at++;
        if (!regex_translate_take(t, '<')) {
            return regex_translate_invalid(t, "\\k is not followed by '<'");
        }
        regex_translate_emit(t->out, "\\k<");
        return translate_name(t, '>');
    }
    if (c == 'Q') {
        t->at++;
        while (!regex_at_end(t) && !(regex_peek(t, 0) == '\\' && regex_peek(t, 1) == 'E')) {
            regex_translate_literal(t->out, *t->at++);
        }
        if (!regex_at_end(t)) t->at += 2;
        return true;
    }
    if (c == 'p' || c == 'P') {
        t->at++;
        regex_translate_emit(t->out, "[");
        if (!regex_class_property(t, c == 'P', t->out)) return false;
        regex_translate_emit(t->out, "]");
        return true;
    }
    if (c == 'N') return regex_translate_unsupported(t, "\\N{…}");
    if (!regex_translate_code(t, &code, &found)) return false;
    if (!found) return regex_translate_invalid(t, "illegal escape");
    regex_translate_literal(t->out, code);
    return true;
}

static int flag_of(uint16_t c)
{
    switch (c) {
    case 'i': return FLAG_CASE;
    case 'm': return FLAG_MULTILINE;
    case 's': return FLAG_DOTALL;
    case 'x': return FLAG_COMMENTS;
    case 'd': return FLAG_UNIX;
    case 'u':
    case 'U': return FLAG_UNICODE_CASE;
    default: return 0;
    }
}

static bool open_group(struct translator *t, unsigned outside)
{
    if (t->depth >= REGEX_DEPTH_MAX) {
        return regex_translate_unsupported(t, "a group nested so deep");
    }
    t->stack[t->depth++] = outside;
    t->repeatable = false;
    return true;
}

/* (?flags) and (?flags:…), behind the question mark. */
static bool translate_flags(struct translator *t)
{
    unsigned before = t->flags;
    bool off = false;

    for (; !regex_at_end(t) && *t->at != ')' && *t->at != ':'; t->at++) {
        unsigned flag = (unsigned)flag_of(*t->at);

        if (flag == FLAG_UNICODE_CASE) t->needs->utf = true; // for all of the pattern
        if (*t->at == 'U') t->needs->ucp = true;

        if (*t->at == '-' && !off) {
            off = true;
        } else if (flag == 0) {
            return regex_translate_invalid(t, "unknown inline modifier");
        } else {
            t->flags = off ? t->flags & ~flag : t->flags | flag;
        }
    }
    if (regex_at_end(t)) return regex_translate_invalid(t, "unclosed group");

    bool scoped = *t->at++ == ':';

    regex_translate_emit(t->out, t->flags & FLAG_CASE ? "(?i" : "(?-i");
    regex_translate_emit(t->out, scoped ? ":" : ")");
    return scoped ? open_group(t, before) : true;
}

static bool translate_group(struct translator *t)
{
    static const char *const kinds[] = {"?:", "?=", "?!", "?>", "?<=", "?<!"};

    if (regex_peek(t, 0) != '?') {
        t->groups++;
        regex_translate_emit(t->out, "(");
        return open_group(t, t->flags);
    }
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        size_t len = strlen(kinds[i]);
        bool same = true;

        for (size_t j = 0; j < len; j++) {
            same = same && regex_peek(t, j) == (uint16_t)kinds[i][j];
        }
        if (same) {
            t->at += len;
            regex_translate_emit(t->out, "(");
            regex_translate_emit(t->out, kinds[i]);
            return open_group(t, t->flags);
        }
    }
    t->at++;
    if (regex_translate_take(t, '<')) {
        t->groups++;
        regex_translate_emit(t->out, "(?<");
        return translate_name(t, '>') && open_group(t, t->flags);
    }
    return translate_flags(t);
}

static bool take_count(struct translator *t, uint32_t *out)
{
    const uint16_t *start = t->at;

    *out = 0;
    while (!regex_at_end(t) && *t->at >= '0' && *t->at <= '9') {
        uint32_t digit = (uint32_t)(*t->at++ - '0');

        *out = MIN(*out * 10 + digit, (uint32_t)REPEAT_MAX);
    }
    return t->at != start;
}

/* {n}, {n,} and {n,m}. Behind a quantifier, or where nothing is to be repeated, Java repeats the
 * empty text. */
static bool translate_braces(struct translator *t)
{
    uint32_t least, most = REPEAT_MAX;
    const uint16_t *start = t->at;
    bool good = take_count(t, &least);

    if (good && regex_translate_take(t, ',')) {
        (void)take_count(t, &most);
        if (t->at[-1] == ',') most = REPEAT_MAX;
    } else {
        most = least;
    }
    const uint16_t *end = t->at;

    if (!good || !regex_translate_take(t, '}') || most < least) {
        return regex_translate_invalid(t, "illegal repetition");
    }
    if (!t->repeatable) {
        regex_translate_emit(t->out, "(?:)");
        return true;
    }
    regex_translate_emit(t->out, "{");
    for (; start < end; start++) {
        regex_translate_emit(t->out, (char[]){(char)*start, 0});
    }
    regex_translate_emit(t->out, "}");
    return true;
}

static bool translate_quantifier(struct translator *t, uint16_t c)
{
    if (!t->repeatable && c != '{') return regex_translate_invalid(t, "dangling meta character");
    if (c == '{') {
        if (!translate_braces(t)) return false;
    } else {
        regex_translate_emit(t->out, (char[]){(char)c, 0});
    }
    if (regex_peek(t, 0) == '?' || regex_peek(t, 0) == '+') {
        regex_translate_emit(t->out, (char[]){(char)*t->at++, 0});
    }
    t->repeatable = false;
    return true;
}

static bool translate_close(struct translator *t)
{
    if (t->depth == 0) return regex_translate_invalid(t, "unmatched closing ')'");
    t->flags = t->stack[--t->depth];
    regex_translate_emit(t->out, ")");
    t->repeatable = true;
    return true;
}

static bool translate_one(struct translator *t)
{
    uint32_t code = regex_translate_next(t);

    switch (code) {
    case '\\': return translate_escape(t);
    case '(': return translate_group(t);
    case ')': return translate_close(t);
    case '*':
    case '+':
    case '?':
    case '{': return translate_quantifier(t, (uint16_t)code);
    case '|':
        regex_translate_emit(t->out, "|");
        t->repeatable = false;
        return true;
    default: break;
    }
    t->repeatable = true;
    switch (code) {
    case '[': return regex_class_translate(t, t->out, 0);
    case '.': emit_dot(t); return true;
    case '^':
    case '$': emit_anchor(t, (char)code); return true;
    default: regex_translate_literal(t->out, code); return true;
    }
}

/* How many groups capture; escapes and classes are skipped roughly, which is enough for telling a
 * reference to a later group from one to none. */
static uint32_t count_groups(const uint16_t *at, const uint16_t *end)
{
    uint32_t count = 0;

    for (; at < end; at++) {
        if (*at == '\\') {
            at++;
        } else if (*at == '(' && end - at > 1) {
            bool named =
                end - at > 3 && at[1] == '?' && at[2] == '<' && at[3] != '=' && at[3] != '!';

            if (at[1] != '?' || named) count++;
        }
    }
    return count;
}

bool regex_translate(const uint16_t *pattern, size_t len, struct regex_needs *needs,
                     struct buf *out, struct error *err)
{
    struct translator t = {.at = pattern,
                           .end = pattern + len,
                           .start = pattern,
                           .out = out,
                           .err = err,
                           .needs = needs,
                           .groups_all = count_groups(pattern, pattern + len)};

    while (regex_translate_skip(&t), !regex_at_end(&t)) {
        if (!translate_one(&t)) return false;
    }
    if (t.depth > 0) return regex_translate_invalid(&t, "unclosed group");
    return true;
}

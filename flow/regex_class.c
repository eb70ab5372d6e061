#include "flow/regex_internal.h"

/*
 * Regex class: [...] with Java's unions [a[b]] and intersections [a&&[b]], which PCRE2 has not:
 * they become alternatives and lookaheads. Recursive, at most REGEX_CLASS_DEPTH_MAX deep. And
 * \p{…}.
 */
/* A property's name in braces, or one letter; in ASCII, at most 39 characters. */
static bool property_name(struct translator *t, char name[40])
{
    size_t len = 0;

    if (regex_at_end(t)) return regex_translate_invalid(t, "unknown property");
    if (!regex_translate_take(t, '{')) {
        name[0] = (char)*t->at++;
        name[1] = 0;
        return true;
    }
    while (!regex_at_end(t) && *t->at != '}') {
        if (len >= 39 || *t->at > 126) return regex_translate_invalid(t, "unknown property");
        name[len++] = (char)*t->at++;
    }
    name[len] = 0;
    if (!regex_translate_take(t, '}') || len == 0) {
        return regex_translate_invalid(t, "unclosed property");
    }
    return true;
}

struct property {
    const char *java, *inside; /* as it stands inside of a class */
};

static const struct property posix_classes[] = {
    {"Lower", "lower"}, {"Upper", "upper"}, {"ASCII", "ascii"}, {"Alpha", "alpha"},
    {"Digit", "digit"}, {"Alnum", "alnum"}, {"Punct", "punct"}, {"Graph", "graph"},
    {"Print", "print"}, {"Blank", "blank"}, {"Cntrl", "cntrl"}, {"XDigit", "xdigit"},
    {"Space", "space"},
};

static const struct property unicode_properties[] = {
    {"LC", "L&"},
    {"javaLowerCase", "Lowercase"},
    {"javaUpperCase", "Uppercase"},
    {"javaLetter", "L"},
    {"javaAlphabetic", "Alphabetic"},
    {"javaDigit", "Nd"},
    {"javaTitleCase", "Lt"},
    {"IsAlphabetic", "Alphabetic"},
    {"IsIdeographic", "Ideographic"},
    {"IsLetter", "L"},
    {"IsLowercase", "Lowercase"},
    {"IsUppercase", "Uppercase"},
    {"IsTitlecase", "Lt"},
    {"IsPunctuation", "P"},
    {"IsControl", "Cc"},
    {"IsWhite_Space", "White_Space"},
    {"IsDigit", "Nd"},
    {"IsEmoji", "Emoji"},
};

static const char *property_find(const struct property *table, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].java, name) == 0) return table[i].inside;
    }
    return NULL;
}

static bool is_category(const char *name)
{
    static const char categories[] = " L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf "
                                     "Po S Sm Sc Sk So Z Zs Zl Zp C Cc Cf Cs Co Cn ";
    char padded[8] = " ";
    size_t len = strlen(name);

    if (len == 0 || len > 2) return false;
    memcpy(padded + 1, name, len);
    padded[len + 1] = ' ';
    return strstr(categories, padded) != NULL;
}

/* Writes \p{…} or [:…:] as it stands inside of a class. */
bool regex_class_property(struct translator *t, bool negated, struct buf *out)
{
    char name[40];
    const char *inside;
    const char *value;

    if (!property_name(t, name)) return false;
    inside = property_find(posix_classes, ARRAY_COUNT(posix_classes), name);
    if (inside) {
        regex_translate_emit(out, negated ? "[:^" : "[:");
        regex_translate_emit(out, inside);
        regex_translate_emit(out, ":]");
        return true;
    }
    value = strchr(name, '=');
    inside = property_find(unicode_properties, ARRAY_COUNT(unicode_properties), name);
    regex_translate_emit(out, negated ? "\\P{" : "\\p{");
    if (inside) {
        regex_translate_emit(out, inside);
    } else if (is_category(name)) {
        regex_translate_emit(out, name);
    } else if (strncmp(name, "Is", 2) == 0 && is_category(name + 2)) {
        regex_translate_emit(out, name + 2);
    } else if (value &&
               (strncmp(name, "gc=", 3) == 0 || strncmp(name, "general_category=", 17) == 0) &&
               is_category(value + 1)) {
        regex_translate_emit(out, value + 1);
    } else if (value && (strncmp(name, "sc=", 3) == 0 || strncmp(name, "script=", 7) == 0)) {
        regex_translate_emit(out, "sc:");
        regex_translate_emit(out, value + 1);
    } else if (strncmp(name, "Is", 2) == 0 && !value) {
        regex_translate_emit(out, "sc:");
        regex_translate_emit(out, name + 2);
    } else {
        return strncmp(name, "In", 2) == 0 ? regex_translate_unsupported(t, "a block property")
                                           : regex_translate_invalid(t, "unknown property");
    }
    regex_translate_emit(out, "}");
    return true;
}

/* One class item: a set such as \d goes to frag at once; a character goes to *code. */
static bool class_item(struct translator *t, struct buf *frag, uint32_t *code, bool *is_code)
{
    *is_code = true;
    if (!regex_translate_take(t, '\\')) {
        *code = regex_translate_next(t);
        return true;
    }
    if (regex_at_end(t)) return regex_translate_invalid(t, "unfinished escape");

    uint16_t c = *t->at;

    if (c && c < 128 && strchr("dDwWsShHvV", c)) {
        t->at++;
        regex_translate_emit(frag, (char[]){'\\', (char)c, 0});
        *is_code = false;
        return true;
    }
    if (c == 'p' || c == 'P') {
        t->at++;
        *is_code = false;
        return regex_class_property(t, c == 'P', frag);
    }
    if (!regex_translate_code(t, code, is_code)) return false;
    return *is_code || regex_translate_invalid(t, "illegal escape in a class");
}

/* \Q…\E inside of a class. */
static void class_quote(struct translator *t, struct buf *frag)
{
    t->at += 2;
    while (!regex_at_end(t) && !(regex_peek(t, 0) == '\\' && regex_peek(t, 1) == 'E')) {
        regex_translate_literal(frag, regex_translate_next(t));
    }
    if (!regex_at_end(t)) t->at += 2;
}

static bool class_range(struct translator *t, struct buf *frag)
{
    uint32_t low = 0, high = 0;
    bool is_code = false;

    if (!class_item(t, frag, &low, &is_code)) return false;
    if (!is_code) return true;
    regex_translate_literal(frag, low);
    if (regex_peek(t, 0) != '-' || regex_peek(t, 1) == ']' || regex_peek(t, 1) == '[' ||
        t->end - t->at < 2) {
        return true;
    }
    t->at++;

    struct buf set CLEANUP(buf_done) = {0};

    if (!class_item(t, &set, &high, &is_code)) return false;
    if (!is_code || high < low) return regex_translate_invalid(t, "illegal character range");
    regex_translate_emit(frag, "-");
    regex_translate_literal(frag, high);
    return true;
}

/* The union read so far, as one expression. */
static void class_union(struct buf *out, const struct buf *frag, const struct buf *nested)
{
    if (nested->len == 0) {
        regex_translate_emit(out, "[");
        buf_append(out, frag->ptr, frag->len);
        regex_translate_emit(out, "]");
        return;
    }
    regex_translate_emit(out, "(?:");
    buf_append(out, (const char *)nested->ptr + sizeof(uint16_t), nested->len - sizeof(uint16_t));
    if (frag->len > 0) {
        regex_translate_emit(out, "|[");
        buf_append(out, frag->ptr, frag->len);
        regex_translate_emit(out, "]");
    }
    regex_translate_emit(out, ")");
}

/* Behind an intersection's side: sides is "(?=A)(?=B)", to be followed by the last side. */
static void class_side(struct buf *sides, struct buf *frag, struct buf *nested)
{
    regex_translate_emit(sides, "(?=");
    class_union(sides, frag, nested);
    regex_translate_emit(sides, ")");
    buf_reset(frag);
    buf_reset(nested);
}

static bool class_finish(struct buf *out, bool negated, const struct buf *sides,
                         const struct buf *frag, const struct buf *nested)
{
    if (negated && sides->len == 0 && nested->len == 0) {
        regex_translate_emit(out, "[^");
        buf_append(out, frag->ptr, frag->len);
        regex_translate_emit(out, "]");
        return true;
    }
    regex_translate_emit(out, negated ? "(?:(?!" : "(?:");
    buf_append(out, sides->ptr, sides->len);
    if (frag->len > 0 || nested->len > 0) {
        class_union(out, frag, nested);
    } else {
        regex_translate_emit(out, ".");
    }
    regex_translate_emit(out, negated ? ").)" : ")");
    return true;
}

/* Behind the opening bracket; appends an expression that matches one character. */
bool regex_class_translate(struct translator *t, struct buf *out, int depth)
{
    struct buf frag CLEANUP(buf_done) = {0};
    struct buf nested CLEANUP(buf_done) = {0}; /* "|X|Y" */
    struct buf sides CLEANUP(buf_done) = {0};
    bool negated = regex_translate_take(t, '^');

    if (depth >= REGEX_CLASS_DEPTH_MAX) {
        return regex_translate_unsupported(t, "a class nested so deep");
    }
    for (;;) {
        regex_translate_skip(t);
        if (regex_at_end(t)) return regex_translate_invalid(t, "unclosed character class");

        bool any = frag.len > 0 || nested.len > 0 || sides.len > 0;

        if (any && regex_translate_take(t, ']')) {
            return class_finish(out, negated, &sides, &frag, &nested);
        }
        if (regex_peek(t, 0) == '[') {
            t->at++;
            regex_translate_emit(&nested, "|");
            if (!regex_class_translate(t, &nested, depth + 1)) return false;
        } else if (regex_peek(t, 0) == '&' && regex_peek(t, 1) == '&') {
            t->at += 2; // with nothing on one side it means nothing
            if (frag.len == 0 && nested.len == 0) continue;
            if (regex_peek(t, 0) == ']') continue;
            class_side(&sides, &frag, &nested);
        } else if (regex_peek(t, 0) == '\\' && regex_peek(t, 1) == 'Q') {
            class_quote(t, &frag);
        } else if (!class_range(t, &frag)) {
            return false;
        }
    }
}

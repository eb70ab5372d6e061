#include "flow/java_format.h"

#include "base/memory.h"
#include "flow/java_names.h"

#include <inttypes.h>
#include <string.h>

/* The constants */

#define FIELD(name) JAVA_FIELD_##name
#define LITERAL(t)                                                 \
    {                                                              \
        .kind = JAVA_STEP_LITERAL, .literal = { t, sizeof(t) - 1 } \
    }
#define NUMBER(name, least, most, how)                                                 \
    {                                                                                  \
        .kind = JAVA_STEP_NUMBER, .field = FIELD(name), .min = (least), .max = (most), \
        .sign = (how)                                                                  \
    }
#define FIXED(name, width) NUMBER(name, width, width, JAVA_SIGN_NONE)
#define SIMPLE(step)             \
    {                            \
        .kind = JAVA_STEP_##step \
    }
#define OFFSET(type, zero)                                                             \
    {                                                                                  \
        .kind = JAVA_STEP_OFFSET, .min = (type), .literal = { zero, sizeof(zero) - 1 } \
    }
#define SHORT_TEXT(name)                                       \
    {                                                          \
        .kind = JAVA_STEP_TEXT, .field = FIELD(name), .min = 3 \
    }
#define POINT_FRACTION                                            \
    {                                                             \
        .kind = JAVA_STEP_FRACTION, .min = 0, .max = 9, .sign = 1 \
    }

#define ISO_YEAR(name) NUMBER(name, 4, 10, JAVA_SIGN_EXCEEDS_PAD)
#define ISO_DATE \
    ISO_YEAR(YEAR), LITERAL("-"), FIXED(MONTH_OF_YEAR, 2), LITERAL("-"), FIXED(DAY_OF_MONTH, 2)
#define ISO_TIME                                                                                   \
    FIXED(HOUR_OF_DAY, 2), LITERAL(":"), FIXED(MINUTE_OF_HOUR, 2), SIMPLE(OPTIONAL), LITERAL(":"), \
        FIXED(SECOND_OF_MINUTE, 2), SIMPLE(OPTIONAL), POINT_FRACTION, SIMPLE(END), SIMPLE(END)
#define OFFSET_ID         OFFSET(6, "Z")
#define OPTIONAL_OFFSET   SIMPLE(OPTIONAL), OFFSET_ID, SIMPLE(END)
#define ISO_DATE_AND_TIME SIMPLE(ANY_CASE), ISO_DATE, LITERAL("T"), ISO_TIME
#define ISO_REGION \
    SIMPLE(OPTIONAL), LITERAL("["), SIMPLE(EXACT_CASE), SIMPLE(REGION), LITERAL("]"), SIMPLE(END)

static const struct java_step basic_iso_date[] = {
    SIMPLE(ANY_CASE),
    {.kind = JAVA_STEP_NUMBER,
     .field = FIELD(YEAR),
     .min = 4,
     .max = 4,
     .sign = JAVA_SIGN_NONE,
     .follow = 4},
    {.kind = JAVA_STEP_NUMBER,
     .field = FIELD(MONTH_OF_YEAR),
     .min = 2,
     .max = 2,
     .sign = JAVA_SIGN_NONE,
     .follow = -1},
    {.kind = JAVA_STEP_NUMBER,
     .field = FIELD(DAY_OF_MONTH),
     .min = 2,
     .max = 2,
     .sign = JAVA_SIGN_NONE,
     .follow = -1},
    SIMPLE(OPTIONAL),
    SIMPLE(LENIENT),
    OFFSET(5, "Z"),
    SIMPLE(STRICT),
    SIMPLE(END),
};
static const struct java_step iso_date[] = {SIMPLE(ANY_CASE), ISO_DATE, OPTIONAL_OFFSET};
static const struct java_step iso_date_time[] = {ISO_DATE_AND_TIME, SIMPLE(OPTIONAL), OFFSET_ID,
                                                 ISO_REGION, SIMPLE(END)};
static const struct java_step iso_instant[] = {SIMPLE(ANY_CASE), SIMPLE(INSTANT)};
static const struct java_step iso_local_date[] = {ISO_DATE};
static const struct java_step iso_local_date_time[] = {ISO_DATE_AND_TIME};
static const struct java_step iso_local_time[] = {ISO_TIME};
static const struct java_step iso_offset_date[] = {SIMPLE(ANY_CASE), ISO_DATE, OFFSET_ID};
static const struct java_step iso_offset_date_time[] = {ISO_DATE_AND_TIME, SIMPLE(LENIENT),
                                                        OFFSET_ID, SIMPLE(STRICT)};
static const struct java_step iso_offset_time[] = {SIMPLE(ANY_CASE), ISO_TIME, OFFSET_ID};
static const struct java_step iso_ordinal_date[] = {SIMPLE(ANY_CASE), ISO_YEAR(YEAR), LITERAL("-"),
                                                    FIXED(DAY_OF_YEAR, 3), OPTIONAL_OFFSET};
static const struct java_step iso_time[] = {SIMPLE(ANY_CASE), ISO_TIME, OPTIONAL_OFFSET};
static const struct java_step iso_week_date[] = {
    SIMPLE(ANY_CASE), ISO_YEAR(WEEK_YEAR),   LITERAL("-W"),  FIXED(WEEK_OF_WEEK_YEAR, 2),
    LITERAL("-"),     FIXED(DAY_OF_WEEK, 1), OPTIONAL_OFFSET};
static const struct java_step iso_zoned_date_time[] = {ISO_DATE_AND_TIME, SIMPLE(LENIENT),
                                                       OFFSET_ID, SIMPLE(STRICT), ISO_REGION};
static const struct java_step rfc_1123_date_time[] = {SIMPLE(ANY_CASE),
                                                      SIMPLE(LENIENT),
                                                      SIMPLE(OPTIONAL),
                                                      SHORT_TEXT(DAY_OF_WEEK),
                                                      LITERAL(", "),
                                                      SIMPLE(END),
                                                      NUMBER(DAY_OF_MONTH, 1, 2, JAVA_SIGN_NONE),
                                                      LITERAL(" "),
                                                      SHORT_TEXT(MONTH_OF_YEAR),
                                                      LITERAL(" "),
                                                      FIXED(YEAR, 4),
                                                      LITERAL(" "),
                                                      FIXED(HOUR_OF_DAY, 2),
                                                      LITERAL(":"),
                                                      FIXED(MINUTE_OF_HOUR, 2),
                                                      SIMPLE(OPTIONAL),
                                                      LITERAL(":"),
                                                      FIXED(SECOND_OF_MINUTE, 2),
                                                      SIMPLE(END),
                                                      LITERAL(" "),
                                                      OFFSET(3, "GMT")};
static const struct java_step instant[] = {SIMPLE(ANY_CASE), ISO_DATE,
                                           LITERAL("T"),     FIXED(HOUR_OF_DAY, 2),
                                           LITERAL(":"),     FIXED(MINUTE_OF_HOUR, 2),
                                           LITERAL(":"),     FIXED(SECOND_OF_MINUTE, 2),
                                           POINT_FRACTION,   OFFSET_ID};
static const struct java_step year[] = {SIMPLE(LENIENT), NUMBER(YEAR, 1, 10, JAVA_SIGN_NORMAL)};
static const struct java_step year_month[] = {ISO_YEAR(YEAR), LITERAL("-"),
                                              FIXED(MONTH_OF_YEAR, 2)};

#define TABLE(steps)                          \
    {                                         \
        steps, ARRAY_COUNT(steps), true, NULL \
    }

static const struct {
    const char *name;
    struct java_steps steps;
} tables[JAVA_FORMAT_TABLES] = {
    [JAVA_FORMAT_BASIC_ISO_DATE] = {"BASIC_ISO_DATE", TABLE(basic_iso_date)},
    [JAVA_FORMAT_ISO_DATE] = {"ISO_DATE", TABLE(iso_date)},
    [JAVA_FORMAT_ISO_DATE_TIME] = {"ISO_DATE_TIME", TABLE(iso_date_time)},
    [JAVA_FORMAT_ISO_INSTANT] = {"ISO_INSTANT", TABLE(iso_instant)},
    [JAVA_FORMAT_ISO_LOCAL_DATE] = {"ISO_LOCAL_DATE", TABLE(iso_local_date)},
    [JAVA_FORMAT_ISO_LOCAL_DATE_TIME] = {"ISO_LOCAL_DATE_TIME", TABLE(iso_local_date_time)},
    [JAVA_FORMAT_ISO_LOCAL_TIME] = {"ISO_LOCAL_TIME", TABLE(iso_local_time)},
    [JAVA_FORMAT_ISO_OFFSET_DATE] = {"ISO_OFFSET_DATE", TABLE(iso_offset_date)},
    [JAVA_FORMAT_ISO_OFFSET_DATE_TIME] = {"ISO_OFFSET_DATE_TIME", TABLE(iso_offset_date_time)},
    [JAVA_FORMAT_ISO_OFFSET_TIME] = {"ISO_OFFSET_TIME", TABLE(iso_offset_time)},
    [JAVA_FORMAT_ISO_ORDINAL_DATE] = {"ISO_ORDINAL_DATE", TABLE(iso_ordinal_date)},
    [JAVA_FORMAT_ISO_TIME] = {"ISO_TIME", TABLE(iso_time)},
    [JAVA_FORMAT_ISO_WEEK_DATE] = {"ISO_WEEK_DATE", TABLE(iso_week_date)},
    [JAVA_FORMAT_ISO_ZONED_DATE_TIME] = {"ISO_ZONED_DATE_TIME", TABLE(iso_zoned_date_time)},
    [JAVA_FORMAT_RFC_1123_DATE_TIME] = {"RFC_1123_DATE_TIME",
                                        {rfc_1123_date_time, ARRAY_COUNT(rfc_1123_date_time), false,
                                         NULL}},
    [JAVA_FORMAT_INSTANT] = {"", TABLE(instant)},
    [JAVA_FORMAT_YEAR] = {"", {year, ARRAY_COUNT(year), false, NULL}},
    [JAVA_FORMAT_YEAR_MONTH] = {"", {year_month, ARRAY_COUNT(year_month), false, NULL}},
};

const char *java_format_constant(size_t index)
{
    ASSERT(index < JAVA_FORMAT_CONSTANTS);
    return tables[index].name;
}

struct java_steps java_format_table(enum java_format_id id)
{
    ASSERT(id < JAVA_FORMAT_TABLES);
    return tables[id].steps;
}

size_t java_format_section_end(const struct java_steps *steps, size_t at)
{
    size_t depth = 1;

    while (depth > 0) {
        enum java_step_kind kind = steps->items[++at].kind;

        depth += kind == JAVA_STEP_OPTIONAL;
        depth -= kind == JAVA_STEP_END;
    }
    return at;
}

void java_format_done(struct java_steps *steps)
{
    memory_free(steps->owned);
    *steps = (struct java_steps){0};
}

/* Patterns */

/* What a letter may be, by how often it stands in a row. */
enum letter_kind {
    LETTER_YEAR,       /* two: reduced; from four on a plus before more digits */
    LETTER_DIGITS,     /* one: as many digits as there are; else that many */
    LETTER_DAY,        /* of a year: at most three digits */
    LETTER_WIDE,       /* at least that many digits */
    LETTER_NAMED,      /* a number of one or two digits, else text */
    LETTER_TEXT,       /* text always: up to three short */
    LETTER_FRACTION,   /* of a second */
    LETTER_OFFSET_Z,   /* X: Z is zero */
    LETTER_OFFSET,     /* x */
    LETTER_OFFSET_RFC, /* Z */
    LETTER_GMT,
    LETTER_ZONE,
    LETTER_ZONE_TEXT,
};

static const struct letter {
    char letter;
    int8_t most; /* in a row */
    enum letter_kind kind;
    enum java_field field;
} letters[] = {
    {'G', 5, LETTER_TEXT, FIELD(ERA)},
    {'u', 19, LETTER_YEAR, FIELD(YEAR)},
    {'y', 19, LETTER_YEAR, FIELD(YEAR_OF_ERA)},
    {'D', 3, LETTER_DAY, FIELD(DAY_OF_YEAR)},
    {'M', 5, LETTER_NAMED, FIELD(MONTH_OF_YEAR)},
    {'L', 5, LETTER_NAMED, FIELD(MONTH_OF_YEAR)},
    {'Q', 5, LETTER_NAMED, FIELD(QUARTER_OF_YEAR)},
    {'q', 5, LETTER_NAMED, FIELD(QUARTER_OF_YEAR)},
    {'d', 2, LETTER_DIGITS, FIELD(DAY_OF_MONTH)},
    {'E', 5, LETTER_TEXT, FIELD(DAY_OF_WEEK)},
    {'F', 1, LETTER_DIGITS, FIELD(ALIGNED_DAY_OF_WEEK_IN_MONTH)},
    {'a', 1, LETTER_TEXT, FIELD(AMPM_OF_DAY)},
    {'h', 2, LETTER_DIGITS, FIELD(CLOCK_HOUR_OF_AMPM)},
    {'K', 2, LETTER_DIGITS, FIELD(HOUR_OF_AMPM)},
    {'k', 2, LETTER_DIGITS, FIELD(CLOCK_HOUR_OF_DAY)},
    {'H', 2, LETTER_DIGITS, FIELD(HOUR_OF_DAY)},
    {'m', 2, LETTER_DIGITS, FIELD(MINUTE_OF_HOUR)},
    {'s', 2, LETTER_DIGITS, FIELD(SECOND_OF_MINUTE)},
    {'S', 9, LETTER_FRACTION, FIELD(NANO_OF_SECOND)},
    {'A', 19, LETTER_WIDE, FIELD(MILLI_OF_DAY)},
    {'n', 19, LETTER_WIDE, FIELD(NANO_OF_SECOND)},
    {'N', 19, LETTER_WIDE, FIELD(NANO_OF_DAY)},
    {'X', 5, LETTER_OFFSET_Z, FIELD(OFFSET_SECONDS)},
    {'x', 5, LETTER_OFFSET, FIELD(OFFSET_SECONDS)},
    {'Z', 5, LETTER_OFFSET_RFC, FIELD(OFFSET_SECONDS)},
    {'O', 4, LETTER_GMT, FIELD(OFFSET_SECONDS)},
    {'V', 2, LETTER_ZONE, FIELD(OFFSET_SECONDS)},
    {'z', 4, LETTER_ZONE_TEXT, FIELD(OFFSET_SECONDS)},
};

struct compiler {
    struct java_step *steps;
    size_t count;
    ptrdiff_t active[JAVA_FORMAT_DEPTH + 1]; /* the number that others follow; -1: none */
    size_t depth;
};

static void add(struct compiler *c, struct java_step step)
{
    c->steps[c->count++] = step;
    c->active[c->depth] = -1;
}

/* A number right behind another: one of fixed width leaves its digits to itself; before any other
 * the former is of fixed width. */
static void add_number(struct compiler *c, struct java_step step)
{
    ptrdiff_t active = c->active[c->depth];
    bool fixed =
        step.min == step.max && (step.kind == JAVA_STEP_FRACTION || step.sign == JAVA_SIGN_NONE);

    if (active >= 0 && fixed) {
        c->steps[active].follow = (int8_t)(c->steps[active].follow + step.max);
        step.follow = -1;
        add(c, step);
        c->active[c->depth] = active;
        return;
    }
    if (active >= 0) c->steps[active].follow = -1;
    add(c, step);
    c->active[c->depth] = (ptrdiff_t)c->count - 1;
}

static void add_literal(struct compiler *c, struct text literal)
{
    add(c, (struct java_step){.kind = JAVA_STEP_LITERAL, .literal = literal});
}

static struct java_step number(enum java_field field, int min, int max, enum java_step_sign sign)
{
    return (struct java_step){.kind = JAVA_STEP_NUMBER,
                              .field = field,
                              .min = (uint8_t)min,
                              .max = (uint8_t)max,
                              .sign = (uint8_t)sign};
}

static struct java_step offset(int type, struct text zero)
{
    return (struct java_step){.kind = JAVA_STEP_OFFSET, .min = (uint8_t)type, .literal = zero};
}

static void add_offset(struct compiler *c, enum letter_kind kind, int count)
{
    static const uint8_t types[] = {1, 3, 4, 5, 6}; // +HHmm, +HHMM, +HH:MM, +HHMMss, +HH:MM:ss
    struct text zero = count == 1 ? TEXT("+00") : count % 2 == 0 ? TEXT("+0000") : TEXT("+00:00");

    if (kind == LETTER_OFFSET_RFC && count < 4) {
        add(c, offset(3, TEXT("+0000")));
    } else if (kind == LETTER_OFFSET_RFC && count == 4) {
        add(c, (struct java_step){.kind = JAVA_STEP_GMT, .min = 4});
    } else {
        add(c, offset(types[count - 1], kind == LETTER_OFFSET ? zero : TEXT("Z")));
    }
}

static void add_letter(struct compiler *c, const struct letter *letter, int count)
{
    enum java_field field = letter->field;
    struct java_step text = {.kind = JAVA_STEP_TEXT, .field = field, .min = (uint8_t)MAX(count, 3)};

    switch (letter->kind) {
    case LETTER_YEAR:
        if (count == 2) {
            struct java_step step = number(field, 2, 2, JAVA_SIGN_NONE);

            step.kind = JAVA_STEP_REDUCED;
            add_number(c, step);
        } else {
            add_number(
                c, number(field, count, 19, count < 4 ? JAVA_SIGN_NORMAL : JAVA_SIGN_EXCEEDS_PAD));
        }
        break;
    case LETTER_DIGITS:
        add_number(c, count == 1 ? number(field, 1, 19, JAVA_SIGN_NORMAL)
                                 : number(field, count, count, JAVA_SIGN_NONE));
        break;
    case LETTER_DAY:
        add_number(c, count == 1 ? number(field, 1, 19, JAVA_SIGN_NORMAL)
                                 : number(field, count, 3, JAVA_SIGN_NONE));
        break;
    case LETTER_WIDE: add_number(c, number(field, count, 19, JAVA_SIGN_NONE)); break;
    case LETTER_NAMED:
        if (count > 2) {
            add(c, text);
        } else {
            add_number(c, count == 1 ? number(field, 1, 19, JAVA_SIGN_NORMAL)
                                     : number(field, 2, 2, JAVA_SIGN_NONE));
        }
        break;
    case LETTER_TEXT: add(c, text); break;
    case LETTER_FRACTION: {
        struct java_step step = number(field, count, count, JAVA_SIGN_NONE);

        step.kind = JAVA_STEP_FRACTION;
        step.sign = 0;
        add_number(c, step);
        break;
    }
    case LETTER_OFFSET_Z:
    case LETTER_OFFSET:
    case LETTER_OFFSET_RFC: add_offset(c, letter->kind, count); break;
    case LETTER_GMT:
        add(c, (struct java_step){.kind = JAVA_STEP_GMT, .min = (uint8_t)count});
        break;
    case LETTER_ZONE: add(c, (struct java_step){.kind = JAVA_STEP_ZONE}); break;
    case LETTER_ZONE_TEXT:
        add(c, (struct java_step){.kind = JAVA_STEP_ZONE_TEXT, .min = (uint8_t)MAX(count, 3)});
        break;
    }
}

static bool compile_letters(struct compiler *c, struct text *pattern, struct error *err)
{
    char first = pattern->ptr[0];
    size_t count = 1;

    while (count < pattern->len && pattern->ptr[count] == first) {
        count++;
    }
    *pattern = text_slice(*pattern, count, pattern->len);
    for (size_t i = 0; i < ARRAY_COUNT(letters); i++) {
        if (letters[i].letter != first) continue;
        if (letters[i].kind == LETTER_ZONE && count != 2) {
            return error_set(err, E_ARGUMENT, "Pattern letter count must be 2: V");
        }
        if (letters[i].kind == LETTER_GMT && count != 1 && count != 4) {
            return error_set(err, E_ARGUMENT, "Pattern letter count must be 1 or 4: O");
        }
        if (letters[i].kind == LETTER_FRACTION && count > 9) {
            return error_set(err, E_ARGUMENT,
                             "Minimum width must be from 0 to 9 inclusive but was %zu", count);
        }
        if (count > (size_t)letters[i].most) {
            return error_set(err, E_ARGUMENT, "Too many pattern letters: %c", first);
        }
        add_letter(c, &letters[i], (int)count);
        return true;
    }
    error_set(err, E_ARGUMENT, "Unknown pattern letter: %c", first);
    return error_hint(err, "Letters have a meaning; other text stands in single quotes.");
}

/* 'text' and '' */
static bool compile_quoted(struct compiler *c, struct text *pattern, struct error *err)
{
    struct text whole = *pattern;
    size_t from = 1;

    for (size_t at = 1; at < whole.len; at++) {
        if (whole.ptr[at] != '\'') continue;
        bool twice = at + 1 < whole.len && whole.ptr[at + 1] == '\'';

        // up to the quote; two of them are one, and so is nothing between them
        if (twice) {
            add_literal(c, text_slice(whole, from, at + 1));
            from = ++at + 1;
            continue;
        }
        if (at == 1) {
            add_literal(c, text_slice(whole, 0, 1));
        } else if (at > from) {
            add_literal(c, text_slice(whole, from, at));
        }
        *pattern = text_slice(whole, at + 1, whole.len);
        return true;
    }
    return error_set(err, E_ARGUMENT, "Pattern ends with an incomplete string literal: " TEXT_FMT,
                     TEXT_ARG(whole));
}

static bool compile_other(struct compiler *c, struct text *pattern, struct error *err)
{
    char first = pattern->ptr[0];

    switch (first) {
    case '[':
        if (c->depth == JAVA_FORMAT_DEPTH) {
            return error_set(err, E_ARGUMENT,
                             "Pattern has more than %d optional sections within "
                             "each other",
                             JAVA_FORMAT_DEPTH);
        }
        c->active[c->depth] = -1;
        c->depth++;
        add(c, (struct java_step){.kind = JAVA_STEP_OPTIONAL});
        break;
    case ']':
        if (c->depth == 0) {
            return error_set(err, E_ARGUMENT,
                             "Pattern invalid as it contains ] without previous [");
        }
        c->depth--;
        add(c, (struct java_step){.kind = JAVA_STEP_END});
        break;
    case '{':
    case '}':
    case '#': return error_set(err, E_ARGUMENT, "Pattern includes reserved character: '%c'", first);
    default: add_literal(c, text_slice(*pattern, 0, 1));
    }
    *pattern = text_slice(*pattern, 1, pattern->len);
    return true;
}

bool java_format_compile(struct text pattern, struct java_steps *out, struct error *err)
{
    // a step a byte, and the ends of what is left open
    struct compiler c = {
        .steps = memory_array(pattern.len + JAVA_FORMAT_DEPTH + 1, sizeof(struct java_step))};

    c.active[0] = -1;
    while (pattern.len > 0) {
        char first = pattern.ptr[0];
        bool letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
        bool good = letter          ? compile_letters(&c, &pattern, err)
                    : first == '\'' ? compile_quoted(&c, &pattern, err)
                                    : compile_other(&c, &pattern, err);

        if (good) continue;
        memory_free(c.steps);
        return false;
    }
    for (; c.depth > 0; c.depth--) {
        add(&c, (struct java_step){.kind = JAVA_STEP_END});
    }
    *out = (struct java_steps){.items = c.steps, .count = c.count, .owned = c.steps};
    return true;
}

/* Text of fields */

static const char *whole_text(enum java_field field, int64_t value)
{
    static const char *const quarters[] = {"1st quarter", "2nd quarter", "3rd quarter",
                                           "4th quarter"};

    switch (field) {
    case FIELD(MONTH_OF_YEAR): return java_names_month((int)value);
    case FIELD(DAY_OF_WEEK): return java_names_weekday((int)value);
    case FIELD(AMPM_OF_DAY): return value ? "PM" : "AM";
    case FIELD(ERA): return value ? "Anno Domini" : "Before Christ";
    case FIELD(QUARTER_OF_YEAR): return quarters[value - 1];
    default: return NULL;
    }
}

const char *java_format_text(enum java_field field, int64_t value, int width, size_t *out_len)
{
    static const char *const eras[] = {"BC", "AD"};
    static const char *const quarters[] = {"Q1", "Q2", "Q3", "Q4"};
    const char *whole = whole_text(field, value);

    if (!whole) return NULL;
    if (width == 3 && field == FIELD(ERA)) whole = eras[value];
    if (width == 3 && field == FIELD(QUARTER_OF_YEAR)) whole = quarters[value - 1];
    *out_len = strlen(whole);
    if (width == 5) *out_len = 1;
    if (width == 3) *out_len = MIN(*out_len, (size_t)3);
    return whole;
}

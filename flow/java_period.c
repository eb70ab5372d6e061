#include "flow/java_period.h"

#include "base/civil.h"

#include <ctype.h>

struct java_period java_period_of(struct value value)
{
    ASSERT(java_value_is(value, JAVA_PERIOD));
    const struct java_object *object = OBJECT_AS(java_object, value.object);

    return (struct java_period){.years = (int32_t)(object->number >> 32),
                                .months = (int32_t)(uint32_t)object->number,
                                .days = object->nanos};
}

struct value java_period_value(struct heap *heap, struct java_period period)
{
    uint64_t number = (uint64_t)(uint32_t)period.years << 32 | (uint32_t)period.months;

    return java_value_new(heap, JAVA_PERIOD, (int64_t)number, period.days);
}

static bool fits(int64_t number)
{
    return number >= INT32_MIN && number <= INT32_MAX;
}

bool java_period_make(int64_t years, int64_t months, int64_t days, struct java_period *out,
                      struct error *err)
{
    if (!fits(years) || !fits(months) || !fits(days)) {
        return error_set(err, E_ARITHMETIC, "integer overflow");
    }
    *out = (struct java_period){(int32_t)years, (int32_t)months, (int32_t)days};
    return true;
}

/* a + factor * b, as far as that fits at all. */
static int64_t sum(int32_t a, int32_t b, int64_t factor)
{
    int64_t product;

    if (__builtin_mul_overflow((int64_t)b, factor, &product) ||
        __builtin_add_overflow(product, (int64_t)a, &product)) {
        return INT64_MAX;
    }
    return product;
}

bool java_period_add(struct java_period a, struct java_period b, int64_t factor,
                     struct java_period *out, struct error *err)
{
    return java_period_make(sum(a.years, b.years, factor), sum(a.months, b.months, factor),
                            sum(a.days, b.days, factor), out, err);
}

bool java_period_normalize(struct java_period period, struct java_period *out, struct error *err)
{
    int64_t months = (int64_t)period.years * 12 + period.months;

    return java_period_make(months / 12, months % 12, period.days, out, err);
}

bool java_period_between(int64_t from_days, int64_t to_days, struct java_period *out,
                         struct error *err)
{
    struct civil from = civil_from_days(from_days), to = civil_from_days(to_days);
    int64_t months = (to.year - from.year) * 12 + to.month - from.month, days = to.day - from.day;

    if (months > 0 && days < 0) {
        int64_t total = from.year * 12 + from.month - 1 + --months;
        int64_t year = civil_divide(total, 12);
        int month = (int)(total - year * 12) + 1;

        days = to_days - civil_days(year, month, MIN(from.day, civil_month_length(year, month)));
    } else if (months < 0 && days > 0) {
        months++;
        days -= civil_month_length(to.year, to.month);
    }
    return java_period_make(months / 12, months % 12, days, out, err);
}

bool java_period_move(struct heap *heap, struct java_moment *moment, struct java_period period,
                      int sign, struct error *err)
{
    int64_t months = (int64_t)period.years * 12 + period.months;
    // as Java: years alone where there are no months, since some kinds have no months
    bool years = period.months == 0;
    int64_t amount = sign * (years ? period.years : months);

    if (amount != 0 &&
        !java_moment_plus(heap, moment, amount, years ? JAVA_TIME_YEAR : JAVA_TIME_MONTH, err)) {
        return false;
    }
    return period.days == 0 ||
           java_moment_plus(heap, moment, sign * (int64_t)period.days, JAVA_TIME_DAY, err);
}

uint32_t java_period_hash(struct java_period period)
{
    uint32_t months = (uint32_t)period.months, days = (uint32_t)period.days;

    return (uint32_t)period.years + (months << 8 | months >> 24) + (days << 16 | days >> 16);
}

void java_period_print(struct java_period period, struct buf *out)
{
    buf_char(out, 'P');
    if (period.years) buf_printf(out, "%dY", period.years);
    if (period.months) buf_printf(out, "%dM", period.months);
    if (period.days) buf_printf(out, "%dD", period.days);
    if (out->ptr[out->len - 1] == 'P') buf_cstr(out, "0D");
}

/* A number with its sign and the letter behind it; false: none stands there. */
static bool take_part(struct text *source, char *out_letter, int64_t *out)
{
    size_t at = 0;
    bool minus = source->len > 0 && source->ptr[0] == '-';

    if (minus || (source->len > 0 && source->ptr[0] == '+')) at++;
    size_t first = at;

    *out = 0;
    while (at < source->len && isdigit((unsigned char)source->ptr[at])) {
        if (*out <= INT32_MAX) *out = *out * 10 + source->ptr[at] - '0';
        at++;
    }
    if (at == first || at == source->len) return false;
    *out = minus ? -*out : *out;
    *out_letter = (char)toupper((unsigned char)source->ptr[at]);
    *source = text_slice(*source, at + 1, source->len);
    return true;
}

bool java_period_parse(struct text source, struct java_period *out, struct error *err)
{
    static const char letters[] = "YMWD";
    int64_t parts[4] = {0};
    struct text rest = source;
    bool minus = rest.len > 0 && rest.ptr[0] == '-', any = false, good = true;
    size_t next = 0;

    if (minus || (rest.len > 0 && rest.ptr[0] == '+')) rest = text_slice(rest, 1, rest.len);
    good = rest.len > 0 && toupper((unsigned char)rest.ptr[0]) == 'P';
    rest = text_slice(rest, 1, rest.len);
    while (good && rest.len > 0) {
        int64_t number;
        char letter;

        good = take_part(&rest, &letter, &number) && fits(minus ? -number : number);
        while (good && next < ARRAY_COUNT(parts) && letters[next] != letter) {
            next++;
        }
        good = good && next < ARRAY_COUNT(parts);
        if (good) parts[next++] = minus ? -number : number;
        any = true;
    }
    if (good && any) {
        return java_period_make(parts[0], parts[1], parts[2] * 7 + parts[3], out, err);
    }
    return error_set(err, E_DATE_TIME_PARSE, "Text cannot be parsed to a Period");
}

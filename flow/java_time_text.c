#include "base/parse.h"
#include "flow/java_time.h"

#include <ctype.h>
#include <inttypes.h>

/*
 * Java time, text: ISO 8601 as Instant and Duration of Java 17 write it, and durations are read.
 * The readers go along a text that they cut; what is not theirs they leave.
 */
enum { DAY_SECONDS = 86400 };

void java_time_print_fraction(int32_t nanos, struct buf *out)
{
    if (nanos == 0) return;
    if (nanos % 1000000 == 0) {
        buf_printf(out, ".%03d", nanos / 1000000);
    } else if (nanos % 1000 == 0) {
        buf_printf(out, ".%06d", nanos / 1000);
    } else {
        buf_printf(out, ".%09d", nanos);
    }
}

/* PT-1H-0.5S: each part has the sign; the fraction has no zeros at its end. */
void java_time_print_duration(struct java_time span, struct buf *out)
{
    bool negative = span.seconds < 0;
    bool borrowed = negative && span.nanos > 0;
    int64_t seconds = span.seconds + borrowed;
    int32_t nanos = borrowed ? (int32_t)JAVA_TIME_NANOS - span.nanos : span.nanos;
    int64_t hours = seconds / 3600, minutes = seconds / 60 % 60;

    buf_cstr(out, "PT");
    if (hours != 0) buf_printf(out, "%" PRId64 "H", hours);
    if (minutes != 0) buf_printf(out, "%" PRId64 "M", minutes);
    seconds %= 60;
    if (seconds == 0 && nanos == 0 && (hours != 0 || minutes != 0)) return;
    if (borrowed && seconds == 0) buf_char(out, '-');
    buf_printf(out, "%" PRId64, seconds);
    if (nanos > 0) {
        buf_printf(out, ".%09d", nanos);
        while (out->ptr[out->len - 1] == '0') {
            out->len--;
        }
    }
    buf_char(out, 'S');
}

static bool take_char(struct text *source, char c)
{
    if (source->len == 0 || toupper((unsigned char)source->ptr[0]) != c) return false;
    *source = text_slice(*source, 1, source->len);
    return true;
}

/* How many digits it begins with. */
static size_t digits_of(struct text source)
{
    size_t count = 0;

    while (count < source.len && isdigit((unsigned char)source.ptr[count])) {
        count++;
    }
    return count;
}

/* Up to nine digits of a fraction, as nanoseconds. */
static bool take_fraction(struct text *source, int32_t *out)
{
    size_t count = digits_of(*source);

    if (count > 9) return false;
    *out = 0;
    for (size_t i = 0; i < 9; i++) {
        *out = *out * 10 + (i < count ? source->ptr[i] - '0' : 0);
    }
    *source = text_slice(*source, count, source->len);
    return true;
}

/* A number with its sign: what stands before a letter of a duration. */
static bool take_signed(struct text *source, int64_t *out, bool *out_minus)
{
    struct text rest = *source;
    bool minus = take_char(&rest, '-');

    if (!minus) take_char(&rest, '+');
    size_t count = digits_of(rest);
    struct text number = {minus ? source->ptr : rest.ptr, count + minus};

    if (count == 0 || !parse_int64(number, out)) return false;
    *source = text_slice(rest, count, rest.len);
    *out_minus = minus;
    return true;
}

/* The parts in their order, each at most once: D, and behind a T H, M and S. False: no duration. */
static bool take_parts(struct text *source, struct java_time *out)
{
    static const struct {
        char letter;
        int64_t seconds;
    } parts[] = {{'D', DAY_SECONDS}, {'H', 3600}, {'M', 60}, {'S', 1}};

    size_t next = 0;
    bool time = false, any = false;

    *out = (struct java_time){0};
    while (source->len > 0) {
        int64_t number, product;
        int32_t nanos = 0;
        bool minus, fraction;

        if (!time && take_char(source, 'T')) {
            time = true;
            next = 1;
        }
        if (!take_signed(source, &number, &minus)) return false;
        fraction = take_char(source, '.') || take_char(source, ',');
        if (fraction && !take_fraction(source, &nanos)) return false;
        while (next < ARRAY_COUNT(parts) && !take_char(source, parts[next].letter)) {
            next++;
        }
        if (next == ARRAY_COUNT(parts) || time != (next > 0) || (fraction && next < 3)) {
            return false;
        }
        if (__builtin_mul_overflow(number, parts[next++].seconds, &product) ||
            __builtin_add_overflow(out->seconds, product, &out->seconds)) {
            return false;
        }
        out->nanos = minus ? -nanos : nanos;
        any = true;
    }
    return any;
}

bool java_time_parse_duration(struct text source, struct java_time *out)
{
    struct java_time span, zero = {0};
    struct error unused;
    bool minus = take_char(&source, '-');

    if (!minus) take_char(&source, '+');
    if (!take_char(&source, 'P') || !take_parts(&source, &span)) return false;
    return minus ? java_time_subtract(zero, span, out, &unused)
                 : java_time_add(zero, span, out, &unused);
}

#include "flow/java_format.h"
#include "flow/java_zone.h"
#include "flow/java_zone_names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Java format, printing. */

struct printer {
    struct heap *heap;
    struct java_moment moment;
    struct value zone; /* what V and z print; or nil */
    struct buf *out;
    struct error *err;
    size_t depth; /* of optional sections */
    size_t starts[JAVA_FORMAT_DEPTH];
};

enum outcome { PRINTED, FAILED, ABSENT /* in an optional section: which is left out */ };

static enum outcome outcome(bool good)
{
    return good ? PRINTED : FAILED;
}

static enum outcome take_field(struct printer *p, enum java_field field, int64_t *out)
{
    if (p->depth > 0 && !java_moment_has(p->moment.kind, field)) return ABSENT;
    return outcome(java_moment_get(&p->moment, field, out, p->err));
}

static enum outcome refuse(struct printer *p, const char *what)
{
    if (p->depth > 0) return ABSENT;
    error_set(p->err, E_DATE_TIME, "Unable to extract %s from temporal", what);
    error_hint(p->err,
               "Give the formatter a zone: (.withZone formatter java.time.ZoneOffset/UTC).");
    return FAILED;
}

static enum outcome print_number(struct printer *p, const struct java_step *step)
{
    int64_t value;
    enum outcome found = take_field(p, step->field, &value);
    char digits[24];

    if (found != PRINTED) return found;
    if (step->kind == JAVA_STEP_REDUCED) value = (value < 0 ? -value : value) % 100;
    int len = snprintf(digits, sizeof digits, "%0*" PRIu64, step->min,
                       value < 0 ? 0 - (uint64_t)value : (uint64_t)value);

    if (len > step->max) {
        return outcome(error_set(p->err, E_DATE_TIME,
                                 "Field %s cannot be printed as the value %" PRId64
                                 " exceeds the maximum print width of %d",
                                 java_field_text(step->field), value, step->max));
    }
    if (value < 0 && step->sign == JAVA_SIGN_NONE) {
        return outcome(error_set(p->err, E_DATE_TIME,
                                 "Field %s cannot be printed as the value %" PRId64
                                 " cannot be negative according to the SignStyle",
                                 java_field_text(step->field), value));
    }
    if (value < 0) buf_char(p->out, '-');
    if (value >= 0 && step->sign == JAVA_SIGN_EXCEEDS_PAD && len > step->min) {
        buf_char(p->out, '+');
    }
    buf_append(p->out, digits, (size_t)len);
    return PRINTED;
}

static enum outcome print_fraction(struct printer *p, const struct java_step *step)
{
    int64_t value;
    enum outcome found = take_field(p, JAVA_FIELD_NANO_OF_SECOND, &value);
    char digits[16];
    size_t len = 9;

    if (found != PRINTED) return found;
    snprintf(digits, sizeof digits, "%09d", (int)value);
    while (len > 0 && digits[len - 1] == '0') {
        len--;
    }
    len = MIN(MAX(len, (size_t)step->min), (size_t)step->max);
    if (step->sign && len > 0) buf_char(p->out, '.');
    buf_append(p->out, digits, len);
    return PRINTED;
}

static enum outcome print_text(struct printer *p, const struct java_step *step)
{
    int64_t value;
    enum outcome found = take_field(p, step->field, &value);
    size_t len = 0;

    if (found != PRINTED) return found;
    const char *text = java_format_text(step->field, value, step->min, &len);

    buf_append(p->out, text, len);
    return PRINTED;
}

/* "+01:30" by the number of Java's pattern: whether minutes and seconds must, may or may not be. */
static enum outcome print_offset(struct printer *p, const struct java_step *step)
{
    int64_t value;
    enum outcome found = take_field(p, JAVA_FIELD_OFFSET_SECONDS, &value);
    int style = step->min;
    const char *colon = style > 0 && style % 2 == 0 ? ":" : "";

    if (found != PRINTED) return found;
    int size = (int)(value < 0 ? -value : value);
    int hours = size / 3600, minutes = size / 60 % 60, seconds = size % 60, sum = hours;
    size_t start = p->out->len;

    buf_printf(p->out, "%c%02d", value < 0 ? '-' : '+', hours);
    if (style >= 3 || minutes > 0) {
        buf_printf(p->out, "%s%02d", colon, minutes);
        sum += minutes;
        if (style >= 5 && seconds > 0) {
            buf_printf(p->out, "%s%02d", colon, seconds);
            sum += seconds;
        }
    }
    if (sum == 0) {
        p->out->len = start;
        buf_text(p->out, step->literal);
    }
    return PRINTED;
}

static enum outcome print_gmt(struct printer *p, const struct java_step *step)
{
    int64_t value;
    enum outcome found = take_field(p, JAVA_FIELD_OFFSET_SECONDS, &value);
    bool whole = step->min == 4;

    if (found != PRINTED) return found;
    int size = (int)(value < 0 ? -value : value);
    int minutes = size / 60 % 60, seconds = size % 60;

    buf_cstr(p->out, "GMT");
    if (size == 0) return PRINTED;
    buf_printf(p->out, "%c%0*d", value < 0 ? '-' : '+', whole ? 2 : 1, size / 3600);
    if (whole || minutes > 0 || seconds > 0) buf_printf(p->out, ":%02d", minutes);
    if (seconds > 0) buf_printf(p->out, ":%02d", seconds);
    return PRINTED;
}

static enum outcome print_zone(struct printer *p, const struct java_step *step)
{
    bool none = value_is_nil(p->zone) ||
                (step->kind == JAVA_STEP_REGION && java_value_is(p->zone, JAVA_OFFSET));

    if (none) return refuse(p, step->kind == JAVA_STEP_REGION ? "ZoneRegionId()" : "ZoneId");
    if (step->kind != JAVA_STEP_ZONE_TEXT || java_value_is(p->zone, JAVA_OFFSET)) {
        java_zone_print(p->zone, p->out);
        return PRINTED;
    }
    struct java_moment at = p->moment;
    bool known = java_moment_has(at.kind, JAVA_FIELD_INSTANT_SECONDS);

    if (!known && at.kind == JAVA_LOCAL_DATE_TIME) { // where clocks show it once
        struct java_zone_shift shift;

        if (!java_zone_shift(p->heap, p->zone, at.seconds, &shift, p->err)) return FAILED;
        known = shift.before_s == shift.after_s;
        at.offset_s = shift.before_s;
    }
    return outcome(java_zone_names_print(p->heap, p->zone, known ? &at : NULL, step->min == 4,
                                         p->out, p->err));
}

static enum outcome print_instant(struct printer *p)
{
    struct java_moment instant;

    if (!java_moment_has(p->moment.kind, JAVA_FIELD_INSTANT_SECONDS)) {
        return p->depth > 0 ? ABSENT
                            : outcome(error_set(p->err, E_TEMPORAL_TYPE,
                                                "Unsupported field: InstantSeconds"));
    }
    if (!java_moment_convert(&p->moment, JAVA_INSTANT, &instant, p->err)) return FAILED;
    java_moment_print(&instant, p->out);
    return PRINTED;
}

static enum outcome print_step(struct printer *p, const struct java_step *step)
{
    switch (step->kind) {
    case JAVA_STEP_LITERAL: buf_text(p->out, step->literal); return PRINTED;
    case JAVA_STEP_NUMBER:
    case JAVA_STEP_REDUCED: return print_number(p, step);
    case JAVA_STEP_FRACTION: return print_fraction(p, step);
    case JAVA_STEP_TEXT: return print_text(p, step);
    case JAVA_STEP_OFFSET: return print_offset(p, step);
    case JAVA_STEP_GMT: return print_gmt(p, step);
    case JAVA_STEP_ZONE:
    case JAVA_STEP_REGION:
    case JAVA_STEP_ZONE_TEXT: return print_zone(p, step);
    case JAVA_STEP_INSTANT: return print_instant(p);
    case JAVA_STEP_OPTIONAL: p->starts[p->depth++] = p->out->len; return PRINTED;
    case JAVA_STEP_END: p->depth--; return PRINTED;
    default: return PRINTED; // how it is read
    }
}

bool java_format_print(struct heap *heap, const struct java_steps *steps, struct value zone,
                       const struct java_moment *moment, struct buf *out, struct error *err)
{
    struct printer p = {
        .heap = heap, .moment = *moment, .zone = moment->zone, .out = out, .err = err};

    if (!value_is_nil(zone)) {
        p.zone = zone;
        if (java_moment_has(moment->kind, JAVA_FIELD_INSTANT_SECONDS) &&
            !java_moment_at(heap, java_moment_instant(moment), zone, &p.moment, err)) {
            return false;
        }
    }
    for (size_t i = 0; i < steps->count; i++) {
        enum outcome result = print_step(&p, &steps->items[i]);

        if (result == FAILED) return false;
        if (result == ABSENT) {
            out->len = p.starts[--p.depth];
            i = java_format_section_end(steps, i);
        }
    }
    return true;
}

/*
 * Tags: #inst, #uuid and #weir/bytes become forms of their own; other tagged literals stay as data.
 */
#include "base/crypto.h"
#include "base/id.h"
#include "flow/reader_internal.h"

/* An instant being read: what stands at index is the next thing to take. */
struct instant {
    struct text text;
    size_t index;
};

/* Exactly count digits behind that separator (0: none); the default when the text has ended. */
static bool take_part(struct instant *instant, char separator, size_t count, int64_t *value)
{
    struct text rest = text_slice(instant->text, instant->index, instant->text.len);

    if (separator) {
        if (rest.len == 0 || rest.ptr[0] != separator) return false;
        rest = text_slice(rest, 1, rest.len);
    }
    if (rest.len < count) return false;
    *value = 0;
    for (size_t i = 0; i < count; i++) {
        if (rest.ptr[i] < '0' || rest.ptr[i] > '9') return false;
        *value = *value * 10 + (rest.ptr[i] - '0');
    }
    instant->index += count + (separator ? 1 : 0);
    return true;
}

/* Milliseconds of ".123456": further digits are cut. */
static int64_t take_fraction(struct instant *instant)
{
    int64_t ms = 0, unit = 100, digit;

    if (!take_part(instant, '.', 1, &digit)) return 0;
    do {
        ms += digit * unit;
        unit /= 10;
    } while (take_part(instant, 0, 1, &digit));
    return ms;
}

/* Z, +hh:mm, -hh:mm or nothing, then the end. */
static bool take_offset(struct instant *instant, int64_t *out_minutes)
{
    int64_t hours, minutes;
    struct text rest = text_slice(instant->text, instant->index, instant->text.len);

    *out_minutes = 0;
    if (rest.len == 0 || text_equal(rest, TEXT("Z"))) return true;
    bool west = rest.ptr[0] == '-';

    if (!take_part(instant, west ? '-' : '+', 2, &hours)) return false;
    if (!take_part(instant, ':', 2, &minutes)) return false;
    if (instant->index != instant->text.len || hours > 23 || minutes > 59) return false;
    *out_minutes = (hours * 60 + minutes) * (west ? -1 : 1);
    return true;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

static int64_t days_in_month(int64_t year, int64_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

/* As clojure.instant: everything behind the year may be missing, from the right. */
static bool instant_ms(struct text text, int64_t *out)
{
    struct instant instant = {.text = text};
    int64_t year, month = 1, day = 1, hour = 0, minute = 0, second = 0, ms = 0, offset;

    if (!take_part(&instant, 0, 4, &year)) return false;
    if (take_part(&instant, '-', 2, &month) && take_part(&instant, '-', 2, &day) &&
        take_part(&instant, 'T', 2, &hour) && take_part(&instant, ':', 2, &minute) &&
        take_part(&instant, ':', 2, &second)) {
        ms = take_fraction(&instant);
    }
    if (!take_offset(&instant, &offset)) return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return false;
    if (hour > 23 || minute > 59 || second > (minute == 59 ? 60 : 59)) return false;
    int64_t minutes = (days_of(year, month, day) * 24 + hour) * 60 + minute - offset;

    *out = (minutes * 60 + second) * 1000 + ms;
    return true;
}

/* The family of the error that Clojure's reader of the tag has for what is no text, or a wrong one.
 */
static enum error_code wrong_data(const struct reader *reader, const struct form *data,
                                  enum error_code no_text, enum error_code wrong_text)
{
    if (!reader->data) return E_READER;
    return data->kind == FORM_STRING ? wrong_text : no_text;
}

static struct form *inst_form(struct reader *reader, struct reader_mark at, const struct form *data)
{
    int64_t ms;

    if (data->kind != FORM_STRING || !instant_ms(data->text, &ms)) {
        return reader_fail(reader, wrong_data(reader, data, E_CAST, E_READER),
                           reader_build_mark(data),
                           "#inst takes a string such as \"2026-11-20T07:31:02.000Z\"");
    }
    struct form *form = reader_build_form(reader, FORM_INST, at);

    if (!form) return NULL;
    form->integer = ms;
    form->text = data->text;
    return form;
}

static struct form *uuid_form(struct reader *reader, struct reader_mark at, const struct form *data)
{
    struct uuid id;
    char text[UUID_TEXT_SIZE];

    if (data->kind != FORM_STRING || !id_parse(data->text, &id)) {
        return reader_fail(reader, wrong_data(reader, data, E_ASSERT, E_ARGUMENT),
                           reader_build_mark(data),
                           "#uuid takes a string such as "
                           "\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"");
    }
    id_format(id, text);
    struct text copy = reader_copy(reader, text_from(text));
    struct form *form = copy.ptr ? reader_build_form(reader, FORM_UUID, at) : NULL;

    if (form) form->text = copy;
    return form;
}

static struct form *bytes_form(struct reader *reader, struct reader_mark at,
                               const struct form *data)
{
    struct buf bytes = {0};
    struct form *form = NULL;

    if (data->kind != FORM_STRING || !crypto_unbase64(&bytes, data->text)) {
        buf_done(&bytes);
        return reader_fail(reader, E_READER, reader_build_mark(data),
                           "#weir/bytes takes a string of base64");
    }
    struct text copy = reader_copy(reader, buf_get(&bytes));

    buf_done(&bytes);
    if (copy.ptr) form = reader_build_form(reader, FORM_BYTES, at);
    if (form) form->text = copy;
    return form;
}

struct form *reader_tags_apply(struct reader *reader, struct reader_mark at, struct text ns,
                               struct text name, struct form *form)
{
    if (!ns.ptr && text_equal(name, TEXT("inst"))) return inst_form(reader, at, form);
    if (!ns.ptr && text_equal(name, TEXT("uuid"))) return uuid_form(reader, at, form);
    if (ns.ptr && text_equal(ns, TEXT("weir")) && text_equal(name, TEXT("bytes"))) {
        return bytes_form(reader, at, form);
    }
    struct form *tagged = reader_build_collection(reader, FORM_TAGGED, at, &form, 1);

    if (!tagged) return NULL;
    tagged->ns = ns;
    tagged->name = name;
    return tagged;
}

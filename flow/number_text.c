#include "base/parse.h"
#include "flow/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Numbers as text: the printing half of flow/number.h. */

/* The digits of the shortest decimal that reads back, without point, at least two; answers the
 * exponent of the first. Up to 15 digits survive the way into a double and back, so if the 15-digit
 * form reads back, dropping its zeros leaves the shortest one; only subnormals need the long way.
 */
static int shortest(double real, char digits[24])
{
    int precision = real < 0x1p-1022 ? 2 : 15;
    char text[40];
    double back;
    int len = 0;

    do {
        snprintf(text, sizeof(text), "%.*e", precision - 1, real);
    } while (precision++ < 17 && !(parse_double(text_from(text), &back) && back == real));
    const char *exponent = strchr(text, 'e');
    int64_t power = 0;

    for (const char *c = text; c < exponent; c++) {
        if (*c != '.') digits[len++] = *c;
    }
    while (len > 1 && digits[len - 1] == '0') {
        len--;
    }
    digits[len] = '\0';
    exponent += exponent[1] == '+' ? 2 : 1;
    (void)!parse_int64(text_from(exponent), &power); // our own output
    return (int)power;
}

void number_print_double(double real, struct buf *out)
{
    char digits[24];

    if (isnan(real)) {
        buf_cstr(out, "NaN");
        return;
    }
    if (signbit(real)) buf_char(out, '-');
    real = fabs(real);
    if (real == 0 || isinf(real)) {
        buf_cstr(out, real == 0 ? "0.0" : "Infinity");
        return;
    }
    int exponent = shortest(real, digits);
    int len = (int)strlen(digits);

    if (exponent < -3 || exponent >= 7) {
        buf_printf(out, "%c.%sE%d", digits[0], len > 1 ? digits + 1 : "0", exponent);
    } else if (exponent < 0) {
        buf_printf(out, "0.%.*s%s", -exponent - 1, "00", digits);
    } else if (len <= exponent + 1) {
        buf_printf(out, "%s%.*s.0", digits, exponent + 1 - len, "000000");
    } else {
        buf_printf(out, "%.*s.%s", exponent + 1, digits, digits + exponent + 1);
    }
}

void number_display(struct value number, struct buf *out)
{
    switch (number.type) {
    case VALUE_INT: buf_printf(out, "%lld", (long long)number.integer); break;
    case VALUE_DOUBLE: number_print_double(number.real, out); break;
    case VALUE_BIGINT: bignum_print(number, 10, out); break;
    case VALUE_DECIMAL: decimal_print(number, out); break;
    default:
        bignum_print(number_numerator(number), 10, out);
        buf_char(out, '/');
        bignum_print(number_denominator(number), 10, out);
    }
}

void number_print(struct value number, struct buf *out)
{
    bool special = number.type == VALUE_DOUBLE && !isfinite(number.real);

    if (special) {
        buf_cstr(out, isnan(number.real) ? "##NaN" : number.real > 0 ? "##Inf" : "##-Inf");
        return;
    }
    number_display(number, out);
    if (number.type == VALUE_BIGINT && number.object->kind == BIGINT_PLAIN) buf_char(out, 'N');
    if (number.type == VALUE_DECIMAL) buf_char(out, 'M');
}

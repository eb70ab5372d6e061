#include "base/url_code.h"

static bool is_unreserved(unsigned char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           ch == '-' || ch == '.' || ch == '_' || ch == '~';
}

void url_code_append(struct buf *out, struct text source)
{
    for (size_t i = 0; i < source.len; i++) {
        unsigned char ch = (unsigned char)source.ptr[i];

        if (is_unreserved(ch)) {
            buf_char(out, (char)ch);
        } else {
            buf_printf(out, "%%%02X", ch);
        }
    }
}

/* One pass over the lines; only the names that frame a request are told apart. */
#include "gateway/head.h"

#include "base/limits.h"

struct head_counts {
    int content_length, transfer_encoding, host;
};

/* A line without its end; false at the end of raw. */
static bool next_line(struct text *rest, struct text *out)
{
    ptrdiff_t end = text_index_of_char(*rest, '\n');

    if (end < 0) return false;
    *out = text_slice(*rest, 0, (size_t)end);
    *rest = text_slice(*rest, (size_t)end + 1, rest->len);
    if (text_ends_with(*out, TEXT("\r"))) out->len--;
    return true;
}

static bool check_line(struct text line, struct head_counts *counts, struct error *err)
{
    ptrdiff_t colon = text_index_of_char(line, ':');

    if (line.ptr[0] == ' ' || line.ptr[0] == '\t') {
        return error_set(err, E_BAD_REQUEST, "the request has a folded header line");
    }
    if (colon <= 0) return error_set(err, E_BAD_REQUEST, "the request has a header without a name");
    struct text name = text_slice(line, 0, (size_t)colon);

    if (name.ptr[name.len - 1] == ' ' || name.ptr[name.len - 1] == '\t') {
        return error_set(err, E_BAD_REQUEST, "a header's name has a space before its colon");
    }
    counts->content_length += text_equal_nocase(name, TEXT("content-length"));
    counts->transfer_encoding += text_equal_nocase(name, TEXT("transfer-encoding"));
    counts->host += text_equal_nocase(name, TEXT("host"));
    return true;
}

bool head_check(struct text raw, struct error *err)
{
    struct text rest = text_slice(raw, 0, LIMIT_HEADER_BLOCK);
    struct text line = TEXT_NONE;
    struct text request_line = TEXT_NONE;
    struct head_counts counts = {0};

    // Empty lines before the request line are the tail of a body that came before.
    bool found = next_line(&rest, &request_line);

    while (found && request_line.len == 0) {
        found = next_line(&rest, &request_line);
    }
    while (next_line(&rest, &line) && line.len > 0) {
        if (!check_line(line, &counts, err)) return false;
    }
    if (!line.ptr || line.len > 0) {
        error_set(err, E_TOO_LARGE, "the request's head is over %d bytes", LIMIT_HEADER_BLOCK);
        return error_hint(err, "Send fewer or shorter headers.");
    }
    if (counts.content_length > 1 || counts.transfer_encoding > 1 || counts.host > 1) {
        return error_set(err, E_BAD_REQUEST,
                         "Content-Length, Transfer-Encoding or Host stands there twice");
    }
    if (counts.content_length > 0 && counts.transfer_encoding > 0) {
        return error_set(err, E_BAD_REQUEST,
                         "Content-Length and Transfer-Encoding exclude each other");
    }
    if (counts.host == 0 && text_ends_with(request_line, TEXT("HTTP/1.1"))) {
        return error_set(err, E_BAD_REQUEST, "the request has no Host header");
    }
    return true;
}

/* Ids of runs. */
#include "gateway/workflow_id.h"

#include "base/buf.h"
#include "base/parse.h"

struct text workflow_id_format(struct arena *arena, struct text slug, struct text workspace,
                               int64_t number)
{
    struct buf id CLEANUP(buf_done) = {0};

    (void)buf_reserve(&id, slug.len + workspace.len + 32);
    buf_cstr(&id, "flow-");
    buf_text(&id, slug);
    buf_char(&id, '-');
    buf_text(&id, workspace);
    buf_cstr(&id, "-r");
    buf_int(&id, number);
    return arena_text(arena, buf_get(&id));
}

bool workflow_id_parse(struct text id, struct text workspace, struct text *out_slug,
                       int64_t *out_number)
{
    size_t start = id.len;
    int64_t number;

    while (start > 0 && id.ptr[start - 1] >= '0' && id.ptr[start - 1] <= '9') {
        start--;
    }
    if (start == 0 || id.ptr[start - 1] != 'r') return false;
    if (!parse_int64(text_slice(id, start, id.len), &number) || number < 1) return false;
    struct text rest = text_slice(id, 0, start - 1);

    if (rest.len == 0) {
        *out_slug = TEXT_NONE;
        *out_number = number;
        return true;
    }
    if (!text_starts_with(rest, TEXT("flow-")) || !text_ends_with(rest, TEXT("-"))) return false;
    rest = text_slice(rest, 5, rest.len - 1);
    if (rest.len < workspace.len + 2 || !text_ends_with(rest, workspace)) return false;
    rest = text_slice(rest, 0, rest.len - workspace.len);
    if (!text_ends_with(rest, TEXT("-"))) return false;
    *out_slug = text_slice(rest, 0, rest.len - 1);
    *out_number = number;
    return out_slug->len > 0 && text_index_of_char(*out_slug, '\0') < 0;
}

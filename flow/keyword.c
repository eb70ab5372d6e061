#include "flow/keyword.h"

#include "flow/hash.h"
#include "flow/name.h"
#include "flow/string.h"

#include <string.h>

struct value keyword_new(struct heap *heap, struct text ns, struct text name)
{
    struct name_object *keyword = name_new(heap, VALUE_KEYWORD, ns, name);

    keyword->hash += HASH_KEYWORD_EXTRA;
    return object_value(&keyword->header);
}

void keyword_split(struct text source, struct text *out_ns, struct text *out_name)
{
    ptrdiff_t slash = text_index_of_char(source, '/');

    *out_ns = TEXT_NONE;
    *out_name = source;
    if (slash <= 0 || source.len == 1) return;
    *out_ns = text_slice(source, 0, (size_t)slash);
    *out_name = text_slice(source, (size_t)slash + 1, source.len);
}

struct value keyword_from_text(struct heap *heap, struct text source)
{
    struct text ns, name;

    keyword_split(source, &ns, &name);
    return keyword_new(heap, ns, name);
}

struct value keyword_from_cstr(struct heap *heap, const char *source)
{
    return keyword_from_text(heap, text_from(source));
}

struct text keyword_ns(struct value keyword)
{
    return name_ns(OBJECT_AS(name_object, keyword.object));
}

struct text keyword_name(struct value keyword)
{
    return name_name(OBJECT_AS(name_object, keyword.object));
}

bool keyword_is(struct value keyword, const char *name)
{
    return keyword.type == VALUE_KEYWORD && keyword_ns(keyword).len == 0 &&
           text_equal(keyword_name(keyword), text_from(name));
}

bool keyword_equal(struct value a, struct value b)
{
    return name_equal(OBJECT_AS(name_object, a.object), OBJECT_AS(name_object, b.object));
}

int keyword_compare(struct value a, struct value b)
{
    return name_compare(OBJECT_AS(name_object, a.object), OBJECT_AS(name_object, b.object));
}

#include "flow/symbol.h"

#include "flow/keyword.h"
#include "flow/name.h"

struct value symbol_new(struct heap *heap, struct text ns, struct text name)
{
    return object_value(&name_new(heap, VALUE_SYMBOL, ns, name)->header);
}

struct value symbol_from_text(struct heap *heap, struct text source)
{
    struct text ns, name;

    keyword_split(source, &ns, &name);
    return symbol_new(heap, ns, name);
}

struct text symbol_ns(struct value symbol)
{
    return name_ns(OBJECT_AS(name_object, symbol.object));
}

struct text symbol_name(struct value symbol)
{
    return name_name(OBJECT_AS(name_object, symbol.object));
}

bool symbol_equal(struct value a, struct value b)
{
    return name_equal(OBJECT_AS(name_object, a.object), OBJECT_AS(name_object, b.object));
}

int symbol_compare(struct value a, struct value b)
{
    return name_compare(OBJECT_AS(name_object, a.object), OBJECT_AS(name_object, b.object));
}

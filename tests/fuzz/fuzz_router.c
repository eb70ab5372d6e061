/* "METHOD path": any path finds a route, with its parameters, or none. */
#include "gateway/router.h"
#include "tests/fuzz/fuzz.h"

void fuzz_input(struct text input)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct text path = input;
    struct text method = text_cut(&path, ' ');
    struct request_param params[REQUEST_PARAMS_MAX];
    const struct route *route = NULL;
    int count = 0;

    arena_init(&arena, 0);
    if (router_find(&arena, method, path, &route, params, &count) != ROUTER_FOUND) return;
    ASSERT(route);
    ASSERT(count <= REQUEST_PARAMS_MAX);
    for (int i = 0; i < count; i++) {
        ASSERT(params[i].name);
        ASSERT(text_is_utf8(params[i].value, NULL));
    }
}

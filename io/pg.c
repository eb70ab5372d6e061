#include "io/pg.h"

#include "base/assert.h"
#include "io/pg_conn.h"

#include <string.h>

#define NAME_MAX_LEN 63 /* the server would cut longer ones */

void pg_group_init(struct pg_group *group, struct arena *arena)
{
    *group = (struct pg_group){.arena = arena, .failed_statement = -1};
    group->items = arena_grow(arena, NULL, 0, &group->item_capacity, sizeof(struct pg_item));
    group->items[0] = (struct pg_item){0};
    group->item_count = 1; // the first is the pool's, for the workspace of a tenant
}

int pg_group_add(struct pg_group *group, const struct pg_statement *statement,
                 const struct pg_params *params,
                 void (*on_rows)(struct pg_group *group, int index, const struct pg_rows *rows))
{
    ASSERT(group->state == PG_GROUP_IDLE);
    ASSERT(strlen(statement->name) <= NAME_MAX_LEN);
    ASSERT(!params || !params->in_array);
    group->items = arena_grow(group->arena, group->items, group->item_count, &group->item_capacity,
                              sizeof(struct pg_item));
    group->items[group->item_count] =
        (struct pg_item){.statement = statement, .params = params, .on_rows = on_rows};
    return (int)group->item_count++ - 1;
}

void pg_group_cancel(struct pg_group *group)
{
    if (group->state != PG_GROUP_WAITING) return;
    pg_conn_remove(group->conn, group);
    pg_pool_end(group->pool, group, PG_END_CANCELLED);
}

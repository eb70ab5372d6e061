/*
 * Trees of runs. How deep they are is bounded when a child is admitted (LIMIT_CALL_DEPTH).
 */
#include "storage/run_tree.h"

#include "base/limits.h"
#include "base/macros.h"
#include "storage/row.h"

static const struct pg_statement tree_sql = {
    "run_tree",
    "with recursive tree as (select r.*, 1 as level, array[r.id] as path from weir.runs r "
    "where r.workspace = $1::bigint and r.parent = $2::uuid and r.continued_to is null "
    "union all select r.*, t.level + 1, t.path || r.id from tree t join weir.runs r "
    "on r.workspace = $1::bigint and r.parent = t.id and r.continued_to is null) "
    "select f.slug, t.parent_address, t.number, v.number, "
    "case when t.status = 2 and t.wake_at <= now() then 0 else t.status end, t.level "
    "from tree t join weir.flows f on f.id = t.flow join weir.versions v on v.id = t.version "
    "order by t.path limit $3::int"};

static void on_tree(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct run_tree *op = CALL_OP(group, struct run_tree);
    int count = pg_row_count(rows);

    (void)index;
    op->has_more = count > LIMIT_LIST;
    op->children = row_array(&op->call, MIN(count, LIMIT_LIST), sizeof(struct run_tree_child));
    op->count = op->children ? (size_t)MIN(count, LIMIT_LIST) : 0;
    for (size_t i = 0; i < op->count; i++) {
        struct row row = {&op->call, rows, (int)i, 0};
        struct run_tree_child *child = &op->children[i];

        child->slug = row_text(&row);
        child->address = row_text(&row);
        child->number = row_int(&row);
        child->version_number = (int)row_int(&row);
        child->status = (enum run_status)row_int(&row);
        child->depth = (int)row_int(&row);
    }
}

void run_tree_start(struct run_tree *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_uuid(params, op->id);
    pg_param_int32(params, LIMIT_LIST + 1);
    call_add(&op->call, &tree_sql, params, on_tree);
    call_set_idempotent(&op->call);
    call_send_gateway(&op->call);
}

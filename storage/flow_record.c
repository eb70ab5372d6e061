/*
 * Flows and versions: the writes are functions of migrations/006_flows.sql, the reads stand here.
 */
#include "storage/flow_record.h"

#include "base/limits.h"
#include "base/macros.h"
#include "storage/row.h"

#define ENDPOINT_ARRAYS_8                                                              \
    "$8::smallint[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], " \
    "$14::text[], $15::text[], $16::text[], $17::boolean[], $18::boolean[]"
#define FLOW_COLUMNS                                                                 \
    "f.id, f.slug, f.name, f.description, f.draft_version, f.live_version, "         \
    "(select number from weir.versions where id = f.draft_version), "                \
    "(select number from weir.versions where id = f.live_version), f.live_release, " \
    "f.created_at, f.updated_at, f.archived_at, f.run_counter"
#define VERSION_COLUMNS                                                           \
    "v.id, v.flow, v.workspace, v.number, v.language, r.number, v.content_hash, " \
    "v.created_by, r.note, v.created_at, r.created_at"
#define NEWEST_RELEASE                                                       \
    "left join lateral (select number, note, created_at from weir.releases " \
    "where workspace = v.workspace and flow = v.flow and version = v.id "    \
    "order by number desc limit 1) r on true "

static const struct pg_statement put_sql = {
    "flow_put",
    "select o_outcome, o_flow, o_version, o_number, o_new_flow, o_new_version, o_taken "
    "from weir.flow_put_draft($1::bigint, $2::text, $3::text, $4::text, $5::bytea, $6::bytea, "
    "$7::smallint, $19::text, " ENDPOINT_ARRAYS_8 ")"};

static const struct pg_statement release_sql = {
    "flow_release",
    "select o_outcome, o_flow, o_release, o_number, o_previous, o_taken "
    "from weir.flow_release($1::bigint, $2::text, $3::bigint, $4::text, $5::text, "
    "$6::smallint[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], "
    "$13::text[], $14::text[], $15::boolean[], $16::boolean[], "
    "$17::text[], $18::text[], $19::text[], $20::text[], $21::bytea[], $22::boolean[], "
    "$23::smallint[], $24::text[], $25::int[], $26::smallint[], $27::smallint[], $28::smallint[], "
    "$29::timestamptz[])"};

static const struct pg_statement flow_sql = {
    "flow_get", "select " FLOW_COLUMNS " from weir.flows f "
                "where f.workspace = $1::bigint and f.slug = $2::text"};

static const struct pg_statement version_of_sql = {
    "flow_version_of",
    "select " VERSION_COLUMNS ", f.slug, case when $5::boolean then v.source end "
    "from weir.flows f join weir.versions v on v.workspace = f.workspace and v.flow = f.id "
    "and v.number = case $3::int when 0 then (select number from weir.versions "
    "where id = f.draft_version) when 1 then (select number from weir.versions "
    "where id = f.live_version) when 2 then f.version_counter else $4::int end " NEWEST_RELEASE
    "where f.workspace = $1::bigint and f.slug = $2::text"};

static const struct pg_statement version_sql = {
    "flow_version", "select " VERSION_COLUMNS ", f.slug, v.source from weir.versions v "
                    "join weir.flows f on f.id = v.flow " NEWEST_RELEASE "where v.id = $1::bigint"};

static const struct pg_statement find_sql = {
    "flow_find", "select f.archived_at is not null, v.id from weir.flows f "
                 "left join weir.versions v on v.workspace = f.workspace and v.flow = f.id "
                 "and case when $4::int > 0 then v.number = $4::int else v.id = "
                 "case $3::smallint when 0 then f.draft_version else f.live_version end end "
                 "where f.workspace = $1::bigint and f.slug = $2::text"};

static const struct pg_statement list_sql = {
    "flow_list", "select " FLOW_COLUMNS " from weir.flows f "
                 "where f.workspace = $1::bigint and f.slug > coalesce($2::text, '') "
                 "and f.version_counter > 0 and ($3::boolean or f.archived_at is null) "
                 "order by f.slug limit $4::int"};

static const struct pg_statement versions_sql = {
    "flow_versions",
    "select " VERSION_COLUMNS ", f.slug from weir.flows f "
    "join weir.versions v on v.workspace = f.workspace and v.flow = f.id " NEWEST_RELEASE
    "where f.workspace = $1::bigint and f.slug = $2::text "
    "and ($3::int = 0 or v.number < $3::int) order by v.number desc limit $4::int"};

static const struct pg_statement archive_sql = {"flow_archive",
                                                "select weir.flow_archive($1::bigint, $2::text)"};

static void on_put(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct flow_put *op = CALL_OP(group, struct flow_put);
    struct row row = {&op->call, rows, 0, 0};

    (void)index;
    op->outcome = (enum flow_put_outcome)row_int(&row);
    op->flow = row_int(&row);
    op->version = row_int(&row);
    op->number = (int)row_int(&row);
    op->new_flow = row_bool(&row);
    op->new_version = row_bool(&row);
    op->taken = row_text(&row);
}

void flow_record_put_start(struct flow_put *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_text(params, op->slug);
    pg_param_text(params, op->name);
    pg_param_text(params, op->description);
    pg_param_bytes(params, op->source);
    pg_param_bytes(params, (struct text){(const char *)op->content_hash, 32});
    pg_param_int16(params, (int16_t)op->language);
    endpoint_params(params, op->endpoints, op->endpoint_count);
    pg_param_text(params, op->created_by);
    call_add(&op->call, &put_sql, params, on_put);
    call_send_gateway(&op->call);
}

static void on_released(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct flow_release *op = CALL_OP(group, struct flow_release);
    struct row row = {&op->call, rows, 0, 0};

    (void)index;
    op->outcome = (enum flow_release_outcome)row_int(&row);
    op->flow = row_int(&row);
    op->release = (int)row_int(&row);
    op->number = (int)row_int(&row);
    op->previous_version = row_int(&row);
    op->taken = row_text(&row);
}

void flow_record_release_start(struct flow_release *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_text(params, op->slug);
    pg_param_int64(params, op->version);
    pg_param_text(params, op->note);
    pg_param_text(params, op->created_by);
    endpoint_params(params, op->endpoints, op->endpoint_count);
    schedule_record_params(params, op->schedules, op->schedule_count);
    call_add(&op->call, &release_sql, params, on_released);
    call_send_gateway(&op->call);
}

static void read_flow(struct storage_call *call, const struct pg_rows *rows, int index,
                      struct flow_record *out)
{
    struct row row = {call, rows, index, 0};

    out->id = row_int(&row);
    out->slug = row_text(&row);
    out->name = row_text(&row);
    out->description = row_text(&row);
    out->draft_version = row_int(&row);
    out->live_version = row_int(&row);
    out->draft_number = (int)row_int(&row);
    out->live_number = (int)row_int(&row);
    out->live_release = (int)row_int(&row);
    out->created_ms = row_ms(&row);
    out->updated_ms = row_ms(&row);
    out->archived_ms = row_ms(&row);
    out->run_count = row_int(&row);
}

static void read_version(struct storage_call *call, const struct pg_rows *rows, int index,
                         struct version_record *out)
{
    struct row row = {call, rows, index, 0};

    out->id = row_int(&row);
    out->flow = row_int(&row);
    out->workspace = row_int(&row);
    out->number = (int)row_int(&row);
    out->language = (int)row_int(&row);
    out->release = (int)row_int(&row);
    row_hash(&row, out->content_hash);
    out->created_by = row_text(&row);
    out->note = row_text(&row);
    out->created_ms = row_ms(&row);
    out->released_ms = row_ms(&row);
    out->slug = row_text(&row);
    out->source = row.column < pg_column_count(rows) ? row_bytes(&row) : TEXT_NONE;
}

static void on_flow(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct flow_get *op = CALL_OP(group, struct flow_get);

    (void)index;
    op->found = pg_row_count(rows) > 0;
    if (op->found) read_flow(&op->call, rows, 0, &op->flow);
}

static void on_version_of(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct flow_get *op = CALL_OP(group, struct flow_get);

    (void)index;
    op->has_version = pg_row_count(rows) > 0;
    if (op->has_version) read_version(&op->call, rows, 0, &op->version);
}

void flow_record_get_start(struct flow_get *op)
{
    call_begin(&op->call);
    struct pg_params *flow = call_params(&op->call);
    struct pg_params *version = call_params(&op->call);

    pg_param_int64(flow, op->call.workspace);
    pg_param_text(flow, op->slug);
    call_add(&op->call, &flow_sql, flow, on_flow);
    pg_param_int64(version, op->call.workspace);
    pg_param_text(version, op->slug);
    pg_param_int32(version, (int32_t)op->which);
    pg_param_int32(version, op->number);
    pg_param_bool(version, op->with_source);
    call_add(&op->call, &version_of_sql, version, on_version_of);
    call_send_gateway(&op->call);
}

static void on_version(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct version_get *op = CALL_OP(group, struct version_get);

    (void)index;
    op->found = pg_row_count(rows) > 0;
    if (op->found) read_version(&op->call, rows, 0, &op->version);
}

void flow_record_version_start(struct version_get *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->id);
    call_add(&op->call, &version_sql, params, on_version);
    call_set_idempotent(&op->call);
    call_send_engine(&op->call, -1);
}

static void on_version_found(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct version_find *op = CALL_OP(group, struct version_find);
    struct row row = {&op->call, rows, 0, 0};

    (void)index;
    op->found = pg_row_count(rows) > 0;
    if (!op->found) return;
    op->is_archived = row_bool(&row);
    op->version = row_int(&row);
}

void flow_record_find_start(struct version_find *op)
{
    op->is_archived = false;
    op->version = 0;
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_text(params, op->slug);
    pg_param_int16(params, (int16_t)op->target);
    pg_param_int32(params, op->number);
    call_add(&op->call, &find_sql, params, on_version_found);
    call_set_idempotent(&op->call);
    call_send_engine(&op->call, -1);
}

static void on_list(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct flow_list *op = CALL_OP(group, struct flow_list);
    int count = pg_row_count(rows);

    (void)index;
    op->has_more = count > op->limit;
    op->flows = row_array(&op->call, MIN(count, op->limit), sizeof(struct flow_record));
    op->count = op->flows ? (size_t)MIN(count, op->limit) : 0;
    for (size_t i = 0; i < op->count; i++) {
        read_flow(&op->call, rows, (int)i, &op->flows[i]);
    }
}

void flow_record_list_start(struct flow_list *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    op->limit = MIN(MAX(op->limit, 1), LIMIT_LIST);
    pg_param_int64(params, op->call.workspace);
    pg_param_text(params, op->after_slug);
    pg_param_bool(params, op->with_archived);
    pg_param_int32(params, op->limit + 1);
    call_add(&op->call, &list_sql, params, on_list);
    call_send_gateway(&op->call);
}

static void on_versions_flow(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct version_list *op = CALL_OP(group, struct version_list);

    (void)index;
    op->found = pg_row_count(rows) > 0;
    if (op->found) read_flow(&op->call, rows, 0, &op->flow);
}

static void on_versions(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct version_list *op = CALL_OP(group, struct version_list);
    int count = pg_row_count(rows);

    (void)index;
    op->has_more = count > op->limit;
    op->versions = row_array(&op->call, MIN(count, op->limit), sizeof(struct version_record));
    op->count = op->versions ? (size_t)MIN(count, op->limit) : 0;
    for (size_t i = 0; i < op->count; i++) {
        read_version(&op->call, rows, (int)i, &op->versions[i]);
    }
}

void flow_record_versions_start(struct version_list *op)
{
    call_begin(&op->call);
    struct pg_params *flow = call_params(&op->call);
    struct pg_params *params = call_params(&op->call);

    op->limit = MIN(MAX(op->limit, 1), LIMIT_LIST);
    pg_param_int64(flow, op->call.workspace);
    pg_param_text(flow, op->slug);
    call_add(&op->call, &flow_sql, flow, on_versions_flow);
    pg_param_int64(params, op->call.workspace);
    pg_param_text(params, op->slug);
    pg_param_int32(params, op->before_number);
    pg_param_int32(params, op->limit + 1);
    call_add(&op->call, &versions_sql, params, on_versions);
    call_send_gateway(&op->call);
}

static void on_archived(struct pg_group *group, int index, const struct pg_rows *rows)
{
    struct flow_archive *op = CALL_OP(group, struct flow_archive);

    (void)index;
    op->found = pg_bool(rows, 0, 0);
}

void flow_record_archive_start(struct flow_archive *op)
{
    call_begin(&op->call);
    struct pg_params *params = call_params(&op->call);

    pg_param_int64(params, op->call.workspace);
    pg_param_text(params, op->slug);
    call_add(&op->call, &archive_sql, params, on_archived);
    call_send_gateway(&op->call);
}

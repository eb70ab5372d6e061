-- Admissions that are only that.
set local role weir_owner;

-- weir.runs_admit (003) for batches in which no run has a concurrency key or an idempotency key: none
-- can do anything to another run, so they are decided and inserted together. Arguments and answers are
-- as there; there are no rows with o_effect. Run ids differ from each other.
create function weir.runs_admit_plain(
    p_workspace bigint[], p_slug text[], p_target smallint[], p_version bigint[], p_pinned boolean[],
    p_run uuid[], p_invocation text[], p_triggered_by text[], p_request_hash bytea[], p_input bytea[],
    p_priority smallint[])
returns table (o_index int, o_outcome smallint, o_decision smallint, o_run uuid, o_number bigint,
               o_version bigint, o_version_number int, o_status smallint, o_flow bigint,
               o_shard smallint, o_effect smallint)
language plpgsql as $$
begin
    -- All admissions of a flow come one after another from here on: the counters stand still.
    perform 1 from weir.flows f
    where (f.workspace, f.slug) in (select u.w, u.s from unnest(p_workspace, p_slug) u(w, s))
    order by f.id for no key update;

    return query
    with asked as materialized (
        select u.*, f.id as flow, f.run_counter, f.archived_at, ws.shard,
            old.id as old_id, old.number as old_number, old.version as old_version,
            old.status as old_status, old.wake_at as old_wake_at, old.shard as old_shard,
            coalesce(old.version, case when u.pinned then u.version when u.target = 0
                then f.draft_version else f.live_version end) as chosen
        from unnest(p_workspace, p_slug, p_target, p_version, p_pinned, p_run, p_invocation,
                    p_triggered_by, p_request_hash, p_input, p_priority)
            with ordinality u(workspace, slug, target, version, pinned, run, invocation, triggered_by,
                              request_hash, input, priority, i)
        left join weir.flows f on f.workspace = u.workspace and f.slug = u.slug
        left join weir.workspaces ws on ws.id = u.workspace
        left join weir.runs old on old.workspace = u.workspace and old.id = u.run),
    judged as materialized (
        select a.*, v.number as version_number,
            case when a.flow is null then 3
                when a.old_id is not null then 0 -- the answer to this very request was lost
                when a.archived_at is not null then 4
                when v.id is null or v.flow <> a.flow then 5
                when not a.pinned and a.version <> 0 and a.version <> a.chosen then 6
                else 0 end::smallint as outcome
        from asked a left join weir.versions v on v.id = a.chosen),
    numbered as materialized (
        select j.*, j.outcome = 0 and j.old_id is null as is_new,
            j.run_counter + count(*) filter (where j.outcome = 0 and j.old_id is null)
                over (partition by j.flow order by j.i) as number
        from judged j),
    made as (
        insert into weir.runs (workspace, id, flow, version, number, wake_at, target, shard, priority,
            request_hash, invocation, triggered_by, input)
        select n.workspace, n.run, n.flow, n.chosen, n.number, now(), n.target, n.shard, n.priority,
            n.request_hash, n.invocation, n.triggered_by, n.input
        from numbered n where n.is_new order by n.i),
    counted as (
        update weir.flows f set run_counter = c.number
        from (select n.flow, max(n.number) as number from numbered n where n.is_new group by n.flow) c
        where f.id = c.flow)
    select n.i::int, n.outcome,
        (n.old_id is not null and n.old_status = 0 and n.old_wake_at is null)::int::smallint,
        case when n.outcome = 0 then n.run end,
        case when n.outcome = 0 then coalesce(n.old_number, n.number) end,
        case when n.flow is not null and n.outcome <> 4 then n.chosen end, n.version_number,
        case when n.outcome = 0 then coalesce(n.old_status, 0::smallint) end,
        n.flow, case when n.outcome = 0 then coalesce(n.old_shard, n.shard) end, null::smallint
    from numbered n order by n.i;
end
$$;

-- What the sweeper calls, and the usage rollup.
set local role weir_owner;

-- Deletes what has had its time, at most p_limit rows of each kind; answers how many in all. Keys of
-- concurrency go only under their flow's lock, where admissions look for them; that of a flow as a whole
-- stays, there is one of it.
create function weir.expired_delete(p_limit int) returns bigint
language plpgsql as $$
declare
    v_rows bigint;
    v_all bigint := 0;
    v_unused record;
begin
    delete from weir.signals where id in (
        select id from weir.signals where expires_at < now() - interval '1 hour' limit p_limit);
    get diagnostics v_rows = row_count;
    v_all := v_all + v_rows;
    delete from weir.event_keys where id in (
        select id from weir.event_keys where touched_at < now() - interval '2 days' limit p_limit
        for update skip locked);
    get diagnostics v_rows = row_count;
    v_all := v_all + v_rows;
    delete from weir.kv where (workspace, key) in (
        select workspace, key from weir.kv where expires_at < now() limit p_limit
        for update skip locked);
    get diagnostics v_rows = row_count;
    v_all := v_all + v_rows;
    delete from weir.kv_effects e where e.ctid in (
        select x.ctid from weir.kv_effects x where x.created_at < now() - interval '31 days'
            and not exists (select from weir.runs r
                where r.workspace = x.workspace and r.id = x.run and r.status < 3)
        limit p_limit);
    get diagnostics v_rows = row_count;
    v_all := v_all + v_rows;
    delete from weir.operations o where o.ctid in (
        select x.ctid from weir.operations x where x.created_at < now() - interval '30 days'
        limit p_limit);
    get diagnostics v_rows = row_count;
    v_all := v_all + v_rows;
    delete from weir.servers where id in (
        select s.id from weir.servers s where s.lease_until < now() - interval '40 days' limit p_limit);
    get diagnostics v_rows = row_count;
    v_all := v_all + v_rows;
    for v_unused in
        select u.flow, array_agg(u.id) as ids from (
            select k.flow, k.id from weir.concurrency_keys k
            where k.key <> ''
                and not exists (select from weir.concurrency_slots s where s.key = k.id)
            limit p_limit) u
        group by u.flow order by u.flow
    loop
        perform 1 from weir.flows f where f.id = v_unused.flow for no key update skip locked;
        continue when not found;
        delete from weir.concurrency_keys k
        where k.id = any (v_unused.ids)
            and not exists (select from weir.concurrency_slots s where s.key = k.id);
        get diagnostics v_rows = row_count;
        v_all := v_all + v_rows;
    end loop;
    return v_all;
end
$$;

-- Analyzes the tables that have outgrown their statistics, which also makes cached plans anew: a young
-- database grows faster than autovacuum looks at it. Security definer: only the owner may.
create function weir.statistics_refresh() returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_table record;
    v_count int := 0;
begin
    for v_table in
        select c.oid, c.relname from pg_class c
        where c.relnamespace = 'weir'::regnamespace and c.relkind = 'r'
            and pg_relation_size(c.oid) / 8192 > 2 * c.relpages + 16
    loop
        execute format('analyze (skip_locked) weir.%I', v_table.relname);
        v_count := v_count + 1;
    end loop;
    return v_count;
end
$$;
revoke all on function weir.statistics_refresh() from public;
grant execute on function weir.statistics_refresh() to weir_engine;

-- Moves the next closed range of the journal into the ledger, exactly once: everything below the
-- oldest transaction that still runs is committed or gone, so no row can appear in the range later.
-- Answers how many executions it moved.
create function weir.usage_rollup() returns bigint
language plpgsql as $$
declare
    v_from bigint;
    v_to bigint;
    v_moved bigint;
begin
    select ledger_position, pg_snapshot_xmin(pg_current_snapshot())::text::bigint + position_offset
    into v_from, v_to from weir.meta for no key update;
    -- Again, now that whoever held the lock before is done: a later snapshot sees all of the range.
    select ledger_position into v_from from weir.meta;
    if v_to <= v_from then return 0; end if;
    with moved as (
        insert into weir.usage_ledger (workspace, month, flow, step_type, draft, executions,
            position_from, position_to)
        select s.workspace, date_trunc('month', s.committed_at at time zone 'UTC')::date, s.flow,
            s.step_type, s.target = 0, count(*), v_from, v_to
        from weir.steps s
        where s.position >= v_from and s.position < v_to and s.billed
        group by 1, 2, 3, 4, 5
        returning executions)
    select coalesce(sum(executions), 0) into v_moved from moved;
    update weir.meta set ledger_position = v_to;
    return v_moved;
end
$$;

-- Usage of a month: the ledger plus the journal's tail, in one snapshot.
create function weir.usage_get(p_workspace bigint, p_month date)
returns table (o_slug text, o_step_type text, o_draft boolean, o_executions bigint)
language sql stable as $$
    select f.slug, u.step_type, u.draft, sum(u.executions)::bigint
    from (
        select l.flow, l.step_type, l.draft, l.executions from weir.usage_ledger l
        where l.workspace = p_workspace and l.month = p_month
        union all
        select s.flow, s.step_type, s.target = 0, 1 from weir.steps s
        where s.workspace = p_workspace and s.billed
            and s.position >= (select ledger_position from weir.meta)
            and s.committed_at >= p_month::timestamp at time zone 'UTC'
            and s.committed_at < (p_month + interval '1 month') at time zone 'UTC') u
    join weir.flows f on f.id = u.flow
    group by 1, 2, 3 order by 1, 2, 3
$$;

-- Admissions that are claims too: of runs that a gateway hands to a worker of its own process.
set local role weir_owner;

-- weir.runs_admit (003) for batches in which no run has a concurrency key, and idempotency keys differ
-- from each other: none can do anything to another run, so they are decided and inserted together.
-- Arguments and answers are as there; there are no rows with o_effect. Run ids differ from each other.
-- All owners are workers of one server, or null.
--   o_claimed  the run is in its first epoch and driven by p_owner, as if weir.runs_claim had given it;
--              never when that server's lease has passed
--   o_release  the newest release of its version
drop function weir.runs_admit_plain(bigint[], text[], smallint[], bigint[], boolean[], uuid[], text[],
    text[], bytea[], bytea[], smallint[]);
create function weir.runs_admit_plain(
    p_workspace bigint[], p_slug text[], p_target smallint[], p_version bigint[], p_pinned boolean[],
    p_run uuid[], p_invocation text[], p_triggered_by text[], p_idempotency_key text[],
    p_request_hash bytea[], p_input bytea[], p_priority smallint[], p_owner bigint[])
returns table (o_index int, o_outcome smallint, o_decision smallint, o_run uuid, o_number bigint,
               o_version bigint, o_version_number int, o_status smallint, o_flow bigint,
               o_shard smallint, o_effect smallint, o_claimed boolean, o_release int)
language plpgsql as $$
declare
    v_lives boolean := coalesce(weir.owner_lives((select max(o) from unnest(p_owner) u(o))), false);
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
            old.request_hash as old_hash,
            old.status = 1 and old.owner = u.owner and old.epoch = 1 and old.id = u.run as old_claimed,
            coalesce(old.version, case when u.pinned then u.version when u.target = 0
                then f.draft_version else f.live_version end) as chosen
        from unnest(p_workspace, p_slug, p_target, p_version, p_pinned, p_run, p_invocation,
                    p_triggered_by, p_idempotency_key, p_request_hash, p_input, p_priority, p_owner)
            with ordinality u(workspace, slug, target, version, pinned, run, invocation, triggered_by,
                              idempotency_key, request_hash, input, priority, owner, i)
        left join weir.flows f on f.workspace = u.workspace and f.slug = u.slug
        left join weir.workspaces ws on ws.id = u.workspace
        -- The run itself, when the answer to this very request was lost, or the one of its key.
        left join lateral (
            select r.* from weir.runs r where r.workspace = u.workspace and r.id = u.run
            union all
            select r.* from weir.runs r where r.workspace = u.workspace and r.flow = f.id
                and r.target = u.target and r.idempotency_key = u.idempotency_key
            limit 1) old on true),
    judged as materialized (
        select a.*, v.number as version_number,
            case when a.flow is null then 3
                when a.old_id = a.run then 0
                when a.old_id is not null then
                    case when a.old_hash is not distinct from a.request_hash then 1 else 2 end
                when a.archived_at is not null then 4
                when v.id is null or v.flow <> a.flow then 5
                when not a.pinned and a.version <> 0 and a.version <> a.chosen then 6
                else 0 end::smallint as outcome
        from asked a left join weir.versions v on v.id = a.chosen),
    numbered as materialized (
        select j.*, j.outcome = 0 and j.old_id is null as is_new,
            (j.outcome = 0 and coalesce(j.old_claimed, v_lives and j.owner is not null))::int as claims,
            j.run_counter + count(*) filter (where j.outcome = 0 and j.old_id is null)
                over (partition by j.flow order by j.i) as number
        from judged j),
    released as materialized (
        select l.version, max(l.number) as number from weir.releases l
        where (l.workspace, l.flow, l.version) in (select n.workspace, n.flow, n.chosen from numbered n)
        group by l.version),
    made as (
        insert into weir.runs (workspace, id, flow, version, number, owner, wake_at, started_at, epoch,
            claims, status, target, shard, priority, request_hash, invocation, triggered_by,
            idempotency_key, input)
        select n.workspace, n.run, n.flow, n.chosen, n.number, case when n.claims = 1 then n.owner end,
            now(), case when n.claims = 1 then now() end, n.claims, n.claims, n.claims, n.target,
            n.shard, n.priority, n.request_hash, n.invocation, n.triggered_by, n.idempotency_key, n.input
        from numbered n where n.is_new order by n.i),
    counted as (
        update weir.flows f set run_counter = c.number
        from (select n.flow, max(n.number) as number from numbered n where n.is_new group by n.flow) c
        where f.id = c.flow)
    select n.i::int, n.outcome,
        (n.outcome = 0 and n.old_status = 0 and n.old_wake_at is null)::int::smallint,
        case when n.outcome < 3 then coalesce(n.old_id, n.run) end,
        case when n.outcome < 3 then coalesce(n.old_number, n.number) end,
        case when n.flow is not null and n.outcome <> 4 then n.chosen end, n.version_number,
        case when n.outcome < 3 then coalesce(n.old_status, n.claims::smallint) end,
        n.flow, case when n.outcome < 3 then coalesce(n.old_shard, n.shard) end, null::smallint,
        n.claims = 1, r.number
    from numbered n left join released r on r.version = n.chosen order by n.i;
end
$$;

-- weir.runs_admit for one run without a concurrency key: the same in a few small statements, which is
-- what counts where nothing shares their cost. Whatever is not the usual case is left to that one.
create function weir.run_admit(
    p_workspace bigint, p_slug text, p_target smallint, p_version bigint, p_pinned boolean, p_run uuid,
    p_invocation text, p_triggered_by text, p_idempotency_key text, p_request_hash bytea, p_input bytea,
    p_priority smallint, p_owner bigint)
returns table (o_index int, o_outcome smallint, o_decision smallint, o_run uuid, o_number bigint,
               o_version bigint, o_version_number int, o_status smallint, o_flow bigint,
               o_shard smallint, o_effect smallint, o_claimed boolean, o_release int)
language plpgsql as $$
declare
    v_claims int;
begin
    select f.id, f.run_counter + 1, w.shard, v.id, v.number,
        (select max(l.number) from weir.releases l
         where l.workspace = f.workspace and l.flow = f.id and l.version = v.id),
        -- as weir.owner_lives, within this statement
        exists (select from weir.servers s where s.id = p_owner / 256 and s.lease_until > now())::int
    into o_flow, o_number, o_shard, o_version, o_version_number, o_release, v_claims
    from weir.flows f
    join weir.workspaces w on w.id = f.workspace
    join weir.versions v on v.flow = f.id and v.id = case when p_pinned then p_version
        when p_target = 0 then f.draft_version else f.live_version end
    where f.workspace = p_workspace and f.slug = p_slug and f.archived_at is null
        and (p_pinned or p_version in (0, v.id))
    for no key update of f;
    if not found
        or exists (select from weir.runs r where r.workspace = p_workspace and r.id = p_run)
        or p_idempotency_key is not null and exists (
            select from weir.runs r where r.workspace = p_workspace and r.flow = o_flow
                and r.target = p_target and r.idempotency_key = p_idempotency_key)
    then
        return query
        select a.*, coalesce(a.o_outcome = 0 and r.status = 1 and r.owner = p_owner and r.epoch = 1, false),
            (select max(l.number) from weir.releases l
             where l.workspace = p_workspace and l.flow = a.o_flow and l.version = a.o_version)
        from weir.runs_admit(array[p_workspace], array[p_slug], array[p_target], array[p_version],
            array[p_pinned], array[p_run], array[p_invocation], array[p_triggered_by],
            array[p_idempotency_key], array[p_request_hash], array[p_input], array[p_priority],
            array[null::text], array[1], array[0::smallint], array[0::smallint]) a
        left join weir.runs r on r.workspace = p_workspace and r.id = a.o_run;
        return;
    end if;
    insert into weir.runs (workspace, id, flow, version, number, owner, wake_at, started_at, epoch,
        claims, status, target, shard, priority, request_hash, invocation, triggered_by,
        idempotency_key, input)
    values (p_workspace, p_run, o_flow, o_version, o_number, case when v_claims = 1 then p_owner end,
        now(), case when v_claims = 1 then now() end, v_claims, v_claims, v_claims, p_target, o_shard,
        p_priority, p_request_hash, p_invocation, p_triggered_by, p_idempotency_key, p_input);
    update weir.flows f set run_counter = o_number where f.id = o_flow;
    o_index := 1;
    o_outcome := 0;
    o_decision := 0;
    o_run := p_run;
    o_status := v_claims;
    o_claimed := v_claims = 1;
    return next;
end
$$;

-- weir.journal_commit (011) for runs that end and are known to have nothing else to them: claimed at
-- their admission, without a concurrency key, a caller, a child or a wait in all their life, so nothing
-- but their row and their journal changes. Not for what is sent again.
--   outcome  0 committed, 2 fenced
create function weir.journal_finish(
    p_owner bigint, r_workspace bigint[], r_run uuid[], r_epoch int[], r_status smallint[],
    r_result bytea[], r_error bytea[],
    s_of int[], s_sequence int[], s_kind smallint[], s_status smallint[], s_billed boolean[],
    s_attempts int[], s_queue_ms int[], s_started timestamptz[], s_completed timestamptz[],
    s_address text[], s_step_id text[], s_step_type text[],
    s_input bytea[], s_output bytea[], s_error bytea[], s_attempt_log bytea[])
returns table (o_index int, o_outcome smallint, o_cancel boolean)
language plpgsql as $$
declare
    v_one record;
    v_position bigint;
    v_flow bigint[]; -- by place; null: not mine
    v_target smallint[];
    v_cancel boolean[];
begin
    -- One run with one row is worth statements of its own: nothing shares the cost of larger ones.
    if cardinality(r_run) = 1 and cardinality(s_of) <= 1 then
        update weir.runs r
        set status = r_status[1], owner = null, wake_at = null, result = r_result[1],
            error = r_error[1], completed_at = now(), updated_at = now()
        where r.workspace = r_workspace[1] and r.id = r_run[1] and r.owner = p_owner
            and r.epoch = r_epoch[1]
        returning r.flow, r.target, r.cancel_requested into v_one;
        o_index := 1;
        o_outcome := case when found then 0 else 2 end;
        o_cancel := found and v_one.cancel_requested;
        if found and cardinality(s_of) = 1 then
            insert into weir.steps (workspace, run, position, flow, committed_at, started_at,
                completed_at, sequence, attempts, queue_ms, kind, status, target, billed, address,
                step_id, step_type, input, output, error, attempt_log)
            values (r_workspace[1], r_run[1],
                (select pg_current_xact_id()::text::bigint + m.position_offset from weir.meta m),
                v_one.flow, now(), s_started[1], s_completed[1], s_sequence[1], s_attempts[1],
                s_queue_ms[1], s_kind[1], s_status[1], v_one.target, s_billed[1], s_address[1],
                s_step_id[1], s_step_type[1], s_input[1], s_output[1], s_error[1], s_attempt_log[1]);
        end if;
        return next;
        return;
    end if;
    v_position := weir.position_now();
    with mine as (
        select r.workspace, r.id, u.i, u.status, u.result, u.error
        from unnest(r_workspace, r_run, r_epoch, r_status, r_result, r_error) with ordinality
            u(w, id, e, status, result, error, i)
        join weir.runs r on r.workspace = u.w and r.id = u.id
        where r.owner = p_owner and r.epoch = u.e
        order by r.id for no key update of r),
    ended as (
        update weir.runs r
        set status = m.status, owner = null, wake_at = null, result = m.result, error = m.error,
            completed_at = now(), updated_at = now()
        from mine m where r.workspace = m.workspace and r.id = m.id
        returning m.i::int as i, r.flow, r.target, r.cancel_requested as cancel)
    select array_agg(e.flow order by p.i), array_agg(e.target order by p.i),
        array_agg(e.cancel order by p.i)
    into v_flow, v_target, v_cancel
    from generate_series(1, cardinality(r_run)) p(i) left join ended e on e.i = p.i;

    if cardinality(s_of) > 0 then
        insert into weir.steps (workspace, run, position, flow, committed_at, started_at, completed_at,
            sequence, attempts, queue_ms, kind, status, target, billed, address, step_id, step_type,
            input, output, error, attempt_log)
        select r_workspace[s.o], r_run[s.o], v_position, v_flow[s.o], now(), s.started, s.completed,
            s.sequence, s.attempts, s.queue_ms, s.kind, s.status, v_target[s.o], s.billed, s.address,
            s.step_id, s.step_type, s.input, s.output, s.error, s.attempt_log
        from unnest(s_of, s_sequence, s_kind, s_status, s_billed, s_attempts, s_queue_ms, s_started,
                    s_completed, s_address, s_step_id, s_step_type, s_input, s_output, s_error,
                    s_attempt_log)
            s(o, sequence, kind, status, billed, attempts, queue_ms, started, completed, address,
              step_id, step_type, input, output, error, attempt_log)
        where v_flow[s.o] is not null;
    end if;
    return query
    select i, case when v_flow[i] is null then 2 else 0 end::smallint, coalesce(v_cancel[i], false)
    from generate_series(1, cardinality(r_run)) i;
end
$$;

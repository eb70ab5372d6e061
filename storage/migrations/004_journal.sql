-- Claims and the journal's group commit.
set local role weir_owner;

-- Claims the runs that are due and that nobody drives; the others are told apart. A row that is
-- locked by somebody else is not waited for: it reads as busy. So do all to a server whose lease has
-- passed: each of its claims would be taken over and counted as a crash. The claimed ones are left in the settings
-- weir.claimed_workspaces and weir.claimed_runs of this transaction, for what it reads next.
--   outcome  0 claimed, 1 not due yet (o_wait_ms), 2 somebody drives it, 3 ended or gone, 4 busy
create function weir.runs_claim(p_owner bigint, p_workspace bigint[], p_run uuid[])
returns table (o_workspace bigint, o_run uuid, o_outcome smallint, o_wait_ms bigint, o_flow bigint,
    o_slug text, o_workspace_name text, o_version bigint, o_version_number int, o_number bigint,
    o_epoch int, o_claims int, o_crashes int, o_status smallint, o_target smallint,
    o_language smallint, o_priority smallint, o_cancel boolean, o_triggered_by text,
    o_invocation text, o_created_at timestamptz, o_queue_ms bigint, o_input bytea)
language plpgsql as $$
#variable_conflict use_column
declare
    v_workspaces bigint[];
    v_claimed uuid[];
    v_again boolean; -- some of them were claimed before
begin
    with due as (
        select r.workspace, r.id from (select distinct * from unnest(p_workspace, p_run)) u(w, i)
        join weir.runs r on r.workspace = u.w and r.id = u.i
        where r.status < 3 and r.wake_at <= now()
            and (r.owner is null or not weir.owner_lives(r.owner)) and weir.owner_lives(p_owner)
        order by r.id for no key update of r skip locked),
    taken as (
        update weir.runs r
        set crashes = r.crashes + (r.owner is not null)::int, owner = p_owner, epoch = r.epoch + 1,
            claims = r.claims + 1, status = 1, started_at = coalesce(r.started_at, now()),
            updated_at = now()
        from due d where r.workspace = d.workspace and r.id = d.id
        returning r.workspace, r.id, r.claims)
    select coalesce(array_agg(workspace), '{}'), coalesce(array_agg(id), '{}'), bool_or(claims > 1)
    into v_workspaces, v_claimed, v_again from taken;
    perform set_config('weir.claimed_workspaces', v_workspaces::text, true),
        set_config('weir.claimed_runs', v_claimed::text, true);

    -- The deadlines that have passed, by this clock, under the run's lock: a timer has fired (1),
    -- anything else has timed out (2).
    if v_again then
        update weir.waits w set status = case when w.mode in (0, 4) then 1 else 2 end, resolved_at = now()
        from unnest(p_workspace, p_run) u(w, i)
        where w.workspace = u.w and w.run = u.i and u.i = any (v_claimed)
            and w.status < 1 and w.deadline <= now();
    end if;

    return query
    select u.w, u.i,
        (case when u.i = any (v_claimed) then 0 when r.id is null or r.status >= 3 then 3
            when r.wake_at is null or r.wake_at > now() then 1
            when r.owner is not null and weir.owner_lives(r.owner) then 2 else 4 end)::smallint,
        (extract(epoch from r.wake_at - now()) * 1000)::bigint,
        r.flow, f.slug, ws.name, r.version, v.number, r.number, r.epoch, r.claims, r.crashes, r.status,
        r.target, r.language, r.priority, r.cancel_requested, r.triggered_by, r.invocation,
        r.created_at,
        (extract(epoch from now() - r.wake_at) * 1000)::bigint,
        case when u.i = any (v_claimed) then r.input end
    from (select distinct * from unnest(p_workspace, p_run)) u(w, i)
    left join weir.runs r on r.workspace = u.w and r.id = u.i
    left join weir.flows f on f.id = r.flow
    left join weir.versions v on v.id = r.version
    left join weir.workspaces ws on ws.id = u.w;
end
$$;

-- The group commit of one worker: of each run all or nothing, by (owner, epoch) under its lock.
--
-- r_* one entry a run; r_change: 0 goes on, 1 parks, 2 ends, 3 is given back at once.
-- s_* journal rows, w_* waits that open, c_* waits whose outcome is now in the journal; each names its
-- run by its place in r_*. A worker that does not know whether its commit arrived sends the same again
-- with p_resent.
--   outcome  0 committed, 1 was committed before (resent), 2 fenced, 3 the journal has other rows
-- Rows without o_index come first: the runs that ended runs' keys have let start.
create function weir.journal_commit(
    p_owner bigint, p_resent boolean,
    r_workspace bigint[], r_run uuid[], r_epoch int[], r_change smallint[], r_status smallint[],
    r_wake_ms bigint[], r_result bytea[], r_error bytea[], r_step text[],
    s_of int[], s_sequence int[], s_kind smallint[], s_status smallint[], s_billed boolean[],
    s_attempts int[], s_queue_ms int[], s_started timestamptz[], s_completed timestamptz[],
    s_address text[], s_step_id text[], s_step_type text[],
    s_input bytea[], s_output bytea[], s_error bytea[], s_attempt_log bytea[],
    w_of int[], w_address text[], w_id text[], w_step_id text[], w_mode smallint[], w_delay_ms bigint[],
    w_asked bytea[], w_digest bytea[], w_event_name text[], w_event_key text[],
    w_step_type text[], c_of int[], c_address text[])
returns table (o_index int, o_outcome smallint, o_cancel boolean, o_due_ms bigint,
    o_workspace bigint, o_run uuid, o_flow bigint)
language plpgsql as $$
declare
    v_count int := coalesce(array_length(r_run, 1), 0);
    v_mine boolean[];     -- by place: locked, and (owner, epoch) match
    v_write boolean[];    -- by place: to be written
    v_outcome smallint[];
    v_flow bigint[];
    v_target smallint[];
    v_cancel boolean[];
    v_created timestamptz[];
    v_due bigint[];
    v_keyed boolean := false; -- a run that ends holds a concurrency key, or stands in line for one
    v_position bigint;
    v_opens boolean := coalesce(array_length(w_of, 1), 0) > 0;
    v_run record;
    v_wait record;
    v_signal weir.signals;
begin
    -- Locks: events that waits are about to open for, keys of ending runs, runs.
    if v_opens then
        insert into weir.event_keys (workspace, name, key)
        select distinct r_workspace[w.o], w.n, coalesce(w.k, '')
        from unnest(w_of, w_mode, w_event_name, w_event_key) w(o, m, n, k)
        where w.m = 3 and w.n is not null order by 1, 2, 3
        on conflict (workspace, name, key) do update set touched_at = now();
    end if;
    if 2 = any (r_change) then
        perform 1 from weir.concurrency_keys k
        where k.id in (select s.key from unnest(r_workspace, r_run, r_change) u(w, id, c)
                       join weir.concurrency_slots s on s.workspace = u.w and s.run = u.id
                       where u.c = 2)
        order by k.id for no key update;
        v_keyed := found;
    end if;
    v_mine := array_fill(false, array[v_count]);
    v_outcome := array_fill(2::smallint, array[v_count]);
    v_flow := array_fill(0::bigint, array[v_count]);
    v_target := array_fill(0::smallint, array[v_count]);
    v_cancel := v_mine;
    v_created := array_fill(now(), array[v_count]);
    for v_run in
        select u.i, r.flow, r.target, r.cancel_requested, r.created_at
        from unnest(r_workspace, r_run, r_epoch) with ordinality u(w, id, e, i)
        join weir.runs r on r.workspace = u.w and r.id = u.id
        where r.owner = p_owner and r.epoch = u.e
        order by r.id for no key update of r
    loop
        v_mine[v_run.i] := true;
        v_outcome[v_run.i] := 0;
        v_flow[v_run.i] := v_run.flow;
        v_target[v_run.i] := v_run.target;
        v_cancel[v_run.i] := v_run.cancel_requested;
        v_created[v_run.i] := v_run.created_at;
    end loop;
    v_write := v_mine;

    if p_resent then
        -- A run that is still mine and has the first of these rows (or, without rows, one of these
        -- waits) had them committed: the same address in the same place, or its journal went another
        -- way. A run that is nobody's in
        -- this very epoch was parked, ended or given back by the commit whose answer was lost.
        select array_agg((case
                when v_mine[u.i] and f.o is not null and s.run is null then 0
                when v_mine[u.i] and s.address = f.address then 1
                when v_mine[u.i] and f.o is not null then 3
                when v_mine[u.i] then (exists (
                    select from unnest(w_of, w_address) x(o, address)
                    join weir.waits w on w.workspace = u.w and w.run = u.id and w.address = x.address
                    where x.o = u.i))::int
                when r.owner is null and r.epoch = u.e and u.c <> 0 then 1
                else 2 end)::smallint order by u.i)
        into v_outcome
        from unnest(r_workspace, r_run, r_epoch, r_change) with ordinality u(w, id, e, c, i)
        left join weir.runs r on r.workspace = u.w and r.id = u.id
        left join (select distinct on (o) o, sequence, address
                   from unnest(s_of, s_sequence, s_address) x(o, sequence, address)
                   order by o, sequence) f on f.o = u.i
        left join weir.steps s on s.workspace = u.w and s.run = u.id and s.sequence = f.sequence;
        select array_agg(o = 0 order by i) into v_write
        from unnest(v_outcome) with ordinality u(o, i);
    end if;

    if coalesce(array_length(s_of, 1), 0) > 0 then
        v_position := weir.position_now();
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
        where v_write[s.o];
    end if;

    if coalesce(array_length(c_of, 1), 0) > 0 then
        update weir.waits w set consumed = true,
            status = case when w.status = 0 then 3 else w.status end -- given up by its own run
        from unnest(c_of, c_address) c(o, address)
        where v_write[c.o] and w.workspace = r_workspace[c.o] and w.run = r_run[c.o]
            and w.address = c.address;
    end if;

    if v_opens then
        insert into weir.waits (workspace, run, address, id, flow, deadline, mode, step_id, step_type,
            event_name, event_key, digest, asked)
        select r_workspace[w.o], r_run[w.o], w.address, w.id, v_flow[w.o],
            now() + make_interval(secs => w.delay_ms / 1000.0), w.mode, w.step_id, w.step_type,
            w.event_name, case when w.event_name is not null then coalesce(w.event_key, '') end, w.digest, w.asked
        from unnest(w_of, w_address, w_id, w_step_id, w_mode, w_delay_ms, w_asked, w_digest,
                    w_event_name, w_event_key, w_step_type)
            w(o, address, id, step_id, mode, delay_ms, asked, digest, event_name, event_key, step_type)
        where v_write[w.o];
        -- What came early: for this very wait, if it might have resolved it later (signal_deliver),
        with early as (
            update weir.signals g set consumed = true
            from unnest(w_of, w_address, w_mode, w_digest) w(o, address, mode, digest)
            where v_write[w.o] and g.workspace = r_workspace[w.o] and g.run = r_run[w.o]
                and g.address = w.address and not g.late and not g.consumed and g.expires_at > now()
                and w.mode not in (0, 4) and coalesce(g.mode, w.mode) = w.mode
                and (g.digest is null or g.digest = w.digest)
            returning g.*)
        update weir.waits w set status = 1, resolved_at = now(), resolution = e.payload,
            action = e.action, resolved_by = e.sent_by, dedupe = e.dedupe
        from early e
        where w.workspace = e.workspace and w.run = e.run and w.address = e.address and w.status < 1;
        -- or an event, the oldest that this wait step of the run has not had.
        for v_wait in
            select r_workspace[w.o] as workspace, r_run[w.o] as run, v_created[w.o] as created_at,
                w.address, w.step_id, w.event_name, coalesce(w.event_key, '') as event_key
            from unnest(w_of, w_address, w_step_id, w_mode, w_event_name, w_event_key)
                w(o, address, step_id, mode, event_name, event_key)
            where v_write[w.o] and w.mode = 3 and w.event_name is not null
        loop
            select * into v_signal from weir.signals g
            where g.workspace = v_wait.workspace and g.event_name = v_wait.event_name
                and g.event_key = v_wait.event_key and g.expires_at > now()
                and g.received_at >= v_wait.created_at and not g.consumed
                and not exists (select from weir.signal_deliveries d
                    where d.workspace = g.workspace and d.signal = g.id and d.run = v_wait.run
                        and d.step_id = v_wait.step_id)
            order by g.id limit 1;
            continue when not found;
            insert into weir.signal_deliveries (workspace, signal, run, step_id)
            values (v_wait.workspace, v_signal.id, v_wait.run, v_wait.step_id);
            update weir.waits w set status = 1, resolved_at = now(), resolution = v_signal.payload,
                action = v_signal.action, resolved_by = v_signal.sent_by, dedupe = v_signal.dedupe
            where w.workspace = v_wait.workspace and w.run = v_wait.run
                and w.address = v_wait.address and w.status < 1;
        end loop;
    end if;

    -- The runs that stop being driven. A parked one is due at its earliest deadline, or at once when
    -- one of its waits has its outcome already or somebody wants it cancelled.
    if 0 < any (r_change) then
        update weir.runs r
        set status = case u.c when 1 then 2 when 2 then u.st else 0 end,
            owner = null,
            crashes = case when u.c = 1 then 0 else r.crashes end,
            wake_at = case u.c
                when 1 then case when r.cancel_requested or exists (
                        select from weir.waits w where w.workspace = r.workspace and w.run = r.id
                            and w.status in (1, 2) and not w.consumed)
                    then now()
                    else coalesce(least(now() + make_interval(secs => u.wake / 1000.0), (
                        select min(w.deadline) from weir.waits w
                        where w.workspace = r.workspace and w.run = r.id and w.status < 1)), now()) end
                when 3 then now() end,
            result = u.result, error = u.error, current_step = u.step,
            completed_at = case when u.c = 2 then now() end, updated_at = now()
        from unnest(r_workspace, r_run, r_change, r_status, r_wake_ms, r_result, r_error, r_step)
            with ordinality u(w, id, c, st, wake, result, error, step, i)
        where u.c <> 0 and v_write[u.i] and r.workspace = u.w and r.id = u.id;
    end if;

    if 2 = any (r_change) then
        update weir.waits w set status = 3, resolved_at = now()
        from unnest(r_workspace, r_run, r_change) with ordinality u(ws, id, c, i)
        where u.c = 2 and v_write[u.i] and w.workspace = u.ws and w.run = u.id and w.status < 1;
    end if;
    if v_keyed then
        return query select null::int, null::smallint, null::boolean, null::bigint,
            w.o_workspace, w.o_run, w.o_flow
        from (select array_agg(r_workspace[i]) as ws, array_agg(r_run[i]) as ids
              from generate_series(1, v_count) i where r_change[i] = 2 and v_write[i]) e,
            lateral weir.slots_release(e.ws, e.ids) w;
    end if;

    -- o_due_ms: of a parked run, from now; null: of any other.
    if 1 = any (r_change) then
        select array_agg(case when u.c = 1 and v_outcome[u.i] in (0, 1)
            then greatest(ceil(extract(epoch from r.wake_at - now()) * 1000), 0)::bigint end order by u.i)
        into v_due
        from unnest(r_workspace, r_run, r_change) with ordinality u(w, id, c, i)
        left join weir.runs r on r.workspace = u.w and r.id = u.id;
    end if;
    return query select i, v_outcome[i], v_cancel[i], v_due[i], null::bigint, null::uuid, null::bigint
    from generate_series(1, v_count) i;
end
$$;

-- Lets go of the runs that a claim gave to this worker in an answer that was lost: those it owns and
-- does not know. Their epoch moves, so nothing of the lost claim can write. A signal may have made one due
-- an instant after this transaction began.
create function weir.claims_disown(p_owner bigint, p_shard smallint, p_known uuid[]) returns bigint
language plpgsql as $$
declare
    v_count bigint;
begin
    update weir.runs r set owner = null, epoch = r.epoch + 1, updated_at = now()
    where r.shard = p_shard and r.wake_at <= now() + interval '1 minute' and r.owner = p_owner
        and r.id <> all (p_known);
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

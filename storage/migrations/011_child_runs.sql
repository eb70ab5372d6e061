-- Child runs (flow/call-flow) and successors (flow/restart).
--
-- A caller's wait (mode 5) is open before its child is admitted, and names it from then on; so whatever
-- crashes, the caller knows whether there is one. The run that ends resolves the wait under the caller's
-- lock; a child that nobody waits for any more is asked to end: it is due, and its next claim or commit
-- says so. Callers have smaller ids than their children, as a rule; where clocks disagree a deadlock is
-- possible, and tried again.
set local role weir_owner;

alter table weir.runs
    add column parent uuid,                    -- the run that called it, and where
    add column parent_address text,
    add column depth smallint not null default 0, -- callers above it
    add column continued_from uuid,            -- flow/restart: predecessor, successor
    add column continued_to uuid;
create index runs_children on weir.runs (workspace, parent) where parent is not null;
alter table weir.waits add column child uuid;  -- mode 5: the run, once it is admitted

-- What these ended runs have come to is the outcome of their callers' waits; answers the callers that are
-- due now. Runs and callers are locked. One that goes on in a successor has no outcome.
-- (Here and below "is true" keeps runs_children out of plans that look runs up by id: where the
-- statistics know of no children it looks as if it were free.)
create function weir.callers_tell(p_workspace bigint[], p_run uuid[])
returns table (o_workspace bigint, o_run uuid, o_flow bigint)
language plpgsql as $$
begin
    return query
    with ended as materialized ( -- by id: a plan by parent would read all children of a caller
        select r.* from unnest(p_workspace, p_run) u(workspace, run)
        join weir.runs r on r.workspace = u.workspace and r.id = u.run),
    told as (
        update weir.waits w
        set status = 1, resolved_at = now(), resolution = case r.status when 3 then r.result else r.error end,
            action = (array['completed', 'failed', 'cancelled', 'terminated', 'timed-out'])[r.status - 2],
            resolved_by = 'r' || r.number
        from ended r
        where r.continued_to is null and w.workspace = r.workspace and w.run = r.parent
            and w.address = r.parent_address and w.child = r.id and w.status < 1
        returning w.workspace, w.run)
    update weir.runs c set wake_at = now(), updated_at = now()
    from (select distinct * from told) t
    where c.workspace = t.workspace and c.id = t.run and c.status < 3
    returning c.workspace, c.id, c.flow;
end
$$;

-- Asks the children of these runs to end, those called at p_address (null: all); answers which were not
-- asked before.
create function weir.children_stop(p_workspace bigint[], p_run uuid[], p_address text[])
returns table (o_workspace bigint, o_run uuid, o_flow bigint, o_owner bigint)
language plpgsql as $$
begin
    return query
    update weir.runs c
    set cancel_requested = true, cancel_reason = 'its caller does not wait for it any more',
        cancelled_by = 'weir', updated_at = now(),
        wake_at = case when c.owner is null then now() else c.wake_at end
    from (select x.workspace, x.id from unnest(p_workspace, p_run, p_address) u(workspace, run, address)
          join weir.runs x on x.workspace = u.workspace and x.parent = u.run
              and (u.address is null or x.parent_address = u.address)
          where x.status < 3 and not x.cancel_requested
          order by x.id for no key update of x) l
    where c.workspace = l.workspace and c.id = l.id
    returning c.workspace, c.id, c.flow, c.owner;
end
$$;

-- Admits the child of a run that has an open wait at p_address: as weir.runs_admit, of one run, with
-- the version resolved. A key that one of its callers holds is not asked for again: the child runs under
-- that hold, so that no run ever waits for itself.
--   outcome  as weir.runs_admit (1: the child is there already); 8 the caller is not this worker's any
--            more, or does not wait; 9 more than p_depth_max callers
create function weir.child_admit(
    p_workspace bigint[], p_slug text[], p_target smallint[], p_version bigint[], p_pinned boolean[],
    p_run uuid[], p_invocation text[], p_triggered_by text[], p_idempotency_key text[],
    p_request_hash bytea[], p_input bytea[], p_priority smallint[],
    p_key text[], p_limit int[], p_on_new_version smallint[], p_on_conflict smallint[],
    p_parent uuid, p_address text, p_owner bigint, p_epoch int, p_depth_max int)
returns table (o_index int, o_outcome smallint, o_decision smallint, o_run uuid, o_number bigint,
               o_version bigint, o_version_number int, o_status smallint, o_flow bigint,
               o_shard smallint, o_effect smallint)
language plpgsql as $$
#variable_conflict use_column
declare
    v_key text[] := p_key;
    v_parent weir.runs;
    v_wait weir.waits;
    v_callers uuid[];
    v_row record;
begin
    -- Locks in the common order; those of runs that are superseded come after the caller's.
    perform 1 from weir.flows f where f.workspace = p_workspace[1] and f.slug = p_slug[1]
    for no key update;
    if p_key[1] is not null then
        insert into weir.concurrency_keys (workspace, flow, target, key)
        select f.workspace, f.id, p_target[1], p_key[1] from weir.flows f
        where f.workspace = p_workspace[1] and f.slug = p_slug[1] on conflict do nothing;
        perform 1 from weir.concurrency_keys k join weir.flows f on f.id = k.flow
        where f.workspace = p_workspace[1] and f.slug = p_slug[1] and k.workspace = f.workspace
            and k.target = p_target[1] and k.key = p_key[1] for no key update of k;
    end if;
    select * into v_parent from weir.runs r where r.workspace = p_workspace[1] and r.id = p_parent
    for no key update;
    select * into v_wait from weir.waits w
    where w.workspace = p_workspace[1] and w.run = p_parent and w.address = p_address;
    o_index := 1;
    if v_parent.owner is distinct from p_owner or v_parent.epoch <> p_epoch
        or v_wait.mode is distinct from 5 or v_wait.status <> 0 then
        o_outcome := 8;
        return next;
        return;
    end if;
    if v_wait.child is not null then
        select 1::smallint, 0::smallint, r.id, r.number, r.version, v.number, r.status, r.flow, r.shard
        into o_outcome, o_decision, o_run, o_number, o_version, o_version_number, o_status, o_flow, o_shard
        from weir.runs r join weir.versions v on v.id = r.version
        where r.workspace = p_workspace[1] and r.id = v_wait.child;
        return next;
        return;
    end if;
    if v_parent.depth >= p_depth_max then
        o_outcome := 9;
        return next;
        return;
    end if;
    with recursive callers (id, parent) as (
        select v_parent.id, v_parent.parent
        union all
        select r.id, r.parent from callers c
        join weir.runs r on r.workspace = p_workspace[1] and r.id = c.parent)
    select array_agg(id) into v_callers from callers;
    if exists (
        select from weir.concurrency_slots s
        join weir.concurrency_keys k on k.id = s.key
        join weir.flows f on f.id = k.flow
        where s.workspace = p_workspace[1] and s.run = any (v_callers) and s.holds
            and f.slug = p_slug[1] and k.target = p_target[1] and k.key = p_key[1]
            and (p_on_new_version[1] <> 2 or s.scope = p_version[1])) then
        v_key := array[null::text];
    end if;
    for v_row in
        select * from weir.runs_admit(p_workspace, p_slug, p_target, p_version, p_pinned, p_run,
            p_invocation, p_triggered_by, p_idempotency_key, p_request_hash, p_input, p_priority,
            v_key, p_limit, p_on_new_version, p_on_conflict)
    loop
        if v_row.o_effect is null and v_row.o_outcome = 0 then
            update weir.runs set parent = p_parent, parent_address = p_address,
                depth = v_parent.depth + 1, concurrency_key = p_key[1]
            where workspace = p_workspace[1] and id = v_row.o_run;
            update weir.waits set child = v_row.o_run
            where workspace = p_workspace[1] and run = p_parent and address = p_address;
        end if;
        o_index := v_row.o_index;
        o_outcome := v_row.o_outcome;
        o_decision := v_row.o_decision;
        o_run := v_row.o_run;
        o_number := v_row.o_number;
        o_version := v_row.o_version;
        o_version_number := v_row.o_version_number;
        o_status := v_row.o_status;
        o_flow := v_row.o_flow;
        o_shard := v_row.o_shard;
        o_effect := v_row.o_effect;
        return next;
    end loop;
end
$$;

-- Ends one run from outside, whoever drives it: the new epoch fences its worker. The run's key and
-- the run's row are locked by the caller; its caller's row is too, or a deadlock is tried again.
-- Status: 5 cancelled, 6 terminated.
create or replace function weir.run_stop(p_workspace bigint, p_run uuid, p_status smallint, p_reason text,
                              p_by text) returns void
language plpgsql as $$
begin
    update weir.runs
    set status = p_status, owner = null, epoch = epoch + 1, wake_at = null, cancel_requested = true,
        cancel_reason = p_reason, cancelled_by = p_by, completed_at = now(), updated_at = now()
    where workspace = p_workspace and id = p_run;
    -- A sleep, or a step between two attempts, has begun: it counts, and is journalled as cancelled.
    insert into weir.steps (workspace, run, position, flow, committed_at, started_at, completed_at,
        sequence, attempts, queue_ms, kind, status, target, billed, address, step_id, step_type,
        attempt_log)
    select w.workspace, w.run, weir.position_now(), w.flow, now(), w.opened_at, now(),
        (select coalesce(max(s.sequence), 0) from weir.steps s
         where s.workspace = p_workspace and s.run = p_run) + row_number() over (order by w.number),
        case when w.mode = 4 then substring(w.address from '~([0-9]+)$')::int else 1 end, 0,
        case when w.mode = 4 then 0 else 1 end, 3, r.target, true,
        case when w.mode = 4 then regexp_replace(w.address, '~[0-9]+$', '') else w.address end,
        w.step_id, w.step_type, case when w.mode = 4 then w.asked end
    from weir.waits w join weir.runs r on r.workspace = w.workspace and r.id = w.run
    where w.workspace = p_workspace and w.run = p_run and w.status <> 3 and not w.consumed
        and w.step_type is not null;
    update weir.waits set status = 3, resolved_at = now()
    where workspace = p_workspace and run = p_run and status < 1;
    perform weir.callers_tell(array[p_workspace], array[p_run]);
    perform weir.children_stop(array[p_workspace], array[p_run], array[null::text]);
end
$$;

-- Cancels a run, or if it went on in a successor the last one of the chain (o_run, in the first row).
-- Nobody drives it (queued, parked, or its server is dead), or p_force: it ends now. Else its worker is
-- asked to.
--   0 ended now, 1 asked, 2 it had ended already, 3 no such run
-- A second row and more (o_outcome null): other runs that are due now, or, with o_owner, whose worker
-- should stop driving them.
create or replace function weir.run_cancel(p_workspace bigint, p_run uuid, p_reason text, p_by text,
                                p_force boolean)
returns table (o_outcome smallint, o_status smallint, o_owner bigint, o_run uuid, o_flow bigint)
language plpgsql as $$
declare
    v_run weir.runs;
    v_next uuid := p_run;
begin
    loop -- again when it went on before it was locked
        while v_next is not null loop
            p_run := v_next;
            select r.continued_to into v_next from weir.runs r
            where r.workspace = p_workspace and r.id = p_run;
        end loop;
        perform weir.keys_lock(array[p_workspace], array[p_run]);
        perform 1 from weir.runs r
        where r.workspace = p_workspace and (r.id = p_run or r.id = (
            select c.parent from weir.runs c where c.workspace = p_workspace and c.id = p_run))
        order by r.id for no key update;
        select * into v_run from weir.runs r where r.workspace = p_workspace and r.id = p_run
        for no key update;
        v_next := v_run.continued_to;
        exit when v_next is null;
    end loop;
    o_run := v_run.id;
    if not found then
        o_outcome := 3;
    elsif v_run.status >= 3 then
        o_outcome := 2;
        o_status := v_run.status;
    elsif p_force or v_run.owner is null or not weir.owner_lives(v_run.owner) then
        o_outcome := 0;
        o_status := case when p_force then 6 else 5 end;
        o_owner := v_run.owner;
        perform weir.run_stop(p_workspace, p_run, o_status, p_reason, p_by);
        return next;
        return query select null::smallint, null::smallint, null::bigint, w.o_run, w.o_flow
        from weir.slots_release(array[p_workspace], array[p_run]) w;
        return query select null::smallint, null::smallint, null::bigint, r.id, r.flow
        from weir.runs r
        where r.workspace = p_workspace and r.id = v_run.parent and r.status < 3;
        return query select null::smallint, null::smallint, r.owner, r.id, r.flow from weir.runs r
        where r.workspace = p_workspace and r.parent = p_run and r.status < 3;
        return;
    else
        o_outcome := 1;
        o_status := v_run.status;
        o_owner := v_run.owner;
        update weir.runs set cancel_requested = true, cancel_reason = p_reason, cancelled_by = p_by,
            updated_at = now()
        where workspace = p_workspace and id = p_run;
    end if;
    return next;
end
$$;

-- The same with successors and children; who calls it without n_* has no successors.
drop function weir.journal_commit(bigint, boolean, bigint[], uuid[], int[], smallint[], smallint[],
    bigint[], bytea[], bytea[], text[], int[], int[], smallint[], smallint[], boolean[], int[], int[],
    timestamptz[], timestamptz[], text[], text[], text[], bytea[], bytea[], bytea[], bytea[], int[],
    text[], text[], text[], smallint[], bigint[], bytea[], bytea[], text[], text[], text[], int[], text[]);

-- The group commit of one worker: of each run all or nothing, by (owner, epoch) under its lock.
--
-- r_* one entry a run; r_change: 0 goes on, 1 parks, 2 ends, 3 is given back at once.
-- s_* journal rows, w_* waits that open, c_* waits whose outcome is now in the journal; each names its
-- run by its place in r_*. A worker that does not know whether its commit arrived sends the same again
-- with p_resent. n_*: the ending run goes on as run n_run with that input, unless it is to be cancelled:
-- then it ends as cancelled.
--   outcome  0 committed, 1 was committed before (resent), 2 fenced, 3 the journal has other rows
-- Rows without o_index come first: other runs that are due now (o_cancel false), or whose worker should
-- stop driving them (o_cancel true).
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
    w_step_type text[], c_of int[], c_address text[],
    n_of int[] default '{}', n_run uuid[] default '{}', n_input bytea[] default '{}')
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
    v_ends boolean := 2 = any (r_change);
    v_continues boolean := cardinality(n_of) > 0;
    v_kin_workspace bigint[]; -- callers of runs that end, and children that are given up
    v_kin uuid[];
    v_called boolean := false; -- a run that ends has a caller
    v_calls boolean := false; -- or children: only its own worker admits any, so none comes in between
    v_number bigint;
    v_keyed boolean := false; -- a run that ends holds a concurrency key, or stands in line for one
    v_position bigint;
    v_opens boolean := coalesce(array_length(w_of, 1), 0) > 0;
    v_run record;
    v_wait record;
    v_signal weir.signals;
begin
    -- Locks: flows of successors, events that waits are about to open for, keys of ending runs, runs.
    if v_continues then
        perform 1 from weir.flows f
        where f.id in (select r.flow from unnest(n_of) n(o)
                       join weir.runs r on r.workspace = r_workspace[n.o] and r.id = r_run[n.o])
        order by f.id for no key update;
    end if;
    if v_opens then
        insert into weir.event_keys (workspace, name, key)
        select distinct r_workspace[w.o], w.n, coalesce(w.k, '')
        from unnest(w_of, w_mode, w_event_name, w_event_key) w(o, m, n, k)
        where w.m = 3 and w.n is not null order by 1, 2, 3
        on conflict (workspace, name, key) do update set touched_at = now();
    end if;
    if v_ends then
        perform 1 from weir.concurrency_keys k
        where k.id in (select s.key from unnest(r_workspace, r_run, r_change) u(w, id, c)
                       join weir.concurrency_slots s on s.workspace = u.w and s.run = u.id
                       where u.c = 2)
        order by k.id for no key update;
        v_keyed := found;
    end if;
    if v_ends or coalesce(array_length(c_of, 1), 0) > 0 then
        select array_agg(k.workspace), array_agg(k.id), coalesce(bool_or(k.is_parent), false),
            coalesce(bool_or(not k.is_parent), false)
        into v_kin_workspace, v_kin, v_called, v_calls from (
            select r.workspace, r.parent as id, true as is_parent
            from unnest(r_workspace, r_run, r_change) u(w, id, c)
            join weir.runs r on r.workspace = u.w and r.id = u.id
            where u.c = 2 and (r.parent is not null) is true
            union all
            select c.workspace, c.id, false
            from unnest(r_workspace, r_run, r_change) u(w, id, c)
            join weir.runs c on c.workspace = u.w and c.parent = u.id
            where u.c = 2 and c.status < 3
            union all
            select w.workspace, w.child, false from unnest(c_of, c_address) g(o, address)
            join weir.waits w on w.workspace = r_workspace[g.o] and w.run = r_run[g.o]
                and w.address = g.address
            where w.child is not null and w.status <> 1) k;
    end if;
    if v_kin is not null then
        perform 1 from weir.runs r
        where (r.workspace, r.id) in (select * from unnest(r_workspace || v_kin_workspace,
                                                           r_run || v_kin))
        order by r.id for no key update;
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
        if v_calls then -- nobody waits for these children any more
            return query select null::int, null::smallint, s.o_owner is not null, null::bigint,
                s.o_workspace, s.o_run, s.o_flow
            from (select array_agg(w.workspace) as ws, array_agg(w.run) as runs,
                         array_agg(w.address) as addresses
                  from unnest(c_of, c_address) c(o, address)
                  join weir.waits w on w.workspace = r_workspace[c.o] and w.run = r_run[c.o]
                      and w.address = c.address
                  where v_write[c.o] and w.child is not null and w.status <> 1) g,
                lateral weir.children_stop(g.ws, g.runs, g.addresses) s;
        end if;
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
                and w.mode not in (0, 4, 5) and coalesce(g.mode, w.mode) = w.mode
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

    -- Successors: they take over the key, and the place in the caller's wait.
    if v_continues then
        for v_run in
            select n.o, n.run as successor, n.input as successor_input, r.*
            from unnest(n_of, n_run, n_input) n(o, run, input)
            join weir.runs r on r.workspace = r_workspace[n.o] and r.id = r_run[n.o]
            where v_write[n.o] and r_change[n.o] = 2 order by n.o
        loop
            if v_run.cancel_requested then
                r_status[v_run.o] := 5;
                continue;
            end if;
            update weir.flows f set run_counter = f.run_counter + 1 where f.id = v_run.flow
            returning f.run_counter into v_number;
            insert into weir.runs (workspace, id, flow, version, number, wake_at, target, language,
                shard, priority, invocation, triggered_by, concurrency_key, input, parent,
                parent_address, depth, continued_from)
            values (v_run.workspace, v_run.successor, v_run.flow, v_run.version, v_number, now(),
                v_run.target, v_run.language, v_run.shard, v_run.priority, v_run.invocation,
                'restart', v_run.concurrency_key, v_run.successor_input, v_run.parent,
                v_run.parent_address, v_run.depth, v_run.id);
            update weir.runs r set continued_to = v_run.successor
            where r.workspace = v_run.workspace and r.id = v_run.id;
            update weir.concurrency_slots s set run = v_run.successor, number = v_number
            where s.workspace = v_run.workspace and s.run = v_run.id;
            update weir.waits w set child = v_run.successor
            where w.workspace = v_run.workspace and w.run = v_run.parent
                and w.address = v_run.parent_address and w.child = v_run.id;
            o_workspace := v_run.workspace;
            o_run := v_run.successor;
            o_flow := v_run.flow;
            return next;
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

    if v_ends then
        update weir.waits w set status = 3, resolved_at = now()
        from unnest(r_workspace, r_run, r_change) with ordinality u(ws, id, c, i)
        where u.c = 2 and v_write[u.i] and w.workspace = u.ws and w.run = u.id and w.status < 1;
    end if;
    if v_ends and v_calls then
        return query select null::int, null::smallint, s.o_owner is not null, null::bigint,
            s.o_workspace, s.o_run, s.o_flow
        from (select array_agg(r_workspace[i]) as ws, array_agg(r_run[i]) as ids,
                     array_agg(null::text) as addresses
              from generate_series(1, v_count) i where r_change[i] = 2 and v_write[i]) e,
            lateral weir.children_stop(e.ws, e.ids, e.addresses) s;
    end if;
    if v_called then
        return query select null::int, null::smallint, false, null::bigint,
            t.o_workspace, t.o_run, t.o_flow
        from (select array_agg(r_workspace[i]) as ws, array_agg(r_run[i]) as ids
              from generate_series(1, v_count) i where r_change[i] = 2 and v_write[i]) e,
            lateral weir.callers_tell(e.ws, e.ids) t;
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

-- A signal to one wait, named by its public id (p_id) or by run and address; resolves it or is kept
-- until it opens. p_mode: the kind of wait the door is for (1 approval, 2 callback), null: any.
-- p_digest: what the sender believes is asked, null: not said.
--   outcome  0 resolved, 1 kept, 2 duplicate, 3 already completed (by whom, see the columns), 4 gone,
--            5 no such run or wait, 6 stale, 7 a wait of another kind
create or replace function weir.signal_deliver(p_workspace bigint, p_run uuid, p_address text, p_id text,
    p_mode smallint, p_digest bytea, p_action text, p_by text, p_dedupe text, p_payload bytea)
returns table (o_outcome smallint, o_run uuid, o_address text, o_action text, o_by text,
    o_at timestamptz, o_shard smallint, o_owner bigint)
language plpgsql as $$
declare
    v_run weir.runs;
    v_wait weir.waits;
    v_kept weir.signals;
begin
    o_run := p_run;
    o_address := p_address;
    if p_id is not null then
        select w.run, w.address into o_run, o_address from weir.waits w
        where w.workspace = p_workspace and w.id = p_id;
        if not found then
            o_outcome := 5;
            return next;
            return;
        end if;
    end if;
    select * into v_run from weir.runs r where r.workspace = p_workspace and r.id = o_run
    for no key update;
    if not found then
        o_outcome := 5;
        return next;
        return;
    end if;
    o_shard := v_run.shard;
    o_owner := v_run.owner;
    select * into v_wait from weir.waits w
    where w.workspace = p_workspace and w.run = o_run and w.address = o_address;
    if found then
        o_action := v_wait.action;
        o_by := v_wait.resolved_by;
        o_at := v_wait.resolved_at;
        if p_mode is not null and v_wait.mode <> p_mode then
            o_outcome := 7;
        elsif v_wait.mode in (0, 4, 5) then
            o_outcome := 7; -- timers and retries listen to the clock only, a caller to its child
        elsif v_wait.status = 1 then
            o_outcome := case when p_dedupe is not null and v_wait.dedupe = p_dedupe
                    or v_wait.action is not distinct from p_action
                        and v_wait.resolved_by is not distinct from p_by
                        and v_wait.resolution is not distinct from p_payload
                then 2 else 3 end;
        elsif v_wait.status <> 0 then
            o_outcome := 4;
        elsif p_digest is not null and v_wait.digest is distinct from p_digest then
            o_outcome := 6;
        else
            o_outcome := 0;
            o_action := p_action;
            o_by := p_by;
            o_at := now();
            update weir.waits set status = 1, resolved_at = now(), resolution = p_payload,
                action = p_action, resolved_by = p_by, dedupe = p_dedupe
            where workspace = p_workspace and run = o_run and address = o_address;
            update weir.runs set wake_at = now(), updated_at = now()
            where workspace = p_workspace and id = o_run and status < 3;
        end if;
    elsif v_run.status >= 3 then
        o_outcome := 4;
    else
        select * into v_kept from weir.signals g
        where g.workspace = p_workspace and g.run = o_run and g.address = o_address
            and not g.late and not g.consumed;
        if found and v_kept.expires_at > now() then
            o_action := v_kept.action;
            o_by := v_kept.sent_by;
            o_at := v_kept.received_at;
            o_outcome := case when p_dedupe is not null and v_kept.dedupe = p_dedupe
                    or v_kept.action is not distinct from p_action
                        and v_kept.sent_by is not distinct from p_by
                        and v_kept.payload is not distinct from p_payload
                then 2 else 3 end;
        else
            if found then
                update weir.signals set consumed = true where id = v_kept.id; -- too old to count
            end if;
            o_outcome := 1;
            insert into weir.signals (workspace, run, address, mode, digest, action, sent_by, dedupe,
                payload)
            values (p_workspace, o_run, o_address, p_mode, p_digest, p_action, p_by, p_dedupe,
                p_payload);
        end if;
    end if;
    if o_outcome = 4 then -- late: the first is on record; whoever has the token may send any number
        insert into weir.signals (workspace, run, address, late, action, sent_by, dedupe, payload,
            expires_at)
        values (p_workspace, o_run, o_address, true, p_action, p_by, p_dedupe, p_payload,
            now() + interval '30 days')
        on conflict do nothing;
    end if;
    return next;
end
$$;

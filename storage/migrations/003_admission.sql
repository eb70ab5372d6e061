-- Admission and concurrency keys.
set local role weir_owner;

-- Locks the keys that these runs hold or stand in line for, before their runs are locked.
create function weir.keys_lock(p_workspace bigint[], p_run uuid[]) returns void
language plpgsql as $$
begin
    perform 1 from weir.concurrency_keys k
    where k.id in (select s.key from unnest(p_workspace, p_run) u(workspace, run)
                   join weir.concurrency_slots s on s.workspace = u.workspace and s.run = u.run)
    order by k.id for no key update;
end
$$;

-- Lets those next in line start, first come first served, as far as limits allow: in the scope that
-- got room, and in scope 0, which counts all. Answers who is due now. The key's row is locked by the
-- caller.
create function weir.line_advance(p_key bigint, p_scope bigint)
returns table (o_workspace bigint, o_run uuid, o_flow bigint)
language plpgsql as $$
declare
    v_scope bigint;
    v_next weir.concurrency_slots;
    v_holders int;
begin
    foreach v_scope in array case when p_scope = 0 then array[0::bigint] else array[p_scope, 0] end loop
        loop
            select * into v_next from weir.concurrency_slots s
            where s.key = p_key and s.scope = v_scope and not s.holds order by s.number limit 1;
            exit when not found;
            select count(*) into v_holders from weir.concurrency_slots s
            where s.key = p_key and s.holds and (v_scope = 0 or s.scope = v_scope);
            exit when v_holders >= v_next.limit_count;
            exit when v_next.drain and exists (
                select from weir.concurrency_slots s
                where s.key = p_key and s.holds and s.version <> v_next.version);
            update weir.concurrency_slots set holds = true
            where workspace = v_next.workspace and run = v_next.run;
            update weir.runs r set wake_at = now(), updated_at = now()
            where r.workspace = v_next.workspace and r.id = v_next.run and r.status = 0
            returning r.workspace, r.id, r.flow into o_workspace, o_run, o_flow;
            if found then return next; end if;
        end loop;
    end loop;
end
$$;

-- Gives back what these ended runs held, and lets the next ones start, which it answers. Keys are
-- locked already.
create function weir.slots_release(p_workspace bigint[], p_run uuid[])
returns table (o_workspace bigint, o_run uuid, o_flow bigint)
language plpgsql as $$
declare
    v_gone record;
begin
    for v_gone in
        delete from weir.concurrency_slots s
        using unnest(p_workspace, p_run) u(workspace, run)
        where s.workspace = u.workspace and s.run = u.run
        returning s.key, s.scope
    loop
        return query select * from weir.line_advance(v_gone.key, v_gone.scope);
    end loop;
end
$$;

-- Ends one run from outside, whoever drives it: the new epoch fences its worker. The run's key and
-- the run's row are locked by the caller. Status: 5 cancelled, 6 terminated.
create function weir.run_stop(p_workspace bigint, p_run uuid, p_status smallint, p_reason text,
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
end
$$;

-- Admits runs, in the order given; many requests share this transaction. p_version is the version
-- that the caller checked the input against: with p_pinned any version of the flow, else the one that
-- target's pointer must still name (0: whichever it names).
--   outcome   0 admitted, 1 existing (same idempotency key and request), 2 conflict (same key, another
--             request), 3 no such flow, 4 archived, 5 no version there, 6 pointer moved (see version),
--             7 dropped
--   decision  0 started, 1 queued, 2 coexisted, 3 dropped, 4 superseded
-- o_run is the new or the existing run; for dropped the run that holds the key.
-- Rows with o_effect say what the admission of o_index has done to another run (o_run) of its flow:
--   effect    0 it may start now, 1 its worker should stop driving it, 2 it has ended
create function weir.runs_admit(
    p_workspace bigint[], p_slug text[], p_target smallint[], p_version bigint[], p_pinned boolean[],
    p_run uuid[], p_invocation text[], p_triggered_by text[], p_idempotency_key text[],
    p_request_hash bytea[], p_input bytea[], p_priority smallint[],
    p_key text[], p_limit int[], p_on_new_version smallint[], p_on_conflict smallint[])
returns table (o_index int, o_outcome smallint, o_decision smallint, o_run uuid, o_number bigint,
               o_version bigint, o_version_number int, o_status smallint, o_flow bigint,
               o_shard smallint, o_effect smallint)
language plpgsql as $$
#variable_conflict use_column
declare
    v_flow weir.flows;
    v_version record;
    v_shard smallint;
    v_old weir.runs;
    v_key bigint;
    v_scope bigint;
    v_slot record;
    v_room boolean;
    v_others boolean;
    v_holds boolean;
    v_tried boolean;
    v_at int;
    v_flows bigint[] := '{}';
    v_counts bigint[] := '{}';
begin
    -- Locks, in the common order. All admissions of a flow come one after another from here on.
    perform 1 from weir.flows f
    where (f.workspace, f.slug) in (select u.w, u.s from unnest(p_workspace, p_slug) u(w, s))
    order by f.id for no key update;
    if cardinality(array_remove(p_key, null)) > 0 then
        insert into weir.concurrency_keys (workspace, flow, target, key)
        select distinct f.workspace, f.id, u.t, u.k
        from unnest(p_workspace, p_slug, p_target, p_key) u(w, s, t, k)
        join weir.flows f on f.workspace = u.w and f.slug = u.s
        where u.k is not null
        on conflict do nothing;
        perform 1 from weir.concurrency_keys k
        where (k.workspace, k.flow, k.target, k.key) in (
            select f.workspace, f.id, u.t, u.k
            from unnest(p_workspace, p_slug, p_target, p_key) u(w, s, t, k)
            join weir.flows f on f.workspace = u.w and f.slug = u.s)
        order by k.id for no key update;
        -- Those that are about to be superseded or cancelled, of all keys at once.
        perform 1 from weir.runs r
        where (r.workspace, r.id) in (
            select s.workspace, s.run
            from unnest(p_workspace, p_slug, p_target, p_key, p_version, p_pinned, p_on_new_version,
                        p_on_conflict) u(w, s, t, k, v, pinned, on_new, on_conflict)
            join weir.flows f on f.workspace = u.w and f.slug = u.s
            join weir.concurrency_keys k on k.workspace = f.workspace and k.flow = f.id
                and k.target = u.t and k.key = u.k
            join weir.concurrency_slots s on s.key = k.id
            where u.on_conflict = 2 or u.on_new = 0 and (u.pinned and s.version < u.v
                or not u.pinned and s.version is distinct from
                    case u.t when 0 then f.draft_version else f.live_version end))
        order by r.id for no key update;
    end if;

    select null::bigint as id, null::bigint as flow, null::int as number into v_version;
    for i in 1..coalesce(array_length(p_run, 1), 0) loop
        o_index := i;
        o_decision := 0;
        o_run := null;
        o_number := null;
        o_version := null;
        o_version_number := null;
        o_status := null;
        o_flow := null;
        o_shard := null;
        if v_flow.workspace is distinct from p_workspace[i] or v_flow.slug <> p_slug[i] then
            select * into v_flow from weir.flows f
            where f.workspace = p_workspace[i] and f.slug = p_slug[i];
            select w.shard into v_shard from weir.workspaces w where w.id = p_workspace[i];
        end if;
        if v_flow.id is null then
            o_outcome := 3;
            return next;
            continue;
        end if;
        o_flow := v_flow.id;

        select * into v_old from weir.runs r where r.workspace = p_workspace[i] and r.id = p_run[i];
        if found then -- the answer to this very request was lost
            o_outcome := 0;
            o_decision := case when v_old.status = 0 and v_old.wake_at is null then 1 else 0 end;
            o_run := v_old.id;
            o_number := v_old.number;
            o_version := v_old.version;
            o_status := v_old.status;
            o_shard := v_old.shard;
            select v.number into o_version_number from weir.versions v where v.id = v_old.version;
            return next;
            continue;
        end if;
        if p_idempotency_key[i] is not null then
            select * into v_old from weir.runs r
            where r.workspace = p_workspace[i] and r.flow = v_flow.id and r.target = p_target[i]
                and r.idempotency_key = p_idempotency_key[i];
            if found then
                o_outcome := case when v_old.request_hash is not distinct from p_request_hash[i]
                    then 1 else 2 end;
                o_run := v_old.id;
                o_number := v_old.number;
                o_version := v_old.version;
                o_status := v_old.status;
                o_shard := v_old.shard;
                select v.number into o_version_number from weir.versions v where v.id = v_old.version;
                return next;
                continue;
            end if;
        end if;
        if v_flow.archived_at is not null then
            o_outcome := 4;
            return next;
            continue;
        end if;

        o_version := case when p_pinned[i] then p_version[i] when p_target[i] = 0
            then v_flow.draft_version else v_flow.live_version end;
        if v_version.id is distinct from o_version then
            select * into v_version from (select v.id, v.flow, v.number
                from weir.versions v where v.id = o_version) x;
        end if;
        o_version_number := v_version.number;
        if v_version.id is null or v_version.flow <> v_flow.id then
            o_outcome := 5;
            return next;
            continue;
        end if;
        if not p_pinned[i] and p_version[i] <> 0 and p_version[i] <> o_version then
            o_outcome := 6;
            return next;
            continue;
        end if;

        v_key := null;
        v_scope := 0;
        v_holds := true;
        if p_key[i] is not null then
            select k.id into v_key from weir.concurrency_keys k
            where k.workspace = p_workspace[i] and k.flow = v_flow.id and k.target = p_target[i]
                and k.key = p_key[i];
            if p_on_new_version[i] = 2 then v_scope := o_version; end if;
            -- Supersede: what target names now counts as newer than all else.
            if p_on_new_version[i] = 0 then
                for v_slot in select s.run, r.owner from weir.concurrency_slots s
                    join weir.runs r on r.workspace = s.workspace and r.id = s.run
                    where s.key = v_key and s.version <> o_version
                        and (not p_pinned[i] or s.version < o_version)
                    order by s.run for no key update of r
                loop
                    perform weir.run_stop(p_workspace[i], v_slot.run, 6::smallint,
                                          'superseded by a run of a newer version', 'weir');
                    delete from weir.concurrency_slots s
                    where s.workspace = p_workspace[i] and s.run = v_slot.run;
                    o_decision := 4;
                    o_run := v_slot.run;
                    if v_slot.owner is not null then
                        o_effect := 1;
                        return next;
                    end if;
                    o_effect := 2;
                    return next;
                end loop;
                if o_decision = 4 then
                    o_effect := 0;
                    for o_run in select w.o_run from weir.line_advance(v_key, 0) w loop
                        return next;
                    end loop;
                end if;
                o_effect := null;
            end if;
            v_tried := false;
            loop -- at most twice: again after cancel-running has made what room it can
                select count(*) filter (where s.holds) < p_limit[i]
                    and count(*) filter (where not s.holds) = 0
                into v_room from weir.concurrency_slots s
                where s.key = v_key and (v_scope = 0 or s.scope = v_scope);
                v_others := p_on_new_version[i] = 1 and exists (
                    select from weir.concurrency_slots s
                    where s.key = v_key and s.holds and s.version <> o_version);
                exit when (v_room and not v_others) or p_on_conflict[i] <> 2 or v_tried;
                v_tried := true;
                for v_slot in select s.run, r.owner from weir.concurrency_slots s
                    join weir.runs r on r.workspace = s.workspace and r.id = s.run
                    where s.key = v_key and (v_scope = 0 or s.scope = v_scope) order by s.run
                    for no key update of r
                loop -- cancel-running: who is driven ends by itself, the others now
                    o_run := v_slot.run;
                    o_effect := 2;
                    if v_slot.owner is not null and weir.owner_lives(v_slot.owner) then
                        o_effect := 1;
                        update weir.runs set cancel_requested = true, updated_at = now(),
                            cancel_reason = 'cancelled by a newer run', cancelled_by = 'weir'
                        where workspace = p_workspace[i] and id = v_slot.run;
                    else
                        perform weir.run_stop(p_workspace[i], v_slot.run, 5::smallint,
                                              'cancelled by a newer run', 'weir');
                        delete from weir.concurrency_slots s
                        where s.workspace = p_workspace[i] and s.run = v_slot.run;
                        o_decision := 4;
                    end if;
                    return next;
                end loop;
                if o_decision = 4 then
                    o_effect := 0;
                    for o_run in select w.o_run from weir.line_advance(v_key, v_scope) w loop
                        return next;
                    end loop;
                end if;
                o_effect := null;
            end loop;
            if v_room and not v_others then
                if o_decision = 0 and v_scope <> 0 and exists (
                    select from weir.concurrency_slots s
                    where s.key = v_key and s.holds and s.scope <> v_scope) then
                    o_decision := 2;
                end if;
            elsif p_on_conflict[i] = 3 then -- coexist
                o_decision := 2;
            elsif p_on_conflict[i] = 1 then -- drop
                o_outcome := 7;
                o_decision := 3;
                select s.run, s.number into o_run, o_number from weir.concurrency_slots s
                where s.key = v_key order by s.holds desc, s.number limit 1;
                return next;
                continue;
            else
                o_decision := 1;
                v_holds := false;
            end if;
        end if;

        v_at := array_position(v_flows, v_flow.id);
        if v_at is null then
            v_flows := v_flows || v_flow.id;
            v_counts := v_counts || 0::bigint;
            v_at := array_length(v_flows, 1);
        end if;
        v_counts[v_at] := v_counts[v_at] + 1;
        o_outcome := 0;
        o_run := p_run[i];
        o_number := v_flow.run_counter + v_counts[v_at];
        o_status := 0;
        o_shard := v_shard;
        insert into weir.runs (workspace, id, flow, version, number, wake_at, target, shard, priority,
            request_hash, invocation, triggered_by, idempotency_key, concurrency_key, input)
        values (p_workspace[i], p_run[i], v_flow.id, o_version, o_number,
            case when v_holds then now() end, p_target[i], o_shard, p_priority[i],
            p_request_hash[i], p_invocation[i], p_triggered_by[i], p_idempotency_key[i], p_key[i],
            p_input[i]);
        if v_key is not null then
            insert into weir.concurrency_slots (workspace, run, key, scope, version, number,
                limit_count, drain, holds)
            values (p_workspace[i], p_run[i], v_key, v_scope, o_version, o_number, p_limit[i],
                p_on_new_version[i] = 1, v_holds);
        end if;
        return next;
    end loop;

    update weir.flows f set run_counter = f.run_counter + u.n
    from unnest(v_flows, v_counts) u(id, n) where f.id = u.id;
end
$$;

-- Cancels a run. Nobody drives it (queued, parked, or its server is dead), or p_force: it ends now.
-- Else its worker is asked to.
--   0 ended now, 1 asked, 2 it had ended already, 3 no such run
-- A second row and more (o_outcome null): the runs that its key has let start.
create function weir.run_cancel(p_workspace bigint, p_run uuid, p_reason text, p_by text,
                                p_force boolean)
returns table (o_outcome smallint, o_status smallint, o_owner bigint, o_run uuid, o_flow bigint)
language plpgsql as $$
declare
    v_run weir.runs;
begin
    perform weir.keys_lock(array[p_workspace], array[p_run]);
    select * into v_run from weir.runs r where r.workspace = p_workspace and r.id = p_run
    for no key update;
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

-- Signals that come together are delivered together.
set local role weir_owner;

-- Signals of any workspaces, in one transaction, as if one after another in this order: those that find
-- their wait open resolve it all at once, each of the others goes through weir.signal_deliver or, with
-- p_event, weir.event_deliver (005, 011). Arguments are as there, one entry a signal; so are the answers:
-- one row for each signal to a wait, one or more for each event. o_index says whose.
--
-- Locks: event keys, then runs, by id, those of all signals; what comes after takes them again.
create function weir.signals_deliver(
    p_workspace bigint[], p_run uuid[], p_address text[], p_id text[], p_mode smallint[],
    p_digest bytea[], p_action text[], p_by text[], p_dedupe text[], p_payload bytea[],
    p_event text[], p_key text[])
returns table (o_index int, o_outcome smallint, o_run uuid, o_address text, o_action text, o_by text,
    o_at timestamptz, o_owner bigint, o_shard smallint, o_flow bigint)
language plpgsql as $$
#variable_conflict use_column
declare
    v_events boolean := array_length(array_remove(p_event, null), 1) > 0;
    v_done boolean[] := array_fill(false, array[array_length(p_workspace, 1)]);
    v_row record;
begin
    if v_events then
        insert into weir.event_keys (workspace, name, key)
        select distinct u.w, u.n, coalesce(u.k, '') from unnest(p_workspace, p_event, p_key) u(w, n, k)
        where u.n is not null order by 1, 2, 3
        on conflict (workspace, name, key) do update set touched_at = now();
    end if;
    if array_length(array_remove(p_id, null), 1) > 0 then
        select array_agg(case when u.id is null then u.r else w.run end order by u.i),
            array_agg(case when u.id is null then u.a else w.address end order by u.i)
        into p_run, p_address
        from unnest(p_workspace, p_id, p_run, p_address) with ordinality u(w, id, r, a, i)
        left join weir.waits w on w.workspace = u.w and w.id = u.id;
    end if;
    if v_events then -- no wait for these events opens from here on
        perform 1 from (
            select u.w, u.r from unnest(p_workspace, p_run) u(w, r) where u.r is not null
            union
            select e.workspace, e.run from unnest(p_workspace, p_event, p_key) u(w, n, k)
            join weir.waits e on e.workspace = u.w and e.event_name = u.n
                and e.event_key = coalesce(u.k, '') and e.status = 0
            where u.n is not null) t
        join weir.runs r on r.workspace = t.w and r.id = t.r
        order by r.id for no key update of r;
    else
        perform 1 from (select distinct u.w, u.r from unnest(p_workspace, p_run) u(w, r)) t
        join weir.runs r on r.workspace = t.w and r.id = t.r
        order by r.id for no key update of r;
    end if;

    -- The first signal to each wait, where it is open and the right one.
    for v_row in
        with first as materialized (
            select distinct on (u.w, u.r, u.a) u.* from unnest(p_workspace, p_run, p_address, p_mode,
                    p_digest, p_action, p_by, p_dedupe, p_payload)
                with ordinality u(w, r, a, mode, digest, action, sent_by, dedupe, payload, i)
            where u.r is not null order by u.w, u.r, u.a, u.i),
        resolved as (
            update weir.waits w set status = 1, resolved_at = now(), resolution = f.payload,
                action = f.action, resolved_by = f.sent_by, dedupe = f.dedupe
            from first f
            where w.workspace = f.w and w.run = f.r and w.address = f.a and w.status < 1
                and w.mode not in (0, 4, 5) and w.mode = coalesce(f.mode, w.mode)
                and (f.digest is null or w.digest = f.digest)
            returning f.i, w.workspace, w.run, w.address, f.action, f.sent_by),
        woken as (
            update weir.runs r set wake_at = now(), updated_at = now()
            from (select distinct x.workspace, x.run from resolved x) x
            where r.workspace = x.workspace and r.id = x.run and r.status < 3
            returning r.workspace, r.id, r.owner, r.shard, r.flow)
        select x.*, r.owner, r.shard, r.flow from resolved x
        left join woken r on r.workspace = x.workspace and r.id = x.run
    loop
        v_done[v_row.i] := true;
        o_index := v_row.i;
        o_outcome := 0;
        o_run := v_row.run;
        o_address := v_row.address;
        o_action := v_row.action;
        o_by := v_row.sent_by;
        o_at := now();
        o_owner := v_row.owner;
        o_shard := v_row.shard;
        o_flow := v_row.flow;
        return next;
    end loop;

    for i in 1..array_length(p_workspace, 1) loop
        if v_done[i] then
            continue;
        elsif p_event[i] is not null then
            return query
            select i, e.o_outcome, e.o_run, e.o_address, null::text, null::text, null::timestamptz,
                e.o_owner, e.o_shard, e.o_flow
            from weir.event_deliver(p_workspace[i], p_event[i], p_key[i], p_by[i], p_dedupe[i],
                p_payload[i]) e;
        else
            return query
            select i, s.o_outcome, s.o_run, s.o_address, s.o_action, s.o_by, s.o_at, s.o_owner,
                s.o_shard, r.flow
            from weir.signal_deliver(p_workspace[i], p_run[i], p_address[i], p_id[i], p_mode[i],
                p_digest[i], p_action[i], p_by[i], p_dedupe[i], p_payload[i]) s
            left join weir.runs r on r.workspace = p_workspace[i] and r.id = s.o_run;
        end if;
    end loop;
end
$$;

-- Signals that come together are delivered together, and may be claims too: of runs that a gateway hands
-- to a worker of its own process.
set local role weir_owner;

-- Waits are looked up by workspace, run and address, and an index that begins with the workspace is as
-- good to a planner who knows a young table with a handful of rows: then each lookup read all waits of
-- the workspace until the next analyze. This one serves its own purpose only.
alter table weir.waits drop constraint waits_workspace_id_key;
create unique index waits_id on weir.waits (id, workspace);

-- Signals of any workspaces, in one transaction, as if one after another in this order: those that find
-- their wait open resolve it all at once, each of the others goes through weir.signal_deliver or, with
-- p_event, weir.event_deliver (005, 011). Arguments are as there, one entry a signal; so are the answers:
-- one row for each signal to a wait, one or more for each event. o_index says whose.
--
-- p_owner: the worker that is to drive the run from here, or null; all are of one server.
--   o_claimed  it does, as if weir.runs_claim had given it the run; the columns from o_slug on are as
--              there, and the run is left in the settings weir.claimed_workspaces and
--              weir.claimed_runs. Not when somebody drives the run, when another signal of the group
--              has claimed it, or when the server's lease has passed.
--
-- Locks: event keys, then runs, by id, those of all signals; what comes after takes them again.
create function weir.signals_deliver(
    p_workspace bigint[], p_run uuid[], p_address text[], p_id text[], p_mode smallint[],
    p_digest bytea[], p_action text[], p_by text[], p_dedupe text[], p_payload bytea[],
    p_event text[], p_key text[], p_owner bigint[])
returns table (o_index int, o_outcome smallint, o_run uuid, o_address text, o_action text, o_by text,
    o_at timestamptz, o_owner bigint, o_shard smallint, o_claimed boolean, o_flow bigint, o_slug text,
    o_workspace_name text, o_version bigint, o_version_number int, o_number bigint, o_epoch int,
    o_claims int, o_crashes int, o_target smallint, o_language smallint, o_priority smallint,
    o_cancel boolean, o_triggered_by text, o_invocation text, o_created_at timestamptz,
    o_queue_ms bigint, o_input bytea)
language plpgsql as $$
#variable_conflict use_column
declare
    v_events boolean := array_length(array_remove(p_event, null), 1) > 0;
    v_lives boolean := coalesce(weir.owner_lives((select max(o) from unnest(p_owner) u(o))), false);
    v_done boolean[] := array_fill(false, array[array_length(p_workspace, 1)]);
    v_workspaces bigint[] := '{}';
    v_claimed uuid[] := '{}';
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
                    p_digest, p_action, p_by, p_dedupe, p_payload, p_owner)
                with ordinality
                    u(w, r, a, mode, digest, action, sent_by, dedupe, payload, owner, i)
            where u.r is not null order by u.w, u.r, u.a, u.i),
        resolved as (
            update weir.waits w set status = 1, resolved_at = now(), resolution = f.payload,
                action = f.action, resolved_by = f.sent_by, dedupe = f.dedupe
            from first f
            where w.workspace = f.w and w.run = f.r and w.address = f.a and w.status < 1
                and w.mode not in (0, 4, 5) and w.mode = coalesce(f.mode, w.mode)
                and (f.digest is null or w.digest = f.digest)
            returning f.i, w.workspace, w.run, w.address, f.action, f.sent_by, f.owner),
        woken as (
            update weir.runs r set wake_at = now(), updated_at = now(),
                owner = case when x.claims then x.taker else r.owner end,
                epoch = r.epoch + x.claims::int, claims = r.claims + x.claims::int,
                crashes = r.crashes + (x.claims and r.owner is not null)::int,
                status = case when x.claims then 1 else r.status end
            from (select distinct on (s.workspace, s.run) s.workspace, s.run, s.owner as taker,
                      case when s.owner is not null and v_lives
                              and (o.owner is null or not weir.owner_lives(o.owner))
                          then s.i end as claimer,
                      s.owner is not null and v_lives
                          and (o.owner is null or not weir.owner_lives(o.owner)) as claims
                  from resolved s join weir.runs o on o.workspace = s.workspace and o.id = s.run
                  where o.status < 3
                  order by s.workspace, s.run, s.owner is null, s.i) x
            where r.workspace = x.workspace and r.id = x.run
            returning r.*, x.claimer)
        select x.i, x.run, x.address, x.action, x.sent_by, r.owner, r.shard,
            coalesce(r.claimer = x.i, false) as claimed, r.workspace, r.flow, f.slug, ws.name, r.version,
            v.number as version_number, r.number, r.epoch, r.claims, r.crashes, r.target, r.language,
            r.priority, r.cancel_requested, r.triggered_by, r.invocation, r.created_at,
            case when r.claimer = x.i then r.input end as input
        from resolved x left join woken r on r.workspace = x.workspace and r.id = x.run
        left join weir.flows f on r.claimer = x.i and f.id = r.flow
        left join weir.versions v on r.claimer = x.i and v.id = r.version
        left join weir.workspaces ws on r.claimer = x.i and ws.id = r.workspace
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
        o_claimed := v_row.claimed;
        o_flow := v_row.flow;
        if o_claimed then
            v_workspaces := v_workspaces || v_row.workspace;
            v_claimed := v_claimed || v_row.run;
            o_slug := v_row.slug;
            o_workspace_name := v_row.name;
            o_version := v_row.version;
            o_version_number := v_row.version_number;
            o_number := v_row.number;
            o_epoch := v_row.epoch;
            o_claims := v_row.claims;
            o_crashes := v_row.crashes;
            o_target := v_row.target;
            o_language := v_row.language;
            o_priority := v_row.priority;
            o_cancel := v_row.cancel_requested;
            o_triggered_by := v_row.triggered_by;
            o_invocation := v_row.invocation;
            o_created_at := v_row.created_at;
            o_queue_ms := 0;
            o_input := v_row.input;
        end if;
        return next;
    end loop;

    for i in 1..array_length(p_workspace, 1) loop
        if v_done[i] then
            continue;
        elsif p_event[i] is not null then
            for v_row in
                select * from weir.event_deliver(p_workspace[i], p_event[i], p_key[i], p_by[i],
                    p_dedupe[i], p_payload[i])
            loop
                o_index := i;
                o_outcome := v_row.o_outcome;
                o_run := v_row.o_run;
                o_address := v_row.o_address;
                o_action := null;
                o_by := null;
                o_at := null;
                o_owner := v_row.o_owner;
                o_shard := v_row.o_shard;
                o_claimed := false;
                o_flow := v_row.o_flow;
                return next;
            end loop;
        else
            select i, s.o_outcome, s.o_run, s.o_address, s.o_action, s.o_by, s.o_at, s.o_owner, s.o_shard,
                false, r.flow
            into o_index, o_outcome, o_run, o_address, o_action, o_by, o_at, o_owner, o_shard, o_claimed,
                o_flow
            from weir.signal_deliver(p_workspace[i], p_run[i], p_address[i], p_id[i], p_mode[i],
                p_digest[i], p_action[i], p_by[i], p_dedupe[i], p_payload[i]) s
            left join weir.runs r on r.workspace = p_workspace[i] and r.id = s.o_run;
            return next;
        end if;
    end loop;
    perform weir.claimed_note(v_workspaces, v_claimed);
end
$$;

-- After a claim: its runs for what this transaction reads next, and their deadlines that have passed, by
-- this clock, under their locks, as weir.runs_claim does both.
create function weir.claimed_note(p_workspace bigint[], p_run uuid[]) returns void
language plpgsql as $$
begin
    perform set_config('weir.claimed_workspaces', p_workspace::text, true),
        set_config('weir.claimed_runs', p_run::text, true);
    if p_run = '{}' then return; end if;
    update weir.waits w set status = case when w.mode in (0, 4) then 1 else 2 end, resolved_at = now()
    from unnest(p_workspace, p_run) u(w, i)
    where w.workspace = u.w and w.run = u.i and w.status < 1 and w.deadline <= now();
end
$$;

-- weir.signals_deliver of one signal to a wait: the same in a few small statements, which is what counts
-- where nothing shares their cost. Whatever does not resolve its wait is left to weir.signal_deliver.
create function weir.signal_take(p_workspace bigint, p_run uuid, p_address text, p_id text,
    p_mode smallint, p_digest bytea, p_action text, p_by text, p_dedupe text, p_payload bytea,
    p_owner bigint)
returns table (o_outcome smallint, o_run uuid, o_address text, o_action text, o_by text,
    o_at timestamptz, o_owner bigint, o_shard smallint, o_claimed boolean, o_flow bigint, o_slug text,
    o_workspace_name text, o_version bigint, o_version_number int, o_number bigint, o_epoch int,
    o_claims int, o_crashes int, o_target smallint, o_language smallint, o_priority smallint,
    o_cancel boolean, o_triggered_by text, o_invocation text, o_created_at timestamptz,
    o_queue_ms bigint, o_input bytea)
language plpgsql as $$
#variable_conflict use_column
begin
    o_run := p_run;
    o_address := p_address;
    o_claimed := false;
    if p_id is not null then
        select w.run, w.address into o_run, o_address from weir.waits w
        where w.workspace = p_workspace and w.id = p_id;
    end if;
    select r.owner, r.shard, r.flow into o_owner, o_shard, o_flow from weir.runs r
    where r.workspace = p_workspace and r.id = o_run and r.status < 3 for no key update;
    if found then
        update weir.waits w set status = 1, resolved_at = now(), resolution = p_payload,
            action = p_action, resolved_by = p_by, dedupe = p_dedupe
        where w.workspace = p_workspace and w.run = o_run and w.address = o_address and w.status < 1
            and w.mode not in (0, 4, 5) and w.mode = coalesce(p_mode, w.mode)
            and (p_digest is null or w.digest = p_digest);
    end if;
    if not found then
        select s.o_outcome, s.o_run, s.o_address, s.o_action, s.o_by, s.o_at, s.o_owner, s.o_shard, r.flow
        into o_outcome, o_run, o_address, o_action, o_by, o_at, o_owner, o_shard, o_flow
        from weir.signal_deliver(p_workspace, p_run, p_address, p_id, p_mode, p_digest, p_action, p_by,
            p_dedupe, p_payload) s
        left join weir.runs r on r.workspace = p_workspace and r.id = s.o_run;
        perform weir.claimed_note('{}', '{}');
        return next;
        return;
    end if;
    o_outcome := 0;
    o_action := p_action;
    o_by := p_by;
    o_at := now();
    o_claimed := p_owner is not null and (o_owner is null or not weir.owner_lives(o_owner))
        and weir.owner_lives(p_owner);
    if not o_claimed then
        update weir.runs set wake_at = now(), updated_at = now()
        where workspace = p_workspace and id = o_run;
        perform weir.claimed_note('{}', '{}');
        return next;
        return;
    end if;
    update weir.runs r set wake_at = now(), updated_at = now(), owner = p_owner, epoch = r.epoch + 1,
        claims = r.claims + 1, crashes = r.crashes + (o_owner is not null)::int, status = 1
    from weir.flows f, weir.versions v, weir.workspaces ws
    where r.workspace = p_workspace and r.id = o_run
        and f.id = r.flow and v.id = r.version and ws.id = r.workspace
    returning r.owner, f.slug, ws.name, r.version, v.number, r.number, r.epoch, r.claims, r.crashes,
        r.target, r.language, r.priority, r.cancel_requested, r.triggered_by, r.invocation, r.created_at,
        0, r.input
    into o_owner, o_slug, o_workspace_name, o_version, o_version_number, o_number, o_epoch, o_claims,
        o_crashes, o_target, o_language, o_priority, o_cancel, o_triggered_by, o_invocation,
        o_created_at, o_queue_ms, o_input;
    perform weir.claimed_note(array[p_workspace], array[o_run]);
    return next;
end
$$;

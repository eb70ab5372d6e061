-- Signals: what resolves waits from outside.
set local role weir_owner;

-- A signal to one wait, named by its public id (p_id) or by run and address; resolves it or is kept
-- until it opens. p_mode: the kind of wait the door is for (1 approval, 2 callback), null: any.
-- p_digest: what the sender believes is asked, null: not said.
--   outcome  0 resolved, 1 kept, 2 duplicate, 3 already completed (by whom, see the columns), 4 gone,
--            5 no such run or wait, 6 stale, 7 a wait of another kind
create function weir.signal_deliver(p_workspace bigint, p_run uuid, p_address text, p_id text,
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
        elsif v_wait.mode in (0, 4) then
            o_outcome := 7; -- timers and retries listen to the clock only
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

-- A named event: goes to every open wait for (name, key); when there is none it is kept for 24 hours.
-- One row for each run it woke; without any, one row with o_run null that says kept or duplicate.
--   outcome  0 resolved, 1 kept, 2 duplicate
create function weir.event_deliver(p_workspace bigint, p_name text, p_key text, p_by text,
    p_dedupe text, p_payload bytea)
returns table (o_outcome smallint, o_run uuid, o_address text, o_shard smallint, o_owner bigint,
    o_flow bigint)
language plpgsql as $$
declare
    v_wait record;
    v_signal bigint;
    v_found boolean := false;
begin
    insert into weir.event_keys (workspace, name, key) values (p_workspace, p_name, coalesce(p_key, ''))
    on conflict (workspace, name, key) do update set touched_at = now();
    if p_dedupe is not null and exists (
        select from weir.signals g where g.workspace = p_workspace and g.event_name = p_name
            and g.event_key = coalesce(p_key, '') and g.dedupe = p_dedupe) then
        o_outcome := 2;
        return next;
        return;
    end if;
    insert into weir.signals (workspace, event_name, event_key, sent_by, dedupe, payload)
    values (p_workspace, p_name, coalesce(p_key, ''), p_by, p_dedupe, p_payload)
    returning id into v_signal;
    perform 1 from weir.runs r
    where (r.workspace, r.id) in (
        select w.workspace, w.run from weir.waits w
        where w.workspace = p_workspace and w.event_name = p_name and w.event_key = coalesce(p_key, '')
            and w.status = 0)
    order by r.id for no key update;
    for v_wait in
        update weir.waits w set status = 1, resolved_at = now(), resolution = p_payload,
            resolved_by = p_by, dedupe = p_dedupe
        from weir.runs r
        where w.workspace = p_workspace and w.event_name = p_name and w.event_key = coalesce(p_key, '')
            and w.status = 0 and r.workspace = w.workspace and r.id = w.run and r.status < 3
        returning w.run, w.address, w.step_id, r.shard, r.owner, r.flow
    loop
        v_found := true;
        update weir.runs set wake_at = now(), updated_at = now()
        where workspace = p_workspace and id = v_wait.run;
        insert into weir.signal_deliveries (workspace, signal, run, step_id)
        values (p_workspace, v_signal, v_wait.run, v_wait.step_id) on conflict do nothing;
        o_outcome := 0;
        o_run := v_wait.run;
        o_address := v_wait.address;
        o_shard := v_wait.shard;
        o_owner := v_wait.owner;
        o_flow := v_wait.flow;
        return next;
    end loop;
    if v_found then
        update weir.signals set consumed = true where id = v_signal;
    else
        o_outcome := 1;
        return next;
    end if;
end
$$;

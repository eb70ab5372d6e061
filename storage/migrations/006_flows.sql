-- Flows: drafts, releases, archiving. Each is one call, under the flow's row lock.
set local role weir_owner;

-- Puts the doors of one target of a flow in place of those it had.
create function weir.endpoints_replace(p_workspace bigint, p_flow bigint, p_target smallint,
    p_version bigint, e_kind smallint[], e_path text[], e_interface text[], e_invocation text[],
    e_auth_type text[], e_secret text[], e_header text[], e_query text[], e_prefix text[],
    e_ack boolean[], e_enabled boolean[]) returns void
language plpgsql as $$
begin
    delete from weir.endpoints
    where workspace = p_workspace and flow = p_flow and target = p_target;
    insert into weir.endpoints (workspace, kind, target, path, flow, version, interface_id, invocation,
        auth_type, secret_name, auth_header, auth_query, auth_prefix, respond_ack, enabled)
    select p_workspace, e.kind, p_target, e.path, p_flow, p_version, e.interface, e.invocation,
        e.auth_type, e.secret, e.header, e.query, e.prefix, e.ack, e.enabled
    from unnest(e_kind, e_path, e_interface, e_invocation, e_auth_type, e_secret, e_header, e_query,
                e_prefix, e_ack, e_enabled)
        e(kind, path, interface, invocation, auth_type, secret, header, query, prefix, ack, enabled);
end
$$;

-- The slug of another flow that has one of these doors, or null.
create function weir.endpoints_taken(p_workspace bigint, p_flow bigint, p_target smallint,
    e_kind smallint[], e_path text[]) returns text
language sql stable as $$
    select f.slug || ' has ' || x.path from weir.endpoints x
    join unnest(e_kind, e_path) e(kind, path) on e.kind = x.kind and e.path = x.path
    join weir.flows f on f.id = x.flow
    where x.workspace = p_workspace and x.target = p_target and x.flow <> p_flow limit 1
$$;

-- Saves a draft: the flow if it is new, a version if the content is new, the draft pointer and the
-- draft's doors. A push brings an archived flow back, as a draft.
--   outcome  0 saved, 1 a door is taken by another flow (o_taken)
create function weir.flow_put_draft(p_workspace bigint, p_slug text, p_name text, p_description text,
    p_source bytea, p_hash bytea, p_language smallint, p_by text,
    e_kind smallint[], e_path text[], e_interface text[], e_invocation text[], e_auth_type text[],
    e_secret text[], e_header text[], e_query text[], e_prefix text[], e_ack boolean[],
    e_enabled boolean[])
returns table (o_outcome smallint, o_flow bigint, o_version bigint, o_number int,
    o_new_flow boolean, o_new_version boolean, o_taken text)
language plpgsql as $$
declare
    v_flow weir.flows;
begin
    if not exists (select from weir.flows where workspace = p_workspace and slug = p_slug) then
        o_taken := weir.endpoints_taken(p_workspace, 0, 0::smallint, e_kind, e_path);
        if o_taken is not null then -- a new flow that is refused leaves nothing behind
            o_outcome := 1;
            return next;
            return;
        end if;
    end if;
    insert into weir.flows (workspace, slug, name) values (p_workspace, p_slug, p_name)
    on conflict (workspace, slug) do nothing;
    o_new_flow := found;
    select * into v_flow from weir.flows where workspace = p_workspace and slug = p_slug for update;
    o_flow := v_flow.id;
    o_taken := weir.endpoints_taken(p_workspace, o_flow, 0::smallint, e_kind, e_path);
    if o_taken is not null then
        -- It was taken just now; a new flow stays behind without versions, which no list shows.
        o_outcome := 1;
        return next;
        return;
    end if;
    o_outcome := 0;
    select v.id, v.number into o_version, o_number from weir.versions v
    where v.workspace = p_workspace and v.flow = o_flow and v.content_hash = p_hash;
    o_new_version := not found;
    if o_new_version then
        o_number := v_flow.version_counter + 1;
        insert into weir.versions (workspace, flow, number, language, content_hash, source, created_by)
        values (p_workspace, o_flow, o_number, p_language, p_hash, p_source, p_by)
        returning id into o_version;
    end if;
    update weir.flows set name = p_name, description = p_description, draft_version = o_version,
        version_counter = greatest(version_counter, o_number), updated_at = now(), archived_at = null
    where id = o_flow;
    perform weir.endpoints_replace(p_workspace, o_flow, 0::smallint, o_version, e_kind, e_path,
        e_interface, e_invocation, e_auth_type, e_secret, e_header, e_query, e_prefix, e_ack, e_enabled);
    return next;
end
$$;

-- Releases a version: number, note, live pointer, live doors and schedules.
--   outcome  0 released, 1 a door is taken by another flow (o_taken), 2 no such flow or version,
--            3 archived
create function weir.flow_release(p_workspace bigint, p_slug text, p_version bigint, p_note text,
    p_by text,
    e_kind smallint[], e_path text[], e_interface text[], e_invocation text[], e_auth_type text[],
    e_secret text[], e_header text[], e_query text[], e_prefix text[], e_ack boolean[],
    e_enabled boolean[],
    s_id text[], s_cron text[], s_timezone text[], s_invocation text[], s_input bytea[],
    s_enabled boolean[], s_catch_up smallint[], s_key text[], s_limit int[],
    s_on_new_version smallint[], s_on_conflict smallint[], s_priority smallint[],
    s_next_at timestamptz[])
returns table (o_outcome smallint, o_flow bigint, o_release int, o_number int, o_previous bigint,
    o_taken text)
language plpgsql as $$
declare
    v_flow weir.flows;
begin
    select * into v_flow from weir.flows where workspace = p_workspace and slug = p_slug for update;
    if found then
        select v.number into o_number from weir.versions v
        where v.workspace = p_workspace and v.id = p_version and v.flow = v_flow.id;
    end if;
    if not found then
        o_outcome := 2;
        return next;
        return;
    end if;
    o_flow := v_flow.id;
    o_previous := v_flow.live_version;
    if v_flow.archived_at is not null then
        o_outcome := 3;
        return next;
        return;
    end if;
    o_taken := weir.endpoints_taken(p_workspace, o_flow, 1::smallint, e_kind, e_path);
    if o_taken is not null then
        o_outcome := 1;
        return next;
        return;
    end if;
    o_outcome := 0;
    o_release := v_flow.release_counter + 1;
    insert into weir.releases (workspace, flow, number, version, note, created_by)
    values (p_workspace, o_flow, o_release, p_version, p_note, p_by);
    update weir.flows set live_version = p_version, live_release = o_release,
        release_counter = o_release, updated_at = now()
    where id = o_flow;
    perform weir.endpoints_replace(p_workspace, o_flow, 1::smallint, p_version, e_kind, e_path,
        e_interface, e_invocation, e_auth_type, e_secret, e_header, e_query, e_prefix, e_ack, e_enabled);
    -- A schedule that keeps its id keeps what it fired last.
    delete from weir.schedules s
    where s.workspace = p_workspace and s.flow = o_flow and s.target = 1 and s.id <> all (s_id);
    insert into weir.schedules (workspace, flow, target, id, cron, timezone, invocation, input, enabled,
        catch_up, concurrency_key, limit_count, on_new_version, on_conflict, priority, next_at)
    select p_workspace, o_flow, 1, s.id, s.cron, s.timezone, s.invocation, s.input, s.enabled,
        s.catch_up, s.key, s.limit_count, s.on_new_version, s.on_conflict, s.priority,
        date_trunc('milliseconds', s.next_at)
    from unnest(s_id, s_cron, s_timezone, s_invocation, s_input, s_enabled, s_catch_up, s_key, s_limit,
                s_on_new_version, s_on_conflict, s_priority, s_next_at)
        s(id, cron, timezone, invocation, input, enabled, catch_up, key, limit_count, on_new_version,
          on_conflict, priority, next_at)
    on conflict (workspace, flow, target, id) do update
    set cron = excluded.cron, timezone = excluded.timezone, invocation = excluded.invocation,
        input = excluded.input, enabled = excluded.enabled, catch_up = excluded.catch_up,
        concurrency_key = excluded.concurrency_key, limit_count = excluded.limit_count,
        on_new_version = excluded.on_new_version, on_conflict = excluded.on_conflict,
        priority = excluded.priority, next_at = excluded.next_at;
    return next;
end
$$;

-- Archives a flow: no doors, no schedules, no live version; its runs go on. False: no such flow.
create function weir.flow_archive(p_workspace bigint, p_slug text) returns boolean
language plpgsql as $$
declare
    v_flow bigint;
begin
    update weir.flows set archived_at = coalesce(archived_at, now()), live_version = null,
        live_release = null, updated_at = now()
    where workspace = p_workspace and slug = p_slug returning id into v_flow;
    if v_flow is null then return false; end if;
    delete from weir.endpoints where workspace = p_workspace and flow = v_flow;
    delete from weir.schedules where workspace = p_workspace and flow = v_flow;
    return true;
end
$$;

-- Claims an operation id in the transaction of its write; raises WEOP1 when it is taken, which undoes
-- the write. Whoever comes second waits here for the first one's commit.
create function weir.operation_claim(p_workspace bigint, p_principal text, p_id text, p_command text,
    p_hash bytea) returns void
language plpgsql as $$
begin
    insert into weir.operations (workspace, principal, id, command, request_hash)
    values (p_workspace, p_principal, p_id, p_command, p_hash) on conflict do nothing;
    if not found then
        raise exception 'operation % is taken', p_id using errcode = 'WEOP1';
    end if;
end
$$;

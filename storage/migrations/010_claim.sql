-- Claims look runs up by id, whatever the statistics say.
set local role weir_owner;

-- Claims the runs that are due and that nobody drives; the others are told apart. A row that is
-- locked by somebody else is not waited for: it reads as busy. So do all to a server whose lease has
-- passed: each of its claims would be taken over and counted as a crash. The claimed ones are left in the settings
-- weir.claimed_workspaces and weir.claimed_runs of this transaction, for what it reads next.
--   outcome  0 claimed, 1 not due yet (o_wait_ms), 2 somebody drives it, 3 ended or gone, 4 busy
-- As in 004 but for "is true", which keeps runs_due out of the plan: where the statistics said that
-- nothing was due, a claim read all runs that were.
create or replace function weir.runs_claim(p_owner bigint, p_workspace bigint[], p_run uuid[])
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
        where r.status < 3 and (r.wake_at <= now()) is true
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

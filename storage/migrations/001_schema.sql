-- The schema: tables, keys, the three roles and the wall between workspaces (row-level security).
--
-- Conventions: a workspace is a bigint and leads every key of what belongs to it. Payloads are bytea
-- that the codec wrote; SQL never looks inside. Enumerations are smallints, named in storage/status.h.
-- Times that decide come from this database's clock.
--
-- Where several indexes begin with the workspace, the primary key is made last: while a table is empty
-- the planner's costs tie, and it takes the index made last; plans are cached from the first call on.
-- For the same reason lookups by run say status < 1 instead of = 0, which no partial index matches.
--
-- Locks are always taken in this order: flows, event_keys, concurrency_keys, runs (each by id), then
-- the rest. Whoever changes a run or what hangs on it (waits, journal, slot) holds the run's row.

do $$
declare
    role_name text;
begin
    foreach role_name in array array['weir_owner', 'weir_engine', 'weir_gateway'] loop
        if not exists (select from pg_roles where rolname = role_name) then
            begin
                execute format('create role %I login', role_name);
            exception when duplicate_object or unique_violation then
                null; -- another database's migration was faster: roles belong to the cluster
            end;
        end if;
    end loop;
end
$$;

-- All in here belongs to the owner, whoever migrates.
do $$
begin
    if not exists (select from pg_namespace where nspname = 'weir') then
        create schema weir authorization weir_owner;
    end if;
    execute format('grant connect on database %I to weir_engine, weir_gateway', current_database());
end
$$;
set local role weir_owner;
grant usage on schema weir to weir_engine, weir_gateway;

-- One row: what was fixed when the database was made.
create table weir.meta (
    single boolean primary key default true check (single),
    created_at timestamptz not null default now(),
    shards smallint not null default 1,
    -- The rollup's cursor: journal rows below it are in the ledger. A position is a transaction id
    -- plus the offset; the offset grows when a dump was restored into a cluster whose transaction ids
    -- start anew (system_identifier tells), so that positions never go backwards.
    ledger_position bigint not null default 0,
    position_offset bigint not null default 0,
    system_identifier bigint not null default 0,
    blob_store text
);
insert into weir.meta default values;

create table weir.workspaces (
    id bigint generated always as identity primary key,
    name text not null unique,                 -- ws-…, what stands at the edge
    title text,
    shard smallint not null default 0,
    weight smallint not null default 1,        -- share in the round-robin
    wait_key bytea not null,                   -- for wait tokens; sealed by the master key
    wait_key_version int not null default 1,
    data_key bytea not null,                   -- for secrets; sealed by the master key
    created_at timestamptz not null default now()
);

create table weir.tokens (
    id text primary key,                       -- the public part of the token
    workspace bigint not null references weir.workspaces,
    principal text not null,
    kind text not null,                        -- kinds and roles are the gateway's words
    role text not null,
    secret_hash bytea not null,
    label text,
    created_by text,
    created_at timestamptz not null default now(),
    revoked_at timestamptz
);
create index tokens_workspace on weir.tokens (workspace, created_at);

create table weir.flows (
    id bigint generated always as identity primary key,
    workspace bigint not null references weir.workspaces,
    slug text not null,
    name text not null,
    description text,
    draft_version bigint,
    live_version bigint,
    live_release int,
    version_counter int not null default 0,
    release_counter int not null default 0,
    run_counter bigint not null default 0,     -- moved once per flow and admission batch
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    archived_at timestamptz,
    unique (workspace, slug)
) with (fillfactor = 70);

create table weir.versions (                   -- immutable
    id bigint generated always as identity primary key,
    workspace bigint not null,
    flow bigint not null references weir.flows,
    number int not null,
    language smallint not null default 1,      -- level of the flow language
    content_hash bytea not null check (octet_length(content_hash) = 32),
    source bytea compression lz4 not null,
    created_by text,
    created_at timestamptz not null default now(),
    unique (workspace, flow, number),
    unique (workspace, flow, content_hash)
);

create table weir.releases (
    workspace bigint not null,
    flow bigint not null references weir.flows,
    number int not null,
    version bigint not null references weir.versions,
    note text,
    created_by text,
    created_at timestamptz not null default now(),
    primary key (workspace, flow, number)
);

-- Doors of flows: webhooks and http interfaces. target: 0 draft, 1 live.
create table weir.endpoints (
    workspace bigint not null,
    kind smallint not null,                    -- 0 webhook, 1 http
    target smallint not null,
    path text not null,
    flow bigint not null references weir.flows,
    version bigint not null,
    interface_id text not null,
    invocation text,
    auth_type text not null,
    secret_name text,
    auth_header text,
    auth_query text,
    auth_prefix text,
    respond_ack boolean not null default false,
    enabled boolean not null default true,
    constraint endpoints_pkey primary key (workspace, kind, target, path)
);
create index endpoints_flow on weir.endpoints (workspace, flow, target);

create table weir.schedules (
    workspace bigint not null,
    flow bigint not null references weir.flows,
    target smallint not null,
    id text not null,
    cron text not null,
    timezone text not null,
    invocation text,
    input bytea,
    enabled boolean not null default true,
    catch_up smallint not null default 0,      -- 0 latest, 1 none, 2 all
    -- How its runs are admitted: see weir.runs_admit. The input is fixed, so the key is too.
    concurrency_key text,                      -- null: unlimited
    limit_count int not null default 1,
    on_new_version smallint not null default 2,
    on_conflict smallint not null default 0,
    priority smallint not null default 0,
    -- The nominal instant that fires next. Moved by compare-and-set on what a program has read, which
    -- knows milliseconds.
    next_at timestamptz check (next_at = date_trunc('milliseconds', next_at)),
    last_nominal timestamptz,
    primary key (workspace, flow, target, id)
);
create index schedules_next on weir.schedules (next_at) where enabled and next_at is not null;

-- A run. Its row changes only when the run changes state (claim, park, end, cancel).
--   wake_at  null: nothing is due (ended, or queued for a concurrency key). Else the instant from
--            which it may be claimed. A claim leaves it, so an owned run whose server dies is due.
--   owner    server * 256 + worker, null when nobody drives it. Each claim adds 1 to epoch; all
--            writes of a worker check (owner, epoch).
create table weir.runs (
    workspace bigint not null,
    id uuid not null,
    flow bigint not null,
    version bigint not null,
    number bigint not null,
    owner bigint,
    wake_at timestamptz,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    updated_at timestamptz not null default now(),
    completed_at timestamptz,
    epoch int not null default 0,
    claims int not null default 0,
    crashes int not null default 0,            -- claims since the last park that ended in a crash
    status smallint not null default 0,
    target smallint not null,
    language smallint not null default 1,
    shard smallint not null default 0,
    priority smallint not null default 0,
    cancel_requested boolean not null default false,
    request_hash bytea,
    invocation text,
    triggered_by text not null,
    idempotency_key text,
    concurrency_key text,
    current_step text,
    cancel_reason text,
    cancelled_by text,
    input bytea compression lz4,
    result bytea compression lz4,
    error bytea compression lz4
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
create unique index runs_number on weir.runs (workspace, flow, number);
create unique index runs_idempotency on weir.runs (workspace, flow, target, idempotency_key)
    where idempotency_key is not null;
create index runs_due on weir.runs (shard, wake_at) where wake_at is not null;
alter table weir.runs add primary key (workspace, id);

-- The journal and the usage record: append-only, numbered densely in commit order per run.
-- Partitioned by run id (UUIDv7, so by the time of the run's admission).
create table weir.steps (
    workspace bigint not null,
    run uuid not null,
    position bigint not null,                  -- of the transaction, for the rollup
    flow bigint not null,
    committed_at timestamptz not null,
    started_at timestamptz,
    completed_at timestamptz,
    sequence int not null,
    attempts int not null,
    queue_ms int not null,
    kind smallint not null,
    status smallint not null,
    target smallint not null,
    billed boolean not null,
    address text not null,
    step_id text not null,
    step_type text not null,
    input bytea compression lz4,
    output bytea compression lz4,
    error bytea compression lz4,
    attempt_log bytea compression lz4,
    primary key (workspace, run, sequence)
) partition by range (run);
create index steps_position on weir.steps using brin (position)
    with (pages_per_range = 32, autosummarize = on);

-- What a run waits for: at most one row an address.
create table weir.waits (
    workspace bigint not null,
    run uuid not null,
    address text not null,
    id text not null,                          -- public; made from run and address
    number bigint generated always as identity,
    flow bigint not null,
    opened_at timestamptz not null default now(),
    deadline timestamptz,
    resolved_at timestamptz,
    mode smallint not null,
    status smallint not null default 0,
    consumed boolean not null default false,   -- its outcome is in the journal
    step_id text not null,
    event_name text,
    event_key text,
    action text,
    resolved_by text,
    dedupe text,
    step_type text,                            -- of a step that counts when the run is stopped; or null
    digest bytea,
    asked bytea compression lz4,
    resolution bytea compression lz4,
    unique (workspace, id)
);
create index waits_open on weir.waits (workspace, number) where status = 0;
create index waits_event on weir.waits (workspace, event_name, event_key)
    where status = 0 and event_name is not null;
alter table weir.waits add primary key (workspace, run, address);

-- Signals that came before their wait (kept), after it (late, for the record), and events.
create table weir.signals (
    id bigint generated always as identity primary key,
    workspace bigint not null,
    run uuid,                                  -- with address; else it is an event
    address text,
    event_name text,
    event_key text,
    received_at timestamptz not null default now(),
    expires_at timestamptz not null default now() + interval '24 hours',
    late boolean not null default false,
    consumed boolean not null default false,
    mode smallint,                             -- of the wait that it is for; null: any
    action text,
    sent_by text,
    dedupe text,
    digest bytea,                              -- of what the sender saw
    payload bytea compression lz4
);
create unique index signals_kept on weir.signals (workspace, run, address)
    where run is not null and not late and not consumed;
create unique index signals_late on weir.signals (workspace, run, address) where late;
create index signals_event on weir.signals (workspace, event_name, event_key, id)
    where event_name is not null;
create unique index signals_event_dedupe on weir.signals (workspace, event_name, event_key, dedupe)
    where event_name is not null and dedupe is not null;
create index signals_expiry on weir.signals (expires_at);

-- A kept event reaches each wait step of a run once.
create table weir.signal_deliveries (
    workspace bigint not null,
    signal bigint not null references weir.signals on delete cascade,
    run uuid not null,
    step_id text not null,
    primary key (workspace, signal, run, step_id)
);

-- The lock that an event and the waits for it meet at.
create table weir.event_keys (
    id bigint generated always as identity primary key,
    workspace bigint not null,
    name text not null,
    key text not null,
    touched_at timestamptz not null default now(),
    unique (workspace, name, key)
);

-- Concurrency: a key row is the lock, a slot is a run that holds the key or stands in its line (by
-- number). scope: 0, or the version where versions coexist and count apart.
create table weir.concurrency_keys (
    id bigint generated always as identity primary key,
    workspace bigint not null,
    flow bigint not null,
    target smallint not null,
    key text not null,
    unique (workspace, flow, target, key)
);
create table weir.concurrency_slots (
    workspace bigint not null,
    run uuid not null,
    key bigint not null references weir.concurrency_keys,
    scope bigint not null,
    version bigint not null,
    number bigint not null,
    limit_count int not null,
    drain boolean not null,
    holds boolean not null,
    primary key (workspace, run)
) with (autovacuum_vacuum_scale_factor = 0.02);
create index concurrency_slots_line on weir.concurrency_slots (key, holds, scope, number);

create table weir.kv (
    workspace bigint not null,
    key text not null,
    kind smallint not null,                    -- 0 bytes, 1 integer, 2 list
    value bytea compression lz4,
    number bigint,
    items bytea[],
    expires_at timestamptz,
    updated_at timestamptz not null default now(),
    primary key (workspace, key)
);
create index kv_expiry on weir.kv (expires_at) where expires_at is not null;

-- What a :kv step answered, so that a repeated one is applied once.
create table weir.kv_effects (
    workspace bigint not null,
    run uuid not null,
    address text not null,
    created_at timestamptz not null default now(),
    outcome smallint not null default 0,
    existed boolean not null default false,
    kind smallint,
    value bytea compression lz4,
    number bigint,
    items bytea[],
    primary key (workspace, run, address)
);
create index kv_effects_created on weir.kv_effects using brin (created_at);

create table weir.secrets (
    workspace bigint not null,
    name text not null,
    version int not null default 1,
    sealed bytea not null,
    created_by text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (workspace, name)
);

create table weir.servers (
    id bigint generated always as identity primary key,
    name text not null,
    version text not null,
    process text not null,                     -- which process on which host: boot/pid namespace/pid/start
    started_at timestamptz not null default now(),
    lease_until timestamptz not null,
    stopped_at timestamptz
);

create table weir.operations (
    workspace bigint not null,
    principal text not null,
    id text not null,
    command text not null,
    request_hash bytea not null,
    created_at timestamptz not null default now(),
    answer bytea compression lz4,
    primary key (workspace, principal, id)
);
create index operations_created on weir.operations using brin (created_at);

create table weir.usage_ledger (               -- append-only
    id bigint generated always as identity primary key,
    workspace bigint not null,
    month date not null,                       -- its first day, UTC
    flow bigint not null,
    step_type text not null,
    draft boolean not null,
    executions bigint not null,
    position_from bigint not null,
    position_to bigint not null,
    created_at timestamptz not null default now()
);
create index usage_ledger_month on weir.usage_ledger (workspace, month);

-- The wall: the owner migrates, the engine serves all workspaces, the gateway only the one that its
-- transaction names. FORCEd, so that it stands for the owner too.
do $$
declare
    t record;
    tenant text;
begin
    for t in
        select c.relname,
               exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace'
                       and not a.attisdropped) as has_workspace
        from pg_class c
        where c.relnamespace = 'weir'::regnamespace and c.relkind in ('r', 'p')
    loop
        tenant := case
            when t.has_workspace then 'workspace'
            when t.relname = 'workspaces' then 'id'
        end;
        execute format('alter table weir.%I enable row level security, force row level security',
                       t.relname);
        execute format('create policy owner on weir.%I to weir_owner using (true) with check (true)',
                       t.relname);
        execute format('create policy engine on weir.%I to weir_engine using (true) with check (true)',
                       t.relname);
        if tenant is not null then
            execute format(
                'create policy gateway on weir.%I to weir_gateway '
                'using (%I = nullif(current_setting(''weir.workspace'', true), '''')::bigint) '
                'with check (%I = nullif(current_setting(''weir.workspace'', true), '''')::bigint)',
                t.relname, tenant, tenant);
        end if;
    end loop;
end
$$;
create policy gateway on weir.meta for select to weir_gateway using (true);
create policy gateway on weir.servers for select to weir_gateway using (true);

grant select on all tables in schema weir to weir_engine;
grant update (weight, title, wait_key, wait_key_version, data_key), insert on weir.workspaces to weir_engine;
grant insert, update (revoked_at) on weir.tokens to weir_engine;
grant update (ledger_position) on weir.meta to weir_engine;
grant update (run_counter) on weir.flows to weir_engine;
grant update (next_at, last_nominal) on weir.schedules to weir_engine;
grant insert, update, delete on weir.runs, weir.waits, weir.signals, weir.signal_deliveries,
    weir.event_keys, weir.concurrency_keys, weir.concurrency_slots, weir.kv, weir.kv_effects,
    weir.servers to weir_engine;
grant insert on weir.steps, weir.usage_ledger to weir_engine;
grant delete on weir.operations to weir_engine;

grant select on all tables in schema weir to weir_gateway;
revoke select on weir.servers, weir.kv, weir.kv_effects from weir_gateway;
grant select (id, lease_until) on weir.servers to weir_gateway;
grant insert, update (revoked_at) on weir.tokens to weir_gateway;
grant insert, update on weir.flows to weir_gateway;
grant insert on weir.versions, weir.releases, weir.steps to weir_gateway;
grant insert, update, delete on weir.endpoints, weir.schedules, weir.secrets to weir_gateway;
grant insert, update (answer) on weir.operations to weir_gateway;
grant update (status, owner, epoch, wake_at, updated_at, completed_at, cancel_requested,
    cancel_reason, cancelled_by) on weir.runs to weir_gateway;
grant update on weir.waits to weir_gateway;
grant insert, update on weir.signals, weir.event_keys to weir_gateway;
grant insert on weir.signal_deliveries to weir_gateway;
grant update (key) on weir.concurrency_keys to weir_gateway; -- the right to lock
grant update, delete on weir.concurrency_slots to weir_gateway;

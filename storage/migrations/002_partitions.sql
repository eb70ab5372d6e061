-- Partitions of the journal: one a week of run ids, named steps_YYYYMMDD by its Monday.
set local role weir_owner;

-- The smallest run id of an instant.
create function weir.uuid7_floor(p_at timestamptz) returns uuid
language sql immutable parallel safe as $$
    select (lpad(to_hex((extract(epoch from p_at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Makes what is missing from last week to p_weeks ahead; answers how many. Made apart and attached,
-- so that the journal is never locked against writers. Security definer: only the owner may make
-- tables, and the sweeper calls this as the engine.
create function weir.partitions_make(p_weeks int) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_week timestamptz;
    v_name text;
    v_made int := 0;
begin
    perform pg_advisory_xact_lock(hashtext('weir.partitions_make'));
    for i in -1..p_weeks loop
        v_week := (date_trunc('week', now() at time zone 'UTC') + make_interval(weeks => i))
            at time zone 'UTC';
        v_name := 'steps_' || to_char(v_week at time zone 'UTC', 'YYYYMMDD');
        continue when to_regclass('weir.' || v_name) is not null;
        execute format('create table weir.%I (like weir.steps including defaults including storage '
                       'including compression including constraints)', v_name);
        execute format('alter table weir.%I set (autovacuum_vacuum_insert_scale_factor = 0.5)', v_name);
        execute format('alter table weir.steps attach partition weir.%I for values from (%L) to (%L)',
                       v_name, weir.uuid7_floor(v_week),
                       weir.uuid7_floor(v_week + interval '1 week'));
        v_made := v_made + 1;
    end loop;
    return v_made;
end
$$;

-- Drops the partitions that lie wholly before p_before, whose runs have all ended and whose usage is
-- in the ledger, with those runs; answers how many. Waits at most two seconds for the lock.
create function weir.partitions_drop(p_before timestamptz) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_part record;
    v_from timestamptz;
    v_low uuid;
    v_high uuid;
    v_last bigint;
    v_dropped int := 0;
begin
    set local lock_timeout = '2s';
    for v_part in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'weir.steps'::regclass order by c.relname
    loop
        v_from := to_date(right(v_part.relname, 8), 'YYYYMMDD')::timestamp at time zone 'UTC';
        exit when v_from + interval '1 week' > p_before;
        v_low := weir.uuid7_floor(v_from);
        v_high := weir.uuid7_floor(v_from + interval '1 week');
        execute format('select max(position) from weir.%I', v_part.relname) into v_last;
        exit when v_last >= (select ledger_position from weir.meta);
        exit when exists (select from weir.runs where id >= v_low and id < v_high and status < 3);
        delete from weir.waits where run >= v_low and run < v_high;
        delete from weir.kv_effects where run >= v_low and run < v_high;
        delete from weir.runs where id >= v_low and id < v_high;
        execute format('drop table weir.%I', v_part.relname);
        v_dropped := v_dropped + 1;
    end loop;
    return v_dropped;
end
$$;
revoke all on function weir.partitions_make(int), weir.partitions_drop(timestamptz) from public;
grant execute on function weir.partitions_make(int), weir.partitions_drop(timestamptz) to weir_engine;

select weir.partitions_make(8);

-- Where this transaction's journal rows stand for the rollup: transaction ids only grow, and the
-- oldest one that still runs bounds what may yet appear.
-- (In plpgsql, as the one below: its plans last as long as the session, those of sql functions that
-- are not inlined only as long as the statement.)
create function weir.position_now() returns bigint
language plpgsql volatile as $$
begin
    return (select pg_current_xact_id()::text::bigint + position_offset from weir.meta);
end
$$;

-- Whether the server of this owner still holds its lease.
create function weir.owner_lives(p_owner bigint) returns boolean
language plpgsql stable as $$
begin
    return exists (select from weir.servers where id = p_owner / 256 and lease_until > now());
end
$$;

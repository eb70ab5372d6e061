-- The :kv step.
set local role weir_owner;

-- One operation of one step. Writes are recorded under (run, address), so that a step that runs again
-- is answered what it was answered first. A run that is no longer this owner's is refused.
--   p_operation  0 get, 1 set, 2 delete, 3 exists, 4 increment, 5 append, 6 list
--   outcome      0 done, 1 the key holds another kind, 2 the sum overflows, 3 fenced, 4 too large
-- p_kind, p_value, p_number, p_items: what to set; the number to add; the items to append.
create function weir.kv_apply(p_workspace bigint, p_run uuid, p_address text, p_owner bigint,
    p_epoch int, p_operation smallint, p_key text, p_kind smallint, p_value bytea, p_number bigint,
    p_items bytea[], p_ttl_ms bigint, p_limit int)
returns table (o_outcome smallint, o_existed boolean, o_kind smallint, o_value bytea, o_number bigint,
    o_items bytea[], o_keys text[])
language plpgsql as $$
declare
    v_effect weir.kv_effects;
    v_row weir.kv;
    v_expires timestamptz := now() + make_interval(secs => p_ttl_ms / 1000.0);
begin
    if not exists (select from weir.runs r where r.workspace = p_workspace and r.id = p_run
                   and r.owner = p_owner and r.epoch = p_epoch) then
        o_outcome := 3;
        return next;
        return;
    end if;
    o_outcome := 0;
    o_existed := false;
    if p_operation = 6 then
        select coalesce(array_agg(k.key order by k.key), '{}') into o_keys from (
            select key from weir.kv
            where workspace = p_workspace and starts_with(key, coalesce(p_key, ''))
                and (expires_at is null or expires_at > now())
            order by key limit p_limit) k;
        return next;
        return;
    end if;
    if p_operation in (0, 3) then
        select * into v_row from weir.kv where workspace = p_workspace and key = p_key
            and (expires_at is null or expires_at > now());
        o_existed := found;
        if p_operation = 0 and found then
            o_kind := v_row.kind;
            o_value := v_row.value;
            o_number := v_row.number;
            o_items := v_row.items;
        end if;
        return next;
        return;
    end if;

    -- Again, and now the run stays ours until this is committed.
    perform 1 from weir.runs r
    where r.workspace = p_workspace and r.id = p_run and r.owner = p_owner and r.epoch = p_epoch
    for no key update;
    if not found then
        o_outcome := 3;
        return next;
        return;
    end if;
    insert into weir.kv_effects (workspace, run, address) values (p_workspace, p_run, p_address)
    on conflict do nothing;
    if not found then -- applied before
        select * into v_effect from weir.kv_effects
        where workspace = p_workspace and run = p_run and address = p_address;
        o_outcome := v_effect.outcome;
        o_existed := v_effect.existed;
        o_kind := v_effect.kind;
        o_value := v_effect.value;
        o_number := v_effect.number;
        o_items := v_effect.items;
        return next;
        return;
    end if;
    -- The row, locked; made first where it must hold something afterwards. Somebody may delete it
    -- between the two.
    loop
        if p_operation <> 2 then
            insert into weir.kv (workspace, key, kind, expires_at)
            values (p_workspace, p_key, -1, '-infinity') on conflict do nothing;
        end if;
        select * into v_row from weir.kv where workspace = p_workspace and key = p_key for update;
        exit when found or p_operation = 2;
    end loop;
    o_existed := found and (v_row.expires_at is null or v_row.expires_at > now());
    if p_operation = 1 then
        update weir.kv set kind = p_kind, value = p_value, number = p_number, items = p_items,
            expires_at = v_expires, updated_at = now()
        where workspace = p_workspace and key = p_key;
    elsif p_operation = 2 then
        delete from weir.kv where workspace = p_workspace and key = p_key;
    elsif o_existed and v_row.kind <> (case p_operation when 4 then 1 else 2 end) then
        o_outcome := 1;
        o_kind := v_row.kind;
    elsif p_operation = 4 then
        o_kind := 1;
        begin
            o_number := case when o_existed then v_row.number else 0 end + p_number;
        exception when numeric_value_out_of_range then
            o_outcome := 2;
        end;
    else
        o_kind := 2;
        o_items := case when o_existed then v_row.items else '{}'::bytea[] end || p_items;
        if array_length(o_items, 1) > p_limit or pg_column_size(o_items) > 524288 then
            o_outcome := 4;
            o_items := null;
        end if;
    end if;
    if p_operation in (4, 5) then
        if o_outcome = 0 then
            update weir.kv set kind = o_kind, value = null, number = o_number, items = o_items,
                expires_at = case when p_ttl_ms is not null then v_expires
                    when o_existed then v_row.expires_at end,
                updated_at = now()
            where workspace = p_workspace and key = p_key;
        elsif not o_existed then
            delete from weir.kv where workspace = p_workspace and key = p_key;
        end if;
    end if;
    update weir.kv_effects set outcome = o_outcome, existed = o_existed, kind = o_kind, value = o_value,
        number = o_number, items = o_items
    where workspace = p_workspace and run = p_run and address = p_address;
    return next;
end
$$;

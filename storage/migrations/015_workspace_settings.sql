-- What a workspace asks for itself. Its own transactions may change these columns and no other.
alter table weir.workspaces
    add column strict_style boolean not null default false; -- pushes treat findings of style as errors

grant update (strict_style) on weir.workspaces to weir_gateway;

-- Which master key seals, by its id and for all daemons; the keys themselves are never here. Who seals holds this row
-- until its transaction ends: once another key is named, nothing more comes that is sealed with the one before.
create table sluice.sealing_key (
  only_row boolean primary key default true check (only_row),
  key_id bytea not null check (length(key_id) = 8),
  since timestamptz not null default now()
);

create function sluice.key_id_of(sealed bytea) returns bytea language sql immutable
return substring(sealed from 3 for 8);

-- The rule is the table's, because a daemon of an older version does not know it.
create function sluice.refuse_other_keys() returns trigger language plpgsql as $$
declare
  sealing bytea;
  sealed bytea;
begin
  select key_id into sealing from sluice.sealing_key for share;
  if tg_table_name = 'secrets' then
    sealed := new.sealed;
  else
    sealed := new.sealed_body;
  end if;
  if sealing is not null and sluice.key_id_of(sealed) <> sealing then
    raise exception 'sealed with a master key that was rotated out: restart the daemon that did this'
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  return new;
end $$;
create trigger secrets_have_the_sealing_key before insert or update of sealed on sluice.secrets
  for each row execute function sluice.refuse_other_keys();
create trigger answers_have_the_sealing_key before insert or update of sealed_body on sluice.idempotency_keys
  for each row when (new.sealed_body is not null) execute function sluice.refuse_other_keys();

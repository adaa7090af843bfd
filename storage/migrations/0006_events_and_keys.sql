-- Who changed what, when and from where. Only ever added to: nobody rewrites the past, and what is old goes by
-- sluice.forget_events alone.
create table sluice.events (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  action text not null check (action <> ''),
  -- What was changed, the nearest thing that can be read by itself; null: no single one.
  object_kind text check (object_kind <> ''),
  object_id text,
  -- No foreign keys: an event outlives everything that it speaks of.
  integration_id text,
  token_id text not null,
  token_name text not null,
  request_id text not null,
  client text not null,
  before jsonb,
  after jsonb,
  constraint object_is_whole check ((object_kind is null) = (object_id is null))
);
create index events_of_integration on sluice.events (integration_id, id) where integration_id is not null;
create index events_of_token on sluice.events (token_id, id);
create index events_at on sluice.events (at);

create function sluice.refuse_to_rewrite_events() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('sluice.forgets_events', true) = 'on' then
    return old;
  end if;
  raise exception 'events are only ever added' using errcode = 'insufficient_privilege';
end $$;
create trigger events_stay_as_they_are before update or delete on sluice.events
  for each row execute function sluice.refuse_to_rewrite_events();
create trigger events_are_not_emptied before truncate on sluice.events
  for each statement execute function sluice.refuse_to_rewrite_events();

-- The one way out: the oldest events from before a time, at most so many. Says how many went.
create function sluice.forget_events(older_than timestamptz, most bigint) returns bigint language plpgsql as $$
declare
  gone bigint;
begin
  perform set_config('sluice.forgets_events', 'on', true);
  delete from sluice.events
  where id in (select id from sluice.events where at < older_than order by at limit most);
  get diagnostics gone = row_count;
  perform set_config('sluice.forgets_events', '', true);
  return gone;
end $$;

-- Requests under an Idempotency-Key and what they were answered, for a day.
create table sluice.idempotency_keys (
  token_id text not null references sluice.tokens (id) on delete cascade,
  key text not null check (length(key) between 1 and 255),
  method text not null,
  target text not null,
  body_hash bytea not null check (length(body_hash) = 32),
  claimed_at timestamptz not null default now(),
  -- Null until it is answered. The body is sealed: it may be the only copy of a new token.
  status integer,
  headers jsonb,
  sealed_body bytea,
  primary key (token_id, key),
  constraint answer_is_whole check (num_nulls(status, headers, sealed_body) in (0, 3))
);
create index idempotency_keys_claimed on sluice.idempotency_keys (claimed_at);

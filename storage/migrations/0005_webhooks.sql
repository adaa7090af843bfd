-- Who is told what. Messages are made by triggers, in the transaction of the change that they tell: whoever changes a
-- health, today or in a later version, tells it exactly when it is true, and once.

create function sluice.make_ulid() returns text language sql volatile as $$
  select string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', digit + 1, 1), '' order by place)
  from (
    select place, ((floor(extract(epoch from clock_timestamp()) * 1000)::bigint >> (5 * (9 - place))) & 31)::integer as digit
    from generate_series(0, 9) as place
    union all
    select 10 + place, get_byte(noise.bytes, place) & 31
    from (select uuid_send(gen_random_uuid()) as bytes) as noise, generate_series(0, 15) as place
  ) as digits
$$;

create function sluice.rfc3339(at timestamptz) returns text language sql stable
return to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

create table sluice.webhooks (
  id text collate "C" primary key check (id ~ '^whk_[0-9A-HJKMNP-TV-Z]{26}$'),
  url text not null check (url ~ '^https?://'),
  events jsonb not null check (jsonb_typeof(events) = 'array' and jsonb_array_length(events) > 0),  -- ["*"]: all
  integrations jsonb check (jsonb_typeof(integrations) = 'array' and jsonb_array_length(integrations) > 0),  -- null: all
  stale_after bigint check (stale_after > 0),  -- in milliseconds; null: by the integration's frequency
  enabled boolean not null default true,
  disabled_reason text not null default '',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint reason_belongs_to_disabled check (not enabled or disabled_reason = '')
);

-- The body is kept as it is signed: every attempt sends the same bytes.
create table sluice.webhook_messages (
  id text collate "C" primary key check (id ~ '^msg_[0-9A-HJKMNP-TV-Z]{26}$'),
  event text not null check (event in ('failure', 'recovery', 'auth_required', 'schema_change', 'stale', 'test')),
  integration_id text references sluice.integrations (id),
  body text not null,
  created_at timestamptz not null default now()
);
create index webhook_messages_age on sluice.webhook_messages (created_at);

create table sluice.webhook_deliveries (
  id text collate "C" primary key check (id ~ '^dlv_[0-9A-HJKMNP-TV-Z]{26}$'),
  webhook_id text not null references sluice.webhooks (id) on delete cascade,
  message_id text not null references sluice.webhook_messages (id) on delete cascade,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed', 'cancelled')),
  attempt integer not null default 0 check (attempt >= 0),
  attempts jsonb not null default '[]' check (jsonb_typeof(attempts) = 'array'),  -- how each one ended
  next_attempt_at timestamptz default now(),
  lease_owner text check (lease_owner <> ''),
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint lease_is_whole check (num_nulls(lease_owner, lease_until) in (0, 2)),
  constraint pending_has_a_time check ((state = 'pending') = (next_attempt_at is not null)),
  constraint pending_is_not_finished check ((state = 'pending') = (finished_at is null)),
  constraint only_pending_is_leased check (state = 'pending' or lease_owner is null)
);
create index webhook_deliveries_due on sluice.webhook_deliveries (next_attempt_at) where state = 'pending';
create index webhook_deliveries_of_webhook on sluice.webhook_deliveries (webhook_id, id);
create index webhook_deliveries_of_message on sluice.webhook_deliveries (message_id);

-- Puts one message into the box of each webhook that wants it (or of the one named); without any, nothing is kept.
create function sluice.announce(news text, integration text, data jsonb, only_webhook text) returns void
language plpgsql as $$
declare
  receivers text[];
  message text := 'msg_' || sluice.make_ulid();
begin
  -- Locked, so that a webhook that is removed meanwhile is no error to whoever had news.
  select array_agg(wanting.id) into receivers
  from (select w.id
        from sluice.webhooks w
        where w.enabled and (w.events ? news or w.events ? '*')
          and (w.integrations is null or w.integrations ? integration)
          and (only_webhook is null or w.id = only_webhook)
        for key share) as wanting;
  if receivers is null then
    return;
  end if;
  insert into sluice.webhook_messages (id, event, integration_id, body)
  select message, news, i.id,
         jsonb_build_object(
           'type', news,
           'timestamp', sluice.rfc3339(now()),
           'data', jsonb_build_object('integration', jsonb_build_object('id', i.id, 'name', i.name)) || data)::text
  from sluice.integrations i
  where i.id = integration;
  insert into sluice.webhook_deliveries (id, webhook_id, message_id)
  select 'dlv_' || sluice.make_ulid(), receiver, message from unnest(receivers) as receiver;
end
$$;

-- What was told last of an integration. Health itself also takes values that are no news.
alter table sluice.integrations
  add column announced_health text not null default 'ok' check (announced_health in ('ok', 'failing', 'auth_required'));
update sluice.integrations
set announced_health = case when health = 'auth_required' then health when health in ('degraded', 'failing') then 'failing' else 'ok' end;

create function sluice.announce_health() returns trigger language plpgsql as $$
declare
  told text := old.announced_health;
begin
  new.announced_health := case
    when new.health in ('ok', 'auth_required') then new.health
    when new.health in ('degraded', 'failing') then 'failing'
    -- Unknown. Credentials that work again are no recovery before something has loaded.
    when told = 'auth_required' then 'failing'
    else told
  end;
  if new.announced_health = told or (told = 'auth_required' and new.announced_health = 'failing')
     or new.state in ('deleting', 'deleted') then
    return new;
  end if;
  perform sluice.announce(
    case new.announced_health when 'ok' then 'recovery' when 'failing' then 'failure' else 'auth_required' end,
    new.id,
    jsonb_build_object(
      'health', new.health,
      'recovered_from', case when new.announced_health = 'ok' then told end,
      'tables', (
        select coalesce(jsonb_agg(jsonb_build_object('name', t.table_name, 'error_code', t.last_error_code) order by t.ordinal), '[]')
        from sluice.integration_tables t
        where t.integration_id = new.id and t.state = 'failing')),
    null);
  return new;
end
$$;
create trigger announce_health before update of health on sluice.integrations
  for each row when (old.health is distinct from new.health) execute function sluice.announce_health();

-- One message for everything new that one page of a table showed.
create function sluice.announce_schema_changes() returns trigger language plpgsql as $$
declare
  one record;
begin
  for one in
    select f.integration_id, f.table_name,
           jsonb_agg(jsonb_build_object('id', f.id, 'field', f.field, 'kind', f.kind, 'proposed_type', f.proposed_type,
                                        'state', f.state) order by f.id) as changes
    from fresh f
    group by f.integration_id, f.table_name
  loop
    perform sluice.announce('schema_change', one.integration_id,
                            jsonb_build_object('table', one.table_name, 'changes', one.changes), null);
  end loop;
  return null;
end
$$;
create trigger announce_schema_changes after insert on sluice.schema_changes
  referencing new table as fresh for each statement execute function sluice.announce_schema_changes();

-- Since when a table is expected to be loaded: what was not selected, paused or unconfirmed before is not late at once.
alter table sluice.integration_tables add column watched_since timestamptz not null default now();

create function sluice.watch_integration() returns trigger language plpgsql as $$
begin
  update sluice.integration_tables set watched_since = now() where integration_id = new.id;
  return null;
end
$$;
create trigger watch_integration after update of paused, state on sluice.integrations
  for each row when ((old.paused and not new.paused) or (old.state = 'draft' and new.state = 'pending'))
  execute function sluice.watch_integration();

create function sluice.watch_table() returns trigger language plpgsql as $$
begin
  new.watched_since := now();
  return new;
end
$$;
create trigger watch_table before update of state on sluice.integration_tables
  for each row when (old.state in ('paused', 'removed') and new.state not in ('paused', 'removed'))
  execute function sluice.watch_table();

-- How old the contents of each table are, in one place for the gate and for the alarm.
create view sluice.table_freshness as
select t.integration_id, i.name as integration_name, i.state as integration_state, i.health, t.table_name, t.ordinal,
       t.state, t.last_replicated_at, t.replicated_until, t.last_error_code, t.watched_since,
       coalesce(t.replicated_until, t.last_replicated_at) as contents_at,  -- null: never loaded
       i.paused or t.state = 'paused' as is_paused,
       case when t.own_frequency then t.frequency else i.frequency end as interval  -- in milliseconds; null: by cron or only when asked
from sluice.integration_tables t
join sluice.integrations i on i.id = t.integration_id
where i.state in ('draft', 'pending', 'active') and t.state <> 'removed';

-- Which webhook was told that a table is stale, and not yet that it is fresh again.
create table sluice.stale_notices (
  webhook_id text not null references sluice.webhooks (id) on delete cascade,
  integration_id text not null,
  table_name text not null,
  created_at timestamptz not null default now(),
  primary key (webhook_id, integration_id, table_name),
  foreign key (integration_id, table_name) references sluice.integration_tables (integration_id, table_name) on delete cascade
);

create function sluice.stale_after(webhook sluice.webhooks, frequency bigint) returns interval language sql immutable
return coalesce(webhook.stale_after, 3 * frequency, 86400000) * interval '1 ms';

-- Tells what became stale or fresh since the last look; safe to be called by several daemons at once.
create function sluice.announce_staleness() returns void language plpgsql as $$
declare
  one record;
begin
  for one in
    with noted as (
      insert into sluice.stale_notices (webhook_id, integration_id, table_name)
      select w.id, f.integration_id, f.table_name
      from sluice.webhooks w
      join sluice.table_freshness f on w.integrations is null or w.integrations ? f.integration_id
      where w.enabled and (w.events ? 'stale' or w.events ? '*')
        and f.integration_state in ('pending', 'active') and not f.is_paused
        and greatest(f.contents_at, f.watched_since) < now() - sluice.stale_after(w, f.interval)
      on conflict do nothing
      returning webhook_id, integration_id, table_name)
    select n.webhook_id, n.integration_id,
           jsonb_agg(jsonb_build_object('name', n.table_name, 'replicated_until', sluice.rfc3339(f.contents_at),
                                        'error_code', f.last_error_code) order by f.ordinal) as tables
    from noted n
    join sluice.table_freshness f on f.integration_id = n.integration_id and f.table_name = n.table_name
    group by n.webhook_id, n.integration_id
  loop
    perform sluice.announce('stale', one.integration_id, jsonb_build_object('tables', one.tables), one.webhook_id);
  end loop;
  for one in
    with over as (
      delete from sluice.stale_notices n
      using sluice.webhooks w, sluice.table_freshness f
      where w.id = n.webhook_id and f.integration_id = n.integration_id and f.table_name = n.table_name
        and f.contents_at >= now() - sluice.stale_after(w, f.interval)
      returning n.webhook_id, n.integration_id, n.table_name, f.contents_at, f.ordinal)
    select o.webhook_id, o.integration_id,
           jsonb_agg(jsonb_build_object('name', o.table_name, 'replicated_until', sluice.rfc3339(o.contents_at)) order by o.ordinal) as tables
    from over o
    group by o.webhook_id, o.integration_id
  loop
    perform sluice.announce('recovery', one.integration_id,
                            jsonb_build_object('recovered_from', 'stale', 'tables', one.tables), one.webhook_id);
  end loop;
  -- What is no longer replicated at all is neither.
  delete from sluice.stale_notices n
  where not exists (select from sluice.table_freshness f
                    where f.integration_id = n.integration_id and f.table_name = n.table_name);
end
$$;

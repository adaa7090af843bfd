-- The control schema. Rules that must never be broken belong to the tables: whatever a daemon, an operator or a bug
-- tries, a state that makes no sense is refused.

create sequence sluice.epochs;

create table sluice.destinations (
  id text collate "C" primary key check (id ~ '^dst_[0-9A-HJKMNP-TV-Z]{26}$'),
  name text not null check (name ~ '^[A-Za-z][A-Za-z0-9_-]{0,62}$'),
  kind text not null default 'postgresql' check (kind in ('postgresql')),
  embedded boolean not null default false,
  parameters jsonb not null default '{}' check (jsonb_typeof(parameters) = 'object' and not parameters ? 'password'),
  generation bigint not null default 1 check (generation >= 1),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint embedded_has_no_parameters check (not embedded or parameters = '{}')
);
create unique index destinations_name on sluice.destinations (lower(name));
create unique index destinations_embedded on sluice.destinations (embedded) where embedded;

create table sluice.integrations (
  id text collate "C" primary key check (id ~ '^int_[0-9A-HJKMNP-TV-Z]{26}$'),
  name text not null check (name ~ '^[A-Za-z][A-Za-z0-9_]{0,62}$'),
  connector text not null check (connector <> ''),
  state text not null default 'draft' check (state in ('draft', 'pending', 'active', 'deleting', 'deleted')),
  paused boolean not null default false,
  pause_reason text not null default '',
  health text not null default 'unknown' check (health in ('ok', 'degraded', 'failing', 'auth_required', 'unknown')),
  -- How often, in milliseconds; null: only when asked.
  frequency bigint check (frequency between 900000 and 86400000),
  start_date timestamptz,
  account text check (account <> ''),
  client_id text not null default '',
  authenticated_at timestamptz,
  account_facts jsonb,
  destination_id text references sluice.destinations (id),
  destination_schema text check (destination_schema <> ''),
  confirmed_at timestamptz,
  next_run_at timestamptz,
  -- How much of next_run_at is this integration's share of the spread, in milliseconds.
  due_share bigint not null default 0 check (due_share >= 0),
  generation bigint not null default 1 check (generation >= 1),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  -- Whether its runs may be opened and claimed.
  schedulable boolean not null generated always as (
    state in ('pending', 'active') and not paused and health <> 'auth_required') stored,
  constraint deleted_has_a_time check ((state = 'deleted') = (deleted_at is not null)),
  constraint account_came_by_authentication check ((account is null) = (authenticated_at is null)),
  constraint destination_has_a_schema check ((destination_id is null) = (destination_schema is null)),
  constraint draft_is_not_confirmed check (state <> 'draft' or confirmed_at is null),
  constraint running_needs_setup check (
    state not in ('pending', 'active')
    or (confirmed_at is not null and account is not null and destination_id is not null)),
  constraint next_run_needs_schedule check (
    next_run_at is null or (frequency is not null and state in ('pending', 'active'))),
  constraint reason_belongs_to_pause check (paused or pause_reason = '')
);
create unique index integrations_name on sluice.integrations (lower(name)) where state <> 'deleted';
create index integrations_due on sluice.integrations (next_run_at) where next_run_at is not null;
create index integrations_destination on sluice.integrations (destination_id) where state <> 'deleted';

-- The selected tables, and how each one stands.
create table sluice.integration_tables (
  integration_id text not null references sluice.integrations (id),
  table_name text not null check (table_name <> ''),
  ordinal integer not null,
  fields jsonb not null check (jsonb_typeof(fields) = 'array' and jsonb_array_length(fields) > 0),
  destination_table text,
  state text not null default 'pending'
    check (state in ('pending', 'loading', 'active', 'reloading', 'paused', 'failing', 'blocked', 'removed')),
  last_replicated_at timestamptz,
  replicated_until timestamptz,
  rows bigint not null default 0 check (rows >= 0),
  position jsonb,
  last_job_id text,
  last_error_kind text,
  last_error_code text not null default '',
  last_error text not null default '',
  primary key (integration_id, table_name),
  constraint active_was_replicated check (state <> 'active' or last_replicated_at is not null),
  constraint error_has_kind_and_code check ((last_error_kind is null) = (last_error_code = ''))
);

create table sluice.secrets (
  owner text not null,
  name text not null,
  version bigint not null default 1 check (version >= 1),
  sealed bytea not null check (length(sealed) > 0),
  updated_at timestamptz not null default now(),
  primary key (owner, name)
);

create table sluice.runs (
  id text collate "C" primary key check (id ~ '^run_[0-9A-HJKMNP-TV-Z]{26}$'),
  integration_id text not null references sluice.integrations (id),
  trigger text not null check (trigger in ('confirm', 'schedule', 'manual')),
  result text check (result in ('succeeded', 'partial', 'failed', 'cancelled')),
  lease_owner text check (lease_owner <> ''),
  lease_until timestamptz,
  epoch bigint,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  unique (id, integration_id),
  constraint lease_is_whole check (num_nulls(lease_owner, lease_until, epoch) in (0, 3)),
  constraint finished_is_not_leased check (finished_at is null or lease_owner is null),
  constraint finished_has_a_result check ((finished_at is null) = (result is null))
);
create unique index runs_one_open on sluice.runs (integration_id) where finished_at is null;
create unique index runs_epoch on sluice.runs (epoch) where epoch is not null;
create index runs_open on sluice.runs (created_at) where finished_at is null;
create index runs_of_integration on sluice.runs (integration_id, id);

create table sluice.jobs (
  id text collate "C" primary key check (id ~ '^job_[0-9A-HJKMNP-TV-Z]{26}$'),
  run_id text not null,
  integration_id text not null,
  table_name text not null,
  kind text not null check (kind in ('initial', 'incremental', 'reload', 'backfill', 'delete_sweep', 'verify')),
  state text not null default 'queued'
    check (state in ('queued', 'running', 'waiting_retry', 'succeeded', 'failed', 'cancelled', 'skipped')),
  -- The lease under which it runs.
  epoch bigint,
  attempt integer not null default 0 check (attempt >= 0),
  max_attempts integer not null default 8 check (max_attempts >= 1),
  next_attempt_at timestamptz,
  queued_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  rows_read bigint not null default 0,
  rows_inserted bigint not null default 0,
  rows_updated bigint not null default 0,
  rows_unchanged bigint not null default 0,
  rows_deleted bigint not null default 0,
  rows_rejected bigint not null default 0,
  bytes bigint not null default 0,
  calls bigint not null default 0,
  throttled bigint not null default 0,
  expected_rows bigint,
  error_kind text,
  error_code text,
  error_detail text,
  error_hint text,
  unique (run_id, table_name),
  foreign key (run_id, integration_id) references sluice.runs (id, integration_id) on delete cascade,
  foreign key (integration_id, table_name) references sluice.integration_tables (integration_id, table_name),
  constraint running_is_owned check ((state = 'running') = (epoch is not null)),
  constraint running_was_started check (state <> 'running' or (started_at is not null and attempt >= 1)),
  constraint waiting_has_a_time check ((state = 'waiting_retry') = (next_attempt_at is not null)),
  constraint final_is_finished check (
    (state in ('succeeded', 'failed', 'cancelled', 'skipped')) = (finished_at is not null)),
  constraint succeeded_was_started check (state <> 'succeeded' or started_at is not null),
  constraint failed_has_an_error check (state <> 'failed' or error_code is not null),
  constraint error_is_whole check (num_nulls(error_kind, error_code, error_detail, error_hint) in (0, 4))
);
create index jobs_open on sluice.jobs (run_id) where finished_at is null;
create index jobs_of_table on sluice.jobs (integration_id, table_name, id);
create index jobs_queued_at on sluice.jobs (queued_at);

alter table sluice.integration_tables
  add foreign key (last_job_id) references sluice.jobs (id) on delete set null;

create table sluice.job_logs (
  job_id text not null references sluice.jobs (id) on delete cascade,
  number bigint generated always as identity,
  at timestamptz not null,
  level text not null check (level in ('trace', 'debug', 'info', 'warn', 'error')),
  message text not null,
  fields jsonb,
  primary key (job_id, number)
);

create table sluice.tokens (
  id text collate "C" primary key check (id ~ '^tok_[0-9A-HJKMNP-TV-Z]{26}$'),
  name text not null check (name <> ''),
  scope text not null check (scope in ('read', 'operate', 'write', 'admin')),
  hash bytea not null unique check (length(hash) = 32),
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);

-- How an integration fares, by its tables; whether its credentials work is another question.
create function sluice.health_of(integration text) returns text language sql stable
return (
  select case
    when count(*) filter (where t.state = 'failing') = count(*) and count(*) > 0 then 'failing'
    when count(*) filter (where t.state = 'failing') > 0 then 'degraded'
    when count(*) filter (where t.state = 'active') > 0 then 'ok'
    else 'unknown'
  end
  from sluice.integration_tables t
  where t.integration_id = integration and t.state <> 'removed'
);

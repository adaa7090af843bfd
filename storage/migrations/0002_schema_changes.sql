-- What the source's records have that the tables do not: fields nobody knew, and values that fit no column.
alter table sluice.integrations
  add column on_new_fields text not null default 'ask' check (on_new_fields in ('ask', 'add', 'ignore'));

alter table sluice.integration_tables
  add column on_new_fields text check (on_new_fields in ('ask', 'add', 'ignore')),  -- null: the integration's
  add column added_fields jsonb not null default '[]' check (jsonb_typeof(added_fields) = 'array');

create table sluice.schema_changes (
  id bigint generated always as identity primary key,
  integration_id text not null references sluice.integrations (id),
  table_name text not null,
  field text not null check (field <> ''),
  kind text not null check (kind in ('new_field', 'type')),
  sample text not null,
  proposed_type text not null,
  state text not null default 'open' check (state in ('open', 'added')),
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  unique (integration_id, table_name, kind, field)
);

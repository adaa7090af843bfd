-- What people decide about the changes of a source: columns, wider types, and reading a table again for them.
alter table sluice.schema_changes
  drop constraint schema_changes_state_check,
  add constraint schema_changes_state_check check (state in ('open', 'added', 'approved', 'rejected')),
  add column backfill text check (backfill in ('none', 'column', 'table')),
  add column decided_at timestamptz,
  add constraint decision_has_a_time check ((state in ('approved', 'rejected')) = (decided_at is not null)),
  add constraint approval_has_a_backfill check ((state = 'approved') = (backfill is not null));

alter table sluice.integration_tables
  -- Columns whose type is wider than the connector's: {"total": "text"}.
  add column column_types jsonb not null default '{}' check (jsonb_typeof(column_types) = 'object'),
  -- How often reading the table from its beginning was asked for, and up to which request a run has begun it.
  add column rereads_wanted bigint not null default 0,
  add column rereads_begun bigint not null default 0,
  add constraint begun_was_wanted check (rereads_begun between 0 and rereads_wanted);

-- The cleaner looks for what is old.
create index job_logs_at on sluice.job_logs (at);
create index jobs_finished_at on sluice.jobs (finished_at) where finished_at is not null;
create index runs_finished_at on sluice.runs (finished_at) where finished_at is not null;

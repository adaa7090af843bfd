-- Schedules by cron, of single tables, with quiet hours; pauses that end by themselves.
alter table sluice.integrations
  add column cron text check (cron <> ''),
  add column time_zone text check (time_zone <> ''),
  -- Windows in which nothing starts by schedule.
  add column quiet_hours jsonb not null default '[]' check (jsonb_typeof(quiet_hours) = 'array'),
  add column paused_until timestamptz,
  add constraint cron_has_a_time_zone check ((cron is null) = (time_zone is null)),
  add constraint one_kind_of_schedule check (num_nonnulls(frequency, cron) <= 1),
  add constraint until_belongs_to_pause check (paused or paused_until is null),
  drop constraint next_run_needs_schedule,
  add constraint next_run_needs_schedule check (
    next_run_at is null or (num_nonnulls(frequency, cron) = 1 and state in ('pending', 'active')));
-- due_share: what next_run_at has beyond the schedule's own time, by the spread or by quiet hours.

alter table sluice.integration_tables
  -- false: it runs with its integration. With neither interval nor cron: only when asked.
  add column own_frequency boolean not null default false,
  add column frequency bigint check (frequency between 900000 and 86400000),
  add column cron text check (cron <> ''),
  add column time_zone text check (time_zone <> ''),
  add column next_run_at timestamptz,
  add column due_share bigint not null default 0 check (due_share >= 0),
  add constraint cron_has_a_time_zone check ((cron is null) = (time_zone is null)),
  add constraint one_kind_of_schedule check (num_nonnulls(frequency, cron) <= 1),
  add constraint schedule_is_its_own check (own_frequency or num_nonnulls(frequency, cron) = 0),
  add constraint next_run_needs_schedule check (next_run_at is null or num_nonnulls(frequency, cron) = 1);
create index integration_tables_due on sluice.integration_tables (next_run_at) where next_run_at is not null;

-- Reading a table anew: asked for, then done by its next job.
alter table sluice.integration_tables
  add column reload_asked text check (reload_asked in ('swap', 'merge'));

alter table sluice.jobs
  add column reload_mode text check (reload_mode in ('swap', 'merge')),
  add constraint only_reloads_have_a_mode check (reload_mode is null or kind = 'reload');

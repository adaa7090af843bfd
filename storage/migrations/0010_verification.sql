-- Comparing a table with its source: asked for, then done by a job of its own, whose findings stay with it.
alter table sluice.integration_tables
  add column verify_asked text check (verify_asked in ('report', 'repair')),
  add column verified_at timestamptz,
  add column verification jsonb check (jsonb_typeof(verification) = 'object'),  -- counts, without keys
  add constraint verified_has_an_outcome check ((verified_at is null) = (verification is null));

alter table sluice.jobs
  add column repairs boolean not null default false,
  add column verification jsonb check (jsonb_typeof(verification) = 'object'),
  add constraint only_verifications_find check (kind = 'verify' or (not repairs and verification is null));

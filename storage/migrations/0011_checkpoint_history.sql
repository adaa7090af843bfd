-- Where each table stood: after each job, and after each write by hand.
create table sluice.checkpoints (
  id bigint generated always as identity primary key,
  integration_id text not null,
  table_name text not null,
  at timestamptz not null default now(),
  cause text not null check (cause in ('job', 'set', 'rewound', 'cleared', 'rolled_back')),
  job_id text,  -- no foreign key: this may be kept for longer
  request_id text,
  position jsonb,  -- null: read from the beginning next
  rows bigint not null check (rows >= 0),
  replicated_until timestamptz,
  foreign key (integration_id, table_name) references sluice.integration_tables (integration_id, table_name)
    on delete cascade,
  constraint who_did_it check ((cause = 'job') = (job_id is not null) and (cause = 'job') = (request_id is null))
);
create index checkpoints_of_table on sluice.checkpoints (integration_id, table_name, id);
create index checkpoints_at on sluice.checkpoints (at);

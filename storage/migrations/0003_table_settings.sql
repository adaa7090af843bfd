-- How each table treats rows that the source no longer has. Null: the default, soft, as often as the connector says.
alter table sluice.integration_tables
  add column deletes text check (deletes in ('soft', 'hard', 'off')),
  add column sweep_interval bigint check (sweep_interval > 0);  -- milliseconds

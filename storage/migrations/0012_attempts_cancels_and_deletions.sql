-- What became of each attempt of a job; jobs that are cancelled or run again; deletions that are finished by whoever
-- comes to it.
alter table sluice.jobs
  -- Somebody wants it to end. Who runs it is told by his next heartbeat; whoever else would put it back ends it.
  add column cancel_asked_at timestamptz,
  add column retry_of text references sluice.jobs (id) on delete set null;
create index jobs_retry_of on sluice.jobs (retry_of) where retry_of is not null;

-- The job that the table's next one repeats.
alter table sluice.integration_tables
  add column retry_asked text references sluice.jobs (id) on delete set null;
create index integration_tables_retry_asked on sluice.integration_tables (retry_asked) where retry_asked is not null;

create table sluice.job_attempts (
  job_id text not null references sluice.jobs (id) on delete cascade,
  -- In their order. What was given back or lost is one, too, so it is not the job's own count of them.
  number integer not null check (number >= 1),
  state text not null default 'running'
    check (state in ('running', 'succeeded', 'failed', 'cancelled', 'skipped', 'given_back', 'lost')),
  worker text not null,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  -- The job's counters when it ended; its own are what they have grown by since the attempt before.
  totals jsonb,
  error_kind text,
  error_code text,
  error_detail text,
  error_hint text,
  primary key (job_id, number),
  constraint running_has_not_ended check ((state = 'running') = (ended_at is null)),
  constraint ended_has_totals check ((ended_at is null) = (totals is null)),
  constraint error_is_whole check (num_nulls(error_kind, error_code, error_detail, error_hint) in (0, 4)),
  constraint failed_has_an_error check (state <> 'failed' or error_code is not null)
);
create unique index job_attempts_one_running on sluice.job_attempts (job_id) where state = 'running';

create function sluice.totals_of(job sluice.jobs) returns jsonb language sql immutable
return jsonb_build_object(
  'rows_read', job.rows_read, 'rows_inserted', job.rows_inserted, 'rows_updated', job.rows_updated,
  'rows_unchanged', job.rows_unchanged, 'rows_deleted', job.rows_deleted, 'rows_rejected', job.rows_rejected,
  'bytes', job.bytes, 'calls', job.calls, 'throttled', job.throttled);

insert into sluice.job_attempts (job_id, number, worker, started_at)
select j.id, j.attempt, coalesce(r.lease_owner, ''), j.started_at
from sluice.jobs j join sluice.runs r on r.id = j.run_id
where j.state = 'running';

-- Whoever would have it tried again ends it.
create function sluice.end_cancelled_job() returns trigger language plpgsql as $$
begin
  new.state := 'cancelled';
  new.attempt := old.attempt;
  new.epoch := null;
  new.next_attempt_at := null;
  new.finished_at := now();
  return new;
end
$$;
create trigger end_cancelled_job before update of state on sluice.jobs
  for each row when (new.cancel_asked_at is not null and new.state in ('queued', 'waiting_retry'))
  execute function sluice.end_cancelled_job();

create function sluice.keep_attempts() returns trigger language plpgsql as $$
declare
  -- Its owner can no longer say how it ended.
  is_lost boolean := new.state in ('queued', 'running') and new.attempt >= old.attempt
    or new.state = 'cancelled'
       and exists (select from sluice.runs r where r.id = new.run_id and r.lease_until <= now());
begin
  if old.state = 'running' then
    update sluice.job_attempts a
    set state = case
          when is_lost then 'lost'
          when new.state = 'queued' then 'given_back'
          when new.state = 'waiting_retry' then 'failed'
          else new.state
        end,
        ended_at = now(), totals = sluice.totals_of(new),
        error_kind = case when new.state in ('failed', 'waiting_retry') then new.error_kind end,
        error_code = case when new.state in ('failed', 'waiting_retry') then new.error_code end,
        error_detail = case when new.state in ('failed', 'waiting_retry') then new.error_detail end,
        error_hint = case when new.state in ('failed', 'waiting_retry') then new.error_hint end
    where a.job_id = new.id and a.state = 'running';
  end if;
  if new.state = 'running' then
    insert into sluice.job_attempts (job_id, number, worker)
    select new.id, coalesce((select max(number) from sluice.job_attempts where job_id = new.id), 0) + 1,
           coalesce(r.lease_owner, '')
    from sluice.runs r
    where r.id = new.run_id;
  end if;
  return null;
end
$$;
create trigger keep_attempts after update of state, attempt on sluice.jobs
  for each row when ((old.state = 'running' or new.state = 'running')
                     and (old.state is distinct from new.state or old.attempt is distinct from new.attempt))
  execute function sluice.keep_attempts();

-- A table whose job was cancelled stands as it did before that job: what was committed is there, and the next one goes
-- on from its checkpoint. An error that is not this job's own is from before it.
create function sluice.settle_cancelled_table() returns trigger language plpgsql as $$
begin
  update sluice.integration_tables t
  set state = case
        when t.last_error_code <> '' and new.error_code is null then 'failing'
        when t.last_replicated_at is null then 'pending'
        else 'active'
      end
  where t.integration_id = new.integration_id and t.table_name = new.table_name and t.state in ('loading', 'reloading');
  return null;
end
$$;
create trigger settle_cancelled_table after update of state on sluice.jobs
  for each row when (new.state = 'cancelled' and old.state <> 'cancelled')
  execute function sluice.settle_cancelled_table();

-- How a deletion goes on: what becomes of the tables, when somebody looks at it next, why it did not work.
alter table sluice.integrations
  add column deletion_tables text check (deletion_tables in ('kept', 'dropped')),
  add column deletion_asked_at timestamptz,
  add column deletion_attempts integer not null default 0 check (deletion_attempts >= 0),
  add column deletion_due_at timestamptz,
  add column deletion_error_code text not null default '',
  add column deletion_error text not null default '';
update sluice.integrations
set deletion_tables = 'kept', deletion_asked_at = updated_at, deletion_due_at = now()
where state = 'deleting';
alter table sluice.integrations
  add constraint deleting_is_whole check (
    case when state = 'deleting' then num_nulls(deletion_tables, deletion_asked_at, deletion_due_at) = 0
         else num_nonnulls(deletion_tables, deletion_asked_at, deletion_due_at) = 0 end);
create index integrations_deleting on sluice.integrations (deletion_due_at) where state = 'deleting';

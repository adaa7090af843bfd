-- What happened to integrations, tables, runs, jobs and schemas, for whoever watches. Kept by triggers, in the
-- transaction of the change: no daemon can forget to tell. Only ever added to; what is old goes by
-- sluice.forget_state_changes alone.
create table sluice.state_changes (
  id bigint generated always as identity primary key,
  -- Its place among those that were committed, given by whoever reads first: a reader that has seen one has seen all
  -- before it. Ids cannot say that, because transactions do not end in the order in which they took theirs.
  position bigint unique check (position >= 1),
  at timestamptz not null default now(),
  type text not null check (type in ('integration.state', 'integration.health', 'integration.paused', 'table.state',
                                     'run.opened', 'run.finished', 'job.state', 'schema_change')),
  -- No foreign keys: it outlives what it speaks of.
  integration_id text not null,
  integration_name text not null,
  table_name text,
  run_id text,
  job_id text,
  before jsonb,
  after jsonb not null,
  detail jsonb not null default '{}' check (jsonb_typeof(detail) = 'object')
);
create index state_changes_unnumbered on sluice.state_changes (id) where position is null;
create index state_changes_of_integration on sluice.state_changes (integration_id, position);
create index state_changes_at on sluice.state_changes (at);

-- Positions have no gaps, so that a reader who comes back knows whether something was forgotten meanwhile.
create table sluice.state_change_positions (last bigint not null check (last >= 0));
insert into sluice.state_change_positions (last) values (0);
create unique index state_change_positions_one on sluice.state_change_positions ((true));

-- Says how many it numbered: at most 5000.
create function sluice.number_state_changes() returns bigint language plpgsql as $$
declare
  base bigint;
  count_now bigint;
begin
  if not exists (select from sluice.state_changes where position is null) then
    return 0;
  end if;
  -- One at a time. The next statement sees everything that the one before us has numbered.
  select last into base from sluice.state_change_positions for update;
  with fresh as (
    select c.id, row_number() over (order by c.id) as place
    from (select id from sluice.state_changes where position is null order by id limit 5000) as c),
  numbered as (
    update sluice.state_changes c set position = base + fresh.place from fresh where c.id = fresh.id returning 1)
  select count(*) into count_now from numbered;
  update sluice.state_change_positions set last = base + count_now;
  return count_now;
end
$$;

create function sluice.refuse_to_rewrite_state_changes() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('sluice.forgets_state_changes', true) = 'on' then
    return old;
  end if;
  raise exception 'state changes are only ever added' using errcode = 'insufficient_privilege';
end $$;
create trigger state_changes_are_not_deleted before delete on sluice.state_changes
  for each row execute function sluice.refuse_to_rewrite_state_changes();
create trigger state_changes_stay_as_they_are before update on sluice.state_changes
  for each row when (old.position is not null or to_jsonb(new) - 'position' <> to_jsonb(old) - 'position')
  execute function sluice.refuse_to_rewrite_state_changes();
create trigger state_changes_are_not_emptied before truncate on sluice.state_changes
  for each statement execute function sluice.refuse_to_rewrite_state_changes();

-- The one way out: the oldest from before a time, at most so many. Says how many went.
create function sluice.forget_state_changes(older_than timestamptz, most bigint) returns bigint language plpgsql as $$
declare
  gone bigint;
begin
  perform sluice.number_state_changes();
  perform set_config('sluice.forgets_state_changes', 'on', true);
  -- By position, so that what is left has no gaps.
  delete from sluice.state_changes
  where id in (select id from sluice.state_changes
               where position < coalesce((select min(position) from sluice.state_changes where at >= older_than),
                                         (select last + 1 from sluice.state_change_positions))
               order by position limit most);
  get diagnostics gone = row_count;
  perform set_config('sluice.forgets_state_changes', '', true);
  return gone;
end $$;

create function sluice.tell_change(change text, integration text, of_table text, run text, job text, from_value jsonb,
                                   to_value jsonb, what jsonb) returns void language sql volatile
begin atomic
  insert into sluice.state_changes (type, integration_id, integration_name, table_name, run_id, job_id, before, after, detail)
  select change, i.id, i.name, of_table, run, job, from_value, to_value, what
  from sluice.integrations i
  where i.id = integration;
end;

create function sluice.tell_integration() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform sluice.tell_change('integration.state', new.id, null, null, null, null, to_jsonb(new.state), '{}');
    return null;
  end if;
  if old.state <> new.state then
    perform sluice.tell_change('integration.state', new.id, null, null, null, to_jsonb(old.state), to_jsonb(new.state), '{}');
  end if;
  if old.health <> new.health then
    perform sluice.tell_change('integration.health', new.id, null, null, null, to_jsonb(old.health), to_jsonb(new.health), '{}');
  end if;
  if old.paused <> new.paused then
    perform sluice.tell_change(
      'integration.paused', new.id, null, null, null, to_jsonb(old.paused), to_jsonb(new.paused),
      case when new.paused then jsonb_build_object('reason', new.pause_reason, 'until', sluice.rfc3339(new.paused_until))
           else '{}' end);
  end if;
  return null;
end
$$;
create trigger tell_new_integration after insert on sluice.integrations
  for each row execute function sluice.tell_integration();
create trigger tell_integration after update on sluice.integrations
  for each row when (old.state is distinct from new.state or old.health is distinct from new.health
                     or old.paused is distinct from new.paused)
  execute function sluice.tell_integration();

create function sluice.tell_table() returns trigger language plpgsql as $$
begin
  perform sluice.tell_change(
    'table.state', new.integration_id, new.table_name, null, new.last_job_id,
    case when tg_op = 'UPDATE' then to_jsonb(old.state) end, to_jsonb(new.state),
    case when new.state = 'failing' then jsonb_build_object('error_code', new.last_error_code) else '{}' end);
  return null;
end
$$;
create trigger tell_new_table after insert on sluice.integration_tables
  for each row execute function sluice.tell_table();
create trigger tell_table after update of state on sluice.integration_tables
  for each row when (old.state is distinct from new.state) execute function sluice.tell_table();

create function sluice.tell_run() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform sluice.tell_change('run.opened', new.integration_id, null, new.id, null, null, '"open"',
                               jsonb_build_object('trigger', new.trigger));
  else
    perform sluice.tell_change('run.finished', new.integration_id, null, new.id, null, '"open"', to_jsonb(new.result),
                               jsonb_build_object('trigger', new.trigger));
  end if;
  return null;
end
$$;
create trigger tell_opened_run after insert on sluice.runs for each row execute function sluice.tell_run();
create trigger tell_finished_run after update of finished_at on sluice.runs
  for each row when (old.finished_at is null and new.finished_at is not null) execute function sluice.tell_run();

create function sluice.tell_job() returns trigger language plpgsql as $$
begin
  perform sluice.tell_change(
    'job.state', new.integration_id, new.table_name, new.run_id, new.id,
    case when tg_op = 'UPDATE' then to_jsonb(old.state) end, to_jsonb(new.state),
    jsonb_build_object('kind', new.kind, 'attempt', new.attempt)
      || case when new.state in ('failed', 'waiting_retry') then jsonb_build_object('error_code', new.error_code)
              else '{}' end);
  return null;
end
$$;
create trigger tell_new_job after insert on sluice.jobs for each row execute function sluice.tell_job();
create trigger tell_job after update of state on sluice.jobs
  for each row when (old.state is distinct from new.state) execute function sluice.tell_job();

-- Never the sample: no value of a record leaves that way.
create function sluice.tell_schema_change() returns trigger language plpgsql as $$
begin
  perform sluice.tell_change(
    'schema_change', new.integration_id, new.table_name, null, null,
    case when tg_op = 'UPDATE' then to_jsonb(old.state) end, to_jsonb(new.state),
    jsonb_build_object('id', new.id, 'field', new.field, 'kind', new.kind, 'proposed_type', new.proposed_type));
  return null;
end
$$;
create trigger tell_new_schema_change after insert on sluice.schema_changes
  for each row execute function sluice.tell_schema_change();
create trigger tell_schema_change after update on sluice.schema_changes
  for each row when (old.state is distinct from new.state or old.proposed_type is distinct from new.proposed_type)
  execute function sluice.tell_schema_change();

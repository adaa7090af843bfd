-- What is to be made up for: jobs that failed for their credentials, and ranges of dates that tables lack.
alter table sluice.integration_tables
  -- A job of it is wanted as soon as it can run, whatever the schedule says.
  add column run_asked boolean not null default false;

alter table sluice.jobs
  -- What changed from then on, and before then; from null: everything before.
  add column window_from timestamptz,
  add column window_until timestamptz,
  add constraint only_backfills_have_a_window check (window_until is null or kind = 'backfill'),
  add constraint window_is_a_range check (window_from is null or window_from < window_until);

-- What the start date wants and a table has not been read for. A backfill that stands in the middle goes on, as long as
-- its range is wanted; one that failed or was cancelled waits until the table was loaded again otherwise.
create view sluice.missing_ranges as
select t.integration_id, t.table_name,
       case when (half.pass ->> 'until')::timestamptz = reach.read_from
                 and (i.start_date is null or (half.pass ->> 'since')::timestamptz >= i.start_date)
            then (half.pass ->> 'since')::timestamptz
            else i.start_date end as range_from,
       reach.read_from as range_until
from sluice.integration_tables t
join sluice.integrations i on i.id = t.integration_id
cross join lateral (select (t.position ->> 'read_from')::timestamptz as read_from) as reach
cross join lateral (select coalesce(t.position -> 'backfill',
                                    case when t.position ->> 'mode' = 'backfill' then t.position end) as pass) as half
where t.state = 'active' and t.reload_asked is null and t.rereads_wanted = t.rereads_begun
  and (not t.position ? 'ranges' or t.position ->> 'mode' = 'backfill')
  and reach.read_from > coalesce(i.start_date, '-infinity')
  and not exists (
    select from sluice.jobs j
    where j.integration_id = t.integration_id and j.table_name = t.table_name and j.window_until is not null
      and j.state in ('failed', 'cancelled') and j.finished_at >= t.last_replicated_at);

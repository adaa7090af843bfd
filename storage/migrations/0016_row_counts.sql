-- How many records the source counted and how many rows there were at the end of a complete pass, and what stands
-- against an integration's health.
alter table sluice.jobs add column row_counts jsonb;
alter table sluice.integration_tables add column row_counts jsonb;

create or replace function sluice.health_of(integration text) returns text language sql stable
return (
  select case
    when count(*) filter (where t.state = 'failing') = count(*) and count(*) > 0 then 'failing'
    when count(*) filter (where t.state = 'failing' or t.row_counts ->> 'verdict' = 'differ') > 0 then 'degraded'
    when count(*) filter (where t.state = 'active') > 0 then 'ok'
    else 'unknown'
  end
  from sluice.integration_tables t
  where t.integration_id = integration and t.state <> 'removed'
);

-- Errors of tables that have not loaded since, those included that are still being retried, and counts that differ.
create function sluice.health_reasons_of(integration text) returns jsonb language sql stable
return (
  select coalesce(jsonb_agg(jsonb_build_object('table', r.table_name, 'code', r.code, 'detail', r.detail)
                            order by r.ordinal, r.code), '[]')
  from (
    select t.table_name, t.ordinal, t.last_error_code as code, t.last_error as detail
    from sluice.integration_tables t
    where t.integration_id = integration and t.state <> 'removed' and t.last_error_code <> ''
    union all
    select t.table_name, t.ordinal, 'source.counts_differ',
           format('the source counts %s records, the destination has %s rows and %s were put aside; verify the table',
                  t.row_counts ->> 'source_most', t.row_counts ->> 'destination', t.row_counts ->> 'put_aside')
    from sluice.integration_tables t
    where t.integration_id = integration and t.state <> 'removed' and t.row_counts ->> 'verdict' = 'differ'
  ) as r
);

-- As before, and tables whose counts differ are among those that are told of.
create or replace function sluice.announce_health() returns trigger language plpgsql as $$
declare
  told text := old.announced_health;
begin
  new.announced_health := case
    when new.health in ('ok', 'auth_required') then new.health
    when new.health in ('degraded', 'failing') then 'failing'
    -- Unknown. Credentials that work again are no recovery before something has loaded.
    when told = 'auth_required' then 'failing'
    else told
  end;
  if new.announced_health = told or (told = 'auth_required' and new.announced_health = 'failing')
     or new.state in ('deleting', 'deleted') then
    return new;
  end if;
  perform sluice.announce(
    case new.announced_health when 'ok' then 'recovery' when 'failing' then 'failure' else 'auth_required' end,
    new.id,
    jsonb_build_object(
      'health', new.health,
      'recovered_from', case when new.announced_health = 'ok' then told end,
      'tables', (
        select coalesce(jsonb_agg(jsonb_build_object('name', t.table_name,
                 'error_code', case when t.state = 'failing' then t.last_error_code else 'source.counts_differ' end)
                 order by t.ordinal), '[]')
        from sluice.integration_tables t
        where t.integration_id = new.id
          and (t.state = 'failing' or (t.state <> 'removed' and t.row_counts ->> 'verdict' = 'differ')))),
    null);
  return new;
end
$$;

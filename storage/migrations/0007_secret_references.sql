-- Where a secret came from, when a document named a file or a variable of the daemon's instead of the secret itself:
-- what GET /v1/export gives back. Never the secret.
alter table sluice.secrets
  add column reference jsonb check (jsonb_typeof(reference) = 'object');

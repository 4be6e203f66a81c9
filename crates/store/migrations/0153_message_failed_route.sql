-- The failures of one route, the newest first: what most people ask for. Without it, forty failures of other routes are read for each.
-- Few messages fail, so it costs little.
CREATE INDEX message_failed_route ON message (org_id, route, started_at) WHERE outcome > 0;

-- Which failures a replay is to repair: the group of its original, noted when it is asked for. A group outlives its messages, so
-- what was repaired must be known without them.

ALTER TABLE replay
    ADD COLUMN failure_fingerprint bigint,
    ADD COLUMN failure_integration text,
    ADD COLUMN failure_environment text,
    ADD COLUMN failure_route integer,
    -- The original had been handled already; repairing it leaves no open failure less.
    ADD COLUMN failure_handled boolean,
    ADD CONSTRAINT replay_failure CHECK (
        num_nonnulls(failure_fingerprint, failure_integration, failure_environment, failure_route, failure_handled) IN (0, 5));
CREATE INDEX replay_repaired ON replay (org_id, failure_fingerprint)
    WHERE failure_fingerprint IS NOT NULL AND outcome IN ('completed', 'handled');

-- A runner newer than its control plane may name an outcome that this one does not know: done, and more is not known.

ALTER TABLE replay DROP CONSTRAINT replay_outcome;
ALTER TABLE replay ADD CONSTRAINT replay_outcome
    CHECK (outcome IN ('completed', 'handled', 'failed', 'not_done', 'unknown'));

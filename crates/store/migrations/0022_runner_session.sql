-- The one session of a runner, wherever it is, and how far its events are stored.
--
-- `epoch` fences: what a displaced replica still wants to write for its session finds a higher one. `last_event_seq` counts
-- the events of the journal `journal_id`; another journal begins at 1 again.

CREATE TABLE runner_session (
    org_id uuid NOT NULL,
    runtime_id uuid NOT NULL,
    epoch bigint NOT NULL,
    replica uuid,
    replica_address text,
    lease_until timestamptz NOT NULL,
    journal_id bytea NOT NULL,
    last_event_seq bigint NOT NULL DEFAULT 0,
    opened_at timestamptz NOT NULL,
    CONSTRAINT runner_session_pkey PRIMARY KEY (org_id, runtime_id),
    CONSTRAINT runner_session_runtime_fkey FOREIGN KEY (org_id, runtime_id) REFERENCES runtime (org_id, id)
);
SELECT sec.protect('runner_session');

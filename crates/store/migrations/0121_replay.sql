-- Messages delivered on request: recorded ones again, and new ones.
--
-- The id is that of the command that carries it to the runner. Links both ways between a message and its replays are
-- `original` and `message`.

CREATE TABLE replay (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    workload_id uuid NOT NULL,
    kind text NOT NULL,
    -- One of the two.
    route text,
    endpoint text,
    original uuid,
    -- Of the original, as the table of messages has it.
    original_at timestamptz,
    original_low bigint,
    -- Whose body it is: as recorded, edited, or given.
    source text NOT NULL,
    asked_by uuid NOT NULL,
    asked_by_label text NOT NULL,
    asked_at timestamptz NOT NULL,
    begin_before timestamptz NOT NULL,
    outcome text,
    code text,
    reason text,
    message uuid,
    -- Of the answer, as JSON: duration, error, reply.
    detail text,
    ended_at timestamptz,
    CONSTRAINT replay_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT replay_command_fkey FOREIGN KEY (org_id, id) REFERENCES command (org_id, id) ON DELETE CASCADE,
    CONSTRAINT replay_workload_fkey FOREIGN KEY (org_id, workload_id) REFERENCES workload (org_id, id) ON DELETE CASCADE,
    CONSTRAINT replay_kind CHECK (kind IN ('replay', 'send')),
    CONSTRAINT replay_place CHECK ((route IS NULL) <> (endpoint IS NULL)),
    CONSTRAINT replay_original CHECK ((kind = 'replay') = (original IS NOT NULL)),
    CONSTRAINT replay_source CHECK (source IN ('recorded', 'edited', 'given')),
    CONSTRAINT replay_outcome CHECK (outcome IN ('completed', 'handled', 'failed', 'not_done')),
    CONSTRAINT replay_ended CHECK ((outcome IS NULL) = (ended_at IS NULL))
);
CREATE INDEX replay_by_original ON replay (original_at, original_low) WHERE original IS NOT NULL;
SELECT sec.protect('replay');

-- Commands: imperative verbs for one runner, written in the transaction of their cause.

CREATE TABLE command (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    runtime_id uuid NOT NULL,
    seq bigint NOT NULL,
    lane text NOT NULL,
    kind text NOT NULL,
    body bytea NOT NULL,
    deadline timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'pending',
    created_at timestamptz NOT NULL DEFAULT now(),
    acknowledged_at timestamptz,
    completed_at timestamptz,
    code text,
    message text,
    result bytea,
    CONSTRAINT command_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT command_runtime_fkey FOREIGN KEY (org_id, runtime_id) REFERENCES runtime (org_id, id),
    CONSTRAINT command_seq_key UNIQUE (org_id, runtime_id, seq),
    CONSTRAINT command_lane CHECK (lane IN ('deploy', 'ops', 'replay', 'health', 'logs', 'telemetry')),
    CONSTRAINT command_state CHECK (state IN ('pending', 'acknowledged', 'done', 'failed', 'expired'))
);
CREATE INDEX command_open ON command (org_id, runtime_id, seq) WHERE state IN ('pending', 'acknowledged');
SELECT sec.protect('command');

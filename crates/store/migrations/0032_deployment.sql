-- Workloads (an integration in an environment), their deployments, and the desired state that runners are told.

CREATE TABLE workload (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    integration_id uuid NOT NULL,
    environment_id uuid NOT NULL,
    runtime_id uuid NOT NULL,
    generation bigint NOT NULL,
    asked text NOT NULL,
    -- The release that a roll-back holds; later ones do not deploy until it is resumed.
    held_release_id uuid,
    held_at timestamptz,
    deployment_id uuid,
    created_at timestamptz NOT NULL,
    -- What the runner said last.
    seen_state text,
    seen_deployment_id uuid,
    seen_generation bigint,
    seen_pid integer,
    seen_rss_bytes bigint,
    seen_restarts integer,
    seen_started_at timestamptz,
    seen_url text,
    seen_reason text,
    seen_at timestamptz,
    CONSTRAINT workload_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT workload_integration_fkey FOREIGN KEY (org_id, integration_id)
        REFERENCES integration (org_id, id),
    CONSTRAINT workload_environment_fkey FOREIGN KEY (org_id, environment_id)
        REFERENCES environment (org_id, id),
    CONSTRAINT workload_place_key UNIQUE (org_id, integration_id, environment_id),
    CONSTRAINT workload_asked CHECK (asked IN ('run', 'stop', 'remove')),
    CONSTRAINT workload_held CHECK ((held_release_id IS NULL) = (held_at IS NULL))
);
CREATE INDEX workload_environment ON workload (org_id, environment_id);
CREATE INDEX workload_runtime ON workload (org_id, runtime_id);
SELECT sec.protect('workload');

CREATE TABLE deployment (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    workload_id uuid NOT NULL,
    release_id uuid NOT NULL,
    generation bigint NOT NULL,
    configuration_revision bigint NOT NULL,
    -- NULL: it never reached a runner, because a secret or a runtime was missing.
    specification text,
    -- Every artifact that its runner may read for it.
    artifacts text[] NOT NULL,
    cause text NOT NULL,
    actor_id uuid NOT NULL,
    phase text NOT NULL,
    code text,
    reason text,
    log text[] NOT NULL DEFAULT '{}',
    url text,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT deployment_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT deployment_workload_fkey FOREIGN KEY (org_id, workload_id) REFERENCES workload (org_id, id),
    CONSTRAINT deployment_release_fkey FOREIGN KEY (org_id, release_id) REFERENCES release (org_id, id),
    CONSTRAINT deployment_generation_key UNIQUE (org_id, workload_id, generation),
    CONSTRAINT deployment_cause CHECK (
        cause IN ('push', 'rollback', 'resume', 'configuration', 'start', 'environment', 'promotion')
    )
);
CREATE INDEX deployment_newest ON deployment (org_id, id DESC);
SELECT sec.protect('deployment', 'SELECT, INSERT, UPDATE');

CREATE TABLE deployment_phase (
    org_id uuid NOT NULL,
    deployment_id uuid NOT NULL,
    phase text NOT NULL,
    at timestamptz NOT NULL,
    code text,
    reason text,
    CONSTRAINT deployment_phase_pkey PRIMARY KEY (org_id, deployment_id, phase),
    CONSTRAINT deployment_phase_deployment_fkey FOREIGN KEY (org_id, deployment_id)
        REFERENCES deployment (org_id, id)
);
SELECT sec.protect('deployment_phase', 'SELECT, INSERT');

-- One row for each workload that a runner has to know of. A removal stays until the runner no longer reports it.
CREATE TABLE desired (
    org_id uuid NOT NULL,
    workload_id uuid NOT NULL,
    runtime_id uuid NOT NULL,
    generation bigint NOT NULL,
    -- NULL: remove the workload.
    specification text,
    run boolean NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT desired_pkey PRIMARY KEY (org_id, workload_id, runtime_id),
    CONSTRAINT desired_workload_fkey FOREIGN KEY (org_id, workload_id) REFERENCES workload (org_id, id)
);
CREATE INDEX desired_runtime ON desired (org_id, runtime_id);
SELECT sec.protect('desired');

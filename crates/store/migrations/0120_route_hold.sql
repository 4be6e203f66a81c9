-- Routes that a person stopped, suspended or started: the state each is to have until somebody asks for another.
--
-- A revision is greater than every earlier one of its workload, so a runner knows which of two documents is the newer.

CREATE TABLE route_hold (
    org_id uuid NOT NULL,
    workload_id uuid NOT NULL,
    route text NOT NULL,
    state text NOT NULL,
    revision bigint NOT NULL,
    changed_by uuid NOT NULL,
    -- As people read it: who acts may be gone by then.
    changed_by_label text NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT route_hold_pkey PRIMARY KEY (org_id, workload_id, route),
    CONSTRAINT route_hold_workload_fkey FOREIGN KEY (org_id, workload_id) REFERENCES workload (org_id, id) ON DELETE CASCADE,
    CONSTRAINT route_hold_route_length CHECK (length(route) BETWEEN 1 AND 253),
    CONSTRAINT route_hold_state CHECK (state IN ('started', 'stopped', 'suspended'))
);
SELECT sec.protect('route_hold');

-- What people said of failures: dealt with, not to be heard of, whose work they are. `failure_group` is the writer's alone;
-- a mark stands beside its group and is joined when it is read. Which state follows is a rule (`domain::failure`), never a job.

CREATE TABLE failure_mark (
    org_id uuid NOT NULL,
    fingerprint bigint NOT NULL,
    integration text NOT NULL,
    environment text NOT NULL,
    route integer NOT NULL,
    said text NOT NULL,
    -- Null: nobody said anything yet, it was only assigned or noted.
    said_at timestamptz,
    said_by uuid,
    -- As people read it: who acts may be gone by then.
    said_by_label text,
    -- Null of a muted one: for good.
    muted_until timestamptz,
    -- What ran when it was resolved; null of an application that is only observed.
    resolved_deployment_id uuid,
    assignee text,
    note text,
    CONSTRAINT failure_mark_pkey PRIMARY KEY (org_id, fingerprint, integration, environment, route),
    CONSTRAINT failure_mark_group_fkey FOREIGN KEY (org_id, fingerprint, integration, environment, route)
        REFERENCES failure_group (org_id, fingerprint, integration, environment, route) ON DELETE CASCADE,
    CONSTRAINT failure_mark_said CHECK (said IN ('open', 'resolved', 'muted')),
    CONSTRAINT failure_mark_said_by CHECK (
        (said_at IS NULL) = (said_by IS NULL) AND (said_at IS NULL) = (said_by_label IS NULL)
        AND (said = 'open' OR said_at IS NOT NULL)),
    CONSTRAINT failure_mark_muted CHECK (said = 'muted' OR muted_until IS NULL),
    CONSTRAINT failure_mark_resolved CHECK (said = 'resolved' OR resolved_deployment_id IS NULL),
    CONSTRAINT failure_mark_assignee_length CHECK (length(assignee) BETWEEN 1 AND 200),
    CONSTRAINT failure_mark_note_length CHECK (length(note) BETWEEN 1 AND 4000)
);
SELECT sec.protect('failure_mark', 'SELECT, INSERT, UPDATE');

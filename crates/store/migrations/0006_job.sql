-- Work to be done after a commit: the outbox of every effect beyond the database.
--
-- A row is written in the transaction of its cause and claimed with a lease; a worker that dies loses
-- the lease, not the work. The key makes asking twice harmless: the second row is not written.

CREATE TABLE job (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    queue text NOT NULL,
    key text NOT NULL,
    body jsonb NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    attempts integer NOT NULL DEFAULT 0,
    run_at timestamptz NOT NULL,
    lease_until timestamptz,
    worker uuid,
    error text,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT job_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT job_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id),
    CONSTRAINT job_key_key UNIQUE (org_id, queue, key),
    CONSTRAINT job_state CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    CONSTRAINT job_lease CHECK ((state = 'running') = (lease_until IS NOT NULL AND worker IS NOT NULL))
);
CREATE INDEX job_due ON job (queue, run_at) WHERE state IN ('waiting', 'running');
SELECT sec.protect('job');

-- Takes up to `most` jobs that are due, or whose worker let the lease pass. Only ids leave this
-- function; the body is read in a transaction of the job's organization.
CREATE FUNCTION sec.claim_jobs(wanted text, claimer uuid, now timestamptz, lease interval, most integer)
RETURNS TABLE (org_id uuid, id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM sec.require_door();
    RETURN QUERY
    UPDATE public.job AS j
    SET state = 'running', worker = claimer, lease_until = now + lease, attempts = j.attempts + 1
    FROM (
        SELECT d.org_id, d.id FROM public.job AS d
        WHERE d.queue = wanted
            AND ((d.state = 'waiting' AND d.run_at <= now) OR (d.state = 'running' AND d.lease_until <= now))
        ORDER BY d.run_at
        LIMIT most
        FOR UPDATE SKIP LOCKED
    ) AS due
    WHERE j.org_id = due.org_id AND j.id = due.id
    RETURNING j.org_id, j.id;
END $$;
GRANT EXECUTE ON FUNCTION sec.claim_jobs(text, uuid, timestamptz, interval, integer) TO midplane_app;

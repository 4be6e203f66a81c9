-- Runtimes, and how each got its certificate.
--
-- `standing` is what an administrator or the clone detection decided; the rest of a runtime's state follows from
-- `last_seen_at`. `seen_generation` is the newest generation of certificate that a session was opened with: an older one
-- after it means two machines. `command_seq` counts the commands of this runtime; incrementing it locks the row, so that
-- commands commit in the order of their numbers. A revoked runtime keeps its row and gives up its name.

CREATE TABLE runtime (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    purposes text[] NOT NULL,
    standing text NOT NULL DEFAULT 'good',
    standing_reason text,
    created_at timestamptz NOT NULL,
    sealing_key bytea,
    command_seq bigint NOT NULL DEFAULT 0,
    seen_generation bigint NOT NULL DEFAULT 0,
    boot_id text,
    last_seen_at timestamptz,
    version text,
    capabilities text[] NOT NULL DEFAULT '{}',
    conditions jsonb NOT NULL DEFAULT '[]',
    rss_bytes bigint,
    clock_skew_ms bigint,
    address text,
    CONSTRAINT runtime_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT runtime_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id),
    CONSTRAINT runtime_name_length CHECK (length(name) BETWEEN 1 AND 63),
    CONSTRAINT runtime_purposes CHECK (
        cardinality(purposes) > 0 AND purposes <@ ARRAY['run', 'build', 'shared']
    ),
    CONSTRAINT runtime_standing CHECK (standing IN ('good', 'locked', 'revoked'))
);
CREATE UNIQUE INDEX runtime_name_key ON runtime (org_id, name) WHERE standing <> 'revoked';
SELECT sec.protect('runtime');

CREATE TABLE enrolment (
    org_id uuid NOT NULL,
    runtime_id uuid NOT NULL,
    state text NOT NULL,
    token bytea NOT NULL,
    expires_at timestamptz,
    key bytea,
    generation bigint,
    not_after timestamptz,
    CONSTRAINT enrolment_pkey PRIMARY KEY (org_id, runtime_id),
    CONSTRAINT enrolment_runtime_fkey FOREIGN KEY (org_id, runtime_id) REFERENCES runtime (org_id, id),
    CONSTRAINT enrolment_token_key UNIQUE (org_id, token),
    CONSTRAINT enrolment_token_length CHECK (length(token) = 32),
    CONSTRAINT enrolment_state CHECK (
        (state = 'offered' AND expires_at IS NOT NULL)
        OR (state = 'redeemed' AND key IS NOT NULL)
        OR (state = 'enrolled' AND key IS NOT NULL AND generation IS NOT NULL AND not_after IS NOT NULL)
    )
);
CREATE INDEX enrolment_token ON enrolment (token);
SELECT sec.protect('enrolment');

-- Whose offer a token is; whether it is still good is decided by its holder's transaction.
CREATE FUNCTION sec.find_offer(wanted bytea)
RETURNS TABLE (org_id uuid, runtime_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM sec.require_door();
    RETURN QUERY SELECT e.org_id, e.runtime_id FROM public.enrolment AS e WHERE e.token = wanted;
END $$;
GRANT EXECUTE ON FUNCTION sec.find_offer(bytea) TO midplane_app;

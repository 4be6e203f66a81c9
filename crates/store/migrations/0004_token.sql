-- API tokens, sessions and one-time login links. Only the SHA-256 of a secret is ever here.

CREATE TABLE api_token (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    actor_id uuid NOT NULL,
    kind text NOT NULL,
    label text NOT NULL,
    digest bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_token_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT api_token_actor_fkey FOREIGN KEY (org_id, actor_id)
        REFERENCES actor (org_id, id) ON DELETE CASCADE,
    CONSTRAINT api_token_digest_key UNIQUE (org_id, digest),
    CONSTRAINT api_token_kind CHECK (kind IN ('api', 'session')),
    CONSTRAINT api_token_digest_length CHECK (length(digest) = 32)
);
CREATE INDEX api_token_digest ON api_token (digest);
SELECT sec.protect('api_token');

CREATE TABLE login_link (
    org_id uuid NOT NULL,
    digest bytea NOT NULL,
    actor_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT login_link_pkey PRIMARY KEY (org_id, digest),
    CONSTRAINT login_link_actor_fkey FOREIGN KEY (org_id, actor_id)
        REFERENCES actor (org_id, id) ON DELETE CASCADE,
    CONSTRAINT login_link_digest_length CHECK (length(digest) = 32)
);
CREATE INDEX login_link_digest ON login_link (digest);
SELECT sec.protect('login_link');

-- Whose token this is, if it is good now.
CREATE FUNCTION sec.find_token(wanted bytea, now timestamptz)
RETURNS TABLE (org_id uuid, actor_id uuid, id uuid, kind text, created_at timestamptz, last_used_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM sec.require_door();
    RETURN QUERY
    SELECT t.org_id, t.actor_id, t.id, t.kind, t.created_at, t.last_used_at
    FROM public.api_token AS t
    JOIN public.actor AS a ON a.org_id = t.org_id AND a.id = t.actor_id
    WHERE t.digest = wanted
        AND t.revoked_at IS NULL
        AND (t.expires_at IS NULL OR t.expires_at > now)
        AND a.disabled_at IS NULL;
END $$;
GRANT EXECUTE ON FUNCTION sec.find_token(bytea, timestamptz) TO midplane_app;

-- Burns a login link; a second call finds nothing.
CREATE FUNCTION sec.use_login_link(wanted bytea, now timestamptz)
RETURNS TABLE (org_id uuid, actor_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM sec.require_door();
    RETURN QUERY
    UPDATE public.login_link AS l SET used_at = now
    FROM public.actor AS a
    WHERE l.digest = wanted AND l.used_at IS NULL AND l.expires_at > now
        AND a.org_id = l.org_id AND a.id = l.actor_id AND a.disabled_at IS NULL
    RETURNING l.org_id, l.actor_id;
END $$;
GRANT EXECUTE ON FUNCTION sec.use_login_link(bytea, timestamptz) TO midplane_app;

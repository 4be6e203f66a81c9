-- Organizations and who acts in them.
--
-- The actor of kind `system` has its organization's id and is what background work acts as.

CREATE TABLE organization (
    id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT organization_pkey PRIMARY KEY (id),
    CONSTRAINT organization_name_length CHECK (length(name) BETWEEN 1 AND 63)
);
SELECT sec.protect('organization', 'SELECT, INSERT, UPDATE', 'id');

CREATE TABLE actor (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    CONSTRAINT actor_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT actor_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id),
    CONSTRAINT actor_name_key UNIQUE (org_id, kind, name),
    CONSTRAINT actor_kind CHECK (kind IN ('system', 'user', 'machine', 'runner'))
);
SELECT sec.protect('actor');

-- Which organizations there are, for the loops that serve all of them.
CREATE FUNCTION sec.organizations() RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM sec.require_door();
    RETURN QUERY SELECT o.id FROM public.organization AS o ORDER BY o.id;
END $$;
GRANT EXECUTE ON FUNCTION sec.organizations() TO midplane_app;

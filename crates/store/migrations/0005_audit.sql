-- The audit: one chain of rows for each organization, written with the change it records.
--
-- A row's hash covers its content and the hash of the row before; `audit_head` holds the last one and
-- is what writers of one organization queue up on. The application role may read rows and call
-- `sec.append_audit`, which takes organization and actor from the signed token; it cannot write rows.

CREATE TABLE audit (
    org_id uuid NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    actor_id uuid NOT NULL,
    action text NOT NULL,
    target_kind text NOT NULL,
    target_id text NOT NULL,
    -- JSON, kept as text because its very bytes are hashed.
    detail text NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_pkey PRIMARY KEY (org_id, seq),
    CONSTRAINT audit_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id)
);
SELECT sec.protect('audit', 'SELECT');

CREATE TABLE audit_head (
    org_id uuid NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_head_pkey PRIMARY KEY (org_id),
    CONSTRAINT audit_head_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id)
);
SELECT sec.protect('audit_head', 'SELECT');

-- Every part with its length before it, so that no two rows have the same bytes.
CREATE FUNCTION sec.audit_hash(
    previous bytea, org_id uuid, at timestamptz, actor_id uuid,
    action text, target_kind text, target_id text, detail text
) RETURNS bytea
LANGUAGE sql IMMUTABLE SET search_path = '' AS $$
    SELECT sha256(previous || string_agg(int4send(length(part)) || part, '' ORDER BY place))
    FROM unnest(ARRAY[
        uuid_send(org_id),
        int8send((extract(epoch FROM at) * 1000000)::bigint),
        uuid_send(actor_id),
        convert_to(action, 'UTF8'),
        convert_to(target_kind, 'UTF8'),
        convert_to(target_id, 'UTF8'),
        convert_to(detail, 'UTF8')
    ]) WITH ORDINALITY AS parts (part, place)
$$;

CREATE FUNCTION sec.append_audit(
    at timestamptz, action text, target_kind text, target_id text, detail text
) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    org uuid := sec.current_org();
    actor uuid := sec.current_actor();
    head public.audit_head%ROWTYPE;
    fresh bytea;
BEGIN
    IF org IS NULL THEN
        RAISE EXCEPTION 'organization token: none' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO public.audit_head (org_id, seq, hash)
    VALUES (org, 0, decode(repeat('00', 32), 'hex'))
    ON CONFLICT ON CONSTRAINT audit_head_pkey DO NOTHING;
    SELECT * INTO STRICT head FROM public.audit_head AS h WHERE h.org_id = org FOR UPDATE;
    fresh := sec.audit_hash(head.hash, org, at, actor, action, target_kind, target_id, detail::json::text);
    INSERT INTO public.audit (org_id, seq, at, actor_id, action, target_kind, target_id, detail, previous, hash)
    VALUES (org, head.seq + 1, at, actor, action, target_kind, target_id, detail, head.hash, fresh);
    UPDATE public.audit_head AS h SET seq = head.seq + 1, hash = fresh WHERE h.org_id = org;
    RETURN head.seq + 1;
END $$;
GRANT EXECUTE ON FUNCTION sec.append_audit(timestamptz, text, text, text, text) TO midplane_app;

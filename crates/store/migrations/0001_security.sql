-- The signed token that names the organization of a transaction, and the policy built on it.
--
-- The server signs (version, organization, actor, expiry, backend pid) with a key that it read as the
-- owner; the application role can neither read the key nor make a token. The token sits in a setting
-- that lasts for one transaction. `sec.current_org()` verifies it for every statement: a setting that
-- somebody forged, kept too long or took to another connection is an error, none at all is no row.

CREATE SCHEMA sec;

-- What the application may call is granted by name, below and in later migrations.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE TABLE sec.token_key (
    one boolean NOT NULL DEFAULT true,
    key bytea NOT NULL,
    inner_pad bytea NOT NULL,
    outer_pad bytea NOT NULL,
    CONSTRAINT token_key_pkey PRIMARY KEY (one),
    CONSTRAINT token_key_one CHECK (one),
    CONSTRAINT token_key_length CHECK (length(key) = 32)
);

-- RFC 2104: the key, padded to the block of SHA-256, and one byte over all of it.
CREATE FUNCTION sec.pad(key bytea, mask integer) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE SET search_path = '' AS $$
DECLARE
    padded bytea := key || decode(repeat('00', 64 - length(key)), 'hex');
BEGIN
    FOR i IN 0..63 LOOP
        padded := set_byte(padded, i, get_byte(padded, i) # mask);
    END LOOP;
    RETURN padded;
END $$;

-- Three random UUIDs carry 366 bits from the operating system.
INSERT INTO sec.token_key (key, inner_pad, outer_pad)
SELECT key, sec.pad(key, 54), sec.pad(key, 92)
FROM (SELECT sha256(convert_to(
    gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'
)) AS key) AS made;

-- The verified content of this transaction's token, or NULL where there is none.
-- 1 byte version, 16 organization, 16 actor, 8 expiry (microseconds), 4 backend pid, 32 signature.
CREATE FUNCTION sec.verified_token() RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    hex text := current_setting('midplane.token', true);
    token bytea;
    content bytea;
    signature bytea;
BEGIN
    IF hex IS NULL OR hex = '' THEN
        RETURN NULL;
    END IF;
    IF length(hex) <> 154 THEN
        RAISE EXCEPTION 'organization token: malformed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    token := decode(hex, 'hex');
    content := substring(token FROM 1 FOR 45);
    SELECT sha256(k.outer_pad || sha256(k.inner_pad || content)) INTO signature
    FROM sec.token_key AS k;
    -- Digests of both sides are compared, so that time tells nothing about the signature.
    IF get_byte(content, 0) <> 1 OR sha256(signature) <> sha256(substring(token FROM 46)) THEN
        RAISE EXCEPTION 'organization token: forged' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF ('x' || substring(hex FROM 83 FOR 8))::bit(32)::integer <> pg_backend_pid() THEN
        RAISE EXCEPTION 'organization token: of another connection' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF ('x' || substring(hex FROM 67 FOR 16))::bit(64)::bigint
        < extract(epoch FROM clock_timestamp()) * 1000000 THEN
        RAISE EXCEPTION 'organization token: expired' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN content;
END $$;

CREATE FUNCTION sec.current_org() RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN encode(substring(sec.verified_token() FROM 2 FOR 16), 'hex')::uuid;
END $$;

CREATE FUNCTION sec.current_actor() RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN encode(substring(sec.verified_token() FROM 18 FOR 16), 'hex')::uuid;
END $$;

-- The doors: look-ups that must happen before an organization is known. Each begins with this, so
-- that only a transaction which the server opened for that (the token of the nil organization, which
-- owns no row) passes; a statement smuggled into a tenant's transaction does not.
CREATE FUNCTION sec.require_door() RETURNS void
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF sec.current_org() IS DISTINCT FROM '00000000-0000-0000-0000-000000000000'::uuid THEN
        RAISE EXCEPTION 'not a door' USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

-- Makes a table a tenant's table. Every migration that creates one calls this once for it.
CREATE FUNCTION sec.protect(
    target regclass,
    allowed text DEFAULT 'SELECT, INSERT, UPDATE, DELETE',
    organization_column name DEFAULT 'org_id'
) RETURNS void
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format(
        'CREATE POLICY tenant ON %s TO midplane_app'
        ' USING (%2$I = (SELECT sec.current_org())) WITH CHECK (%2$I = (SELECT sec.current_org()))',
        target, organization_column
    );
    -- Migrations, doors and backups see everything; nothing that serves requests is this role.
    EXECUTE format('CREATE POLICY owner ON %s TO midplane_owner USING (true) WITH CHECK (true)', target);
    EXECUTE format('GRANT %s ON %s TO midplane_app', allowed, target);
END $$;

GRANT USAGE ON SCHEMA sec TO midplane_app;
GRANT USAGE ON SCHEMA public TO midplane_app;
GRANT EXECUTE ON FUNCTION sec.current_org(), sec.current_actor() TO midplane_app;

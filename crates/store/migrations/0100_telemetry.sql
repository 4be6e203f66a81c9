-- Telemetry: messages, what they carried, logs, counts, and the accounts of what became of every record.
--
-- Six tables are partitioned twice: by retention class (days), then by day. A day of a class is made ahead and dropped
-- whole, so nothing is ever deleted row by row, and an organization's class is a column of its rows. Row-level security
-- is forced on parents and partitions alike. There is no foreign key and no check on them: they are written by the
-- hundred thousand, by one function, and a row's organization is checked by its policy.
--
-- `midplane_ingest` writes and cannot read: it may insert into these tables and call the functions at the end, which
-- act for the organization of the transaction's token alone.

-- Texts that repeat (routes, nodes, classes, attributes), once for each organization. Rows hold the number.
CREATE TABLE telemetry_name (
    org_id uuid NOT NULL,
    id integer NOT NULL,
    -- 1 route, 2 node, 3 class, 4 attribute, 5 other
    kind smallint NOT NULL,
    value text NOT NULL,
    CONSTRAINT telemetry_name_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT telemetry_name_value_key UNIQUE (org_id, kind, value),
    CONSTRAINT telemetry_name_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id)
);
SELECT sec.protect('telemetry_name', 'SELECT, INSERT');

-- Whose records: one deployment of one integration on one runtime. `project_id` and `environment_id` decide who may
-- read; an observed application has neither.
CREATE TABLE telemetry_origin (
    org_id uuid NOT NULL,
    id integer NOT NULL,
    runtime_id uuid NOT NULL,
    workload_id uuid,
    deployment_id uuid,
    project_id uuid,
    environment_id uuid,
    integration text NOT NULL,
    environment text NOT NULL,
    release text NOT NULL,
    first_at timestamptz NOT NULL,
    CONSTRAINT telemetry_origin_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT telemetry_origin_key UNIQUE NULLS NOT DISTINCT
        (org_id, runtime_id, workload_id, deployment_id, integration, environment, release),
    CONSTRAINT telemetry_origin_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id)
);
SELECT sec.protect('telemetry_origin', 'SELECT, INSERT');

-- The next number of both; the row is locked by whoever adds, so that numbers stay dense.
CREATE TABLE telemetry_counter (
    org_id uuid NOT NULL,
    names integer NOT NULL DEFAULT 0,
    origins integer NOT NULL DEFAULT 0,
    CONSTRAINT telemetry_counter_pkey PRIMARY KEY (org_id),
    CONSTRAINT telemetry_counter_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id)
);
SELECT sec.protect('telemetry_counter', 'SELECT, INSERT, UPDATE');

-- The nodes of a route, packed; one row for each structure that ran.
CREATE TABLE telemetry_route (
    org_id uuid NOT NULL,
    origin integer NOT NULL,
    route integer NOT NULL,
    structure bigint NOT NULL,
    seen_at timestamptz NOT NULL,
    packed bytea NOT NULL,
    CONSTRAINT telemetry_route_pkey PRIMARY KEY (org_id, origin, route, structure),
    CONSTRAINT telemetry_route_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id)
);
SELECT sec.protect('telemetry_route', 'SELECT');

-- Failures of one kind on one route of one integration in one environment.
CREATE TABLE failure_group (
    org_id uuid NOT NULL,
    fingerprint bigint NOT NULL,
    integration text NOT NULL,
    environment text NOT NULL,
    route integer NOT NULL,
    project_id uuid,
    environment_id uuid,
    node integer,
    class integer NOT NULL,
    message text NOT NULL,
    count bigint NOT NULL,
    handled bigint NOT NULL,
    first_at timestamptz NOT NULL,
    first_low bigint NOT NULL,
    first_origin integer NOT NULL,
    last_at timestamptz NOT NULL,
    last_low bigint NOT NULL,
    last_origin integer NOT NULL,
    CONSTRAINT failure_group_pkey PRIMARY KEY (org_id, fingerprint, integration, environment, route),
    CONSTRAINT failure_group_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id)
);
CREATE INDEX failure_group_newest ON failure_group (org_id, last_at DESC);
SELECT sec.protect('failure_group', 'SELECT');

-- Zstd dictionaries of an organization, trained on what was redacted already. A body names the one it was packed with.
CREATE TABLE telemetry_dictionary (
    org_id uuid NOT NULL,
    id integer NOT NULL,
    created_at timestamptz NOT NULL,
    bytes bytea NOT NULL,
    CONSTRAINT telemetry_dictionary_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT telemetry_dictionary_size CHECK (length(bytes) BETWEEN 1 AND 131072),
    CONSTRAINT telemetry_dictionary_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id)
);
SELECT sec.protect('telemetry_dictionary', 'SELECT, INSERT');

-- The last batch of each agent and epoch that was stored. Batches arrive in order, so the last number says of every
-- batch whether it is here; the row is locked by whoever stores one.
CREATE TABLE telemetry_ledger (
    org_id uuid NOT NULL,
    runtime_id uuid NOT NULL,
    epoch bigint NOT NULL,
    number bigint NOT NULL,
    stored_at timestamptz NOT NULL,
    CONSTRAINT telemetry_ledger_pkey PRIMARY KEY (org_id, runtime_id, epoch),
    CONSTRAINT telemetry_ledger_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id)
);
SELECT sec.protect('telemetry_ledger', 'SELECT');

-- Hours and days, added up from minutes: a month of a route is read in days.
CREATE TABLE telemetry_summary (
    org_id uuid NOT NULL,
    span_s integer NOT NULL,
    started_at timestamptz NOT NULL,
    origin integer NOT NULL,
    route integer NOT NULL,
    node integer NOT NULL,
    count bigint NOT NULL,
    failed bigint NOT NULL,
    handled bigint NOT NULL,
    duration_sum_us bigint NOT NULL,
    duration_max_us bigint NOT NULL,
    histogram bytea NOT NULL,
    CONSTRAINT telemetry_summary_pkey PRIMARY KEY (org_id, span_s, route, started_at, origin, node),
    CONSTRAINT telemetry_summary_span CHECK (span_s IN (3600, 86400)),
    CONSTRAINT telemetry_summary_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id)
);
CREATE INDEX telemetry_summary_time ON telemetry_summary (org_id, span_s, started_at);
SELECT sec.protect('telemetry_summary');

-- Hours and days whose minutes changed since they were added up. Whoever writes minutes touches the row in the same
-- transaction, whoever adds up locks it: no minute is missed and none counts twice.
CREATE TABLE telemetry_stale (
    org_id uuid NOT NULL,
    span_s integer NOT NULL,
    started_at timestamptz NOT NULL,
    touched bigint NOT NULL DEFAULT 1,
    CONSTRAINT telemetry_stale_pkey PRIMARY KEY (org_id, span_s, started_at),
    CONSTRAINT telemetry_stale_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id)
);
SELECT sec.protect('telemetry_stale');

CREATE TABLE message (
    org_id uuid NOT NULL,
    started_at timestamptz NOT NULL,
    -- Tracer and count; with the start it is the message's id.
    low bigint NOT NULL,
    duration_us bigint NOT NULL,
    fingerprint bigint,
    origin integer NOT NULL,
    route integer NOT NULL,
    steps integer NOT NULL,
    flags integer NOT NULL,
    node integer,
    class integer,
    retention smallint NOT NULL,
    -- 0 completed, 1 handled, 2 failed
    outcome smallint NOT NULL,
    packed bytea NOT NULL
) PARTITION BY LIST (retention);
CREATE INDEX message_newest ON message (org_id, started_at);
CREATE INDEX message_route ON message (org_id, route, started_at);
CREATE INDEX message_failed ON message (org_id, started_at) WHERE outcome > 0;

CREATE TABLE message_payload (
    org_id uuid NOT NULL,
    started_at timestamptz NOT NULL,
    low bigint NOT NULL,
    full_size bigint NOT NULL,
    hash bigint NOT NULL,
    step integer NOT NULL,
    flags integer NOT NULL,
    content_type integer,
    class integer,
    dictionary integer NOT NULL,
    origin integer NOT NULL,
    retention smallint NOT NULL,
    point smallint NOT NULL,
    -- 0 none, 1 bytes, 2 + n: not to be had for reason n
    kind smallint NOT NULL,
    headers bytea NOT NULL,
    body bytea
) PARTITION BY LIST (retention);
CREATE INDEX message_payload_message ON message_payload (org_id, started_at);

-- What can be looked up: attributes, correlation ids and, where it is asked for, words of bodies and headers. Equality of
-- integers is leakproof, so row-level security does not keep the index from being used. The organization is in the
-- hash, so the index does without it.
CREATE TABLE message_token (
    org_id uuid NOT NULL,
    started_at timestamptz NOT NULL,
    low bigint NOT NULL,
    token bigint NOT NULL,
    retention smallint NOT NULL
) PARTITION BY LIST (retention);
CREATE INDEX message_token_token ON message_token (token, started_at);

CREATE TABLE telemetry_log (
    org_id uuid NOT NULL,
    started_at timestamptz NOT NULL,
    message_started_at timestamptz,
    message_low bigint,
    origin integer NOT NULL,
    logger integer,
    thread integer,
    route integer,
    node integer,
    retention smallint NOT NULL,
    level smallint NOT NULL,
    source smallint NOT NULL,
    body text NOT NULL,
    stack text
) PARTITION BY LIST (retention);
CREATE INDEX telemetry_log_origin ON telemetry_log (org_id, origin, started_at);
CREATE INDEX telemetry_log_message ON telemetry_log (org_id, message_started_at)
    WHERE message_started_at IS NOT NULL;

-- What went through a node in a minute, as the tracer counted it.
CREATE TABLE telemetry_rollup (
    org_id uuid NOT NULL,
    started_at timestamptz NOT NULL,
    count bigint NOT NULL,
    failed bigint NOT NULL,
    handled bigint NOT NULL,
    duration_sum_us bigint NOT NULL,
    duration_max_us bigint NOT NULL,
    origin integer NOT NULL,
    route integer NOT NULL,
    -- 0: the route as a whole
    node integer NOT NULL,
    retention smallint NOT NULL,
    histogram bytea NOT NULL
) PARTITION BY LIST (retention);
CREATE INDEX telemetry_rollup_route ON telemetry_rollup (org_id, route, started_at);
CREATE INDEX telemetry_rollup_time ON telemetry_rollup (org_id, started_at) WHERE node = 0;

-- produced = stored + dropped + lost + in flight; every row adds to one of them.
CREATE TABLE telemetry_account (
    org_id uuid NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    runtime_id uuid NOT NULL,
    epoch bigint NOT NULL,
    count bigint NOT NULL,
    origin integer NOT NULL,
    route integer,
    retention smallint NOT NULL,
    -- 0 produced, 1 stored, 2 dropped, 3 lost
    entry smallint NOT NULL,
    kind smallint NOT NULL,
    stage smallint NOT NULL,
    reason smallint NOT NULL
) PARTITION BY LIST (retention);
CREATE INDEX telemetry_account_time ON telemetry_account (org_id, started_at);

-- Makes a table writable, and nothing else, for the ingest role.
CREATE FUNCTION sec.let_ingest(target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    EXECUTE format(
        'CREATE POLICY ingest ON %s FOR INSERT TO midplane_ingest'
        ' WITH CHECK (org_id = (SELECT sec.current_org()))', target
    );
    EXECUTE format('GRANT INSERT ON %s TO midplane_ingest', target);
END $$;

CREATE FUNCTION sec.telemetry_tables() RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = '' AS $$
    SELECT ARRAY['message', 'message_payload', 'message_token', 'telemetry_log', 'telemetry_rollup', 'telemetry_account']
$$;

DO $$
DECLARE
    base text;
BEGIN
    FOREACH base IN ARRAY sec.telemetry_tables() LOOP
        PERFORM sec.protect(base::regclass, 'SELECT');
        PERFORM sec.let_ingest(base::regclass);
    END LOOP;
END $$;

-- Makes the partitions of a class for some days. ATTACH takes a weaker lock than CREATE .. PARTITION OF: readers and
-- writers go on meanwhile.
CREATE FUNCTION sec.telemetry_prepare(class smallint, first date, last date) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    base text;
    parent text;
    leaf text;
    day date;
    made integer := 0;
BEGIN
    PERFORM sec.require_door();
    IF class NOT IN (1, 7, 14, 30, 90, 365, 1095) OR last - first NOT BETWEEN 0 AND 40 THEN
        RAISE EXCEPTION 'no class or range of days for telemetry' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock(5721930441);
    FOREACH base IN ARRAY sec.telemetry_tables() LOOP
        parent := format('%s_r%s', base, class);
        IF to_regclass('public.' || parent) IS NULL THEN
            EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING INDEXES)'
                ' PARTITION BY RANGE (started_at)', parent, base);
            PERFORM sec.protect(('public.' || parent)::regclass, 'SELECT');
            PERFORM sec.let_ingest(('public.' || parent)::regclass);
            EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES IN (%L)', base, parent, class);
        END IF;
        day := first;
        WHILE day <= last LOOP
            leaf := format('%s_d%s', parent, to_char(day, 'YYYYMMDD'));
            IF to_regclass('public.' || leaf) IS NULL THEN
                EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING INDEXES)', leaf, parent);
                PERFORM sec.protect(('public.' || leaf)::regclass, 'SELECT');
                PERFORM sec.let_ingest(('public.' || leaf)::regclass);
                EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                    parent, leaf, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
                made := made + 1;
            END IF;
            day := day + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;

-- Drops every day that its class no longer keeps. A reader in the way makes it give up; the next beat tries again.
CREATE FUNCTION sec.telemetry_expire(today date) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' SET lock_timeout = '2s' AS $$
DECLARE
    leaf record;
    dropped integer := 0;
BEGIN
    PERFORM sec.require_door();
    PERFORM pg_catalog.pg_advisory_xact_lock(5721930441);
    FOR leaf IN
        SELECT c.relname, m[1]::integer AS class, to_date(m[2], 'YYYYMMDD') AS day
        FROM pg_catalog.pg_class AS c
        CROSS JOIN LATERAL regexp_match(c.relname, '^(?:message|message_payload|message_token|telemetry_log'
            '|telemetry_rollup|telemetry_account)_r(\d+)_d(\d{8})$') AS m
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND m IS NOT NULL
    LOOP
        IF leaf.day + leaf.class < today THEN
            EXECUTE format('DROP TABLE public.%I', leaf.relname);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN dropped;
END $$;
GRANT EXECUTE ON FUNCTION sec.telemetry_prepare(smallint, date, date), sec.telemetry_expire(date) TO midplane_app;

GRANT USAGE ON SCHEMA sec, public TO midplane_ingest;
GRANT EXECUTE ON FUNCTION sec.current_org(), sec.current_actor() TO midplane_ingest;

-- Takes the batch (runtime, epoch, number) if it was not stored before; the rows follow in the same transaction.
-- A gap is fine: what lies in it was dropped by the agent, which accounts for it.
CREATE FUNCTION sec.telemetry_take(runtime uuid, batch_epoch bigint, batch_number bigint, at timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO public.telemetry_ledger AS l (org_id, runtime_id, epoch, number, stored_at)
    VALUES (sec.current_org(), runtime, batch_epoch, batch_number, at)
    ON CONFLICT ON CONSTRAINT telemetry_ledger_pkey DO UPDATE
    SET number = excluded.number, stored_at = excluded.stored_at
    WHERE l.number < excluded.number;
    RETURN FOUND;
END $$;

CREATE FUNCTION sec.telemetry_routes(
    of_origin integer, routes integer[], structures bigint[], at timestamptz, packs bytea[]
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO public.telemetry_route (org_id, origin, route, structure, seen_at, packed)
    SELECT sec.current_org(), of_origin, r.route, r.structure, at, r.packed
    FROM unnest(routes, structures, packs) AS r (route, structure, packed)
    ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION sec.telemetry_touch(hours timestamptz[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO public.telemetry_stale AS s (org_id, span_s, started_at)
    SELECT sec.current_org(), 3600, h.at FROM (SELECT DISTINCT unnest(hours) AS at) AS h ORDER BY h.at
    ON CONFLICT ON CONSTRAINT telemetry_stale_pkey DO UPDATE SET touched = s.touched + 1;
END $$;

-- Adds failures to their groups. Within one call a group stands once: its writer has added up.
CREATE FUNCTION sec.telemetry_failures(
    of_origin integer, fingerprints bigint[], routes integer[], nodes integer[], classes integer[], messages text[],
    counts bigint[], handleds bigint[], firsts timestamptz[], first_lows bigint[], lasts timestamptz[], last_lows bigint[]
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO public.failure_group AS g (
        org_id, fingerprint, integration, environment, route, project_id, environment_id, node, class, message,
        count, handled, first_at, first_low, first_origin, last_at, last_low, last_origin)
    SELECT o.org_id, f.fingerprint, o.integration, o.environment, f.route, o.project_id, o.environment_id, f.node,
        f.class, f.message, f.count, f.handled, f.first_at, f.first_low, o.id, f.last_at, f.last_low, o.id
    FROM unnest(fingerprints, routes, nodes, classes, messages, counts, handleds, firsts, first_lows, lasts, last_lows)
        AS f (fingerprint, route, node, class, message, count, handled, first_at, first_low, last_at, last_low)
    JOIN public.telemetry_origin AS o ON o.org_id = sec.current_org() AND o.id = of_origin
    ORDER BY f.fingerprint
    ON CONFLICT ON CONSTRAINT failure_group_pkey DO UPDATE SET
        count = g.count + excluded.count,
        handled = g.handled + excluded.handled,
        first_at = least(g.first_at, excluded.first_at),
        first_low = CASE WHEN excluded.first_at < g.first_at THEN excluded.first_low ELSE g.first_low END,
        first_origin = CASE WHEN excluded.first_at < g.first_at THEN excluded.first_origin ELSE g.first_origin END,
        last_at = greatest(g.last_at, excluded.last_at),
        last_low = CASE WHEN excluded.last_at >= g.last_at THEN excluded.last_low ELSE g.last_low END,
        last_origin = CASE WHEN excluded.last_at >= g.last_at THEN excluded.last_origin ELSE g.last_origin END,
        node = CASE WHEN excluded.last_at >= g.last_at THEN excluded.node ELSE g.node END,
        message = CASE WHEN excluded.last_at >= g.last_at THEN excluded.message ELSE g.message END;
END $$;
GRANT EXECUTE ON FUNCTION
    sec.telemetry_take(uuid, bigint, bigint, timestamptz),
    sec.telemetry_routes(integer, integer[], bigint[], timestamptz, bytea[]),
    sec.telemetry_touch(timestamptz[]),
    sec.telemetry_failures(integer, bigint[], integer[], integer[], integer[], text[], bigint[], bigint[],
        timestamptz[], bigint[], timestamptz[], bigint[])
TO midplane_ingest;

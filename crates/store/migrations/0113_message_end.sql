-- Messages by the last characters of their ids. Counts of one tracer follow each other, so the ends of neighbours do too: ranges of
-- pages hold a few narrow intervals each, and an index of those is a thousandth of the table. Row-level security would keep
-- it from being used (`&` may not see other organizations' rows), hence the function, which asks for the organization itself.

CREATE INDEX message_end ON message USING brin ((low & 1048575) int8_minmax_multi_ops)
    WITH (pages_per_range = 16, autosummarize = on);

-- `mask` covers at least the 20 bits of four characters. The planner must not walk back through time until enough were found.
CREATE FUNCTION sec.telemetry_ends(wanted bigint, mask bigint, since timestamptz, most integer)
RETURNS TABLE (started_at timestamptz, low bigint, origin integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' SET enable_indexscan = off SET enable_seqscan = off AS $$
DECLARE
    org uuid := sec.current_org();
BEGIN
    IF mask & 1048575 <> 1048575 THEN
        RAISE EXCEPTION 'the end of an id has four characters' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    WITH hit AS MATERIALIZED (
        SELECT m.started_at, m.low, m.origin FROM public.message AS m
        WHERE m.org_id = org AND m.started_at >= since
            AND (m.low & 1048575) = (wanted & 1048575) AND (m.low & mask) = wanted
    )
    SELECT h.started_at, h.low, h.origin FROM hit AS h ORDER BY h.started_at DESC LIMIT most;
END $$;
GRANT EXECUTE ON FUNCTION sec.telemetry_ends(bigint, bigint, timestamptz, integer) TO midplane_app;

-- One row for a route in a minute, its nodes packed beside its own counts: a twelfth of the rows. Rows of one node each, which
-- earlier versions wrote, stay and are read. Tens of minutes are added up too, for the charts of today.

ALTER TABLE telemetry_rollup ADD COLUMN nodes bytea;
ALTER TABLE telemetry_summary ADD COLUMN nodes bytea;
ALTER TABLE telemetry_summary DROP CONSTRAINT telemetry_summary_span;
ALTER TABLE telemetry_summary ADD CONSTRAINT telemetry_summary_span CHECK (span_s IN (600, 3600, 86400));

-- `hours` are tens of minutes now; a function's parameters keep their names.
CREATE OR REPLACE FUNCTION sec.telemetry_touch(hours timestamptz[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO public.telemetry_stale AS s (org_id, span_s, started_at)
    SELECT sec.current_org(), t.span_s, t.at FROM (
        SELECT 600 AS span_s, unnest(hours) AS at
        UNION SELECT 3600, date_bin('1 hour', unnest(hours), 'epoch')
    ) AS t ORDER BY t.span_s, t.at
    ON CONFLICT ON CONSTRAINT telemetry_stale_pkey DO UPDATE SET touched = s.touched + 1;
END $$;

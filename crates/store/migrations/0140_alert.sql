-- Alerts: what needs somebody. One row for each thing of each rule, open while it is so and raised anew when it is so again.
-- The channel is the one webhook of an organization; its secret is sealed. A delivery is one attempt to call it.

CREATE TABLE alert_watch (
    org_id uuid NOT NULL,
    -- What happened before is nobody's news.
    since timestamptz NOT NULL,
    CONSTRAINT alert_watch_pkey PRIMARY KEY (org_id),
    CONSTRAINT alert_watch_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id)
);
SELECT sec.protect('alert_watch');

CREATE TABLE alert_rule (
    org_id uuid NOT NULL,
    rule text NOT NULL,
    is_on boolean NOT NULL,
    CONSTRAINT alert_rule_pkey PRIMARY KEY (org_id, rule),
    CONSTRAINT alert_rule_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id)
);
SELECT sec.protect('alert_rule');

CREATE TABLE alert (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    rule text NOT NULL,
    subject text NOT NULL,
    title text NOT NULL,
    detail text NOT NULL,
    -- Where the console shows it.
    path text NOT NULL,
    raised_at timestamptz NOT NULL,
    ended_at timestamptz,
    muted_until timestamptz,
    CONSTRAINT alert_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT alert_subject_key UNIQUE (org_id, rule, subject),
    CONSTRAINT alert_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id)
);
CREATE INDEX alert_raised ON alert (org_id, raised_at DESC);
SELECT sec.protect('alert');

CREATE TABLE alert_channel (
    org_id uuid NOT NULL,
    url text NOT NULL,
    secret bytea NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by uuid NOT NULL,
    CONSTRAINT alert_channel_pkey PRIMARY KEY (org_id),
    CONSTRAINT alert_channel_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id),
    CONSTRAINT alert_channel_url_length CHECK (length(url) BETWEEN 1 AND 2000)
);
SELECT sec.protect('alert_channel');

CREATE TABLE alert_delivery (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    -- The job, which is what a receiver knows a repeated attempt by.
    message uuid NOT NULL,
    title text NOT NULL,
    attempt integer NOT NULL,
    at timestamptz NOT NULL,
    took_ms integer NOT NULL,
    status integer,
    error text,
    next_at timestamptz,
    CONSTRAINT alert_delivery_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT alert_delivery_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id)
);
CREATE INDEX alert_delivery_newest ON alert_delivery (org_id, at DESC);
SELECT sec.protect('alert_delivery');

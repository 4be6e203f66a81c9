-- An organization's settings: one value for each key; what a key means is its reader's business.

CREATE TABLE setting (
    org_id uuid NOT NULL,
    key text NOT NULL,
    value jsonb NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT setting_pkey PRIMARY KEY (org_id, key),
    CONSTRAINT setting_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id)
);
SELECT sec.protect('setting');

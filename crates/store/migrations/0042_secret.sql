-- Secrets of an environment: values sealed with a data key of the organization, which is sealed with the server's
-- key-encryption key. No clear value is ever here.
--
-- Each value is bound by associated data to `org|environment|secret|version|key`, so that a ciphertext copied to another
-- row does not open. `data_key.kek` names the key-encryption key (first bytes of its SHA-256) that sealed the data key.

CREATE TABLE data_key (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    kek text NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz,
    CONSTRAINT data_key_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT data_key_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id)
);
CREATE UNIQUE INDEX data_key_current ON data_key (org_id) WHERE retired_at IS NULL;
SELECT sec.protect('data_key');

CREATE TABLE secret_value (
    org_id uuid NOT NULL,
    environment_id uuid NOT NULL,
    secret text NOT NULL,
    key text NOT NULL,
    version bigint NOT NULL,
    data_key_id uuid NOT NULL,
    sealed bytea NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by uuid NOT NULL,
    CONSTRAINT secret_value_pkey PRIMARY KEY (org_id, environment_id, secret, key),
    CONSTRAINT secret_value_environment_fkey FOREIGN KEY (org_id, environment_id)
        REFERENCES environment (org_id, id) ON DELETE CASCADE,
    CONSTRAINT secret_value_data_key_fkey FOREIGN KEY (org_id, data_key_id) REFERENCES data_key (org_id, id),
    CONSTRAINT secret_value_name_length CHECK (length(secret) BETWEEN 1 AND 63 AND length(key) BETWEEN 1 AND 128)
);
SELECT sec.protect('secret_value');

-- An environment names a runtime of its own organization; a runtime that an environment uses cannot be deleted.

ALTER TABLE environment
    ADD CONSTRAINT environment_runtime_fkey FOREIGN KEY (org_id, runtime_id) REFERENCES runtime (org_id, id);
CREATE INDEX environment_runtime ON environment (org_id, runtime_id);

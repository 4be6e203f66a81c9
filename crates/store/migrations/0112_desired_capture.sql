-- What the release's `midplane.yaml` says of capture: a layer between the project's settings and the integration's own.
ALTER TABLE desired ADD COLUMN capture jsonb NOT NULL DEFAULT '{}';

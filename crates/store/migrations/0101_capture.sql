-- What is recorded of messages, for each layer that says something.
--
-- The nil ids of environment and project and empty integration and route stand for "all", so that the key is one constraint. An
-- integration is named, not referred to: settings may be made before its first commit, and outlive its folder. A window is
-- a row of its own that ends by itself.

CREATE TABLE capture (
    org_id uuid NOT NULL,
    environment_id uuid NOT NULL,
    project_id uuid NOT NULL,
    integration text NOT NULL,
    route text NOT NULL,
    settings jsonb NOT NULL,
    window_level text,
    window_until timestamptz,
    changed_at timestamptz NOT NULL,
    changed_by uuid NOT NULL,
    CONSTRAINT capture_pkey PRIMARY KEY (org_id, environment_id, project_id, integration, route),
    CONSTRAINT capture_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id),
    CONSTRAINT capture_integration_length CHECK (length(integration) <= 253),
    CONSTRAINT capture_route_length CHECK (length(route) <= 253),
    CONSTRAINT capture_route_of_integration CHECK (route = '' OR integration <> ''),
    CONSTRAINT capture_window CHECK ((window_level IS NULL) = (window_until IS NULL)),
    CONSTRAINT capture_window_level CHECK (window_level IN ('off', 'timings', 'headers', 'bodies'))
);
SELECT sec.protect('capture');

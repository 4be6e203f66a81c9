-- Read from pg_catalog by crates/store/tests/it/schema.rs; do not edit.

-- tables and columns
public.actor.org_id uuid NOT NULL
public.actor.id uuid NOT NULL
public.actor.kind text NOT NULL
public.actor.name text NOT NULL
public.actor.created_at timestamp with time zone NOT NULL
public.actor.disabled_at timestamp with time zone
public.alert.org_id uuid NOT NULL
public.alert.id uuid NOT NULL
public.alert.rule text NOT NULL
public.alert.subject text NOT NULL
public.alert.title text NOT NULL
public.alert.detail text NOT NULL
public.alert.path text NOT NULL
public.alert.raised_at timestamp with time zone NOT NULL
public.alert.ended_at timestamp with time zone
public.alert.muted_until timestamp with time zone
public.alert_channel.org_id uuid NOT NULL
public.alert_channel.url text NOT NULL
public.alert_channel.secret bytea NOT NULL
public.alert_channel.changed_at timestamp with time zone NOT NULL
public.alert_channel.changed_by uuid NOT NULL
public.alert_delivery.org_id uuid NOT NULL
public.alert_delivery.id uuid NOT NULL
public.alert_delivery.message uuid NOT NULL
public.alert_delivery.title text NOT NULL
public.alert_delivery.attempt integer NOT NULL
public.alert_delivery.at timestamp with time zone NOT NULL
public.alert_delivery.took_ms integer NOT NULL
public.alert_delivery.status integer
public.alert_delivery.error text
public.alert_delivery.next_at timestamp with time zone
public.alert_rule.org_id uuid NOT NULL
public.alert_rule.rule text NOT NULL
public.alert_rule.is_on boolean NOT NULL
public.alert_watch.org_id uuid NOT NULL
public.alert_watch.since timestamp with time zone NOT NULL
public.api_token.org_id uuid NOT NULL
public.api_token.id uuid NOT NULL
public.api_token.actor_id uuid NOT NULL
public.api_token.kind text NOT NULL
public.api_token.label text NOT NULL
public.api_token.digest bytea NOT NULL
public.api_token.created_at timestamp with time zone NOT NULL
public.api_token.expires_at timestamp with time zone
public.api_token.last_used_at timestamp with time zone
public.api_token.revoked_at timestamp with time zone
public.artifact.org_id uuid NOT NULL
public.artifact.digest text NOT NULL
public.artifact.kind text NOT NULL
public.artifact.bytes bytea NOT NULL
public.artifact.created_at timestamp with time zone NOT NULL
public.audit.org_id uuid NOT NULL
public.audit.seq bigint NOT NULL
public.audit.at timestamp with time zone NOT NULL
public.audit.actor_id uuid NOT NULL
public.audit.action text NOT NULL
public.audit.target_kind text NOT NULL
public.audit.target_id text NOT NULL
public.audit.detail text NOT NULL
public.audit.previous bytea NOT NULL
public.audit.hash bytea NOT NULL
public.audit_head.org_id uuid NOT NULL
public.audit_head.seq bigint NOT NULL
public.audit_head.hash bytea NOT NULL
public.bulk_replay.org_id uuid NOT NULL
public.bulk_replay.id uuid NOT NULL
public.bulk_replay.query text NOT NULL
public.bulk_replay.state text NOT NULL
public.bulk_replay.reason text
public.bulk_replay.canary integer
public.bulk_replay.per_second integer NOT NULL
public.bulk_replay.stop_after integer NOT NULL
public.bulk_replay.repeat_effects boolean NOT NULL
public.bulk_replay.since timestamp with time zone NOT NULL
public.bulk_replay.begun_then integer NOT NULL
public.bulk_replay.failed_then integer NOT NULL
public.bulk_replay.asked_by uuid NOT NULL
public.bulk_replay.asked_by_label text NOT NULL
public.bulk_replay.asked_at timestamp with time zone NOT NULL
public.bulk_replay.ended_at timestamp with time zone
public.bulk_replay_item.org_id uuid NOT NULL
public.bulk_replay_item.bulk_id uuid NOT NULL
public.bulk_replay_item.place integer NOT NULL
public.bulk_replay_item.message uuid NOT NULL
public.bulk_replay_item.replay_id uuid
public.bulk_replay_item.code text
public.bulk_replay_item.reason text
public.capture.org_id uuid NOT NULL
public.capture.environment_id uuid NOT NULL
public.capture.project_id uuid NOT NULL
public.capture.integration text NOT NULL
public.capture.route text NOT NULL
public.capture.settings jsonb NOT NULL
public.capture.window_level text
public.capture.window_until timestamp with time zone
public.capture.changed_at timestamp with time zone NOT NULL
public.capture.changed_by uuid NOT NULL
public.command.org_id uuid NOT NULL
public.command.id uuid NOT NULL
public.command.runtime_id uuid NOT NULL
public.command.seq bigint NOT NULL
public.command.lane text NOT NULL
public.command.kind text NOT NULL
public.command.body bytea NOT NULL
public.command.deadline timestamp with time zone NOT NULL
public.command.state text NOT NULL DEFAULT 'pending'::text
public.command.created_at timestamp with time zone NOT NULL DEFAULT now()
public.command.acknowledged_at timestamp with time zone
public.command.completed_at timestamp with time zone
public.command.code text
public.command.message text
public.command.result bytea
public.configuration.org_id uuid NOT NULL
public.configuration.environment_id uuid NOT NULL
public.configuration.project_id uuid NOT NULL
public.configuration.integration text NOT NULL
public.configuration.key text NOT NULL
public.configuration.value text NOT NULL
public.configuration.changed_at timestamp with time zone NOT NULL
public.configuration.changed_by uuid NOT NULL
public.data_key.org_id uuid NOT NULL
public.data_key.id uuid NOT NULL
public.data_key.kek text NOT NULL
public.data_key.sealed bytea NOT NULL
public.data_key.created_at timestamp with time zone NOT NULL
public.data_key.retired_at timestamp with time zone
public.deployment.org_id uuid NOT NULL
public.deployment.id uuid NOT NULL
public.deployment.workload_id uuid NOT NULL
public.deployment.release_id uuid NOT NULL
public.deployment.generation bigint NOT NULL
public.deployment.configuration_revision bigint NOT NULL
public.deployment.specification text
public.deployment.artifacts text[] NOT NULL
public.deployment.cause text NOT NULL
public.deployment.actor_id uuid NOT NULL
public.deployment.phase text NOT NULL
public.deployment.code text
public.deployment.reason text
public.deployment.log text[] NOT NULL DEFAULT '{}'::text[]
public.deployment.url text
public.deployment.created_at timestamp with time zone NOT NULL
public.deployment.ended_at timestamp with time zone
public.deployment_phase.org_id uuid NOT NULL
public.deployment_phase.deployment_id uuid NOT NULL
public.deployment_phase.phase text NOT NULL
public.deployment_phase.at timestamp with time zone NOT NULL
public.deployment_phase.code text
public.deployment_phase.reason text
public.desired.org_id uuid NOT NULL
public.desired.workload_id uuid NOT NULL
public.desired.runtime_id uuid NOT NULL
public.desired.generation bigint NOT NULL
public.desired.specification text
public.desired.run boolean NOT NULL
public.desired.changed_at timestamp with time zone NOT NULL
public.desired.capture jsonb NOT NULL DEFAULT '{}'::jsonb
public.enrolment.org_id uuid NOT NULL
public.enrolment.runtime_id uuid NOT NULL
public.enrolment.state text NOT NULL
public.enrolment.token bytea NOT NULL
public.enrolment.expires_at timestamp with time zone
public.enrolment.key bytea
public.enrolment.generation bigint
public.enrolment.not_after timestamp with time zone
public.environment.org_id uuid NOT NULL
public.environment.id uuid NOT NULL
public.environment.name text NOT NULL
public.environment.rank integer NOT NULL
public.environment.branch text
public.environment.runtime_id uuid
public.environment.revision bigint NOT NULL DEFAULT 1
public.environment.created_at timestamp with time zone NOT NULL
public.failure_group.org_id uuid NOT NULL
public.failure_group.fingerprint bigint NOT NULL
public.failure_group.integration text NOT NULL
public.failure_group.environment text NOT NULL
public.failure_group.route integer NOT NULL
public.failure_group.project_id uuid
public.failure_group.environment_id uuid
public.failure_group.node integer
public.failure_group.class integer NOT NULL
public.failure_group.message text NOT NULL
public.failure_group.count bigint NOT NULL
public.failure_group.handled bigint NOT NULL
public.failure_group.first_at timestamp with time zone NOT NULL
public.failure_group.first_low bigint NOT NULL
public.failure_group.first_origin integer NOT NULL
public.failure_group.last_at timestamp with time zone NOT NULL
public.failure_group.last_low bigint NOT NULL
public.failure_group.last_origin integer NOT NULL
public.failure_mark.org_id uuid NOT NULL
public.failure_mark.fingerprint bigint NOT NULL
public.failure_mark.integration text NOT NULL
public.failure_mark.environment text NOT NULL
public.failure_mark.route integer NOT NULL
public.failure_mark.said text NOT NULL
public.failure_mark.said_at timestamp with time zone
public.failure_mark.said_by uuid
public.failure_mark.said_by_label text
public.failure_mark.muted_until timestamp with time zone
public.failure_mark.resolved_deployment_id uuid
public.failure_mark.assignee text
public.failure_mark.note text
public.integration.org_id uuid NOT NULL
public.integration.id uuid NOT NULL
public.integration.project_id uuid NOT NULL
public.integration.source_id uuid NOT NULL
public.integration.name text NOT NULL
public.integration.folder text NOT NULL
public.integration.created_at timestamp with time zone NOT NULL
public.integration.removed_at timestamp with time zone
public.job.org_id uuid NOT NULL
public.job.id uuid NOT NULL
public.job.queue text NOT NULL
public.job.key text NOT NULL
public.job.body jsonb NOT NULL
public.job.state text NOT NULL DEFAULT 'waiting'::text
public.job.attempts integer NOT NULL DEFAULT 0
public.job.run_at timestamp with time zone NOT NULL
public.job.lease_until timestamp with time zone
public.job.worker uuid
public.job.error text
public.job.created_at timestamp with time zone NOT NULL
public.job.finished_at timestamp with time zone
public.login_link.org_id uuid NOT NULL
public.login_link.digest bytea NOT NULL
public.login_link.actor_id uuid NOT NULL
public.login_link.created_at timestamp with time zone NOT NULL
public.login_link.expires_at timestamp with time zone NOT NULL
public.login_link.used_at timestamp with time zone
public.message.org_id uuid NOT NULL
public.message.started_at timestamp with time zone NOT NULL
public.message.low bigint NOT NULL
public.message.duration_us bigint NOT NULL
public.message.fingerprint bigint
public.message.origin integer NOT NULL
public.message.route integer NOT NULL
public.message.steps integer NOT NULL
public.message.flags integer NOT NULL
public.message.node integer
public.message.class integer
public.message.retention smallint NOT NULL
public.message.outcome smallint NOT NULL
public.message.packed bytea NOT NULL
public.message_payload.org_id uuid NOT NULL
public.message_payload.started_at timestamp with time zone NOT NULL
public.message_payload.low bigint NOT NULL
public.message_payload.full_size bigint NOT NULL
public.message_payload.hash bigint NOT NULL
public.message_payload.step integer NOT NULL
public.message_payload.flags integer NOT NULL
public.message_payload.content_type integer
public.message_payload.class integer
public.message_payload.dictionary integer NOT NULL
public.message_payload.origin integer NOT NULL
public.message_payload.retention smallint NOT NULL
public.message_payload.point smallint NOT NULL
public.message_payload.kind smallint NOT NULL
public.message_payload.headers bytea NOT NULL
public.message_payload.body bytea
public.message_token.org_id uuid NOT NULL
public.message_token.started_at timestamp with time zone NOT NULL
public.message_token.low bigint NOT NULL
public.message_token.token bigint NOT NULL
public.message_token.retention smallint NOT NULL
public.organization.id uuid NOT NULL
public.organization.name text NOT NULL
public.organization.created_at timestamp with time zone NOT NULL
public.project.org_id uuid NOT NULL
public.project.id uuid NOT NULL
public.project.name text NOT NULL
public.project.created_at timestamp with time zone NOT NULL
public.release.org_id uuid NOT NULL
public.release.id uuid NOT NULL
public.release.integration_id uuid NOT NULL
public.release.source_id uuid NOT NULL
public.release.commit_id text NOT NULL
public.release.author text NOT NULL
public.release.subject text NOT NULL
public.release.committed_at timestamp with time zone NOT NULL
public.release.created_at timestamp with time zone NOT NULL
public.release.state text NOT NULL
public.release.inputs text NOT NULL
public.release.bundle text
public.release.lock text
public.release.base text NOT NULL
public.release.camel text NOT NULL
public.release.recipe jsonb NOT NULL
public.release.problems jsonb NOT NULL
public.release.resolve_inputs text
public.release.resolve_command uuid
public.release.resolve_asked_at timestamp with time zone
public.replay.org_id uuid NOT NULL
public.replay.id uuid NOT NULL
public.replay.workload_id uuid NOT NULL
public.replay.kind text NOT NULL
public.replay.route text
public.replay.endpoint text
public.replay.original uuid
public.replay.original_at timestamp with time zone
public.replay.original_low bigint
public.replay.source text NOT NULL
public.replay.asked_by uuid NOT NULL
public.replay.asked_by_label text NOT NULL
public.replay.asked_at timestamp with time zone NOT NULL
public.replay.begin_before timestamp with time zone NOT NULL
public.replay.outcome text
public.replay.code text
public.replay.reason text
public.replay.message uuid
public.replay.detail text
public.replay.ended_at timestamp with time zone
public.replay.failure_fingerprint bigint
public.replay.failure_integration text
public.replay.failure_environment text
public.replay.failure_route integer
public.replay.failure_handled boolean
public.resolution.org_id uuid NOT NULL
public.resolution.inputs text NOT NULL
public.resolution.lock text NOT NULL
public.resolution.created_at timestamp with time zone NOT NULL
public.role_binding.org_id uuid NOT NULL
public.role_binding.actor_id uuid NOT NULL
public.role_binding.role text NOT NULL
public.role_binding.scope text NOT NULL
public.role_binding.scope_id uuid NOT NULL
public.role_binding.created_at timestamp with time zone NOT NULL
public.route_hold.org_id uuid NOT NULL
public.route_hold.workload_id uuid NOT NULL
public.route_hold.route text NOT NULL
public.route_hold.state text NOT NULL
public.route_hold.revision bigint NOT NULL
public.route_hold.changed_by uuid NOT NULL
public.route_hold.changed_by_label text NOT NULL
public.route_hold.changed_at timestamp with time zone NOT NULL
public.runner_session.org_id uuid NOT NULL
public.runner_session.runtime_id uuid NOT NULL
public.runner_session.epoch bigint NOT NULL
public.runner_session.replica uuid
public.runner_session.replica_address text
public.runner_session.lease_until timestamp with time zone NOT NULL
public.runner_session.journal_id bytea NOT NULL
public.runner_session.last_event_seq bigint NOT NULL DEFAULT 0
public.runner_session.opened_at timestamp with time zone NOT NULL
public.runtime.org_id uuid NOT NULL
public.runtime.id uuid NOT NULL
public.runtime.name text NOT NULL
public.runtime.purposes text[] NOT NULL
public.runtime.standing text NOT NULL DEFAULT 'good'::text
public.runtime.standing_reason text
public.runtime.created_at timestamp with time zone NOT NULL
public.runtime.sealing_key bytea
public.runtime.command_seq bigint NOT NULL DEFAULT 0
public.runtime.seen_generation bigint NOT NULL DEFAULT 0
public.runtime.boot_id text
public.runtime.last_seen_at timestamp with time zone
public.runtime.version text
public.runtime.capabilities text[] NOT NULL DEFAULT '{}'::text[]
public.runtime.conditions jsonb NOT NULL DEFAULT '[]'::jsonb
public.runtime.rss_bytes bigint
public.runtime.clock_skew_ms bigint
public.runtime.address text
public.runtime.figures jsonb NOT NULL DEFAULT '{}'::jsonb
public.secret_value.org_id uuid NOT NULL
public.secret_value.environment_id uuid NOT NULL
public.secret_value.secret text NOT NULL
public.secret_value.key text NOT NULL
public.secret_value.version bigint NOT NULL
public.secret_value.data_key_id uuid NOT NULL
public.secret_value.sealed bytea NOT NULL
public.secret_value.changed_at timestamp with time zone NOT NULL
public.secret_value.changed_by uuid NOT NULL
public.setting.org_id uuid NOT NULL
public.setting.key text NOT NULL
public.setting.value jsonb NOT NULL
public.setting.changed_at timestamp with time zone NOT NULL
public.source.org_id uuid NOT NULL
public.source.id uuid NOT NULL
public.source.project_id uuid NOT NULL
public.source.name text NOT NULL
public.source.url text NOT NULL
public.source.branch text NOT NULL
public.source.path text NOT NULL
public.source.token bytea
public.source.commit_id text
public.source.commit_author text
public.source.commit_subject text
public.source.commit_at timestamp with time zone
public.source.checked_at timestamp with time zone
public.source.condition_code text
public.source.condition_message text
public.source.condition_since timestamp with time zone
public.source.attempts integer NOT NULL DEFAULT 0
public.source.prune jsonb
public.source.created_at timestamp with time zone NOT NULL
public.telemetry_account.org_id uuid NOT NULL
public.telemetry_account.started_at timestamp with time zone NOT NULL
public.telemetry_account.ended_at timestamp with time zone NOT NULL
public.telemetry_account.runtime_id uuid NOT NULL
public.telemetry_account.epoch bigint NOT NULL
public.telemetry_account.count bigint NOT NULL
public.telemetry_account.origin integer NOT NULL
public.telemetry_account.route integer
public.telemetry_account.retention smallint NOT NULL
public.telemetry_account.entry smallint NOT NULL
public.telemetry_account.kind smallint NOT NULL
public.telemetry_account.stage smallint NOT NULL
public.telemetry_account.reason smallint NOT NULL
public.telemetry_counter.org_id uuid NOT NULL
public.telemetry_counter.names integer NOT NULL DEFAULT 0
public.telemetry_counter.origins integer NOT NULL DEFAULT 0
public.telemetry_dictionary.org_id uuid NOT NULL
public.telemetry_dictionary.id integer NOT NULL
public.telemetry_dictionary.created_at timestamp with time zone NOT NULL
public.telemetry_dictionary.bytes bytea NOT NULL
public.telemetry_ledger.org_id uuid NOT NULL
public.telemetry_ledger.runtime_id uuid NOT NULL
public.telemetry_ledger.epoch bigint NOT NULL
public.telemetry_ledger.number bigint NOT NULL
public.telemetry_ledger.stored_at timestamp with time zone NOT NULL
public.telemetry_log.org_id uuid NOT NULL
public.telemetry_log.started_at timestamp with time zone NOT NULL
public.telemetry_log.message_started_at timestamp with time zone
public.telemetry_log.message_low bigint
public.telemetry_log.origin integer NOT NULL
public.telemetry_log.logger integer
public.telemetry_log.thread integer
public.telemetry_log.route integer
public.telemetry_log.node integer
public.telemetry_log.retention smallint NOT NULL
public.telemetry_log.level smallint NOT NULL
public.telemetry_log.source smallint NOT NULL
public.telemetry_log.body text NOT NULL
public.telemetry_log.stack text
public.telemetry_name.org_id uuid NOT NULL
public.telemetry_name.id integer NOT NULL
public.telemetry_name.kind smallint NOT NULL
public.telemetry_name.value text NOT NULL
public.telemetry_origin.org_id uuid NOT NULL
public.telemetry_origin.id integer NOT NULL
public.telemetry_origin.runtime_id uuid NOT NULL
public.telemetry_origin.workload_id uuid
public.telemetry_origin.deployment_id uuid
public.telemetry_origin.project_id uuid
public.telemetry_origin.environment_id uuid
public.telemetry_origin.integration text NOT NULL
public.telemetry_origin.environment text NOT NULL
public.telemetry_origin.release text NOT NULL
public.telemetry_origin.first_at timestamp with time zone NOT NULL
public.telemetry_rollup.org_id uuid NOT NULL
public.telemetry_rollup.started_at timestamp with time zone NOT NULL
public.telemetry_rollup.count bigint NOT NULL
public.telemetry_rollup.failed bigint NOT NULL
public.telemetry_rollup.handled bigint NOT NULL
public.telemetry_rollup.duration_sum_us bigint NOT NULL
public.telemetry_rollup.duration_max_us bigint NOT NULL
public.telemetry_rollup.origin integer NOT NULL
public.telemetry_rollup.route integer NOT NULL
public.telemetry_rollup.node integer NOT NULL
public.telemetry_rollup.retention smallint NOT NULL
public.telemetry_rollup.histogram bytea NOT NULL
public.telemetry_rollup.nodes bytea
public.telemetry_route.org_id uuid NOT NULL
public.telemetry_route.origin integer NOT NULL
public.telemetry_route.route integer NOT NULL
public.telemetry_route.structure bigint NOT NULL
public.telemetry_route.seen_at timestamp with time zone NOT NULL
public.telemetry_route.packed bytea NOT NULL
public.telemetry_stale.org_id uuid NOT NULL
public.telemetry_stale.span_s integer NOT NULL
public.telemetry_stale.started_at timestamp with time zone NOT NULL
public.telemetry_stale.touched bigint NOT NULL DEFAULT 1
public.telemetry_summary.org_id uuid NOT NULL
public.telemetry_summary.span_s integer NOT NULL
public.telemetry_summary.started_at timestamp with time zone NOT NULL
public.telemetry_summary.origin integer NOT NULL
public.telemetry_summary.route integer NOT NULL
public.telemetry_summary.node integer NOT NULL
public.telemetry_summary.count bigint NOT NULL
public.telemetry_summary.failed bigint NOT NULL
public.telemetry_summary.handled bigint NOT NULL
public.telemetry_summary.duration_sum_us bigint NOT NULL
public.telemetry_summary.duration_max_us bigint NOT NULL
public.telemetry_summary.histogram bytea NOT NULL
public.telemetry_summary.nodes bytea
public.workload.org_id uuid NOT NULL
public.workload.id uuid NOT NULL
public.workload.integration_id uuid NOT NULL
public.workload.environment_id uuid NOT NULL
public.workload.runtime_id uuid NOT NULL
public.workload.generation bigint NOT NULL
public.workload.asked text NOT NULL
public.workload.held_release_id uuid
public.workload.held_at timestamp with time zone
public.workload.deployment_id uuid
public.workload.created_at timestamp with time zone NOT NULL
public.workload.seen_state text
public.workload.seen_deployment_id uuid
public.workload.seen_generation bigint
public.workload.seen_pid integer
public.workload.seen_rss_bytes bigint
public.workload.seen_restarts integer
public.workload.seen_started_at timestamp with time zone
public.workload.seen_url text
public.workload.seen_reason text
public.workload.seen_at timestamp with time zone
public.workload.seen_cpu_ms bigint
sec.token_key.one boolean NOT NULL DEFAULT true
sec.token_key.key bytea NOT NULL
sec.token_key.inner_pad bytea NOT NULL
sec.token_key.outer_pad bytea NOT NULL

-- constraints
actor actor_kind CHECK ((kind = ANY (ARRAY['system'::text, 'user'::text, 'machine'::text, 'runner'::text])))
actor actor_name_key UNIQUE (org_id, kind, name)
actor actor_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
actor actor_pkey PRIMARY KEY (org_id, id)
alert alert_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
alert alert_pkey PRIMARY KEY (org_id, id)
alert alert_subject_key UNIQUE (org_id, rule, subject)
alert_channel alert_channel_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
alert_channel alert_channel_pkey PRIMARY KEY (org_id)
alert_channel alert_channel_url_length CHECK (((length(url) >= 1) AND (length(url) <= 2000)))
alert_delivery alert_delivery_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
alert_delivery alert_delivery_pkey PRIMARY KEY (org_id, id)
alert_rule alert_rule_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
alert_rule alert_rule_pkey PRIMARY KEY (org_id, rule)
alert_watch alert_watch_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
alert_watch alert_watch_pkey PRIMARY KEY (org_id)
api_token api_token_actor_fkey FOREIGN KEY (org_id, actor_id) REFERENCES actor(org_id, id) ON DELETE CASCADE
api_token api_token_digest_key UNIQUE (org_id, digest)
api_token api_token_digest_length CHECK ((length(digest) = 32))
api_token api_token_kind CHECK ((kind = ANY (ARRAY['api'::text, 'session'::text])))
api_token api_token_pkey PRIMARY KEY (org_id, id)
artifact artifact_digest CHECK ((digest ~ '^sha256:[0-9a-f]{64}$'::text))
artifact artifact_kind CHECK ((kind = ANY (ARRAY['bundle'::text, 'lock'::text, 'specification'::text, 'secret'::text])))
artifact artifact_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
artifact artifact_pkey PRIMARY KEY (org_id, digest)
audit audit_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
audit audit_pkey PRIMARY KEY (org_id, seq)
audit_head audit_head_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
audit_head audit_head_pkey PRIMARY KEY (org_id)
bulk_replay bulk_replay_ended CHECK (((state = ANY (ARRAY['ended'::text, 'cancelled'::text])) = (ended_at IS NOT NULL)))
bulk_replay bulk_replay_pkey PRIMARY KEY (org_id, id)
bulk_replay bulk_replay_state CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'ended'::text, 'cancelled'::text])))
bulk_replay_item bulk_replay_item_begun CHECK (((replay_id IS NULL) OR (code IS NULL)))
bulk_replay_item bulk_replay_item_bulk_fkey FOREIGN KEY (org_id, bulk_id) REFERENCES bulk_replay(org_id, id) ON DELETE CASCADE
bulk_replay_item bulk_replay_item_pkey PRIMARY KEY (org_id, bulk_id, place)
capture capture_integration_length CHECK ((length(integration) <= 253))
capture capture_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
capture capture_pkey PRIMARY KEY (org_id, environment_id, project_id, integration, route)
capture capture_route_length CHECK ((length(route) <= 253))
capture capture_route_of_integration CHECK (((route = ''::text) OR (integration <> ''::text)))
capture capture_window CHECK (((window_level IS NULL) = (window_until IS NULL)))
capture capture_window_level CHECK ((window_level = ANY (ARRAY['off'::text, 'timings'::text, 'headers'::text, 'bodies'::text])))
command command_lane CHECK ((lane = ANY (ARRAY['deploy'::text, 'ops'::text, 'replay'::text, 'health'::text, 'logs'::text, 'telemetry'::text])))
command command_pkey PRIMARY KEY (org_id, id)
command command_runtime_fkey FOREIGN KEY (org_id, runtime_id) REFERENCES runtime(org_id, id)
command command_seq_key UNIQUE (org_id, runtime_id, seq)
command command_state CHECK ((state = ANY (ARRAY['pending'::text, 'acknowledged'::text, 'done'::text, 'failed'::text, 'expired'::text])))
configuration configuration_environment_fkey FOREIGN KEY (org_id, environment_id) REFERENCES environment(org_id, id) ON DELETE CASCADE
configuration configuration_key_length CHECK (((length(key) >= 1) AND (length(key) <= 256)))
configuration configuration_pkey PRIMARY KEY (org_id, environment_id, project_id, integration, key)
configuration configuration_value_length CHECK ((length(value) <= 65536))
data_key data_key_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
data_key data_key_pkey PRIMARY KEY (org_id, id)
deployment deployment_cause CHECK ((cause = ANY (ARRAY['push'::text, 'rollback'::text, 'resume'::text, 'configuration'::text, 'start'::text, 'environment'::text, 'promotion'::text])))
deployment deployment_generation_key UNIQUE (org_id, workload_id, generation)
deployment deployment_pkey PRIMARY KEY (org_id, id)
deployment deployment_release_fkey FOREIGN KEY (org_id, release_id) REFERENCES release(org_id, id)
deployment deployment_workload_fkey FOREIGN KEY (org_id, workload_id) REFERENCES workload(org_id, id)
deployment_phase deployment_phase_deployment_fkey FOREIGN KEY (org_id, deployment_id) REFERENCES deployment(org_id, id)
deployment_phase deployment_phase_pkey PRIMARY KEY (org_id, deployment_id, phase)
desired desired_pkey PRIMARY KEY (org_id, workload_id, runtime_id)
desired desired_workload_fkey FOREIGN KEY (org_id, workload_id) REFERENCES workload(org_id, id)
enrolment enrolment_pkey PRIMARY KEY (org_id, runtime_id)
enrolment enrolment_runtime_fkey FOREIGN KEY (org_id, runtime_id) REFERENCES runtime(org_id, id)
enrolment enrolment_state CHECK ((((state = 'offered'::text) AND (expires_at IS NOT NULL)) OR ((state = 'redeemed'::text) AND (key IS NOT NULL)) OR ((state = 'enrolled'::text) AND (key IS NOT NULL) AND (generation IS NOT NULL) AND (not_after IS NOT NULL))))
enrolment enrolment_token_key UNIQUE (org_id, token)
enrolment enrolment_token_length CHECK ((length(token) = 32))
environment environment_name_key UNIQUE (org_id, name)
environment environment_name_length CHECK (((length(name) >= 1) AND (length(name) <= 63)))
environment environment_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
environment environment_pkey PRIMARY KEY (org_id, id)
environment environment_runtime_fkey FOREIGN KEY (org_id, runtime_id) REFERENCES runtime(org_id, id)
failure_group failure_group_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
failure_group failure_group_pkey PRIMARY KEY (org_id, fingerprint, integration, environment, route)
failure_mark failure_mark_assignee_length CHECK (((length(assignee) >= 1) AND (length(assignee) <= 200)))
failure_mark failure_mark_group_fkey FOREIGN KEY (org_id, fingerprint, integration, environment, route) REFERENCES failure_group(org_id, fingerprint, integration, environment, route) ON DELETE CASCADE
failure_mark failure_mark_muted CHECK (((said = 'muted'::text) OR (muted_until IS NULL)))
failure_mark failure_mark_note_length CHECK (((length(note) >= 1) AND (length(note) <= 4000)))
failure_mark failure_mark_pkey PRIMARY KEY (org_id, fingerprint, integration, environment, route)
failure_mark failure_mark_resolved CHECK (((said = 'resolved'::text) OR (resolved_deployment_id IS NULL)))
failure_mark failure_mark_said CHECK ((said = ANY (ARRAY['open'::text, 'resolved'::text, 'muted'::text])))
failure_mark failure_mark_said_by CHECK ((((said_at IS NULL) = (said_by IS NULL)) AND ((said_at IS NULL) = (said_by_label IS NULL)) AND ((said = 'open'::text) OR (said_at IS NOT NULL))))
integration integration_name_key UNIQUE (org_id, project_id, name)
integration integration_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
integration integration_pkey PRIMARY KEY (org_id, id)
integration integration_project_fkey FOREIGN KEY (org_id, project_id) REFERENCES project(org_id, id)
job job_key_key UNIQUE (org_id, queue, key)
job job_lease CHECK (((state = 'running'::text) = ((lease_until IS NOT NULL) AND (worker IS NOT NULL))))
job job_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
job job_pkey PRIMARY KEY (org_id, id)
job job_state CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'done'::text, 'failed'::text])))
login_link login_link_actor_fkey FOREIGN KEY (org_id, actor_id) REFERENCES actor(org_id, id) ON DELETE CASCADE
login_link login_link_digest_length CHECK ((length(digest) = 32))
login_link login_link_pkey PRIMARY KEY (org_id, digest)
organization organization_name_length CHECK (((length(name) >= 1) AND (length(name) <= 63)))
organization organization_pkey PRIMARY KEY (id)
project project_name_key UNIQUE (org_id, name)
project project_name_length CHECK (((length(name) >= 1) AND (length(name) <= 63)))
project project_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
project project_pkey PRIMARY KEY (org_id, id)
release release_bundle CHECK (((state = 'refused'::text) OR (bundle IS NOT NULL)))
release release_integration_fkey FOREIGN KEY (org_id, integration_id) REFERENCES integration(org_id, id)
release release_pkey PRIMARY KEY (org_id, id)
release release_state CHECK ((state = ANY (ARRAY['drafted'::text, 'resolving'::text, 'released'::text, 'refused'::text])))
replay replay_command_fkey FOREIGN KEY (org_id, id) REFERENCES command(org_id, id) ON DELETE CASCADE
replay replay_ended CHECK (((outcome IS NULL) = (ended_at IS NULL)))
replay replay_failure CHECK ((num_nonnulls(failure_fingerprint, failure_integration, failure_environment, failure_route, failure_handled) = ANY (ARRAY[0, 5])))
replay replay_kind CHECK ((kind = ANY (ARRAY['replay'::text, 'send'::text])))
replay replay_original CHECK (((kind = 'replay'::text) = (original IS NOT NULL)))
replay replay_outcome CHECK ((outcome = ANY (ARRAY['completed'::text, 'handled'::text, 'failed'::text, 'not_done'::text, 'unknown'::text])))
replay replay_pkey PRIMARY KEY (org_id, id)
replay replay_place CHECK (((route IS NULL) <> (endpoint IS NULL)))
replay replay_source CHECK ((source = ANY (ARRAY['recorded'::text, 'edited'::text, 'given'::text])))
replay replay_workload_fkey FOREIGN KEY (org_id, workload_id) REFERENCES workload(org_id, id) ON DELETE CASCADE
resolution resolution_lock_fkey FOREIGN KEY (org_id, lock) REFERENCES artifact(org_id, digest)
resolution resolution_pkey PRIMARY KEY (org_id, inputs)
role_binding role_binding_actor_fkey FOREIGN KEY (org_id, actor_id) REFERENCES actor(org_id, id) ON DELETE CASCADE
role_binding role_binding_organization CHECK (((scope <> 'organization'::text) OR (scope_id = org_id)))
role_binding role_binding_pkey PRIMARY KEY (org_id, actor_id, role, scope, scope_id)
role_binding role_binding_role CHECK ((role = ANY (ARRAY['owner'::text, 'administrator'::text, 'developer'::text, 'operator'::text, 'viewer'::text, 'auditor'::text])))
role_binding role_binding_scope CHECK ((scope = ANY (ARRAY['organization'::text, 'project'::text, 'environment'::text])))
route_hold route_hold_pkey PRIMARY KEY (org_id, workload_id, route)
route_hold route_hold_route_length CHECK (((length(route) >= 1) AND (length(route) <= 253)))
route_hold route_hold_state CHECK ((state = ANY (ARRAY['started'::text, 'stopped'::text, 'suspended'::text])))
route_hold route_hold_workload_fkey FOREIGN KEY (org_id, workload_id) REFERENCES workload(org_id, id) ON DELETE CASCADE
runner_session runner_session_pkey PRIMARY KEY (org_id, runtime_id)
runner_session runner_session_runtime_fkey FOREIGN KEY (org_id, runtime_id) REFERENCES runtime(org_id, id)
runtime runtime_name_length CHECK (((length(name) >= 1) AND (length(name) <= 63)))
runtime runtime_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
runtime runtime_pkey PRIMARY KEY (org_id, id)
runtime runtime_purposes CHECK (((cardinality(purposes) > 0) AND (purposes <@ ARRAY['run'::text, 'build'::text, 'shared'::text])))
runtime runtime_standing CHECK ((standing = ANY (ARRAY['good'::text, 'locked'::text, 'revoked'::text])))
sec.token_key token_key_length CHECK ((length(key) = 32))
sec.token_key token_key_one CHECK (one)
sec.token_key token_key_pkey PRIMARY KEY (one)
secret_value secret_value_data_key_fkey FOREIGN KEY (org_id, data_key_id) REFERENCES data_key(org_id, id)
secret_value secret_value_environment_fkey FOREIGN KEY (org_id, environment_id) REFERENCES environment(org_id, id) ON DELETE CASCADE
secret_value secret_value_name_length CHECK ((((length(secret) >= 1) AND (length(secret) <= 63)) AND ((length(key) >= 1) AND (length(key) <= 128))))
secret_value secret_value_pkey PRIMARY KEY (org_id, environment_id, secret, key)
setting setting_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
setting setting_pkey PRIMARY KEY (org_id, key)
source source_condition CHECK (((condition_code IS NULL) = (condition_since IS NULL)))
source source_name_key UNIQUE (org_id, name)
source source_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
source source_pkey PRIMARY KEY (org_id, id)
source source_project_fkey FOREIGN KEY (org_id, project_id) REFERENCES project(org_id, id)
telemetry_counter telemetry_counter_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
telemetry_counter telemetry_counter_pkey PRIMARY KEY (org_id)
telemetry_dictionary telemetry_dictionary_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
telemetry_dictionary telemetry_dictionary_pkey PRIMARY KEY (org_id, id)
telemetry_dictionary telemetry_dictionary_size CHECK (((length(bytes) >= 1) AND (length(bytes) <= 131072)))
telemetry_ledger telemetry_ledger_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
telemetry_ledger telemetry_ledger_pkey PRIMARY KEY (org_id, runtime_id, epoch)
telemetry_name telemetry_name_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
telemetry_name telemetry_name_pkey PRIMARY KEY (org_id, id)
telemetry_name telemetry_name_value_key UNIQUE (org_id, kind, value)
telemetry_origin telemetry_origin_key UNIQUE NULLS NOT DISTINCT (org_id, runtime_id, workload_id, deployment_id, integration, environment, release)
telemetry_origin telemetry_origin_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
telemetry_origin telemetry_origin_pkey PRIMARY KEY (org_id, id)
telemetry_route telemetry_route_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
telemetry_route telemetry_route_pkey PRIMARY KEY (org_id, origin, route, structure)
telemetry_stale telemetry_stale_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
telemetry_stale telemetry_stale_pkey PRIMARY KEY (org_id, span_s, started_at)
telemetry_summary telemetry_summary_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization(id)
telemetry_summary telemetry_summary_pkey PRIMARY KEY (org_id, span_s, route, started_at, origin, node)
telemetry_summary telemetry_summary_span CHECK ((span_s = ANY (ARRAY[600, 3600, 86400])))
workload workload_asked CHECK ((asked = ANY (ARRAY['run'::text, 'stop'::text, 'remove'::text])))
workload workload_environment_fkey FOREIGN KEY (org_id, environment_id) REFERENCES environment(org_id, id)
workload workload_held CHECK (((held_release_id IS NULL) = (held_at IS NULL)))
workload workload_integration_fkey FOREIGN KEY (org_id, integration_id) REFERENCES integration(org_id, id)
workload workload_pkey PRIMARY KEY (org_id, id)
workload workload_place_key UNIQUE (org_id, integration_id, environment_id)

-- indexes
CREATE INDEX alert_delivery_newest ON public.alert_delivery USING btree (org_id, at DESC)
CREATE INDEX alert_raised ON public.alert USING btree (org_id, raised_at DESC)
CREATE INDEX api_token_digest ON public.api_token USING btree (digest)
CREATE INDEX bulk_replay_open ON public.bulk_replay USING btree (org_id) WHERE (state = 'running'::text)
CREATE INDEX command_open ON public.command USING btree (org_id, runtime_id, seq) WHERE (state = ANY (ARRAY['pending'::text, 'acknowledged'::text]))
CREATE INDEX deployment_newest ON public.deployment USING btree (org_id, id DESC)
CREATE INDEX desired_runtime ON public.desired USING btree (org_id, runtime_id)
CREATE INDEX enrolment_token ON public.enrolment USING btree (token)
CREATE INDEX environment_runtime ON public.environment USING btree (org_id, runtime_id)
CREATE INDEX failure_group_newest ON public.failure_group USING btree (org_id, last_at DESC)
CREATE INDEX integration_source ON public.integration USING btree (org_id, source_id) WHERE (removed_at IS NULL)
CREATE INDEX job_due ON public.job USING btree (queue, run_at) WHERE (state = ANY (ARRAY['waiting'::text, 'running'::text]))
CREATE INDEX login_link_digest ON public.login_link USING btree (digest)
CREATE INDEX message_end ON ONLY public.message USING brin (((low & (1048575)::bigint)) int8_minmax_multi_ops) WITH (pages_per_range='16', autosummarize='on')
CREATE INDEX message_failed ON ONLY public.message USING btree (org_id, started_at) WHERE (outcome > 0)
CREATE INDEX message_failed_route ON ONLY public.message USING btree (org_id, route, started_at) WHERE (outcome > 0)
CREATE INDEX message_newest ON ONLY public.message USING btree (org_id, started_at)
CREATE INDEX message_payload_message ON ONLY public.message_payload USING btree (org_id, started_at)
CREATE INDEX message_route ON ONLY public.message USING btree (route, started_at)
CREATE INDEX message_token_token ON ONLY public.message_token USING btree (token, started_at)
CREATE INDEX release_newest ON public.release USING btree (org_id, integration_id, id DESC)
CREATE INDEX release_resolving ON public.release USING btree (org_id, resolve_command) WHERE (state = 'resolving'::text)
CREATE INDEX replay_by_original ON public.replay USING btree (original_at, original_low) WHERE (original IS NOT NULL)
CREATE INDEX replay_repaired ON public.replay USING btree (org_id, failure_fingerprint) WHERE ((failure_fingerprint IS NOT NULL) AND (outcome = ANY (ARRAY['completed'::text, 'handled'::text])))
CREATE INDEX telemetry_account_time ON ONLY public.telemetry_account USING btree (org_id, started_at)
CREATE INDEX telemetry_log_message ON ONLY public.telemetry_log USING btree (org_id, message_started_at) WHERE (message_started_at IS NOT NULL)
CREATE INDEX telemetry_log_origin ON ONLY public.telemetry_log USING btree (org_id, origin, started_at)
CREATE INDEX telemetry_rollup_route ON ONLY public.telemetry_rollup USING btree (org_id, route, started_at)
CREATE INDEX telemetry_rollup_time ON ONLY public.telemetry_rollup USING btree (org_id, started_at) WHERE (node = 0)
CREATE INDEX telemetry_summary_time ON public.telemetry_summary USING btree (org_id, span_s, started_at)
CREATE INDEX workload_environment ON public.workload USING btree (org_id, environment_id)
CREATE INDEX workload_runtime ON public.workload USING btree (org_id, runtime_id)
CREATE UNIQUE INDEX data_key_current ON public.data_key USING btree (org_id) WHERE (retired_at IS NULL)
CREATE UNIQUE INDEX runtime_name_key ON public.runtime USING btree (org_id, name) WHERE (standing <> 'revoked'::text)

-- row-level security
actor enabled forced owner TO midplane_owner USING (true) CHECK (true)
actor enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
alert enabled forced owner TO midplane_owner USING (true) CHECK (true)
alert enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
alert_channel enabled forced owner TO midplane_owner USING (true) CHECK (true)
alert_channel enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
alert_delivery enabled forced owner TO midplane_owner USING (true) CHECK (true)
alert_delivery enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
alert_rule enabled forced owner TO midplane_owner USING (true) CHECK (true)
alert_rule enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
alert_watch enabled forced owner TO midplane_owner USING (true) CHECK (true)
alert_watch enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
api_token enabled forced owner TO midplane_owner USING (true) CHECK (true)
api_token enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
artifact enabled forced owner TO midplane_owner USING (true) CHECK (true)
artifact enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
audit enabled forced owner TO midplane_owner USING (true) CHECK (true)
audit enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
audit_head enabled forced owner TO midplane_owner USING (true) CHECK (true)
audit_head enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
bulk_replay enabled forced owner TO midplane_owner USING (true) CHECK (true)
bulk_replay enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
bulk_replay_item enabled forced owner TO midplane_owner USING (true) CHECK (true)
bulk_replay_item enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
capture enabled forced owner TO midplane_owner USING (true) CHECK (true)
capture enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
command enabled forced owner TO midplane_owner USING (true) CHECK (true)
command enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
configuration enabled forced owner TO midplane_owner USING (true) CHECK (true)
configuration enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
data_key enabled forced owner TO midplane_owner USING (true) CHECK (true)
data_key enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
deployment enabled forced owner TO midplane_owner USING (true) CHECK (true)
deployment enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
deployment_phase enabled forced owner TO midplane_owner USING (true) CHECK (true)
deployment_phase enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
desired enabled forced owner TO midplane_owner USING (true) CHECK (true)
desired enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
enrolment enabled forced owner TO midplane_owner USING (true) CHECK (true)
enrolment enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
environment enabled forced owner TO midplane_owner USING (true) CHECK (true)
environment enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
failure_group enabled forced owner TO midplane_owner USING (true) CHECK (true)
failure_group enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
failure_mark enabled forced owner TO midplane_owner USING (true) CHECK (true)
failure_mark enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
integration enabled forced owner TO midplane_owner USING (true) CHECK (true)
integration enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
job enabled forced owner TO midplane_owner USING (true) CHECK (true)
job enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
login_link enabled forced owner TO midplane_owner USING (true) CHECK (true)
login_link enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
message enabled forced ingest TO midplane_ingest USING () CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
message enabled forced owner TO midplane_owner USING (true) CHECK (true)
message enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
message_payload enabled forced ingest TO midplane_ingest USING () CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
message_payload enabled forced owner TO midplane_owner USING (true) CHECK (true)
message_payload enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
message_token enabled forced ingest TO midplane_ingest USING () CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
message_token enabled forced owner TO midplane_owner USING (true) CHECK (true)
message_token enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
organization enabled forced owner TO midplane_owner USING (true) CHECK (true)
organization enabled forced tenant TO midplane_app USING ((id = ( SELECT sec.current_org() AS current_org))) CHECK ((id = ( SELECT sec.current_org() AS current_org)))
project enabled forced owner TO midplane_owner USING (true) CHECK (true)
project enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
release enabled forced owner TO midplane_owner USING (true) CHECK (true)
release enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
replay enabled forced owner TO midplane_owner USING (true) CHECK (true)
replay enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
resolution enabled forced owner TO midplane_owner USING (true) CHECK (true)
resolution enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
role_binding enabled forced owner TO midplane_owner USING (true) CHECK (true)
role_binding enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
route_hold enabled forced owner TO midplane_owner USING (true) CHECK (true)
route_hold enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
runner_session enabled forced owner TO midplane_owner USING (true) CHECK (true)
runner_session enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
runtime enabled forced owner TO midplane_owner USING (true) CHECK (true)
runtime enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
secret_value enabled forced owner TO midplane_owner USING (true) CHECK (true)
secret_value enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
setting enabled forced owner TO midplane_owner USING (true) CHECK (true)
setting enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
source enabled forced owner TO midplane_owner USING (true) CHECK (true)
source enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
telemetry_account enabled forced ingest TO midplane_ingest USING () CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
telemetry_account enabled forced owner TO midplane_owner USING (true) CHECK (true)
telemetry_account enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
telemetry_counter enabled forced owner TO midplane_owner USING (true) CHECK (true)
telemetry_counter enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
telemetry_dictionary enabled forced owner TO midplane_owner USING (true) CHECK (true)
telemetry_dictionary enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
telemetry_ledger enabled forced owner TO midplane_owner USING (true) CHECK (true)
telemetry_ledger enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
telemetry_log enabled forced ingest TO midplane_ingest USING () CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
telemetry_log enabled forced owner TO midplane_owner USING (true) CHECK (true)
telemetry_log enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
telemetry_name enabled forced owner TO midplane_owner USING (true) CHECK (true)
telemetry_name enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
telemetry_origin enabled forced owner TO midplane_owner USING (true) CHECK (true)
telemetry_origin enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
telemetry_rollup enabled forced ingest TO midplane_ingest USING () CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
telemetry_rollup enabled forced owner TO midplane_owner USING (true) CHECK (true)
telemetry_rollup enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
telemetry_route enabled forced owner TO midplane_owner USING (true) CHECK (true)
telemetry_route enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
telemetry_stale enabled forced owner TO midplane_owner USING (true) CHECK (true)
telemetry_stale enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
telemetry_summary enabled forced owner TO midplane_owner USING (true) CHECK (true)
telemetry_summary enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))
workload enabled forced owner TO midplane_owner USING (true) CHECK (true)
workload enabled forced tenant TO midplane_app USING ((org_id = ( SELECT sec.current_org() AS current_org))) CHECK ((org_id = ( SELECT sec.current_org() AS current_org)))

-- functions
sec.append_audit(at timestamp with time zone, action text, target_kind text, target_id text, detail text) v definer search_path="" 2783a36a17702070
sec.audit_hash(previous bytea, org_id uuid, at timestamp with time zone, actor_id uuid, action text, target_kind text, target_id text, detail text) i search_path="" b077bccda2e97b3b
sec.claim_jobs(wanted text, claimer uuid, now timestamp with time zone, lease interval, most integer) v definer search_path="" 23ddef6f336db9a3
sec.current_actor() s definer search_path="" 26345264c272c405
sec.current_org() s definer search_path="" e95957d8e9f92b29
sec.find_offer(wanted bytea) s definer search_path="" 1f309b8f46a37b80
sec.find_token(wanted bytea, now timestamp with time zone) s definer search_path="" bbc79a5b4a2d6f9a
sec.let_ingest(target regclass) v search_path="" be0406c726655f82
sec.organizations() s definer search_path="" 31b9daefa8c16faf
sec.pad(key bytea, mask integer) i search_path="" b25feaeb86209280
sec.protect(target regclass, allowed text, organization_column name) v search_path="" 4acba9a1eef60800
sec.require_door() s definer search_path="" 8c4487e35ef9aa48
sec.telemetry_ends(wanted bigint, mask bigint, since timestamp with time zone, most integer) s definer search_path="" enable_indexscan=off enable_seqscan=off 8b36f9c8b527f35c
sec.telemetry_expire(today date) v definer search_path="" lock_timeout=2s 681380cf23f6bf7f
sec.telemetry_failures(of_origin integer, fingerprints bigint[], routes integer[], nodes integer[], classes integer[], messages text[], counts bigint[], handleds bigint[], firsts timestamp with time zone[], first_lows bigint[], lasts timestamp with time zone[], last_lows bigint[]) v definer search_path="" d12540a015ef5260
sec.telemetry_prepare(class smallint, first date, last date) v definer search_path="" 53c1d3852e29e087
sec.telemetry_routes(of_origin integer, routes integer[], structures bigint[], at timestamp with time zone, packs bytea[]) v definer search_path="" 7f3cc1f3d53a9e28
sec.telemetry_tables() i search_path="" 764b98632e447fda
sec.telemetry_take(runtime uuid, batch_epoch bigint, batch_number bigint, at timestamp with time zone) v definer search_path="" aaff43e2ed115534
sec.telemetry_touch(hours timestamp with time zone[]) v definer search_path="" ff6839236fec0120
sec.use_login_link(wanted bytea, now timestamp with time zone) v definer search_path="" 423f88a0a83a76ce
sec.verified_token() s definer search_path="" 48180b0a91e7bc2a

-- privileges
PUBLIC schema public USAGE
midplane_app actor DELETE, INSERT, SELECT, UPDATE
midplane_app alert DELETE, INSERT, SELECT, UPDATE
midplane_app alert_channel DELETE, INSERT, SELECT, UPDATE
midplane_app alert_delivery DELETE, INSERT, SELECT, UPDATE
midplane_app alert_rule DELETE, INSERT, SELECT, UPDATE
midplane_app alert_watch DELETE, INSERT, SELECT, UPDATE
midplane_app api_token DELETE, INSERT, SELECT, UPDATE
midplane_app artifact DELETE, INSERT, SELECT
midplane_app audit SELECT
midplane_app audit_head SELECT
midplane_app bulk_replay DELETE, INSERT, SELECT, UPDATE
midplane_app bulk_replay_item DELETE, INSERT, SELECT, UPDATE
midplane_app capture DELETE, INSERT, SELECT, UPDATE
midplane_app command DELETE, INSERT, SELECT, UPDATE
midplane_app configuration DELETE, INSERT, SELECT, UPDATE
midplane_app data_key DELETE, INSERT, SELECT, UPDATE
midplane_app deployment INSERT, SELECT, UPDATE
midplane_app deployment_phase INSERT, SELECT
midplane_app desired DELETE, INSERT, SELECT, UPDATE
midplane_app enrolment DELETE, INSERT, SELECT, UPDATE
midplane_app environment DELETE, INSERT, SELECT, UPDATE
midplane_app failure_group SELECT
midplane_app failure_mark INSERT, SELECT, UPDATE
midplane_app integration DELETE, INSERT, SELECT, UPDATE
midplane_app job DELETE, INSERT, SELECT, UPDATE
midplane_app login_link DELETE, INSERT, SELECT, UPDATE
midplane_app message SELECT
midplane_app message_payload SELECT
midplane_app message_token SELECT
midplane_app organization INSERT, SELECT, UPDATE
midplane_app project DELETE, INSERT, SELECT, UPDATE
midplane_app release INSERT, SELECT, UPDATE
midplane_app replay DELETE, INSERT, SELECT, UPDATE
midplane_app resolution DELETE, INSERT, SELECT
midplane_app role_binding DELETE, INSERT, SELECT, UPDATE
midplane_app route_hold DELETE, INSERT, SELECT, UPDATE
midplane_app runner_session DELETE, INSERT, SELECT, UPDATE
midplane_app runtime DELETE, INSERT, SELECT, UPDATE
midplane_app schema public USAGE
midplane_app schema sec USAGE
midplane_app sec.append_audit(timestamp with time zone,text,text,text,text) EXECUTE
midplane_app sec.claim_jobs(text,uuid,timestamp with time zone,interval,integer) EXECUTE
midplane_app sec.current_actor() EXECUTE
midplane_app sec.current_org() EXECUTE
midplane_app sec.find_offer(bytea) EXECUTE
midplane_app sec.find_token(bytea,timestamp with time zone) EXECUTE
midplane_app sec.organizations() EXECUTE
midplane_app sec.telemetry_ends(bigint,bigint,timestamp with time zone,integer) EXECUTE
midplane_app sec.telemetry_expire(date) EXECUTE
midplane_app sec.telemetry_prepare(smallint,date,date) EXECUTE
midplane_app sec.use_login_link(bytea,timestamp with time zone) EXECUTE
midplane_app secret_value DELETE, INSERT, SELECT, UPDATE
midplane_app setting DELETE, INSERT, SELECT, UPDATE
midplane_app source DELETE, INSERT, SELECT, UPDATE
midplane_app telemetry_account SELECT
midplane_app telemetry_counter INSERT, SELECT, UPDATE
midplane_app telemetry_dictionary INSERT, SELECT
midplane_app telemetry_ledger SELECT
midplane_app telemetry_log SELECT
midplane_app telemetry_name INSERT, SELECT
midplane_app telemetry_origin INSERT, SELECT
midplane_app telemetry_rollup SELECT
midplane_app telemetry_route SELECT
midplane_app telemetry_stale DELETE, INSERT, SELECT, UPDATE
midplane_app telemetry_summary DELETE, INSERT, SELECT, UPDATE
midplane_app workload DELETE, INSERT, SELECT, UPDATE
midplane_ingest message INSERT
midplane_ingest message_payload INSERT
midplane_ingest message_token INSERT
midplane_ingest schema public USAGE
midplane_ingest schema sec USAGE
midplane_ingest sec.current_actor() EXECUTE
midplane_ingest sec.current_org() EXECUTE
midplane_ingest sec.telemetry_failures(integer,bigint[],integer[],integer[],integer[],text[],bigint[],bigint[],timestamp with time zone[],bigint[],timestamp with time zone[],bigint[]) EXECUTE
midplane_ingest sec.telemetry_routes(integer,integer[],bigint[],timestamp with time zone,bytea[]) EXECUTE
midplane_ingest sec.telemetry_take(uuid,bigint,bigint,timestamp with time zone) EXECUTE
midplane_ingest sec.telemetry_touch(timestamp with time zone[]) EXECUTE
midplane_ingest telemetry_account INSERT
midplane_ingest telemetry_log INSERT
midplane_ingest telemetry_rollup INSERT

-- Many messages replayed: the list is made once, and each of its messages is begun at most once.

CREATE TABLE bulk_replay (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    -- As it was asked, for people.
    query text NOT NULL,
    state text NOT NULL,
    reason text,
    -- Null: none, or it was looked at.
    canary integer,
    per_second integer NOT NULL,
    stop_after integer NOT NULL,
    repeat_effects boolean NOT NULL,
    since timestamptz NOT NULL,
    begun_then integer NOT NULL,
    failed_then integer NOT NULL,
    asked_by uuid NOT NULL,
    asked_by_label text NOT NULL,
    asked_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT bulk_replay_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT bulk_replay_state CHECK (state IN ('running', 'paused', 'ended', 'cancelled')),
    CONSTRAINT bulk_replay_ended CHECK ((state IN ('ended', 'cancelled')) = (ended_at IS NOT NULL))
);
CREATE INDEX bulk_replay_open ON bulk_replay (org_id) WHERE state = 'running';
SELECT sec.protect('bulk_replay');

CREATE TABLE bulk_replay_item (
    org_id uuid NOT NULL,
    bulk_id uuid NOT NULL,
    place integer NOT NULL,
    message uuid NOT NULL,
    -- Its replay, from the moment it was begun.
    replay_id uuid,
    -- Why it was not begun.
    code text,
    reason text,
    CONSTRAINT bulk_replay_item_pkey PRIMARY KEY (org_id, bulk_id, place),
    CONSTRAINT bulk_replay_item_bulk_fkey FOREIGN KEY (org_id, bulk_id) REFERENCES bulk_replay (org_id, id) ON DELETE CASCADE,
    CONSTRAINT bulk_replay_item_begun CHECK (replay_id IS NULL OR code IS NULL)
);
SELECT sec.protect('bulk_replay_item');

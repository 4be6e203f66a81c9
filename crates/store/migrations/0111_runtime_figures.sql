-- Figures of a runner itself, by name, as its last heartbeat said them.
ALTER TABLE runtime ADD COLUMN figures jsonb NOT NULL DEFAULT '{}';

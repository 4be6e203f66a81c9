-- CPU time of a workload's process since its start, as its runner measured it last.
ALTER TABLE workload ADD COLUMN seen_cpu_ms bigint;

//! The agent on a runtime: link client, process runtime, workload supervision, logs.

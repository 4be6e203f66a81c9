//! Real parts for tests: PostgreSQL per test, Git repositories, a fault proxy.

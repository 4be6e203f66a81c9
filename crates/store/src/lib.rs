//! PostgreSQL: the transaction, every query, migrations, outbox.

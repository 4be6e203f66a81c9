//! Finds or fetches what a machine lacks: PostgreSQL, Java, Camel's base library.

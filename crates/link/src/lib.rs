//! The one connection between a runner and the control plane: messages, both ends, certificates, journal.

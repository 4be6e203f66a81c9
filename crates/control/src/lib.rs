//! The control plane: use cases, GraphQL, GitOps engine, certificate authority, link server.

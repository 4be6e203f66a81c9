//! Real Kubernetes for tests: etcd and kube-apiserver, built from the Go modules that `tools/kubernetes/go.mod` pins.
//!
//! ```text
//! tools    etcd, kube-apiserver, kubectl, kube-controller-manager: built once, cached outside the clone
//! server   one running API server with its own certificates, token, audit log; ends with the process that started it
//! cluster  the server of this test process, and namespaces of its own for each test        (feature `client`)
//! proxy    a proxy on loopback that breaks requests on purpose                             (feature `client`)
//! ```
//! A crate beside `testkit` because that one builds SQL and migrations, and the operator's tests need neither.
//!
//! With `KUBECONFIG` set, tests use that cluster instead; it gets our definitions and namespaces that begin with `mpt-`.

pub mod audit;
#[cfg(feature = "client")]
pub mod cluster;
#[cfg(feature = "client")]
pub mod proxy;
pub mod server;
pub mod tools;

#[cfg(feature = "client")]
pub use cluster::{Cluster, cluster};
pub use server::{Asker, Options, Server};
pub use tools::{Tool, Tools};

//! What a token stands for: one start of a workload, or an observed application.

use std::fmt;

use serde::{Deserialize, Serialize};
use telemetry::id::TracerInstance;
use telemetry::model::Origin;
use uuid::Uuid;

/// Written down, because a workload outlives its runner.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fact {
    /// Filled in when it is added.
    #[serde(default)]
    pub(crate) token: String,
    pub(crate) workload: Option<Uuid>,
    pub(crate) deployment: Option<Uuid>,
    pub(crate) integration: String,
    #[serde(default)]
    pub(crate) environment: String,
    #[serde(default)]
    pub(crate) release: String,
}

impl fmt::Debug for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fact").field("integration", &self.integration).finish_non_exhaustive()
    }
}

impl From<&Origin> for Fact {
    fn from(origin: &Origin) -> Self {
        let Origin { workload, deployment, integration, environment, release, .. } = origin;
        Self {
            token: String::new(),
            workload: workload.map(|id| id.0),
            deployment: deployment.map(|id| id.0),
            integration: integration.clone(),
            environment: environment.clone(),
            release: release.clone(),
        }
    }
}

impl Fact {
    pub(crate) fn of(specification: &crate::specification::Specification) -> Self {
        let bundle = &specification.release.bundle;
        Self {
            token: String::new(),
            workload: Some(specification.workload),
            deployment: Some(specification.deployment),
            integration: specification.integration.clone(),
            environment: specification.environment.clone(),
            release: bundle.strip_prefix("sha256:").unwrap_or(bundle).to_owned(),
        }
    }

    /// `instance`: 0 for what no tracer said.
    pub(crate) fn origin(&self, instance: u64) -> Origin {
        Origin {
            workload: self.workload.map(domain::id::WorkloadId),
            deployment: self.deployment.map(domain::id::DeploymentId),
            integration: self.integration.clone(),
            environment: self.environment.clone(),
            release: self.release.clone(),
            tracer: TracerInstance(u32::try_from(instance & u64::from(u32::MAX)).unwrap_or(0)),
            trace_base: instance,
        }
    }
}

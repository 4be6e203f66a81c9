/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type BulkReplayAction =
  | 'PAUSE'
  /** Also after a canary, or after too many failures: somebody has looked at them. */
  | 'RESUME'
  /** What was begun comes to its end; nothing more is begun. */
  | 'CANCEL';

/** What a stub is to answer in a dry run: exactly one of `content`, `from` and `allow`. */
export type DryRunReplyInput = {
  /** The step of the original that it stands for. */
  step?: number | null | undefined;
  /** Else: every call of this address. */
  uri?: string | null | undefined;
  content?: ReplayContentInput | null | undefined;
  /** The message whose recorded reply of the same step it is. */
  from?: string | null | undefined;
  /** Really ask; reads over HTTP only. */
  allow?: boolean;
};

export type FailureState =
  | 'OPEN'
  /** Somebody dealt with it. */
  | 'RESOLVED'
  /** Nobody is to hear of it, for a while or for good. */
  | 'MUTED'
  /** It was resolved, and failed again on a release that was deployed after that. */
  | 'RETURNED';

/** What goes in: a body as text or as base64, or none. */
export type ReplayContentInput = {
  body?: string | null | undefined;
  bodyBase64?: string | null | undefined;
  headers?: Array<ReplayHeaderInput>;
};

/** A header with the type that Camel is to see. */
export type ReplayHeaderInput = {
  name: string;
  /** `text`, `long`, `double`, `bool`, `bytes` (base64), `instant` (milliseconds since 1970) or `null`. */
  kind?: string;
  value?: string;
};

export type RouteAction =
  | 'STOP'
  | 'START'
  | 'SUSPEND'
  | 'RESUME';

export type AlertsQueryVariables = Exact<{
  open: boolean;
  first: number;
}>;


export type AlertsQuery = { alerts: Array<{ id: string, rule: string, title: string, detail: string, path: string, raisedAt: string, endedAt: string | null, mutedUntil: string | null }> };

export type AlertFragment = { id: string, rule: string, title: string, detail: string, path: string, raisedAt: string, endedAt: string | null, mutedUntil: string | null };

export type AlertSettingsQueryVariables = Exact<{ [key: string]: never; }>;


export type AlertSettingsQuery = { alertRules: Array<{ rule: string, isOn: boolean }>, alertChannel: { url: string, changedAt: string } | null };

export type AlertDeliveriesQueryVariables = Exact<{ [key: string]: never; }>;


export type AlertDeliveriesQuery = { alertDeliveries: Array<{ id: string, message: string, title: string, attempt: number, at: string, tookMs: number, status: number | null, error: string | null, nextAt: string | null }> };

export type SetAlertRuleMutationVariables = Exact<{
  rule: string;
  isOn: boolean;
}>;


export type SetAlertRuleMutation = { setAlertRule: { rule: string, isOn: boolean } };

export type MuteAlertMutationVariables = Exact<{
  id: string;
  seconds: number;
}>;


export type MuteAlertMutation = { muteAlert: { id: string } };

export type SetAlertChannelMutationVariables = Exact<{
  url: string;
}>;


export type SetAlertChannelMutation = { setAlertChannel: { secret: string } };

export type RemoveAlertChannelMutationVariables = Exact<{ [key: string]: never; }>;


export type RemoveAlertChannelMutation = { removeAlertChannel: boolean };

export type TestAlertChannelMutationVariables = Exact<{ [key: string]: never; }>;


export type TestAlertChannelMutation = { testAlertChannel: string };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { viewer: { id: string, label: string, organization: string, permissions: Array<string> } };

export type SignOutEverywhereMutationVariables = Exact<{ [key: string]: never; }>;


export type SignOutEverywhereMutation = { signOutEverywhere: number };

export type BulkReplaysQueryVariables = Exact<{ [key: string]: never; }>;


export type BulkReplaysQuery = { bulkReplays: Array<{ id: string, query: string, state: string, reason: string | null, canary: number | null, perSecond: number, stopAfter: number, by: string, askedAt: string, endedAt: string | null, total: number, begun: number, completed: number, handled: number, failed: number, unknown: number, notDone: number, refused: number }> };

export type BulkReplayQueryVariables = Exact<{
  id: string;
}>;


export type BulkReplayQuery = { bulkReplay: { id: string, query: string, state: string, reason: string | null, canary: number | null, perSecond: number, stopAfter: number, by: string, askedAt: string, endedAt: string | null, total: number, begun: number, completed: number, handled: number, failed: number, unknown: number, notDone: number, refused: number, refusals: Array<{ code: string, reason: string, count: number }> } };

export type BulkReplayFragment = { id: string, query: string, state: string, reason: string | null, canary: number | null, perSecond: number, stopAfter: number, by: string, askedAt: string, endedAt: string | null, total: number, begun: number, completed: number, handled: number, failed: number, unknown: number, notDone: number, refused: number };

export type StartBulkReplayMutationVariables = Exact<{
  query: string;
  canary?: number | null | undefined;
  perSecond: number;
  stopAfter: number;
  repeatEffects: boolean;
}>;


export type StartBulkReplayMutation = { startBulkReplay: { id: string } };

export type ChangeBulkReplayMutationVariables = Exact<{
  id: string;
  action: BulkReplayAction;
}>;


export type ChangeBulkReplayMutation = { changeBulkReplay: { id: string } };

export type BulkPlanQueryVariables = Exact<{
  message: string;
}>;


export type BulkPlanQuery = { replayPlan: { message: string, startedAt: string, refusalCode: string | null, refusal: string | null, then: string | null, now: string | null, changed: boolean | null, effects: Array<{ step: number, what: string, atUs: number }> } };

export type BulkTrialMutationVariables = Exact<{
  message: string;
  replies: Array<DryRunReplyInput> | DryRunReplyInput;
}>;


export type BulkTrialMutation = { dryReplay: { outcome: string, error: string | null, stoppedAt: string | null, stoppedBecause: string | null, stoppedStep: number | null, weaker: string | null, stubs: Array<{ uri: string, what: string, bytes: number, answered: string | null, step: number | null, title: string | null }> } };

export type DeploymentsQueryVariables = Exact<{
  integration?: string | null | undefined;
  environment?: string | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type DeploymentsQuery = { deployments: { next: string | null, nodes: Array<{ id: string, integration: string, environment: string, generation: number, cause: string, phase: string, code: string | null, reason: string | null, url: string | null, createdAt: string, endedAt: string | null, release: { id: string, short: string, commit: string, bundle: string | null, author: string, subject: string, committedAt: string, createdAt: string, state: string, camel: string, dependencies: Array<string>, warnings: Array<string>, problems: Array<{ code: string, message: string }> }, phases: Array<{ phase: string, at: string, code: string | null, reason: string | null, log: Array<string> }> }> } };

export type DeploymentFragment = { id: string, integration: string, environment: string, generation: number, cause: string, phase: string, code: string | null, reason: string | null, url: string | null, createdAt: string, endedAt: string | null, release: { id: string, short: string, commit: string, bundle: string | null, author: string, subject: string, committedAt: string, createdAt: string, state: string, camel: string, dependencies: Array<string>, warnings: Array<string>, problems: Array<{ code: string, message: string }> }, phases: Array<{ phase: string, at: string, code: string | null, reason: string | null, log: Array<string> }> };

export type ReleaseFilesQueryVariables = Exact<{
  id: string;
}>;


export type ReleaseFilesQuery = { releaseFiles: Array<{ path: string, size: number, text: string | null }> };

export type ReleasesQueryVariables = Exact<{
  integration?: string | null | undefined;
  first: number;
}>;


export type ReleasesQuery = { releases: { nodes: Array<{ integration: string, id: string, short: string, commit: string, bundle: string | null, author: string, subject: string, committedAt: string, createdAt: string, state: string, camel: string, dependencies: Array<string>, warnings: Array<string>, problems: Array<{ code: string, message: string }> }> } };

export type LiveDeploymentsSubscriptionVariables = Exact<{
  environment?: string | null | undefined;
  integration?: string | null | undefined;
}>;


export type LiveDeploymentsSubscription = { deployments: { id: string } };

export type RollbackMutationVariables = Exact<{
  integration: string;
  project?: string | null | undefined;
  environment?: string | null | undefined;
  to?: string | null | undefined;
}>;


export type RollbackMutation = { rollback: { id: string } };

export type ResumeMutationVariables = Exact<{
  integration: string;
  project?: string | null | undefined;
  environment?: string | null | undefined;
}>;


export type ResumeMutation = { resume: { id: string } };

export type FailureTrendsQueryVariables = Exact<{
  from: string;
  to: string;
  parts: number;
}>;


export type FailureTrendsQuery = { failureTrends: Array<{ fingerprint: string, integration: string, environment: string, route: string, counts: Array<number> }> };

export type FailureGroupsQueryVariables = Exact<{
  since: string;
  state?: Array<FailureState> | FailureState | null | undefined;
}>;


export type FailureGroupsQuery = { failureGroups: Array<{ id: string, fingerprint: string, integration: string, environment: string, route: string, node: string | null, errorClass: string, error: string, count: number, handled: number, repaired: number, open: number, first: string, firstAt: string, last: string, lastAt: string, state: FailureState, stillFailing: boolean, stateAt: string | null, stateBy: string | null, mutedUntil: string | null, assignee: string | null, note: string | null, beganOn: { short: string, author: string, subject: string } | null, resolvedOn: { short: string, author: string, subject: string } | null }> };

export type FailureGroupQueryVariables = Exact<{
  id: string;
}>;


export type FailureGroupQuery = { failureGroup: { id: string, fingerprint: string, integration: string, environment: string, route: string, node: string | null, errorClass: string, error: string, count: number, handled: number, repaired: number, open: number, first: string, firstAt: string, last: string, lastAt: string, state: FailureState, stillFailing: boolean, stateAt: string | null, stateBy: string | null, mutedUntil: string | null, assignee: string | null, note: string | null, beganOn: { short: string, author: string, subject: string } | null, resolvedOn: { short: string, author: string, subject: string } | null } | null };

export type FailureGroupFragment = { id: string, fingerprint: string, integration: string, environment: string, route: string, node: string | null, errorClass: string, error: string, count: number, handled: number, repaired: number, open: number, first: string, firstAt: string, last: string, lastAt: string, state: FailureState, stillFailing: boolean, stateAt: string | null, stateBy: string | null, mutedUntil: string | null, assignee: string | null, note: string | null, beganOn: { short: string, author: string, subject: string } | null, resolvedOn: { short: string, author: string, subject: string } | null };

export type CommitFragment = { short: string, author: string, subject: string };

export type ResolveFailureGroupMutationVariables = Exact<{
  id: string;
  note?: string | null | undefined;
}>;


export type ResolveFailureGroupMutation = { resolveFailureGroup: { id: string } };

export type MuteFailureGroupMutationVariables = Exact<{
  id: string;
  until?: string | null | undefined;
  note?: string | null | undefined;
}>;


export type MuteFailureGroupMutation = { muteFailureGroup: { id: string } };

export type ReopenFailureGroupMutationVariables = Exact<{
  id: string;
}>;


export type ReopenFailureGroupMutation = { reopenFailureGroup: { id: string } };

export type AssignFailureGroupMutationVariables = Exact<{
  id: string;
  to?: string | null | undefined;
}>;


export type AssignFailureGroupMutation = { assignFailureGroup: { id: string } };

export type NoteFailureGroupMutationVariables = Exact<{
  id: string;
  note?: string | null | undefined;
}>;


export type NoteFailureGroupMutation = { noteFailureGroup: { id: string } };

export type SeriesQueryVariables = Exact<{
  integration?: string | null | undefined;
  environment?: string | null | undefined;
  route?: string | null | undefined;
  from: string;
  to: string;
  stepS: number;
}>;


export type SeriesQuery = { messageSeries: Array<{ at: string, sum: { count: number, failed: number, handled: number, meanUs: number | null, p50Us: number | null, p95Us: number | null, p99Us: number | null, maxUs: number } }> };

export type SumFragment = { count: number, failed: number, handled: number, meanUs: number | null, p50Us: number | null, p95Us: number | null, p99Us: number | null, maxUs: number };

export type NextQueryVariables = Exact<{ [key: string]: never; }>;


export type NextQuery = { next: Array<string> };

export type IntegrationsQueryVariables = Exact<{
  environment?: string | null | undefined;
}>;


export type IntegrationsQuery = { integrations: Array<{ id: string, name: string, project: string, path: string, newest: { id: string, short: string, commit: string, bundle: string | null, author: string, subject: string, committedAt: string, createdAt: string, state: string, camel: string, dependencies: Array<string>, warnings: Array<string>, problems: Array<{ code: string, message: string }> } | null, workloads: Array<{ id: string, integration: string, project: string, environment: string, runtime: string, state: string, reason: string | null, nextAction: string | null, url: string | null, held: boolean, behind: number, keepsRunning: boolean, restarts: number, memoryBytes: number | null, startedAt: string | null, routes: Array<{ route: string, state: string, by: string, at: string }>, release: { id: string, short: string, commit: string, bundle: string | null, author: string, subject: string, committedAt: string, createdAt: string, state: string, camel: string, dependencies: Array<string>, warnings: Array<string>, problems: Array<{ code: string, message: string }> } | null, deployment: { id: string, generation: number, phase: string, code: string | null, reason: string | null, createdAt: string } | null }> }> };

export type EnvironmentsQueryVariables = Exact<{ [key: string]: never; }>;


export type EnvironmentsQuery = { environments: Array<{ id: string, name: string, rank: number, branch: string | null }> };

export type ReleaseFragment = { id: string, short: string, commit: string, bundle: string | null, author: string, subject: string, committedAt: string, createdAt: string, state: string, camel: string, dependencies: Array<string>, warnings: Array<string>, problems: Array<{ code: string, message: string }> };

export type WorkloadFragment = { id: string, integration: string, project: string, environment: string, runtime: string, state: string, reason: string | null, nextAction: string | null, url: string | null, held: boolean, behind: number, keepsRunning: boolean, restarts: number, memoryBytes: number | null, startedAt: string | null, routes: Array<{ route: string, state: string, by: string, at: string }>, release: { id: string, short: string, commit: string, bundle: string | null, author: string, subject: string, committedAt: string, createdAt: string, state: string, camel: string, dependencies: Array<string>, warnings: Array<string>, problems: Array<{ code: string, message: string }> } | null, deployment: { id: string, generation: number, phase: string, code: string | null, reason: string | null, createdAt: string } | null };

export type RoutesQueryVariables = Exact<{
  integration?: string | null | undefined;
  environment?: string | null | undefined;
  from: string;
  to: string;
}>;


export type RoutesQuery = { routes: Array<{ name: string, integration: string, environment: string, from: string | null, description: string | null, nodes: Array<{ node: string, kind: string, label: string | null, parent: number, line: number }>, sum: { count: number, failed: number, handled: number, meanUs: number | null, p50Us: number | null, p95Us: number | null, p99Us: number | null, maxUs: number } }> };

export type RouteFragment = { name: string, integration: string, environment: string, from: string | null, description: string | null, nodes: Array<{ node: string, kind: string, label: string | null, parent: number, line: number }>, sum: { count: number, failed: number, handled: number, meanUs: number | null, p50Us: number | null, p95Us: number | null, p99Us: number | null, maxUs: number } };

export type RouteHeatQueryVariables = Exact<{
  integration?: string | null | undefined;
  environment?: string | null | undefined;
  route: string;
  from: string;
  to: string;
}>;


export type RouteHeatQuery = { routeHeat: Array<{ node: string | null, kind: string | null, label: string | null, sum: { count: number, failed: number, handled: number, meanUs: number | null, p50Us: number | null, p95Us: number | null, p99Us: number | null, maxUs: number } }> };

export type InFlightQueryVariables = Exact<{
  integration?: string | null | undefined;
  environment?: string | null | undefined;
}>;


export type InFlightQuery = { messagesInFlight: { total: number, notes: Array<string>, nodes: Array<{ id: string, short: string, startedAt: string, integration: string, environment: string, route: string, node: string | null, ageUs: number, nodeAgeUs: number, thread: string, steps: number }> } };

export type EffectiveConfigurationQueryVariables = Exact<{
  integration: string;
  project?: string | null | undefined;
  environment?: string | null | undefined;
}>;


export type EffectiveConfigurationQuery = { effectiveConfiguration: Array<{ key: string, kind: string, value: string | null, layer: string, hidden: Array<string>, target: string | null, isSet: boolean }> };

export type LiveWorkloadsSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type LiveWorkloadsSubscription = { workloads: { id: string } };

export type StartMutationVariables = Exact<{
  integration: string;
  project?: string | null | undefined;
  environment?: string | null | undefined;
}>;


export type StartMutation = { start: { id: string } };

export type StopMutationVariables = Exact<{
  integration: string;
  project?: string | null | undefined;
  environment?: string | null | undefined;
}>;


export type StopMutation = { stop: { id: string } };

export type RestartMutationVariables = Exact<{
  integration: string;
  project?: string | null | undefined;
  environment?: string | null | undefined;
}>;


export type RestartMutation = { restart: { id: string } };

export type LogsSubscriptionVariables = Exact<{
  workloads?: Array<string> | string | null | undefined;
  follow?: boolean | null | undefined;
  sinceMs?: number | null | undefined;
  tail?: number | null | undefined;
  level?: string | null | undefined;
  grep?: string | null | undefined;
  previous?: boolean | null | undefined;
}>;


export type LogsSubscription = { logs: { workload: string, integration: string, time: string, level: string, logger: string, thread: string, message: string, stack: string | null } };

export type MessageQueryVariables = Exact<{
  id: string;
}>;


export type MessageQuery = { message: { exchange: string, breadcrumb: string | null, traceId: string, from: string | null, stepsTotal: number, failedStep: number | null, outerClass: string | null, outerMessage: string | null, stack: string | null, claimedStart: string | null, message: { id: string, short: string, startedAt: string, integration: string, environment: string, runtime: string, release: string, route: string, outcome: string, durationUs: number, steps: number, node: string | null, errorClass: string | null, error: string | null, fingerprint: string | null, flags: Array<string>, replayOf: string | null, repairedBy: string | null, attributes: Array<{ name: string, value: string }> }, commit: { short: string, author: string, subject: string } | null, steps: Array<{ sequence: number, parent: number, iteration: number, route: string, node: string, kind: string | null, label: string | null, startUs: number, durationUs: number, failed: boolean, redelivery: number, detail: string | null }>, likelyCause: { likely: string, look: string, next: string } | null } };

export type StepFragment = { sequence: number, parent: number, iteration: number, route: string, node: string, kind: string | null, label: string | null, startUs: number, durationUs: number, failed: boolean, redelivery: number, detail: string | null };

export type MessageStepsQueryVariables = Exact<{
  id: string;
  skip: number;
}>;


export type MessageStepsQuery = { messageSteps: Array<{ sequence: number, parent: number, iteration: number, route: string, node: string, kind: string | null, label: string | null, startUs: number, durationUs: number, failed: boolean, redelivery: number, detail: string | null }> };

export type MessageRoutesQueryVariables = Exact<{
  id: string;
}>;


export type MessageRoutesQuery = { messageRoutes: Array<{ name: string, from: string | null, description: string | null, nodes: Array<{ node: string, kind: string, label: string | null, parent: number, line: number }> }> };

export type ShapeFragment = { name: string, from: string | null, description: string | null, nodes: Array<{ node: string, kind: string, label: string | null, parent: number, line: number }> };

export type RelatedMessagesQueryVariables = Exact<{
  id: string;
}>;


export type RelatedMessagesQuery = { relatedMessages: Array<{ relation: string, step: number | null, message: { id: string, short: string, startedAt: string, integration: string, environment: string, runtime: string, release: string, route: string, outcome: string, durationUs: number, steps: number, node: string | null, errorClass: string | null, error: string | null, fingerprint: string | null, flags: Array<string>, replayOf: string | null, repairedBy: string | null, attributes: Array<{ name: string, value: string }> } }> };

export type MessagePayloadsQueryVariables = Exact<{
  id: string;
}>;


export type MessagePayloadsQuery = { messagePayloads: Array<{ step: number, point: string, contentType: string | null, class: string | null, body: string | null, bodyBase64: string | null, unavailable: string | null, size: number, masked: boolean, truncated: boolean, headers: Array<{ name: string, kind: string, value: string | null }> }> };

export type MessageLogQueryVariables = Exact<{
  id: string;
}>;


export type MessageLogQuery = { messageLog: Array<{ at: string, level: string, logger: string | null, thread: string | null, route: string | null, node: string | null, text: string, stack: string | null }> };

export type MessageDiffQueryVariables = Exact<{
  left: string;
  right?: string | null | undefined;
}>;


export type MessageDiffQuery = { messageDiff: { right: { message: { id: string, short: string, startedAt: string, integration: string, environment: string, runtime: string, release: string, route: string, outcome: string, durationUs: number, steps: number, node: string | null, errorClass: string | null, error: string | null, fingerprint: string | null, flags: Array<string>, replayOf: string | null, repairedBy: string | null, attributes: Array<{ name: string, value: string }> } }, attributes: Array<{ name: string, left: string | null, right: string | null }>, lines: Array<{ side: string, left: { sequence: number, parent: number, iteration: number, route: string, node: string, kind: string | null, label: string | null, startUs: number, durationUs: number, failed: boolean, redelivery: number, detail: string | null } | null, right: { sequence: number, parent: number, iteration: number, route: string, node: string, kind: string | null, label: string | null, startUs: number, durationUs: number, failed: boolean, redelivery: number, detail: string | null } | null }> } };

export type MessageChangesQueryVariables = Exact<{
  left: string;
  right: string;
}>;


export type MessageChangesQuery = { messageChanges: Array<{ at: string, part: string, path: string, left: string | null, right: string | null }> };

export type MessagesQueryVariables = Exact<{
  query: string;
  first: number;
  after?: string | null | undefined;
}>;


export type MessagesQuery = { messages: { next: string | null, partial: boolean, columns: Array<string>, notes: Array<string>, nodes: Array<{ id: string, short: string, startedAt: string, integration: string, environment: string, runtime: string, release: string, route: string, outcome: string, durationUs: number, steps: number, node: string | null, errorClass: string | null, error: string | null, fingerprint: string | null, flags: Array<string>, replayOf: string | null, repairedBy: string | null, attributes: Array<{ name: string, value: string }> }> } };

export type MessageFragment = { id: string, short: string, startedAt: string, integration: string, environment: string, runtime: string, release: string, route: string, outcome: string, durationUs: number, steps: number, node: string | null, errorClass: string | null, error: string | null, fingerprint: string | null, flags: Array<string>, replayOf: string | null, repairedBy: string | null, attributes: Array<{ name: string, value: string }> };

export type FacetsQueryVariables = Exact<{
  query: string;
}>;


export type FacetsQuery = { messageFacets: { total: number, exact: boolean, outcomes: Array<{ value: string, count: number }>, routes: Array<{ value: string, count: number }>, integrations: Array<{ value: string, count: number }>, errorClasses: Array<{ value: string, count: number }>, nodes: Array<{ value: string, count: number }> } };

export type FacetFragment = { value: string, count: number };

export type CompleteQueryQueryVariables = Exact<{
  query: string;
  cursor: number;
}>;


export type CompleteQueryQuery = { completeQuery: { at: number, suggestions: Array<{ text: string, explains: string }> } };

export type LiveMessagesSubscriptionVariables = Exact<{
  query: string;
}>;


export type LiveMessagesSubscription = { messages: { missed: number | null, message: { id: string, short: string, startedAt: string, integration: string, environment: string, runtime: string, release: string, route: string, outcome: string, durationUs: number, steps: number, node: string | null, errorClass: string | null, error: string | null, fingerprint: string | null, flags: Array<string>, replayOf: string | null, repairedBy: string | null, attributes: Array<{ name: string, value: string }> } | null } };

export type ReplayPlanQueryVariables = Exact<{
  message: string;
}>;


export type ReplayPlanQuery = { replayPlan: { message: string, startedAt: string, integration: string, environment: string, route: string, refusalCode: string | null, refusal: string | null, body: string | null, bodyBase64: string | null, masked: boolean, warnings: Array<string>, leftOut: Array<string>, changed: boolean | null, ranOn: string | null, runsOn: string | null, effects: Array<{ step: number, what: string, atUs: number }>, headers: Array<{ name: string, kind: string, value: string }> } };

export type DeliveryFragment = { id: string, kind: string, integration: string, environment: string, route: string | null, endpoint: string | null, original: string | null, source: string, by: string, askedAt: string, beginBefore: string, outcome: string | null, code: string | null, reason: string | null, message: string | null, durationUs: number | null, errorClass: string | null, reply: string | null, endedAt: string | null };

export type ReplaysQueryVariables = Exact<{
  message: string;
}>;


export type ReplaysQuery = { replays: Array<{ id: string, kind: string, integration: string, environment: string, route: string | null, endpoint: string | null, original: string | null, source: string, by: string, askedAt: string, beginBefore: string, outcome: string | null, code: string | null, reason: string | null, message: string | null, durationUs: number | null, errorClass: string | null, reply: string | null, endedAt: string | null }> };

export type DeliveryQueryVariables = Exact<{
  id: string;
}>;


export type DeliveryQuery = { replay: { id: string, kind: string, integration: string, environment: string, route: string | null, endpoint: string | null, original: string | null, source: string, by: string, askedAt: string, beginBefore: string, outcome: string | null, code: string | null, reason: string | null, message: string | null, durationUs: number | null, errorClass: string | null, reply: string | null, endedAt: string | null } | null };

export type ReplayMessageMutationVariables = Exact<{
  message: string;
  route?: string | null | undefined;
  endpoint?: string | null | undefined;
  content?: ReplayContentInput | null | undefined;
  repeatEffects: boolean;
  wantsReply: boolean;
}>;


export type ReplayMessageMutation = { replayMessage: { id: string, kind: string, integration: string, environment: string, route: string | null, endpoint: string | null, original: string | null, source: string, by: string, askedAt: string, beginBefore: string, outcome: string | null, code: string | null, reason: string | null, message: string | null, durationUs: number | null, errorClass: string | null, reply: string | null, endedAt: string | null } };

export type SendMessageMutationVariables = Exact<{
  integration: string;
  project?: string | null | undefined;
  environment?: string | null | undefined;
  route?: string | null | undefined;
  endpoint?: string | null | undefined;
  content: ReplayContentInput;
  wantsReply: boolean;
}>;


export type SendMessageMutation = { sendMessage: { id: string, kind: string, integration: string, environment: string, route: string | null, endpoint: string | null, original: string | null, source: string, by: string, askedAt: string, beginBefore: string, outcome: string | null, code: string | null, reason: string | null, message: string | null, durationUs: number | null, errorClass: string | null, reply: string | null, endedAt: string | null } };

export type DryRunFragment = { outcome: string, durationUs: number, errorClass: string | null, error: string | null, reply: string | null, stoppedAt: string | null, stoppedBecause: string | null, stoppedStep: number | null, suggestion: string | null, differsAt: number | null, changed: boolean | null, weaker: string | null, ranOn: string | null, runsOn: string | null, stubs: Array<{ uri: string, what: string, bytes: number, answered: string | null, step: number | null, title: string | null }>, steps: Array<{ route: string, kind: string, label: string | null, failed: boolean }> };

export type DryReplayMutationVariables = Exact<{
  message: string;
  route?: string | null | undefined;
  content?: ReplayContentInput | null | undefined;
  replies: Array<DryRunReplyInput> | DryRunReplyInput;
}>;


export type DryReplayMutation = { dryReplay: { outcome: string, durationUs: number, errorClass: string | null, error: string | null, reply: string | null, stoppedAt: string | null, stoppedBecause: string | null, stoppedStep: number | null, suggestion: string | null, differsAt: number | null, changed: boolean | null, weaker: string | null, ranOn: string | null, runsOn: string | null, stubs: Array<{ uri: string, what: string, bytes: number, answered: string | null, step: number | null, title: string | null }>, steps: Array<{ route: string, kind: string, label: string | null, failed: boolean }> } };

export type DrySendMutationVariables = Exact<{
  integration: string;
  project?: string | null | undefined;
  environment?: string | null | undefined;
  route: string;
  content: ReplayContentInput;
  replies: Array<DryRunReplyInput> | DryRunReplyInput;
}>;


export type DrySendMutation = { drySend: { outcome: string, durationUs: number, errorClass: string | null, error: string | null, reply: string | null, stoppedAt: string | null, stoppedBecause: string | null, stoppedStep: number | null, suggestion: string | null, differsAt: number | null, changed: boolean | null, weaker: string | null, ranOn: string | null, runsOn: string | null, stubs: Array<{ uri: string, what: string, bytes: number, answered: string | null, step: number | null, title: string | null }>, steps: Array<{ route: string, kind: string, label: string | null, failed: boolean }> } };

export type HoldRouteMutationVariables = Exact<{
  integration: string;
  project?: string | null | undefined;
  environment?: string | null | undefined;
  route: string;
  action: RouteAction;
}>;


export type HoldRouteMutation = { holdRoute: { now: string | null, hold: { route: string, state: string, by: string, at: string } } };

export type RouteHoldFragment = { route: string, state: string, by: string, at: string };

export type RuntimesQueryVariables = Exact<{ [key: string]: never; }>;


export type RuntimesQuery = { runtimes: Array<{ id: string, name: string, purposes: Array<string>, state: string, reason: string | null, lastSeenAt: string | null, version: string | null, certificateNotAfter: string | null, capabilities: Array<string>, clockSkewMs: number | null, memoryBytes: number | null, createdAt: string, conditions: Array<{ component: string, ok: boolean, reason: string }> }> };

export type RuntimeQueryVariables = Exact<{
  name: string;
}>;


export type RuntimeQuery = { runtime: { id: string, name: string, purposes: Array<string>, state: string, reason: string | null, lastSeenAt: string | null, version: string | null, certificateNotAfter: string | null, capabilities: Array<string>, clockSkewMs: number | null, memoryBytes: number | null, createdAt: string, conditions: Array<{ component: string, ok: boolean, reason: string }> } | null };

export type RuntimeFragment = { id: string, name: string, purposes: Array<string>, state: string, reason: string | null, lastSeenAt: string | null, version: string | null, certificateNotAfter: string | null, capabilities: Array<string>, clockSkewMs: number | null, memoryBytes: number | null, createdAt: string, conditions: Array<{ component: string, ok: boolean, reason: string }> };

export type LiveRuntimesSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type LiveRuntimesSubscription = { runtimes: { id: string } };

export type AddRuntimeMutationVariables = Exact<{
  name: string;
  purpose: string;
}>;


export type AddRuntimeMutation = { addRuntime: { token: string, command: string, permissions: Array<string>, runtime: { id: string, name: string } } };

export type PingRuntimeMutationVariables = Exact<{
  name: string;
}>;


export type PingRuntimeMutation = { pingRuntime: { acknowledgedMs: number, completedMs: number } };

export type RevokeRuntimeMutationVariables = Exact<{
  name: string;
}>;


export type RevokeRuntimeMutation = { revokeRuntime: { id: string } };

export type EnvironmentRuntimesQueryVariables = Exact<{ [key: string]: never; }>;


export type EnvironmentRuntimesQuery = { environments: Array<{ id: string, name: string, runtimeId: string | null }> };

export type LetEnvironmentRunMutationVariables = Exact<{
  environment: string;
  runtime: string;
}>;


export type LetEnvironmentRunMutation = { updateEnvironment: { id: string } };

export type SourcesQueryVariables = Exact<{ [key: string]: never; }>;


export type SourcesQuery = { sources: Array<{ id: string, name: string, project: string, url: string, branch: string, path: string, commit: string | null, author: string | null, subject: string | null, state: string, reason: string | null, code: string | null, since: string | null, checkedAt: string | null, pruneCommit: string | null, pruneIntegrations: Array<string> }> };

export type SyncSourceMutationVariables = Exact<{
  name: string;
}>;


export type SyncSourceMutation = { syncSource: { commit: string | null, changed: boolean, messages: Array<string> } };

export type CapturesQueryVariables = Exact<{ [key: string]: never; }>;


export type CapturesQuery = { captures: Array<{ environment: string | null, project: string | null, integration: string | null, route: string | null, settings: string, windowLevel: string | null, windowUntil: string | null }> };

export type AuditQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  newestFirst: boolean;
}>;


export type AuditQuery = { audit: { next: string | null, entries: Array<{ seq: number, at: string, actor: string, action: string, targetKind: string, target: string, detail: string }> } };

export type TokensQueryVariables = Exact<{ [key: string]: never; }>;


export type TokensQuery = { tokens: Array<{ id: string, name: string, kind: string, actor: string, createdAt: string, expiresAt: string | null, lastUsedAt: string | null }> };

export type OrganizationQueryVariables = Exact<{ [key: string]: never; }>;


export type OrganizationQuery = { organization: { id: string, name: string, createdAt: string } };

export type ProjectsQueryVariables = Exact<{ [key: string]: never; }>;


export type ProjectsQuery = { projects: Array<{ id: string, name: string }> };

export type TryCaptureQueryVariables = Exact<{
  environment?: string | null | undefined;
  project?: string | null | undefined;
  integration?: string | null | undefined;
  route?: string | null | undefined;
  settings: string;
  body: string;
  contentType?: string | null | undefined;
}>;


export type TryCaptureQuery = { tryCapture: { level: string, kept: string | null, isUnreadable: boolean, isCut: boolean, hidden: Array<{ rule: string, line: number, column: number }> } };

export type SetCaptureMutationVariables = Exact<{
  environment?: string | null | undefined;
  project?: string | null | undefined;
  integration?: string | null | undefined;
  route?: string | null | undefined;
  settings: string;
}>;


export type SetCaptureMutation = { setCapture: { settings: string } };

export type OpenCaptureMutationVariables = Exact<{
  environment?: string | null | undefined;
  project?: string | null | undefined;
  integration?: string | null | undefined;
  route?: string | null | undefined;
  level: string;
  seconds: number;
}>;


export type OpenCaptureMutation = { openCapture: { windowUntil: string | null } };

export type CloseCaptureMutationVariables = Exact<{
  environment?: string | null | undefined;
  project?: string | null | undefined;
  integration?: string | null | undefined;
  route?: string | null | undefined;
}>;


export type CloseCaptureMutation = { closeCapture: { windowUntil: string | null } };

export type AddSourceMutationVariables = Exact<{
  project: string;
  name: string;
  url: string;
  branch: string;
  path: string;
  token?: string | null | undefined;
}>;


export type AddSourceMutation = { addSource: { id: string, name: string } };

export type UpdateSourceMutationVariables = Exact<{
  name: string;
  url?: string | null | undefined;
  branch?: string | null | undefined;
  path?: string | null | undefined;
  token?: string | null | undefined;
}>;


export type UpdateSourceMutation = { updateSource: { id: string, name: string } };

export type RemoveSourceMutationVariables = Exact<{
  name: string;
}>;


export type RemoveSourceMutation = { removeSource: Array<string> };

export type ConfirmPruneMutationVariables = Exact<{
  name: string;
  commit: string;
}>;


export type ConfirmPruneMutation = { confirmPrune: Array<string> };

export type CreateTokenMutationVariables = Exact<{
  name: string;
  role: string;
  project?: string | null | undefined;
  environment?: string | null | undefined;
  expires?: string | null | undefined;
}>;


export type CreateTokenMutation = { createToken: { secret: string, token: { id: string, name: string } } };

export type RevokeTokenMutationVariables = Exact<{
  id: string;
}>;


export type RevokeTokenMutation = { revokeToken: boolean };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const AlertFragmentDoc = new TypedDocumentString(`
    fragment Alert on Alert {
  id
  rule
  title
  detail
  path
  raisedAt
  endedAt
  mutedUntil
}
    `, {"fragmentName":"Alert"}) as unknown as TypedDocumentString<AlertFragment, unknown>;
export const BulkReplayFragmentDoc = new TypedDocumentString(`
    fragment BulkReplay on BulkReplay {
  id
  query
  state
  reason
  canary
  perSecond
  stopAfter
  by
  askedAt
  endedAt
  total
  begun
  completed
  handled
  failed
  unknown
  notDone
  refused
}
    `, {"fragmentName":"BulkReplay"}) as unknown as TypedDocumentString<BulkReplayFragment, unknown>;
export const ReleaseFragmentDoc = new TypedDocumentString(`
    fragment Release on Release {
  id
  short
  commit
  bundle
  author
  subject
  committedAt
  createdAt
  state
  camel
  dependencies
  warnings
  problems {
    code
    message
  }
}
    `, {"fragmentName":"Release"}) as unknown as TypedDocumentString<ReleaseFragment, unknown>;
export const DeploymentFragmentDoc = new TypedDocumentString(`
    fragment Deployment on Deployment {
  id
  integration
  environment
  generation
  cause
  phase
  code
  reason
  url
  createdAt
  endedAt
  release {
    ...Release
  }
  phases {
    phase
    at
    code
    reason
    log
  }
}
    fragment Release on Release {
  id
  short
  commit
  bundle
  author
  subject
  committedAt
  createdAt
  state
  camel
  dependencies
  warnings
  problems {
    code
    message
  }
}`, {"fragmentName":"Deployment"}) as unknown as TypedDocumentString<DeploymentFragment, unknown>;
export const CommitFragmentDoc = new TypedDocumentString(`
    fragment Commit on MessageCommit {
  short
  author
  subject
}
    `, {"fragmentName":"Commit"}) as unknown as TypedDocumentString<CommitFragment, unknown>;
export const FailureGroupFragmentDoc = new TypedDocumentString(`
    fragment FailureGroup on FailureGroup {
  id
  fingerprint
  integration
  environment
  route
  node
  errorClass
  error
  count
  handled
  repaired
  open
  first
  firstAt
  last
  lastAt
  beganOn {
    ...Commit
  }
  state
  stillFailing
  stateAt
  stateBy
  mutedUntil
  resolvedOn {
    ...Commit
  }
  assignee
  note
}
    fragment Commit on MessageCommit {
  short
  author
  subject
}`, {"fragmentName":"FailureGroup"}) as unknown as TypedDocumentString<FailureGroupFragment, unknown>;
export const RouteHoldFragmentDoc = new TypedDocumentString(`
    fragment RouteHold on RouteHold {
  route
  state
  by
  at
}
    `, {"fragmentName":"RouteHold"}) as unknown as TypedDocumentString<RouteHoldFragment, unknown>;
export const WorkloadFragmentDoc = new TypedDocumentString(`
    fragment Workload on Workload {
  id
  integration
  project
  environment
  runtime
  state
  reason
  nextAction
  url
  held
  behind
  keepsRunning
  restarts
  memoryBytes
  startedAt
  routes {
    ...RouteHold
  }
  release {
    ...Release
  }
  deployment {
    id
    generation
    phase
    code
    reason
    createdAt
  }
}
    fragment Release on Release {
  id
  short
  commit
  bundle
  author
  subject
  committedAt
  createdAt
  state
  camel
  dependencies
  warnings
  problems {
    code
    message
  }
}
fragment RouteHold on RouteHold {
  route
  state
  by
  at
}`, {"fragmentName":"Workload"}) as unknown as TypedDocumentString<WorkloadFragment, unknown>;
export const SumFragmentDoc = new TypedDocumentString(`
    fragment Sum on MessageSum {
  count
  failed
  handled
  meanUs
  p50Us
  p95Us
  p99Us
  maxUs
}
    `, {"fragmentName":"Sum"}) as unknown as TypedDocumentString<SumFragment, unknown>;
export const RouteFragmentDoc = new TypedDocumentString(`
    fragment Route on Route {
  name
  integration
  environment
  from
  description
  nodes {
    node
    kind
    label
    parent
    line
  }
  sum {
    ...Sum
  }
}
    fragment Sum on MessageSum {
  count
  failed
  handled
  meanUs
  p50Us
  p95Us
  p99Us
  maxUs
}`, {"fragmentName":"Route"}) as unknown as TypedDocumentString<RouteFragment, unknown>;
export const StepFragmentDoc = new TypedDocumentString(`
    fragment Step on MessageStep {
  sequence
  parent
  iteration
  route
  node
  kind
  label
  startUs
  durationUs
  failed
  redelivery
  detail
}
    `, {"fragmentName":"Step"}) as unknown as TypedDocumentString<StepFragment, unknown>;
export const ShapeFragmentDoc = new TypedDocumentString(`
    fragment Shape on RouteShape {
  name
  from
  description
  nodes {
    node
    kind
    label
    parent
    line
  }
}
    `, {"fragmentName":"Shape"}) as unknown as TypedDocumentString<ShapeFragment, unknown>;
export const MessageFragmentDoc = new TypedDocumentString(`
    fragment Message on Message {
  id
  short
  startedAt
  integration
  environment
  runtime
  release
  route
  outcome
  durationUs
  steps
  node
  errorClass
  error
  fingerprint
  flags
  replayOf
  repairedBy
  attributes {
    name
    value
  }
}
    `, {"fragmentName":"Message"}) as unknown as TypedDocumentString<MessageFragment, unknown>;
export const FacetFragmentDoc = new TypedDocumentString(`
    fragment Facet on FacetCount {
  value
  count
}
    `, {"fragmentName":"Facet"}) as unknown as TypedDocumentString<FacetFragment, unknown>;
export const DeliveryFragmentDoc = new TypedDocumentString(`
    fragment Delivery on Replay {
  id
  kind
  integration
  environment
  route
  endpoint
  original
  source
  by
  askedAt
  beginBefore
  outcome
  code
  reason
  message
  durationUs
  errorClass
  reply
  endedAt
}
    `, {"fragmentName":"Delivery"}) as unknown as TypedDocumentString<DeliveryFragment, unknown>;
export const DryRunFragmentDoc = new TypedDocumentString(`
    fragment DryRun on DryRun {
  outcome
  durationUs
  errorClass
  error
  reply
  stoppedAt
  stoppedBecause
  stoppedStep
  suggestion
  stubs {
    uri
    what
    bytes
    answered
    step
    title
  }
  steps {
    route
    kind
    label
    failed
  }
  differsAt
  ranOn: then
  runsOn: now
  changed
  weaker
}
    `, {"fragmentName":"DryRun"}) as unknown as TypedDocumentString<DryRunFragment, unknown>;
export const RuntimeFragmentDoc = new TypedDocumentString(`
    fragment Runtime on Runtime {
  id
  name
  purposes
  state
  reason
  lastSeenAt
  version
  certificateNotAfter
  capabilities
  clockSkewMs
  memoryBytes
  createdAt
  conditions {
    component
    ok
    reason
  }
}
    `, {"fragmentName":"Runtime"}) as unknown as TypedDocumentString<RuntimeFragment, unknown>;
export const AlertsDocument = new TypedDocumentString(`
    query Alerts($open: Boolean!, $first: Int!) {
  alerts(open: $open, first: $first) {
    ...Alert
  }
}
    fragment Alert on Alert {
  id
  rule
  title
  detail
  path
  raisedAt
  endedAt
  mutedUntil
}`) as unknown as TypedDocumentString<AlertsQuery, AlertsQueryVariables>;
export const AlertSettingsDocument = new TypedDocumentString(`
    query AlertSettings {
  alertRules {
    rule
    isOn
  }
  alertChannel {
    url
    changedAt
  }
}
    `) as unknown as TypedDocumentString<AlertSettingsQuery, AlertSettingsQueryVariables>;
export const AlertDeliveriesDocument = new TypedDocumentString(`
    query AlertDeliveries {
  alertDeliveries {
    id
    message
    title
    attempt
    at
    tookMs
    status
    error
    nextAt
  }
}
    `) as unknown as TypedDocumentString<AlertDeliveriesQuery, AlertDeliveriesQueryVariables>;
export const SetAlertRuleDocument = new TypedDocumentString(`
    mutation SetAlertRule($rule: String!, $isOn: Boolean!) {
  setAlertRule(rule: $rule, isOn: $isOn) {
    rule
    isOn
  }
}
    `) as unknown as TypedDocumentString<SetAlertRuleMutation, SetAlertRuleMutationVariables>;
export const MuteAlertDocument = new TypedDocumentString(`
    mutation MuteAlert($id: ID!, $seconds: Int!) {
  muteAlert(id: $id, seconds: $seconds) {
    id
  }
}
    `) as unknown as TypedDocumentString<MuteAlertMutation, MuteAlertMutationVariables>;
export const SetAlertChannelDocument = new TypedDocumentString(`
    mutation SetAlertChannel($url: String!) {
  setAlertChannel(url: $url) {
    secret
  }
}
    `) as unknown as TypedDocumentString<SetAlertChannelMutation, SetAlertChannelMutationVariables>;
export const RemoveAlertChannelDocument = new TypedDocumentString(`
    mutation RemoveAlertChannel {
  removeAlertChannel
}
    `) as unknown as TypedDocumentString<RemoveAlertChannelMutation, RemoveAlertChannelMutationVariables>;
export const TestAlertChannelDocument = new TypedDocumentString(`
    mutation TestAlertChannel {
  testAlertChannel
}
    `) as unknown as TypedDocumentString<TestAlertChannelMutation, TestAlertChannelMutationVariables>;
export const ViewerDocument = new TypedDocumentString(`
    query Viewer {
  viewer {
    id
    label
    organization
    permissions
  }
}
    `) as unknown as TypedDocumentString<ViewerQuery, ViewerQueryVariables>;
export const SignOutEverywhereDocument = new TypedDocumentString(`
    mutation SignOutEverywhere {
  signOutEverywhere
}
    `) as unknown as TypedDocumentString<SignOutEverywhereMutation, SignOutEverywhereMutationVariables>;
export const BulkReplaysDocument = new TypedDocumentString(`
    query BulkReplays {
  bulkReplays {
    ...BulkReplay
  }
}
    fragment BulkReplay on BulkReplay {
  id
  query
  state
  reason
  canary
  perSecond
  stopAfter
  by
  askedAt
  endedAt
  total
  begun
  completed
  handled
  failed
  unknown
  notDone
  refused
}`) as unknown as TypedDocumentString<BulkReplaysQuery, BulkReplaysQueryVariables>;
export const BulkReplayDocument = new TypedDocumentString(`
    query BulkReplay($id: ID!) {
  bulkReplay(id: $id) {
    ...BulkReplay
    refusals {
      code
      reason
      count
    }
  }
}
    fragment BulkReplay on BulkReplay {
  id
  query
  state
  reason
  canary
  perSecond
  stopAfter
  by
  askedAt
  endedAt
  total
  begun
  completed
  handled
  failed
  unknown
  notDone
  refused
}`) as unknown as TypedDocumentString<BulkReplayQuery, BulkReplayQueryVariables>;
export const StartBulkReplayDocument = new TypedDocumentString(`
    mutation StartBulkReplay($query: String!, $canary: Int, $perSecond: Int!, $stopAfter: Int!, $repeatEffects: Boolean!) {
  startBulkReplay(
    query: $query
    canary: $canary
    perSecond: $perSecond
    stopAfter: $stopAfter
    repeatEffects: $repeatEffects
  ) {
    id
  }
}
    `) as unknown as TypedDocumentString<StartBulkReplayMutation, StartBulkReplayMutationVariables>;
export const ChangeBulkReplayDocument = new TypedDocumentString(`
    mutation ChangeBulkReplay($id: ID!, $action: BulkReplayAction!) {
  changeBulkReplay(id: $id, action: $action) {
    id
  }
}
    `) as unknown as TypedDocumentString<ChangeBulkReplayMutation, ChangeBulkReplayMutationVariables>;
export const BulkPlanDocument = new TypedDocumentString(`
    query BulkPlan($message: ID!) {
  replayPlan(message: $message) {
    message
    startedAt
    effects {
      step
      what
      atUs
    }
    refusalCode
    refusal
    then
    now
    changed
  }
}
    `) as unknown as TypedDocumentString<BulkPlanQuery, BulkPlanQueryVariables>;
export const BulkTrialDocument = new TypedDocumentString(`
    mutation BulkTrial($message: ID!, $replies: [DryRunReplyInput!]!) {
  dryReplay(message: $message, replies: $replies) {
    outcome
    error
    stoppedAt
    stoppedBecause
    stoppedStep
    weaker
    stubs {
      uri
      what
      bytes
      answered
      step
      title
    }
  }
}
    `) as unknown as TypedDocumentString<BulkTrialMutation, BulkTrialMutationVariables>;
export const DeploymentsDocument = new TypedDocumentString(`
    query Deployments($integration: ID, $environment: String, $first: Int!, $after: String) {
  deployments(
    integration: $integration
    environment: $environment
    first: $first
    after: $after
  ) {
    next
    nodes {
      ...Deployment
    }
  }
}
    fragment Deployment on Deployment {
  id
  integration
  environment
  generation
  cause
  phase
  code
  reason
  url
  createdAt
  endedAt
  release {
    ...Release
  }
  phases {
    phase
    at
    code
    reason
    log
  }
}
fragment Release on Release {
  id
  short
  commit
  bundle
  author
  subject
  committedAt
  createdAt
  state
  camel
  dependencies
  warnings
  problems {
    code
    message
  }
}`) as unknown as TypedDocumentString<DeploymentsQuery, DeploymentsQueryVariables>;
export const ReleaseFilesDocument = new TypedDocumentString(`
    query ReleaseFiles($id: ID!) {
  releaseFiles(id: $id) {
    path
    size
    text
  }
}
    `) as unknown as TypedDocumentString<ReleaseFilesQuery, ReleaseFilesQueryVariables>;
export const ReleasesDocument = new TypedDocumentString(`
    query Releases($integration: ID, $first: Int!) {
  releases(integration: $integration, first: $first) {
    nodes {
      integration
      ...Release
    }
  }
}
    fragment Release on Release {
  id
  short
  commit
  bundle
  author
  subject
  committedAt
  createdAt
  state
  camel
  dependencies
  warnings
  problems {
    code
    message
  }
}`) as unknown as TypedDocumentString<ReleasesQuery, ReleasesQueryVariables>;
export const LiveDeploymentsDocument = new TypedDocumentString(`
    subscription LiveDeployments($environment: String, $integration: ID) {
  deployments(environment: $environment, integration: $integration) {
    id
  }
}
    `) as unknown as TypedDocumentString<LiveDeploymentsSubscription, LiveDeploymentsSubscriptionVariables>;
export const RollbackDocument = new TypedDocumentString(`
    mutation Rollback($integration: String!, $project: String, $environment: String, $to: String) {
  rollback(
    integration: $integration
    project: $project
    environment: $environment
    to: $to
  ) {
    id
  }
}
    `) as unknown as TypedDocumentString<RollbackMutation, RollbackMutationVariables>;
export const ResumeDocument = new TypedDocumentString(`
    mutation Resume($integration: String!, $project: String, $environment: String) {
  resume(integration: $integration, project: $project, environment: $environment) {
    id
  }
}
    `) as unknown as TypedDocumentString<ResumeMutation, ResumeMutationVariables>;
export const FailureTrendsDocument = new TypedDocumentString(`
    query FailureTrends($from: String!, $to: String!, $parts: Int!) {
  failureTrends(from: $from, to: $to, parts: $parts) {
    fingerprint
    integration
    environment
    route
    counts
  }
}
    `) as unknown as TypedDocumentString<FailureTrendsQuery, FailureTrendsQueryVariables>;
export const FailureGroupsDocument = new TypedDocumentString(`
    query FailureGroups($since: String!, $state: [FailureState!]) {
  failureGroups(since: $since, state: $state) {
    ...FailureGroup
  }
}
    fragment FailureGroup on FailureGroup {
  id
  fingerprint
  integration
  environment
  route
  node
  errorClass
  error
  count
  handled
  repaired
  open
  first
  firstAt
  last
  lastAt
  beganOn {
    ...Commit
  }
  state
  stillFailing
  stateAt
  stateBy
  mutedUntil
  resolvedOn {
    ...Commit
  }
  assignee
  note
}
fragment Commit on MessageCommit {
  short
  author
  subject
}`) as unknown as TypedDocumentString<FailureGroupsQuery, FailureGroupsQueryVariables>;
export const FailureGroupDocument = new TypedDocumentString(`
    query FailureGroup($id: ID!) {
  failureGroup(id: $id) {
    ...FailureGroup
  }
}
    fragment FailureGroup on FailureGroup {
  id
  fingerprint
  integration
  environment
  route
  node
  errorClass
  error
  count
  handled
  repaired
  open
  first
  firstAt
  last
  lastAt
  beganOn {
    ...Commit
  }
  state
  stillFailing
  stateAt
  stateBy
  mutedUntil
  resolvedOn {
    ...Commit
  }
  assignee
  note
}
fragment Commit on MessageCommit {
  short
  author
  subject
}`) as unknown as TypedDocumentString<FailureGroupQuery, FailureGroupQueryVariables>;
export const ResolveFailureGroupDocument = new TypedDocumentString(`
    mutation ResolveFailureGroup($id: ID!, $note: String) {
  resolveFailureGroup(id: $id, note: $note) {
    id
  }
}
    `) as unknown as TypedDocumentString<ResolveFailureGroupMutation, ResolveFailureGroupMutationVariables>;
export const MuteFailureGroupDocument = new TypedDocumentString(`
    mutation MuteFailureGroup($id: ID!, $until: String, $note: String) {
  muteFailureGroup(id: $id, until: $until, note: $note) {
    id
  }
}
    `) as unknown as TypedDocumentString<MuteFailureGroupMutation, MuteFailureGroupMutationVariables>;
export const ReopenFailureGroupDocument = new TypedDocumentString(`
    mutation ReopenFailureGroup($id: ID!) {
  reopenFailureGroup(id: $id) {
    id
  }
}
    `) as unknown as TypedDocumentString<ReopenFailureGroupMutation, ReopenFailureGroupMutationVariables>;
export const AssignFailureGroupDocument = new TypedDocumentString(`
    mutation AssignFailureGroup($id: ID!, $to: String) {
  assignFailureGroup(id: $id, to: $to) {
    id
  }
}
    `) as unknown as TypedDocumentString<AssignFailureGroupMutation, AssignFailureGroupMutationVariables>;
export const NoteFailureGroupDocument = new TypedDocumentString(`
    mutation NoteFailureGroup($id: ID!, $note: String) {
  noteFailureGroup(id: $id, note: $note) {
    id
  }
}
    `) as unknown as TypedDocumentString<NoteFailureGroupMutation, NoteFailureGroupMutationVariables>;
export const SeriesDocument = new TypedDocumentString(`
    query Series($integration: String, $environment: String, $route: String, $from: String!, $to: String!, $stepS: Int!) {
  messageSeries(
    integration: $integration
    environment: $environment
    route: $route
    from: $from
    to: $to
    stepS: $stepS
  ) {
    at
    sum {
      ...Sum
    }
  }
}
    fragment Sum on MessageSum {
  count
  failed
  handled
  meanUs
  p50Us
  p95Us
  p99Us
  maxUs
}`) as unknown as TypedDocumentString<SeriesQuery, SeriesQueryVariables>;
export const NextDocument = new TypedDocumentString(`
    query Next {
  next
}
    `) as unknown as TypedDocumentString<NextQuery, NextQueryVariables>;
export const IntegrationsDocument = new TypedDocumentString(`
    query Integrations($environment: String) {
  integrations(environment: $environment) {
    id
    name
    project
    path
    newest {
      ...Release
    }
    workloads {
      ...Workload
    }
  }
}
    fragment Release on Release {
  id
  short
  commit
  bundle
  author
  subject
  committedAt
  createdAt
  state
  camel
  dependencies
  warnings
  problems {
    code
    message
  }
}
fragment Workload on Workload {
  id
  integration
  project
  environment
  runtime
  state
  reason
  nextAction
  url
  held
  behind
  keepsRunning
  restarts
  memoryBytes
  startedAt
  routes {
    ...RouteHold
  }
  release {
    ...Release
  }
  deployment {
    id
    generation
    phase
    code
    reason
    createdAt
  }
}
fragment RouteHold on RouteHold {
  route
  state
  by
  at
}`) as unknown as TypedDocumentString<IntegrationsQuery, IntegrationsQueryVariables>;
export const EnvironmentsDocument = new TypedDocumentString(`
    query Environments {
  environments {
    id
    name
    rank
    branch
  }
}
    `) as unknown as TypedDocumentString<EnvironmentsQuery, EnvironmentsQueryVariables>;
export const RoutesDocument = new TypedDocumentString(`
    query Routes($integration: String, $environment: String, $from: String!, $to: String!) {
  routes(
    integration: $integration
    environment: $environment
    from: $from
    to: $to
  ) {
    ...Route
  }
}
    fragment Sum on MessageSum {
  count
  failed
  handled
  meanUs
  p50Us
  p95Us
  p99Us
  maxUs
}
fragment Route on Route {
  name
  integration
  environment
  from
  description
  nodes {
    node
    kind
    label
    parent
    line
  }
  sum {
    ...Sum
  }
}`) as unknown as TypedDocumentString<RoutesQuery, RoutesQueryVariables>;
export const RouteHeatDocument = new TypedDocumentString(`
    query RouteHeat($integration: String, $environment: String, $route: String!, $from: String!, $to: String!) {
  routeHeat(
    integration: $integration
    environment: $environment
    route: $route
    from: $from
    to: $to
  ) {
    node
    kind
    label
    sum {
      ...Sum
    }
  }
}
    fragment Sum on MessageSum {
  count
  failed
  handled
  meanUs
  p50Us
  p95Us
  p99Us
  maxUs
}`) as unknown as TypedDocumentString<RouteHeatQuery, RouteHeatQueryVariables>;
export const InFlightDocument = new TypedDocumentString(`
    query InFlight($integration: String, $environment: String) {
  messagesInFlight(integration: $integration, environment: $environment) {
    total
    notes
    nodes {
      id
      short
      startedAt
      integration
      environment
      route
      node
      ageUs
      nodeAgeUs
      thread
      steps
    }
  }
}
    `) as unknown as TypedDocumentString<InFlightQuery, InFlightQueryVariables>;
export const EffectiveConfigurationDocument = new TypedDocumentString(`
    query EffectiveConfiguration($integration: String!, $project: String, $environment: String) {
  effectiveConfiguration(
    integration: $integration
    project: $project
    environment: $environment
  ) {
    key
    kind
    value
    layer
    hidden
    target
    isSet
  }
}
    `) as unknown as TypedDocumentString<EffectiveConfigurationQuery, EffectiveConfigurationQueryVariables>;
export const LiveWorkloadsDocument = new TypedDocumentString(`
    subscription LiveWorkloads {
  workloads {
    id
  }
}
    `) as unknown as TypedDocumentString<LiveWorkloadsSubscription, LiveWorkloadsSubscriptionVariables>;
export const StartDocument = new TypedDocumentString(`
    mutation Start($integration: String!, $project: String, $environment: String) {
  start(integration: $integration, project: $project, environment: $environment) {
    id
  }
}
    `) as unknown as TypedDocumentString<StartMutation, StartMutationVariables>;
export const StopDocument = new TypedDocumentString(`
    mutation Stop($integration: String!, $project: String, $environment: String) {
  stop(integration: $integration, project: $project, environment: $environment) {
    id
  }
}
    `) as unknown as TypedDocumentString<StopMutation, StopMutationVariables>;
export const RestartDocument = new TypedDocumentString(`
    mutation Restart($integration: String!, $project: String, $environment: String) {
  restart(integration: $integration, project: $project, environment: $environment) {
    id
  }
}
    `) as unknown as TypedDocumentString<RestartMutation, RestartMutationVariables>;
export const LogsDocument = new TypedDocumentString(`
    subscription Logs($workloads: [ID!], $follow: Boolean, $sinceMs: Int, $tail: Int, $level: String, $grep: String, $previous: Boolean) {
  logs(
    workloads: $workloads
    follow: $follow
    sinceMs: $sinceMs
    tail: $tail
    level: $level
    grep: $grep
    previous: $previous
  ) {
    workload
    integration
    time
    level
    logger
    thread
    message
    stack
  }
}
    `) as unknown as TypedDocumentString<LogsSubscription, LogsSubscriptionVariables>;
export const MessageDocument = new TypedDocumentString(`
    query Message($id: String!) {
  message(id: $id) {
    message {
      ...Message
    }
    exchange
    breadcrumb
    traceId
    from
    commit {
      short
      author
      subject
    }
    steps {
      ...Step
    }
    stepsTotal
    failedStep
    outerClass
    outerMessage
    stack
    claimedStart
    likelyCause {
      likely
      look
      next
    }
  }
}
    fragment Step on MessageStep {
  sequence
  parent
  iteration
  route
  node
  kind
  label
  startUs
  durationUs
  failed
  redelivery
  detail
}
fragment Message on Message {
  id
  short
  startedAt
  integration
  environment
  runtime
  release
  route
  outcome
  durationUs
  steps
  node
  errorClass
  error
  fingerprint
  flags
  replayOf
  repairedBy
  attributes {
    name
    value
  }
}`) as unknown as TypedDocumentString<MessageQuery, MessageQueryVariables>;
export const MessageStepsDocument = new TypedDocumentString(`
    query MessageSteps($id: String!, $skip: Int!) {
  messageSteps(id: $id, skip: $skip) {
    ...Step
  }
}
    fragment Step on MessageStep {
  sequence
  parent
  iteration
  route
  node
  kind
  label
  startUs
  durationUs
  failed
  redelivery
  detail
}`) as unknown as TypedDocumentString<MessageStepsQuery, MessageStepsQueryVariables>;
export const MessageRoutesDocument = new TypedDocumentString(`
    query MessageRoutes($id: String!) {
  messageRoutes(id: $id) {
    ...Shape
  }
}
    fragment Shape on RouteShape {
  name
  from
  description
  nodes {
    node
    kind
    label
    parent
    line
  }
}`) as unknown as TypedDocumentString<MessageRoutesQuery, MessageRoutesQueryVariables>;
export const RelatedMessagesDocument = new TypedDocumentString(`
    query RelatedMessages($id: String!) {
  relatedMessages(id: $id) {
    relation
    step
    message {
      ...Message
    }
  }
}
    fragment Message on Message {
  id
  short
  startedAt
  integration
  environment
  runtime
  release
  route
  outcome
  durationUs
  steps
  node
  errorClass
  error
  fingerprint
  flags
  replayOf
  repairedBy
  attributes {
    name
    value
  }
}`) as unknown as TypedDocumentString<RelatedMessagesQuery, RelatedMessagesQueryVariables>;
export const MessagePayloadsDocument = new TypedDocumentString(`
    query MessagePayloads($id: String!) {
  messagePayloads(id: $id) {
    step
    point
    contentType
    class
    body
    bodyBase64
    unavailable
    size
    masked
    truncated
    headers {
      name
      kind
      value
    }
  }
}
    `) as unknown as TypedDocumentString<MessagePayloadsQuery, MessagePayloadsQueryVariables>;
export const MessageLogDocument = new TypedDocumentString(`
    query MessageLog($id: String!) {
  messageLog(id: $id) {
    at
    level
    logger
    thread
    route
    node
    text
    stack
  }
}
    `) as unknown as TypedDocumentString<MessageLogQuery, MessageLogQueryVariables>;
export const MessageDiffDocument = new TypedDocumentString(`
    query MessageDiff($left: String!, $right: String) {
  messageDiff(left: $left, right: $right) {
    right {
      message {
        ...Message
      }
    }
    attributes {
      name
      left
      right
    }
    lines {
      side
      left {
        ...Step
      }
      right {
        ...Step
      }
    }
  }
}
    fragment Step on MessageStep {
  sequence
  parent
  iteration
  route
  node
  kind
  label
  startUs
  durationUs
  failed
  redelivery
  detail
}
fragment Message on Message {
  id
  short
  startedAt
  integration
  environment
  runtime
  release
  route
  outcome
  durationUs
  steps
  node
  errorClass
  error
  fingerprint
  flags
  replayOf
  repairedBy
  attributes {
    name
    value
  }
}`) as unknown as TypedDocumentString<MessageDiffQuery, MessageDiffQueryVariables>;
export const MessageChangesDocument = new TypedDocumentString(`
    query MessageChanges($left: String!, $right: String!) {
  messageChanges(left: $left, right: $right) {
    at
    part
    path
    left
    right
  }
}
    `) as unknown as TypedDocumentString<MessageChangesQuery, MessageChangesQueryVariables>;
export const MessagesDocument = new TypedDocumentString(`
    query Messages($query: String!, $first: Int!, $after: String) {
  messages(query: $query, first: $first, after: $after) {
    next
    partial
    columns
    notes
    nodes {
      ...Message
    }
  }
}
    fragment Message on Message {
  id
  short
  startedAt
  integration
  environment
  runtime
  release
  route
  outcome
  durationUs
  steps
  node
  errorClass
  error
  fingerprint
  flags
  replayOf
  repairedBy
  attributes {
    name
    value
  }
}`) as unknown as TypedDocumentString<MessagesQuery, MessagesQueryVariables>;
export const FacetsDocument = new TypedDocumentString(`
    query Facets($query: String!) {
  messageFacets(query: $query) {
    total
    exact
    outcomes {
      ...Facet
    }
    routes {
      ...Facet
    }
    integrations {
      ...Facet
    }
    errorClasses {
      ...Facet
    }
    nodes {
      ...Facet
    }
  }
}
    fragment Facet on FacetCount {
  value
  count
}`) as unknown as TypedDocumentString<FacetsQuery, FacetsQueryVariables>;
export const CompleteQueryDocument = new TypedDocumentString(`
    query CompleteQuery($query: String!, $cursor: Int!) {
  completeQuery(query: $query, cursor: $cursor) {
    at
    suggestions {
      text
      explains
    }
  }
}
    `) as unknown as TypedDocumentString<CompleteQueryQuery, CompleteQueryQueryVariables>;
export const LiveMessagesDocument = new TypedDocumentString(`
    subscription LiveMessages($query: String!) {
  messages(query: $query) {
    missed
    message {
      ...Message
    }
  }
}
    fragment Message on Message {
  id
  short
  startedAt
  integration
  environment
  runtime
  release
  route
  outcome
  durationUs
  steps
  node
  errorClass
  error
  fingerprint
  flags
  replayOf
  repairedBy
  attributes {
    name
    value
  }
}`) as unknown as TypedDocumentString<LiveMessagesSubscription, LiveMessagesSubscriptionVariables>;
export const ReplayPlanDocument = new TypedDocumentString(`
    query ReplayPlan($message: ID!) {
  replayPlan(message: $message) {
    message
    startedAt
    integration
    environment
    route
    effects {
      step
      what
      atUs
    }
    refusalCode
    refusal
    body
    bodyBase64
    headers {
      name
      kind
      value
    }
    masked
    warnings
    leftOut
    ranOn: then
    runsOn: now
    changed
  }
}
    `) as unknown as TypedDocumentString<ReplayPlanQuery, ReplayPlanQueryVariables>;
export const ReplaysDocument = new TypedDocumentString(`
    query Replays($message: ID!) {
  replays(message: $message) {
    ...Delivery
  }
}
    fragment Delivery on Replay {
  id
  kind
  integration
  environment
  route
  endpoint
  original
  source
  by
  askedAt
  beginBefore
  outcome
  code
  reason
  message
  durationUs
  errorClass
  reply
  endedAt
}`) as unknown as TypedDocumentString<ReplaysQuery, ReplaysQueryVariables>;
export const DeliveryDocument = new TypedDocumentString(`
    query Delivery($id: ID!) {
  replay(id: $id) {
    ...Delivery
  }
}
    fragment Delivery on Replay {
  id
  kind
  integration
  environment
  route
  endpoint
  original
  source
  by
  askedAt
  beginBefore
  outcome
  code
  reason
  message
  durationUs
  errorClass
  reply
  endedAt
}`) as unknown as TypedDocumentString<DeliveryQuery, DeliveryQueryVariables>;
export const ReplayMessageDocument = new TypedDocumentString(`
    mutation ReplayMessage($message: ID!, $route: String, $endpoint: String, $content: ReplayContentInput, $repeatEffects: Boolean!, $wantsReply: Boolean!) {
  replayMessage(
    message: $message
    route: $route
    endpoint: $endpoint
    content: $content
    repeatEffects: $repeatEffects
    wantsReply: $wantsReply
  ) {
    ...Delivery
  }
}
    fragment Delivery on Replay {
  id
  kind
  integration
  environment
  route
  endpoint
  original
  source
  by
  askedAt
  beginBefore
  outcome
  code
  reason
  message
  durationUs
  errorClass
  reply
  endedAt
}`) as unknown as TypedDocumentString<ReplayMessageMutation, ReplayMessageMutationVariables>;
export const SendMessageDocument = new TypedDocumentString(`
    mutation SendMessage($integration: String!, $project: String, $environment: String, $route: String, $endpoint: String, $content: ReplayContentInput!, $wantsReply: Boolean!) {
  sendMessage(
    integration: $integration
    project: $project
    environment: $environment
    route: $route
    endpoint: $endpoint
    content: $content
    wantsReply: $wantsReply
  ) {
    ...Delivery
  }
}
    fragment Delivery on Replay {
  id
  kind
  integration
  environment
  route
  endpoint
  original
  source
  by
  askedAt
  beginBefore
  outcome
  code
  reason
  message
  durationUs
  errorClass
  reply
  endedAt
}`) as unknown as TypedDocumentString<SendMessageMutation, SendMessageMutationVariables>;
export const DryReplayDocument = new TypedDocumentString(`
    mutation DryReplay($message: ID!, $route: String, $content: ReplayContentInput, $replies: [DryRunReplyInput!]!) {
  dryReplay(
    message: $message
    route: $route
    content: $content
    replies: $replies
  ) {
    ...DryRun
  }
}
    fragment DryRun on DryRun {
  outcome
  durationUs
  errorClass
  error
  reply
  stoppedAt
  stoppedBecause
  stoppedStep
  suggestion
  stubs {
    uri
    what
    bytes
    answered
    step
    title
  }
  steps {
    route
    kind
    label
    failed
  }
  differsAt
  ranOn: then
  runsOn: now
  changed
  weaker
}`) as unknown as TypedDocumentString<DryReplayMutation, DryReplayMutationVariables>;
export const DrySendDocument = new TypedDocumentString(`
    mutation DrySend($integration: String!, $project: String, $environment: String, $route: String!, $content: ReplayContentInput!, $replies: [DryRunReplyInput!]!) {
  drySend(
    integration: $integration
    project: $project
    environment: $environment
    route: $route
    content: $content
    replies: $replies
  ) {
    ...DryRun
  }
}
    fragment DryRun on DryRun {
  outcome
  durationUs
  errorClass
  error
  reply
  stoppedAt
  stoppedBecause
  stoppedStep
  suggestion
  stubs {
    uri
    what
    bytes
    answered
    step
    title
  }
  steps {
    route
    kind
    label
    failed
  }
  differsAt
  ranOn: then
  runsOn: now
  changed
  weaker
}`) as unknown as TypedDocumentString<DrySendMutation, DrySendMutationVariables>;
export const HoldRouteDocument = new TypedDocumentString(`
    mutation HoldRoute($integration: String!, $project: String, $environment: String, $route: String!, $action: RouteAction!) {
  holdRoute(
    integration: $integration
    project: $project
    environment: $environment
    route: $route
    action: $action
  ) {
    hold {
      ...RouteHold
    }
    now
  }
}
    fragment RouteHold on RouteHold {
  route
  state
  by
  at
}`) as unknown as TypedDocumentString<HoldRouteMutation, HoldRouteMutationVariables>;
export const RuntimesDocument = new TypedDocumentString(`
    query Runtimes {
  runtimes {
    ...Runtime
  }
}
    fragment Runtime on Runtime {
  id
  name
  purposes
  state
  reason
  lastSeenAt
  version
  certificateNotAfter
  capabilities
  clockSkewMs
  memoryBytes
  createdAt
  conditions {
    component
    ok
    reason
  }
}`) as unknown as TypedDocumentString<RuntimesQuery, RuntimesQueryVariables>;
export const RuntimeDocument = new TypedDocumentString(`
    query Runtime($name: String!) {
  runtime(name: $name) {
    ...Runtime
  }
}
    fragment Runtime on Runtime {
  id
  name
  purposes
  state
  reason
  lastSeenAt
  version
  certificateNotAfter
  capabilities
  clockSkewMs
  memoryBytes
  createdAt
  conditions {
    component
    ok
    reason
  }
}`) as unknown as TypedDocumentString<RuntimeQuery, RuntimeQueryVariables>;
export const LiveRuntimesDocument = new TypedDocumentString(`
    subscription LiveRuntimes {
  runtimes {
    id
  }
}
    `) as unknown as TypedDocumentString<LiveRuntimesSubscription, LiveRuntimesSubscriptionVariables>;
export const AddRuntimeDocument = new TypedDocumentString(`
    mutation AddRuntime($name: String!, $purpose: String!) {
  addRuntime(name: $name, purpose: $purpose) {
    token
    command
    permissions
    runtime {
      id
      name
    }
  }
}
    `) as unknown as TypedDocumentString<AddRuntimeMutation, AddRuntimeMutationVariables>;
export const PingRuntimeDocument = new TypedDocumentString(`
    mutation PingRuntime($name: String!) {
  pingRuntime(name: $name) {
    acknowledgedMs
    completedMs
  }
}
    `) as unknown as TypedDocumentString<PingRuntimeMutation, PingRuntimeMutationVariables>;
export const RevokeRuntimeDocument = new TypedDocumentString(`
    mutation RevokeRuntime($name: String!) {
  revokeRuntime(name: $name) {
    id
  }
}
    `) as unknown as TypedDocumentString<RevokeRuntimeMutation, RevokeRuntimeMutationVariables>;
export const EnvironmentRuntimesDocument = new TypedDocumentString(`
    query EnvironmentRuntimes {
  environments {
    id
    name
    runtimeId
  }
}
    `) as unknown as TypedDocumentString<EnvironmentRuntimesQuery, EnvironmentRuntimesQueryVariables>;
export const LetEnvironmentRunDocument = new TypedDocumentString(`
    mutation LetEnvironmentRun($environment: String!, $runtime: String!) {
  updateEnvironment(name: $environment, runtime: $runtime) {
    id
  }
}
    `) as unknown as TypedDocumentString<LetEnvironmentRunMutation, LetEnvironmentRunMutationVariables>;
export const SourcesDocument = new TypedDocumentString(`
    query Sources {
  sources {
    id
    name
    project
    url
    branch
    path
    commit
    author
    subject
    state
    reason
    code
    since
    checkedAt
    pruneCommit
    pruneIntegrations
  }
}
    `) as unknown as TypedDocumentString<SourcesQuery, SourcesQueryVariables>;
export const SyncSourceDocument = new TypedDocumentString(`
    mutation SyncSource($name: String!) {
  syncSource(name: $name) {
    commit
    changed
    messages
  }
}
    `) as unknown as TypedDocumentString<SyncSourceMutation, SyncSourceMutationVariables>;
export const CapturesDocument = new TypedDocumentString(`
    query Captures {
  captures {
    environment
    project
    integration
    route
    settings
    windowLevel
    windowUntil
  }
}
    `) as unknown as TypedDocumentString<CapturesQuery, CapturesQueryVariables>;
export const AuditDocument = new TypedDocumentString(`
    query Audit($first: Int!, $after: String, $newestFirst: Boolean!) {
  audit(first: $first, after: $after, newestFirst: $newestFirst) {
    next
    entries {
      seq
      at
      actor
      action
      targetKind
      target
      detail
    }
  }
}
    `) as unknown as TypedDocumentString<AuditQuery, AuditQueryVariables>;
export const TokensDocument = new TypedDocumentString(`
    query Tokens {
  tokens {
    id
    name
    kind
    actor
    createdAt
    expiresAt
    lastUsedAt
  }
}
    `) as unknown as TypedDocumentString<TokensQuery, TokensQueryVariables>;
export const OrganizationDocument = new TypedDocumentString(`
    query Organization {
  organization {
    id
    name
    createdAt
  }
}
    `) as unknown as TypedDocumentString<OrganizationQuery, OrganizationQueryVariables>;
export const ProjectsDocument = new TypedDocumentString(`
    query Projects {
  projects {
    id
    name
  }
}
    `) as unknown as TypedDocumentString<ProjectsQuery, ProjectsQueryVariables>;
export const TryCaptureDocument = new TypedDocumentString(`
    query TryCapture($environment: String, $project: String, $integration: String, $route: String, $settings: String!, $body: String!, $contentType: String) {
  tryCapture(
    environment: $environment
    project: $project
    integration: $integration
    route: $route
    settings: $settings
    body: $body
    contentType: $contentType
  ) {
    level
    kept
    isUnreadable
    isCut
    hidden {
      rule
      line
      column
    }
  }
}
    `) as unknown as TypedDocumentString<TryCaptureQuery, TryCaptureQueryVariables>;
export const SetCaptureDocument = new TypedDocumentString(`
    mutation SetCapture($environment: String, $project: String, $integration: String, $route: String, $settings: String!) {
  setCapture(
    environment: $environment
    project: $project
    integration: $integration
    route: $route
    settings: $settings
  ) {
    settings
  }
}
    `) as unknown as TypedDocumentString<SetCaptureMutation, SetCaptureMutationVariables>;
export const OpenCaptureDocument = new TypedDocumentString(`
    mutation OpenCapture($environment: String, $project: String, $integration: String, $route: String, $level: String!, $seconds: Int!) {
  openCapture(
    environment: $environment
    project: $project
    integration: $integration
    route: $route
    level: $level
    seconds: $seconds
  ) {
    windowUntil
  }
}
    `) as unknown as TypedDocumentString<OpenCaptureMutation, OpenCaptureMutationVariables>;
export const CloseCaptureDocument = new TypedDocumentString(`
    mutation CloseCapture($environment: String, $project: String, $integration: String, $route: String) {
  closeCapture(
    environment: $environment
    project: $project
    integration: $integration
    route: $route
  ) {
    windowUntil
  }
}
    `) as unknown as TypedDocumentString<CloseCaptureMutation, CloseCaptureMutationVariables>;
export const AddSourceDocument = new TypedDocumentString(`
    mutation AddSource($project: String!, $name: String!, $url: String!, $branch: String!, $path: String!, $token: String) {
  addSource(
    project: $project
    name: $name
    url: $url
    branch: $branch
    path: $path
    token: $token
  ) {
    id
    name
  }
}
    `) as unknown as TypedDocumentString<AddSourceMutation, AddSourceMutationVariables>;
export const UpdateSourceDocument = new TypedDocumentString(`
    mutation UpdateSource($name: String!, $url: String, $branch: String, $path: String, $token: String) {
  updateSource(
    name: $name
    url: $url
    branch: $branch
    path: $path
    token: $token
  ) {
    id
    name
  }
}
    `) as unknown as TypedDocumentString<UpdateSourceMutation, UpdateSourceMutationVariables>;
export const RemoveSourceDocument = new TypedDocumentString(`
    mutation RemoveSource($name: String!) {
  removeSource(name: $name)
}
    `) as unknown as TypedDocumentString<RemoveSourceMutation, RemoveSourceMutationVariables>;
export const ConfirmPruneDocument = new TypedDocumentString(`
    mutation ConfirmPrune($name: String!, $commit: String!) {
  confirmPrune(name: $name, commit: $commit)
}
    `) as unknown as TypedDocumentString<ConfirmPruneMutation, ConfirmPruneMutationVariables>;
export const CreateTokenDocument = new TypedDocumentString(`
    mutation CreateToken($name: String!, $role: String!, $project: String, $environment: String, $expires: String) {
  createToken(
    name: $name
    role: $role
    project: $project
    environment: $environment
    expires: $expires
  ) {
    secret
    token {
      id
      name
    }
  }
}
    `) as unknown as TypedDocumentString<CreateTokenMutation, CreateTokenMutationVariables>;
export const RevokeTokenDocument = new TypedDocumentString(`
    mutation RevokeToken($id: ID!) {
  revokeToken(id: $id)
}
    `) as unknown as TypedDocumentString<RevokeTokenMutation, RevokeTokenMutationVariables>;
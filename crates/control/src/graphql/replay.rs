//! Messages delivered on request, in the API.

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, SimpleObject};
use domain::permission::Permission as P;
use jiff::SignedDuration;

use super::message::MessageChange;
use super::permission::{Fields, fields, whole};
use super::release::bad_id;
use super::to_gql;
use crate::app::Error;
use crate::app::deployment::operate::Wanted;
use crate::app::replay::{self, Body, Choice, Content, Header, How, Target, dry};
use crate::ctx::Ctx;

pub(crate) const FIELDS: &[Fields] = &[
    fields("Query", &["replay", "replays"], P::ReadMessage),
    fields("Query", &["replayPlan"], P::ReadPayload),
    fields("Mutation", &["sendMessage"], P::OperateWorkload),
    fields("Mutation", &["replayMessage"], P::OperateWorkload),
    fields("Mutation", &["dryReplay", "drySend"], P::OperateWorkload),
    whole("DryRun", P::OperateWorkload),
    whole("DryRunStub", P::OperateWorkload),
    whole("DryRunStep", P::OperateWorkload),
    whole("Replay", P::ReadMessage),
    fields("Replay", &["changes"], P::ReadPayload),
    whole("ReplayPlan", P::ReadPayload),
    whole("ReplayEffect", P::ReadPayload),
    whole("ReplayHeader", P::ReadPayload),
];

/// A header with the type that Camel is to see.
#[derive(InputObject)]
pub struct ReplayHeaderInput {
    pub name: String,
    /// `text`, `long`, `double`, `bool`, `bytes` (base64), `instant` (milliseconds since 1970) or `null`.
    #[graphql(default_with = "\"text\".to_owned()")]
    pub kind: String,
    #[graphql(default)]
    pub value: String,
}

/// What goes in: a body as text or as base64, or none.
#[derive(InputObject)]
pub struct ReplayContentInput {
    pub body: Option<String>,
    pub body_base64: Option<String>,
    #[graphql(default)]
    pub headers: Vec<ReplayHeaderInput>,
}

impl ReplayContentInput {
    fn content(self) -> Result<Content, Error> {
        let Self { body, body_base64, headers } = self;
        let body = match (body, body_base64) {
            (Some(_), Some(_)) => {
                let text = "a body is text or base64, not both";
                return Err(Error::invalid("MP-RPL-11", text));
            }
            (Some(text), None) => Some(Body::Text(text)),
            (None, Some(text)) => {
                let bytes = replay::base64(&text);
                let bad = || Error::invalid("MP-RPL-11", "the body is not base64");
                Some(Body::Bytes(bytes.ok_or_else(bad)?))
            }
            (None, None) => None,
        };
        let header = |one: ReplayHeaderInput| {
            let ReplayHeaderInput { name, kind, value } = one;
            Header { name, kind, value }
        };
        Ok(Content { body, headers: headers.into_iter().map(header).collect() })
    }
}

#[derive(SimpleObject)]
pub struct ReplayHeader {
    pub name: String,
    pub kind: String,
    pub value: String,
}

/// A step of the original that reached another system and went well.
#[derive(SimpleObject)]
pub struct ReplayEffect {
    pub step: u32,
    pub what: String,
    pub at_us: i64,
}

/// What a replay of a message would be.
#[derive(SimpleObject)]
pub struct ReplayPlan {
    pub message: ID,
    pub started_at: String,
    pub integration: String,
    pub environment: String,
    pub route: String,
    /// Done by the original; a replay does it again, which `repeatEffects` says is meant.
    pub effects: Vec<ReplayEffect>,
    /// Why what was recorded cannot go in as it is; null when it can.
    pub refusal_code: Option<String>,
    pub refusal: Option<String>,
    pub body: Option<String>,
    pub body_base64: Option<String>,
    pub headers: Vec<ReplayHeader>,
    /// Masks stand in body or headers. The runner fills them in from the original that it kept, or refuses the replay when it has none;
    /// in an edited one it fills in those that were left alone.
    pub masked: bool,
    /// Headers that cannot be given back, and why.
    pub left_out: Vec<String>,
    /// The release it ran on, and the one that runs now.
    pub then: Option<String>,
    pub now: Option<String>,
    /// Whether its route is another one now; null: nobody knows.
    pub changed: Option<bool>,
    /// What should be known first of nodes that remember other messages, as those that filter duplicates do.
    pub warnings: Vec<String>,
}

impl From<replay::Plan> for ReplayPlan {
    fn from(plan: replay::Plan) -> Self {
        let replay::Plan {
            row,
            effects,
            refusal,
            content,
            is_masked,
            left_out,
            then,
            now,
            is_changed,
            warnings,
        } = plan;
        let (refusal_code, refusal) = refusal.map(|(code, text)| (code.to_owned(), text)).unzip();
        let Content { body, headers } = content.unwrap_or_default();
        let (body, body_base64) = match body {
            Some(Body::Text(text)) => (Some(text), None),
            Some(Body::Bytes(bytes)) => (None, Some(replay::to_base64(&bytes))),
            None => (None, None),
        };
        let effect = |one: replay::Effect| ReplayEffect {
            step: one.step,
            what: one.what,
            at_us: i64::try_from(one.at_us).unwrap_or(i64::MAX),
        };
        let header =
            |one: Header| ReplayHeader { name: one.name, kind: one.kind, value: one.value };
        Self {
            message: ID(row.id.to_string()),
            started_at: super::message::started_at(row.id),
            integration: row.integration,
            environment: row.environment,
            route: row.route,
            effects: effects.into_iter().map(effect).collect(),
            refusal_code,
            refusal,
            body,
            body_base64,
            headers: headers.into_iter().map(header).collect(),
            masked: is_masked,
            left_out,
            then,
            now,
            changed: is_changed,
            warnings: warnings.into_iter().map(str::to_owned).collect(),
        }
    }
}

/// A message that was delivered on request, or is to be.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Replay {
    pub id: ID,
    /// `replay` or `send`.
    pub kind: String,
    pub integration: String,
    pub environment: String,
    pub route: Option<String>,
    pub endpoint: Option<String>,
    /// The recorded message that it repeats.
    pub original: Option<ID>,
    /// Whose body: `recorded`, `original` (as it was before a part was masked, of what the runner kept), `edited` or `given`.
    pub source: String,
    /// How many masked values the runner filled in.
    pub filled: i64,
    pub by: String,
    pub asked_at: String,
    /// After this it is not begun any more.
    pub begin_before: String,
    /// `completed`, `handled`, `failed`, `unknown` (done, but how it ended is not known) or `not_done`; null: its runtime has not
    /// said yet.
    pub outcome: Option<String>,
    pub code: Option<String>,
    pub reason: Option<String>,
    /// The message that it made.
    pub message: Option<ID>,
    pub duration_us: Option<i64>,
    pub error_class: Option<String>,
    /// What the route answered, masked as bodies are.
    pub reply: Option<String>,
    pub ended_at: Option<String>,
}

impl From<replay::Shown> for Replay {
    fn from(shown: replay::Shown) -> Self {
        let source = shown.source();
        let replay::Shown { replay: row, integration, environment, answer } = shown;
        let ended = row.ended.as_ref();
        let made = ended.is_some_and(|ended| ended.detail.is_some());
        Self {
            id: ID(row.id.to_string()),
            kind: row.kind.as_str().to_owned(),
            integration,
            environment,
            original: row.original.map(|id| ID(id.to_string())),
            source: source.as_str().to_owned(),
            filled: i64::try_from(answer.filled).unwrap_or(i64::MAX),
            by: row.by,
            asked_at: row.asked_at.to_string(),
            begin_before: row.begin_before.to_string(),
            outcome: ended.map(|ended| ended.outcome.as_str().to_owned()),
            code: ended.and_then(|ended| ended.code.clone()),
            reason: ended.and_then(|ended| ended.reason.clone()),
            message: ended.and_then(|ended| ended.message).map(|id| ID(id.to_string())),
            duration_us: made.then(|| i64::try_from(answer.duration_us).unwrap_or(i64::MAX)),
            error_class: answer.error_class,
            reply: answer.reply,
            ended_at: ended.map(|ended| ended.at.to_string()),
            route: row.route,
            endpoint: row.endpoint,
        }
    }
}

#[ComplexObject]
impl Replay {
    /// What it came to beside what the original failed with; null: one of them is not known.
    async fn changes(
        &self,
        gql: &Context<'_>,
    ) -> async_graphql::Result<Option<Vec<MessageChange>>> {
        let ctx = gql.data::<Ctx>()?;
        let id = self.id.parse().map_err(|_| bad_id())?;
        let changes = replay::changes(ctx, id).await.map_err(to_gql)?;
        Ok(changes.map(|all| all.into_iter().map(MessageChange::from).collect()))
    }
}

/// What a stub is to answer in a dry run: exactly one of `content`, `from` and `allow`.
#[derive(InputObject)]
pub struct DryRunReplyInput {
    /// The step of the original that it stands for.
    pub step: Option<u32>,
    /// Else: every call of this address.
    pub uri: Option<String>,
    pub content: Option<ReplayContentInput>,
    /// The message whose recorded reply of the same step it is.
    pub from: Option<ID>,
    /// Really ask; reads over HTTP only.
    #[graphql(default)]
    pub allow: bool,
}

fn replies(given: Vec<DryRunReplyInput>) -> Result<Vec<dry::Reply>, Error> {
    let reply = |one: DryRunReplyInput| {
        let DryRunReplyInput { step, uri, content, from, allow } = one;
        let whence = match (content, from, allow) {
            (Some(content), None, false) => dry::Whence::Given(content.content()?),
            (None, Some(from), false) => dry::Whence::From(from.to_string()),
            (None, None, true) => dry::Whence::Really,
            _ => {
                let text = "a reply is one of `content`, `from` and `allow`";
                return Err(Error::invalid("MP-RPL-11", text));
            }
        };
        Ok(dry::Reply { step, uri, whence })
    };
    given.into_iter().map(reply).collect()
}

/// A send that was kept from leaving.
#[derive(SimpleObject)]
pub struct DryRunStub {
    pub uri: String,
    /// `send`, `poll`, or the HTTP method.
    pub what: String,
    pub bytes: i64,
    /// `reply from ...` or `unchanged`; null: the run stopped there.
    pub answered: Option<String>,
    /// The step of the original that it stands for, and how that is called.
    pub step: Option<u32>,
    pub title: Option<String>,
}

#[derive(SimpleObject)]
pub struct DryRunStep {
    pub route: String,
    pub kind: String,
    pub label: Option<String>,
    pub failed: bool,
}

/// What a message would do; nothing left the machine.
#[derive(SimpleObject)]
pub struct DryRun {
    /// `completed`, `handled` or `failed`; what was reached until then when it stopped.
    pub outcome: String,
    pub duration_us: i64,
    pub error_class: Option<String>,
    pub error: Option<String>,
    pub reply: Option<String>,
    /// The address whose answer nobody knows; null: it went to its end.
    pub stopped_at: Option<String>,
    pub stopped_because: Option<String>,
    /// The step of the original that it stopped at.
    pub stopped_step: Option<u32>,
    /// The last success of the same route whose reply could be taken there.
    pub suggestion: Option<ID>,
    pub stubs: Vec<DryRunStub>,
    pub steps: Vec<DryRunStep>,
    /// The first step of the original that it did not make in the same way.
    pub differs_at: Option<u32>,
    /// The release the original ran on, and the one that was tried.
    pub then: Option<String>,
    pub now: Option<String>,
    /// Whether the route is another one than the original's; null: nobody knows.
    pub changed: Option<bool>,
    /// What the system does not keep from the sandbox; null: it keeps everything.
    pub weaker: Option<String>,
    /// Whose body went in, as of a replay, and how many masked values the runner filled in.
    pub source: Option<String>,
    pub filled: i64,
    /// What it would come to beside what the original failed with; null: one of them is not known.
    pub changes: Option<Vec<MessageChange>>,
}

impl From<dry::Report> for DryRun {
    fn from(report: dry::Report) -> Self {
        let dry::Report {
            outcome,
            duration_us,
            error_class,
            error,
            reply,
            stopped_at,
            stopped_because,
            stopped_step,
            stubs,
            steps,
            weaker,
            source,
            filled,
            result: _,
            changes,
            suggestion,
            differs_at,
            is_changed,
            then,
            now,
        } = report;
        let known = |step: u32| (step > 0).then_some(step);
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let stub = |one: dry::Stub| DryRunStub {
            uri: one.uri,
            what: one.what,
            bytes: number(one.bytes),
            answered: one.answered,
            step: known(one.step),
            title: one.title,
        };
        let step = |one: dry::Visit| {
            let dry::Visit { route, kind, label, failed } = one;
            DryRunStep { route, kind, label, failed }
        };
        Self {
            outcome,
            duration_us: number(duration_us),
            error_class,
            error,
            reply,
            stopped_at,
            stopped_because,
            stopped_step: known(stopped_step),
            suggestion: suggestion.map(ID),
            stubs: stubs.into_iter().map(stub).collect(),
            steps: steps.into_iter().map(step).collect(),
            differs_at,
            then,
            now,
            changed: is_changed,
            weaker,
            source,
            filled: number(filled),
            changes: changes.map(|all| all.into_iter().map(MessageChange::from).collect()),
        }
    }
}

fn how(within_seconds: u32, wants_reply: bool) -> How {
    let within = SignedDuration::from_secs(i64::from(within_seconds));
    How { within, wants_reply, ..How::default() }
}

fn target(route: Option<String>, endpoint: Option<String>) -> Result<Option<Target>, Error> {
    match (route, endpoint) {
        (Some(_), Some(_)) => {
            Err(Error::invalid("MP-RPL-11", "to a route or to an endpoint, not both"))
        }
        (Some(route), None) => Ok(Some(Target::Route(route))),
        (None, Some(endpoint)) => Ok(Some(Target::Endpoint(endpoint))),
        (None, None) => Ok(None),
    }
}

#[derive(Default)]
pub struct ReplayQuery;

#[Object]
impl ReplayQuery {
    async fn replay(&self, gql: &Context<'_>, id: ID) -> async_graphql::Result<Option<Replay>> {
        let ctx = gql.data::<Ctx>()?;
        let id = id.parse().map_err(|_| bad_id())?;
        Ok(replay::find(ctx, id).await.map_err(to_gql)?.map(Replay::from))
    }

    /// The replays of a recorded message, the newest first.
    async fn replays(&self, gql: &Context<'_>, message: ID) -> async_graphql::Result<Vec<Replay>> {
        let ctx = gql.data::<Ctx>()?;
        let shown = replay::of_message(ctx, &message).await.map_err(to_gql)?;
        Ok(shown.into_iter().map(Replay::from).collect())
    }

    /// What a replay of a message would be; changes nothing.
    async fn replay_plan(
        &self,
        gql: &Context<'_>,
        message: ID,
    ) -> async_graphql::Result<ReplayPlan> {
        let ctx = gql.data::<Ctx>()?;
        Ok(replay::plan(ctx, &message).await.map_err(to_gql)?.into())
    }
}

#[derive(Default)]
pub struct ReplayMutation;

#[Object]
impl ReplayMutation {
    /// Delivers a new message at the start of a route, or to an endpoint; once, whatever fails.
    #[expect(clippy::too_many_arguments, reason = "the place, the content and how")]
    async fn send_message(
        &self,
        gql: &Context<'_>,
        integration: String,
        project: Option<String>,
        environment: Option<String>,
        route: Option<String>,
        endpoint: Option<String>,
        content: ReplayContentInput,
        #[graphql(default = 30)] within_seconds: u32,
        #[graphql(default)] wants_reply: bool,
    ) -> async_graphql::Result<Replay> {
        let ctx = gql.data::<Ctx>()?;
        let (project, environment) = (project.as_deref(), environment.as_deref());
        let wanted = Wanted { project, integration: &integration, environment };
        let target = target(route, endpoint)
            .map_err(to_gql)?
            .ok_or_else(|| to_gql(Error::invalid("MP-RPL-11", "name a route or an endpoint")))?;
        let content = content.content().map_err(to_gql)?;
        let how = how(within_seconds, wants_reply);
        Ok(replay::send(ctx, wanted, target, content, how).await.map_err(to_gql)?.into())
    }

    /// Delivers a recorded message again; once, whatever fails. `content` instead of what was recorded.
    #[expect(clippy::too_many_arguments, reason = "the place, the content and how")]
    async fn replay_message(
        &self,
        gql: &Context<'_>,
        message: ID,
        route: Option<String>,
        endpoint: Option<String>,
        content: Option<ReplayContentInput>,
        #[graphql(default)] repeat_effects: bool,
        #[graphql(default = 30)] within_seconds: u32,
        #[graphql(default)] wants_reply: bool,
    ) -> async_graphql::Result<Replay> {
        let ctx = gql.data::<Ctx>()?;
        let edited = content.map(ReplayContentInput::content).transpose().map_err(to_gql)?;
        let target = target(route, endpoint).map_err(to_gql)?;
        let choice = Choice { target, edited, repeat_effects };
        let how = how(within_seconds, wants_reply);
        Ok(replay::replay(ctx, &message, choice, how).await.map_err(to_gql)?.into())
    }

    /// Tries a recorded message in a sandbox of the release that runs now, from which nothing gets out.
    async fn dry_replay(
        &self,
        gql: &Context<'_>,
        message: ID,
        route: Option<String>,
        content: Option<ReplayContentInput>,
        #[graphql(default)] replies: Vec<DryRunReplyInput>,
    ) -> async_graphql::Result<DryRun> {
        let ctx = gql.data::<Ctx>()?;
        let edited = content.map(ReplayContentInput::content).transpose().map_err(to_gql)?;
        let target = route.map(Target::Route);
        let choice = Choice { target, edited, repeat_effects: false };
        let replies = self::replies(replies).map_err(to_gql)?;
        Ok(dry::replay(ctx, &message, choice, replies).await.map_err(to_gql)?.into())
    }

    /// Tries a new message in a sandbox of the release that runs now, from which nothing gets out.
    #[expect(clippy::too_many_arguments, reason = "the place, the content and the replies")]
    async fn dry_send(
        &self,
        gql: &Context<'_>,
        integration: String,
        project: Option<String>,
        environment: Option<String>,
        route: String,
        content: ReplayContentInput,
        #[graphql(default)] replies: Vec<DryRunReplyInput>,
    ) -> async_graphql::Result<DryRun> {
        let ctx = gql.data::<Ctx>()?;
        let (project, environment) = (project.as_deref(), environment.as_deref());
        let wanted = Wanted { project, integration: &integration, environment };
        let content = content.content().map_err(to_gql)?;
        let replies = self::replies(replies).map_err(to_gql)?;
        let target = Target::Route(route);
        Ok(dry::send(ctx, wanted, target, content, replies).await.map_err(to_gql)?.into())
    }
}

//! What an operator would do, as one line for each plug and socket: the report of a dry run.
//!
//! A dry run performs reads and answers writes as if they had worked; the writes it was asked for are what is described here. The
//! first thing that matters is said: what is adopted, coupled, updated, undone; which objects; which calls.

use serde::Serialize;

use crate::core::journal::{Journal, Phase};
use crate::core::object::ObjectRef;
use crate::core::request::{Action, Request, Severity};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    pub subject: String,
    pub does: Does,
    /// Objects that would be applied, made or deleted.
    pub objects: Vec<String>,
    /// Calls of apparatuses, `/config` aside.
    pub calls: Vec<String>,
    /// What would be told as a Warning.
    pub warnings: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Does {
    #[default]
    Nothing,
    /// Conditions, counts, the finalizer.
    WriteStatus,
    /// A coupling of another operator is taken over as it stands.
    Adopt,
    Couple,
    Update,
    Decouple,
    /// Only what `created` or `deleted` ask for.
    Begin,
}

impl Does {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::WriteStatus => "write its status",
            Self::Adopt => "adopt the coupling as it stands",
            Self::Couple => "couple",
            Self::Update => "update",
            Self::Decouple => "decouple",
            Self::Begin => "do what `created` or `deleted` ask for",
        }
    }
}

pub fn preview(subject: &ObjectRef, writes: &[Request]) -> Preview {
    let mut preview = Preview { subject: subject.to_string(), ..Preview::default() };
    for write in writes {
        match write {
            Request::WriteJournal { journal, .. } => {
                if matches!(preview.does, Does::Nothing | Does::WriteStatus) {
                    preview.does = does(journal);
                }
            }
            Request::Apply { object, .. } => preview.object("apply", ObjectRef::of(&object.0)),
            Request::Project { object, .. } => preview.object("patch", ObjectRef::of(&object.0)),
            Request::Create { object, .. } => preview.object("make", ObjectRef::of(&object.0)),
            Request::Delete { object, .. } => preview.object("delete", Some(object.clone())),
            Request::Call(call) if call.action != Action::Config => {
                let owner = &call.owner.object;
                preview.calls.push(format!("/{} of {owner}", call.action.as_str()));
            }
            Request::Emit(notice) if notice.severity == Severity::Warning => {
                preview.warnings.push(notice.message.clone());
            }
            Request::PatchStatus { .. } | Request::SetFinalizers { .. } => {
                if preview.does == Does::Nothing {
                    preview.does = Does::WriteStatus;
                }
            }
            Request::Call(_)
            | Request::Emit(_)
            | Request::DeleteJournal { .. }
            | Request::Find(_)
            | Request::Read { .. }
            | Request::List { .. }
            | Request::ReadJournal { .. } => {}
        }
    }
    preview
}

fn does(journal: &Journal) -> Does {
    match journal.phase {
        Phase::Coupled => Does::Adopt,
        Phase::Config | Phase::PlugCoupled | Phase::SocketCoupled | Phase::Result => Does::Couple,
        Phase::Updating => Does::Update,
        Phase::Decoupling => Does::Decouple,
        Phase::Creating | Phase::Created | Phase::Deleting => Does::Begin,
    }
}

impl Preview {
    fn object(&mut self, verb: &str, object: Option<ObjectRef>) {
        self.objects.extend(object.map(|object| format!("{verb} {object}")));
    }

    /// `plug app/orders: adopt the coupling as it stands`, and more lines where there is more.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{}: {}", self.subject, self.does.as_str())];
        lines.extend(self.objects.iter().map(|object| format!("  {object}")));
        lines.extend(self.calls.iter().map(|call| format!("  call {call}")));
        lines.extend(self.warnings.iter().map(|warning| format!("  warn: {warning}")));
        lines
    }
}

//! Taking one entry of an inventory back: what is ours is deleted, of somebody else's object only our fields go.
//!
//! The account that made it acts first, then the one that the side names now. A refusal counts only when there may be something: of
//! an entry whose making was refused every time (`untouched`) nothing is there, unless a crash came between the first success and the
//! journal. So it is looked for by its label, and deleted; that both are refused as well is no reason to hold a deletion up.

use std::sync::Arc;

use crate::core::flow::{Flow, Run, refusal};
use crate::core::journal::Made;
use crate::core::names::COUPLING_LABEL;
use crate::core::object::Account;
use crate::core::projection::skeleton;
use crate::core::request::{Cause, Private, Refusal, Request, Response};

/// `name` is the journal's, `now` the account that the side of `made` names now.
pub(crate) fn undo(
    flow: &mut Flow<'_>,
    name: &str,
    made: &Made,
    now: Option<&Account>,
) -> Run<Result<(), Refusal>> {
    let another = now.filter(|account| **account != made.account);
    let mut refused = None;
    for account in std::iter::once(&made.account).chain(another) {
        match undo_as(flow, name, made, account)? {
            Err(refusal) if refusal.cause == Cause::Forbidden => {
                refused.get_or_insert(refusal);
            }
            other => return Ok(other),
        }
    }
    Ok(match refused {
        Some(refusal) if !made.untouched => Err(refusal),
        _ => Ok(()),
    })
}

fn undo_as(
    flow: &mut Flow<'_>,
    name: &str,
    made: &Made,
    account: &Account,
) -> Run<Result<(), Refusal>> {
    let mut uid = made.uid.clone();
    // An apply would create what is gone, and a name alone may be somebody else's by now.
    if made.manager.is_some() || made.untouched {
        let read = Request::Read { account: account.clone(), object: made.object.clone() };
        match flow.ask(read)? {
            Response::Object(Some(there)) if made.manager.is_none() => {
                let metadata = &there["metadata"];
                if metadata["labels"][COUPLING_LABEL] != name {
                    return Ok(Ok(()));
                }
                uid = metadata["uid"].as_str().map(str::to_owned);
            }
            Response::Object(Some(_)) => {}
            Response::Object(None) => return Ok(Ok(())),
            other => {
                let refusal = refusal(other);
                // Some may delete what they may not read.
                if made.manager.is_some() || refusal.cause != Cause::Forbidden {
                    return Ok(Err(refusal));
                }
            }
        }
    }
    let (account, object) = (account.clone(), made.object.clone());
    let request = match &made.manager {
        Some(manager) => Request::Project {
            account,
            manager: manager.clone(),
            object: Private(Arc::new(skeleton(&made.object))),
        },
        None => Request::Delete { account, object, uid },
    };
    Ok(flow.write(request)?.map(drop))
}

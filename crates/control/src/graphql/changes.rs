//! What a subscription listens to: the ids that the bus names, of the subscriber's organization.

use futures::stream::{self, Stream, StreamExt as _};
use store::bus::Wake;
use uuid::Uuid;

use crate::ctx::Ctx;

/// Each change of one of the topics, with the topic that named it. After a gap (`Wake::Everything`) nothing is repeated: the
/// next change of a thing is seen.
pub(super) fn changes(
    ctx: &Ctx,
    topics: &[&'static str],
) -> impl Stream<Item = (&'static str, Uuid)> + use<> {
    let mine = ctx.organization();
    let all = topics.iter().map(|topic| {
        let wakes = ctx.bus().subscribe(topic);
        let topic = *topic;
        Box::pin(stream::unfold(wakes, move |mut wakes| async move {
            loop {
                match wakes.next().await? {
                    Wake::Changed { organization, id } if organization == mine => {
                        break Some(((topic, id), wakes));
                    }
                    Wake::Changed { .. } | Wake::Everything => {}
                }
            }
        }))
    });
    stream::select_all(all.collect::<Vec<_>>()).boxed()
}

//! Which of the messages that are shown were repaired since: one question for a page of rows.

use store::Tx;
use telemetry::id::MessageId;
use telemetry::query::OutcomeIs;

use super::Row;
use crate::app::Error;

/// Says of those that failed by which replay they were repaired.
pub(super) async fn fill(tx: &mut Tx, rows: &mut [Row]) -> Result<(), Error> {
    let failed = |row: &&mut Row| matches!(row.outcome, OutcomeIs::Failed | OutcomeIs::Handled);
    let ids: Vec<MessageId> = rows.iter_mut().filter(failed).map(|row| row.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let repairs = store::replay::repairs(tx, &ids).await.map_err(Error::internal)?;
    for row in rows.iter_mut().filter(failed) {
        row.repaired_by = repairs.get(&row.id).copied();
    }
    Ok(())
}

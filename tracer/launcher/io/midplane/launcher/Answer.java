package io.midplane.launcher;

import io.midplane.launcher.log.JsonLine;

/**
 * What became of an order.
 *
 * @param outcome   completed, handled, failed, or refused: no exchange was made
 * @param code      why it was refused: gone, stopped, suspended, late, endpoint
 * @param messageId the new message's id, or null when nobody traces
 * @param result    how a replay or a dry run ended, or null
 * @param dry       what a dry run has more, or null
 */
record Answer(String outcome, String code, String reason, String messageId, String exchangeId, long durationUs,
              String errorClass, String error, String reply, Carried result, DryRun dry) {
    private static final int ERROR_CHARS = 2000;
    /** What a reply may take of the answer; the rest is in the recorded message. */
    private static final int REPLY_CHARS = 64 << 10;

    static Answer refused(String code, String reason) {
        return new Answer("refused", code, reason, null, null, 0, null, null, null, null, null);
    }

    byte[] bytes() {
        JsonLine out = new JsonLine(512);
        out.raw("{\"format\":1,\"outcome\":").string(outcome);
        out.raw(",\"code\":").string(code).raw(",\"reason\":").string(reason, ERROR_CHARS);
        out.raw(",\"message_id\":").string(messageId).raw(",\"exchange_id\":").string(exchangeId);
        out.raw(",\"duration_us\":").raw(Long.toString(durationUs));
        out.raw(",\"error_class\":").string(errorClass).raw(",\"error\":").string(error, ERROR_CHARS);
        out.raw(",\"reply\":").string(reply, REPLY_CHARS);
        if (result != null) {
            result.write(out);
        }
        if (dry != null) {
            dry.report(out);
        }
        out.raw("}\n");
        return out.bytes();
    }
}

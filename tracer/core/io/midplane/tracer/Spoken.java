package io.midplane.tracer;

/** What the text of a log line says of the exchange that it is about. */
final class Spoken {
    /** As Camel's error handlers say it ("Failed delivery for (MessageId: A on ExchangeId: B)"), and an exchange's own text. */
    private static final String[] BEFORE = {"ExchangeId: ", "Exchange["};

    private Spoken() { }

    /** @return the exchange's id, or null when none is named */
    static String exchange(String text) {
        if (text == null) {
            return null;
        }
        for (String before : BEFORE) {
            int at = text.indexOf(before);
            if (at >= 0) {
                int from = at + before.length();
                int to = from;
                while (to < text.length() && isOfId(text.charAt(to))) {
                    to++;
                }
                return to > from ? text.substring(from, to) : null;
            }
        }
        return null;
    }

    private static boolean isOfId(char one) {
        return Character.isLetterOrDigit(one) || one == '-' || one == '_' || one == '.';
    }
}

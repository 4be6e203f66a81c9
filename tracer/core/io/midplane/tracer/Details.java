package io.midplane.tracer;

import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;

/** What a step has to say in a list: where a dynamic send went, which status came back. */
final class Details {
    private static final int MOST = 200;

    private Details() { }

    /**
     * @param called the address that was heard, or null
     * @param inner whether other steps ran within it: then the last address is theirs
     */
    static String of(NodeInfo node, Exchange exchange, String called, boolean inner) {
        String text = null;
        if (node.dynamic && !inner) {
            Object to = called != null ? called : exchange.getProperty(ExchangePropertyKey.TO_ENDPOINT);
            text = to == null ? null : Structure.sanitize(to.toString());
        }
        if (node.rows != null) {
            Object count = exchange.getMessage().getHeader(node.rows);
            return count instanceof Integer ? count + ((Integer) count == 1 ? " row" : " rows") : null;
        }
        if (node.remote || text != null && text.startsWith("http")) {
            Object status = exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE);
            if (status instanceof Integer) {
                text = text == null ? status.toString() : status + " " + text;
            }
        }
        return text != null && text.length() > MOST ? text.substring(0, MOST) : text;
    }
}

package io.midplane.tracer;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.ExchangeFailureHandledEvent;
import org.apache.camel.support.EventNotifierSupport;

/**
 * Hears when the context starts and stops, and when a failure was handled.
 *
 * <p>The events of every exchange stay ignored: Camel would build two objects for each send before we could
 * say no.
 */
final class Notifier extends EventNotifierSupport {
    private final Tracer tracer;
    private final CamelContext context;

    Notifier(Tracer tracer, CamelContext context) {
        this.tracer = tracer;
        this.context = context;
        setIgnoreRouteEvents(true);
        setIgnoreServiceEvents(true);
        setIgnoreStepEvents(true);
        setIgnoreExchangeCreatedEvent(true);
        setIgnoreExchangeCompletedEvent(true);
        setIgnoreExchangeSendingEvents(true);
        setIgnoreExchangeSentEvents(true);
        setIgnoreExchangeRedeliveryEvents(true);
    }

    @Override
    public void notify(CamelEvent event) {
        try {
            switch (event.getType()) {
                case CamelContextStarting:
                    tracer.starting(context);
                    break;
                case CamelContextStopped:
                    tracer.stopped(context);
                    break;
                case ExchangeFailureHandled:
                    handled((ExchangeFailureHandledEvent) event);
                    break;
                default: // of no interest
            }
        } catch (Throwable err) {
            Quiet.failed("hear an event", err);
        }
    }

    private void handled(ExchangeFailureHandledEvent event) {
        Exchange exchange = event.getExchange();
        Track track = Track.of(exchange.getProperty(Track.KEY), exchange);
        if (track != null) {
            track.root.handled = true;
            track.root.deadLetter |= event.isDeadLetterChannel();
        }
    }
}

package it;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;
import org.apache.camel.main.SimpleMainShutdownStrategy;
import org.apache.camel.opentelemetry2.OpenTelemetryTracer;

import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;

import java.util.Collection;

/** A route of ten nodes that each burn a fixed amount of work, watched by nobody or by one of the peers. */
final class Subject {
    private static final String BODY = "x".repeat(1024);
    static volatile long sink;

    final CamelContext context;
    private final ProducerTemplate template;

    /** @param watcher {@code none}, {@code stock} (management), {@code backlog}, {@code otel2}, {@code otel2-nodes} */
    Subject(String watcher, long work) throws Exception {
        Main main = new Main();
        // Its hook would hold every fork for a minute at its end.
        main.setShutdownStrategy(new SimpleMainShutdownStrategy());
        boolean management = !watcher.equals("none");
        main.configure().withJmxEnabled(management);
        main.configure().addRoutesBuilder(new RouteBuilder() {
            @Override
            public void configure() {
                var route = from("direct:start").routeId("ten");
                for (int i = 0; i < 10; i++) {
                    route = route.process(exchange -> burn(work));
                }
            }
        });
        main.init();
        context = main.getCamelContext();
        if (watcher.startsWith("otel2")) {
            openTelemetry(watcher.endsWith("nodes"));
        }
        if (watcher.equals("backlog")) {
            context.setBacklogTracing(true);
        }
        main.start();
        template = context.createProducerTemplate();
    }

    private void openTelemetry(boolean nodes) throws Exception {
        SpanExporter nowhere = new SpanExporter() {
            @Override
            public CompletableResultCode export(Collection<SpanData> spans) {
                return CompletableResultCode.ofSuccess();
            }

            @Override
            public CompletableResultCode flush() {
                return CompletableResultCode.ofSuccess();
            }

            @Override
            public CompletableResultCode shutdown() {
                return CompletableResultCode.ofSuccess();
            }
        };
        OpenTelemetrySdk sdk = OpenTelemetrySdk.builder().setTracerProvider(SdkTracerProvider.builder()
                .addSpanProcessor(BatchSpanProcessor.builder(nowhere).build()).build()).build();
        context.getRegistry().bind("sdk", sdk);
        context.getRegistry().bind("tracer", sdk.getTracer("bench"));
        OpenTelemetryTracer tracer = new OpenTelemetryTracer();
        tracer.setTraceProcessors(nodes);
        tracer.init(context);
    }

    Exchange once() {
        return template.send("direct:start", exchange -> {
            exchange.getMessage().setBody(BODY);
            exchange.getMessage().setHeader("orderId", "A-17");
        });
    }

    static void burn(long work) {
        long value = sink;
        for (long i = 0; i < work; i++) {
            value = value * 6364136223846793005L + 1442695040888963407L;
        }
        sink = value;
    }
}

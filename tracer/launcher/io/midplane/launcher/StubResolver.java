package io.midplane.launcher;

import java.util.Map;

import org.apache.camel.CamelContext;
import org.apache.camel.Component;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.PollingConsumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.ComponentResolver;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.DefaultProducer;
import org.apache.camel.support.PollingConsumerSupport;

/** Gives a stub for every scheme that is not local to the context, whoever asks for it and whenever. */
final class StubResolver implements ComponentResolver {
    private final Sandbox sandbox;
    private final ComponentResolver real;

    StubResolver(Sandbox sandbox, ComponentResolver real) {
        this.sandbox = sandbox;
        this.real = real;
    }

    @Override
    public Component resolveComponent(String name, CamelContext context) throws Exception {
        return sandbox.isLocal(name) ? real.resolveComponent(name, context) : new StubComponent(sandbox);
    }

    /** Takes any address and any option. */
    private static final class StubComponent extends DefaultComponent {
        private final Sandbox sandbox;

        StubComponent(Sandbox sandbox) {
            this.sandbox = sandbox;
        }

        @Override
        public Endpoint createEndpoint(String uri) {
            return new StubEndpoint(uri, this, sandbox);
        }

        @Override
        public Endpoint createEndpoint(String uri, Map<String, Object> properties) {
            return new StubEndpoint(uri, this, sandbox);
        }

        @Override
        protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
            return new StubEndpoint(uri, this, sandbox);
        }
    }

    private static final class StubEndpoint extends DefaultEndpoint {
        private final Sandbox sandbox;
        private final String address;

        StubEndpoint(String uri, Component component, Sandbox sandbox) {
            super(uri, component);
            this.sandbox = sandbox;
            this.address = Address.of(uri);
        }

        @Override
        public boolean isSingleton() {
            return true;
        }

        @Override
        public boolean isLenientProperties() {
            return true;
        }

        @Override
        public Producer createProducer() {
            return new StubProducer(this);
        }

        @Override
        public Consumer createConsumer(Processor processor) throws Exception {
            DefaultConsumer consumer = new DefaultConsumer(this, processor);
            configureConsumer(consumer);
            return consumer;
        }

        @Override
        public PollingConsumer createPollingConsumer() {
            return new StubPoll(this);
        }

        /** Answers, or stops the run. Null: nothing was recorded, and the answer does not matter. */
        DryRun.Reply ask(Exchange exchange, String what, boolean matters) throws Exception {
            DryRun run = sandbox.running();
            if (run == null) {
                throw new IllegalStateException("the sandbox reaches nothing: " + address);
            }
            return run.call(getEndpointUri(), Address.called(address, exchange), what, exchange, matters);
        }
    }

    /** Addresses as people read them: without options, which may hold secrets. */
    static final class Address {
        private Address() { }

        static String of(String uri) {
            int question = uri.indexOf('?');
            String bare = question < 0 ? uri : uri.substring(0, question);
            int slashes = bare.indexOf("://");
            int at = bare.indexOf('@');
            boolean hasUser = slashes > 0 && at > slashes && bare.indexOf('/', slashes + 3) > at;
            bare = hasUser ? bare.substring(0, slashes + 3) + bare.substring(at + 1) : bare;
            return bare.replaceFirst("^([a-zA-Z][a-zA-Z0-9+.-]*):(?://)?", "$1:");
        }

        /** Where this exchange goes: a dynamic send over HTTP is one to the host, with the path in a header. */
        static String called(String address, Exchange exchange) {
            if (exchange == null || !address.startsWith("http")) {
                return address;
            }
            String uri = exchange.getMessage().getHeader(Exchange.HTTP_URI, String.class);
            String path = exchange.getMessage().getHeader(Exchange.HTTP_PATH, String.class);
            String base = uri == null ? address : of(uri);
            if (path == null || path.isEmpty()) {
                return base;
            }
            int question = path.indexOf('?');
            String bare = question < 0 ? path : path.substring(0, question);
            return base.replaceFirst("/$", "") + (bare.startsWith("/") ? "" : "/") + bare;
        }
    }

    private static final class StubProducer extends DefaultProducer {
        private final StubEndpoint endpoint;

        StubProducer(StubEndpoint endpoint) {
            super(endpoint);
            this.endpoint = endpoint;
        }

        @Override
        public void process(Exchange exchange) throws Exception {
            DryRun.Reply reply = endpoint.ask(exchange, what(exchange), matters());
            if (reply != null) {
                exchange.getMessage().setBody(reply.body());
                reply.headers().forEach(exchange.getMessage()::setHeader);
            }
        }

        /** Whether a route goes on with what comes back: questions, not statements. */
        private boolean matters() {
            String uri = endpoint.address.toLowerCase(java.util.Locale.ROOT);
            return uri.startsWith("http") || uri.startsWith("rest:") || uri.startsWith("graphql:")
                    || uri.startsWith("netty-http:") || uri.startsWith("vertx-http:")
                    || uri.contains(":select") || uri.startsWith("salesforce:") || uri.startsWith("ldap:");
        }

        private String what(Exchange exchange) {
            Object method = exchange.getMessage().getHeader(Exchange.HTTP_METHOD);
            return method == null ? "send" : String.valueOf(method);
        }
    }

    private static final class StubPoll extends PollingConsumerSupport {
        private final StubEndpoint endpoint;

        StubPoll(StubEndpoint endpoint) {
            super(endpoint);
            this.endpoint = endpoint;
        }

        @Override
        public Exchange receive() {
            return receiveNoWait();
        }

        @Override
        public Exchange receive(long timeout) {
            return receiveNoWait();
        }

        @Override
        public Exchange receiveNoWait() {
            DryRun.Reply reply;
            try {
                reply = endpoint.ask(null, "poll", true);
            } catch (Exception err) {
                throw org.apache.camel.RuntimeCamelException.wrapRuntimeCamelException(err);
            }
            if (reply == null) {
                return null;
            }
            Exchange exchange = endpoint.createExchange();
            exchange.getIn().setBody(reply.body());
            exchange.getIn().setHeaders(new java.util.HashMap<>(reply.headers()));
            return exchange;
        }
    }
}

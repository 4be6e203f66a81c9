package it;

import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;

/** The ten nodes behind an HTTP port, until the process is ended: {@code Http <port> <work>}. */
public final class Http {
    private Http() { }

    public static void main(String[] arguments) throws Exception {
        long work = Long.parseLong(arguments[1]);
        Main main = new Main();
        main.configure().withJmxEnabled(false);
        main.addInitialProperty("camel.server.enabled", "true");
        main.addInitialProperty("camel.server.host", "127.0.0.1");
        main.addInitialProperty("camel.server.port", arguments[0]);
        main.configure().addRoutesBuilder(new RouteBuilder() {
            @Override
            public void configure() {
                var route = from("platform-http:/ten").routeId("ten");
                for (int i = 0; i < 10; i++) {
                    route = route.process(exchange -> Subject.burn(work));
                }
                route.setBody(constant("done"));
            }
        });
        main.run();
    }
}

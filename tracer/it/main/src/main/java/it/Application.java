package it;

import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;

/** A timer, a split, a call and a failure that is handled: enough to see every hook of the tracer. */
public final class Application {
    private Application() { }

    public static void main(String[] arguments) throws Exception {
        Main main = new Main();
        main.configure().addRoutesBuilder(new RouteBuilder() {
            @Override
            public void configure() {
                from("timer:tick?repeatCount=1&delay=0").routeId("tick")
                        .setBody(constant("a,b"))
                        .split(body().tokenize(",")).to("direct:sub").end()
                        .to("seda:later")
                        .doTry().throwException(new IllegalStateException("caught"))
                        .doCatch(IllegalStateException.class).log("caught").end();
                from("direct:sub").routeId("sub").log("sub ${body}");
                from("seda:later").routeId("later").log("later");
            }
        });
        main.run(arguments);
    }
}

package it;

import org.apache.camel.builder.RouteBuilder;

/** The same routes as in `main`. */
public class Routes extends RouteBuilder {
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
}

package it;

import org.apache.camel.builder.RouteBuilder;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.stereotype.Component;

/** The same routes as in `main`. */
@SpringBootApplication
public class Application {
    public static void main(String[] arguments) {
        SpringApplication.run(Application.class, arguments);
    }

    @Component
    static class Routes extends RouteBuilder {
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
}

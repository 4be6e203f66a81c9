package io.midplane.tracer;

import java.util.LinkedHashMap;
import java.util.Map;

import org.apache.camel.CamelContext;

/** What HELLO says about the application, for people. */
final class Facts {
    private Facts() { }

    static Map<String, String> of(Tracer tracer, CamelContext context) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("name", context.getName());
        facts.put("camel", String.valueOf(context.getVersion()));
        facts.put("java", System.getProperty("java.version", ""));
        facts.put("runtime", runtime(context));
        facts.put("tracer", "1");
        return facts;
    }

    private static String runtime(CamelContext context) {
        for (Class<?> at = context.getClass(); at != null; at = at.getSuperclass()) {
            if (at.getName().contains(".spring.boot.")) {
                return "spring-boot";
            }
            if (at.getName().contains(".quarkus.")) {
                return "quarkus";
            }
        }
        return "main";
    }
}

package io.midplane.tracer;

import org.apache.camel.CamelContext;
import org.apache.camel.spi.ContextServicePlugin;

/**
 * How Camel 4.15 and newer find the tracer, before routes are built.
 *
 * <p>It must be unable to fail: an {@code Error} here, a static initialiser that throws or a class that does
 * not link would stop the application. So there is no field, no static and one reflective call.
 */
public final class PluginEntry implements ContextServicePlugin {
    @Override
    public void load(CamelContext context) {
        try {
            Class.forName("io.midplane.tracer.Installer", true, PluginEntry.class.getClassLoader())
                    .getMethod("install", Object.class).invoke(null, context);
        } catch (Throwable err) {
            return; // an application without a tracer is better than none
        }
    }
}

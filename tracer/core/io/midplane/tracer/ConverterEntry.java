package io.midplane.tracer;

import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.spi.TypeConverterLoader;
import org.apache.camel.spi.TypeConverterRegistry;

/**
 * How Camel up to 4.14 and Quarkus find the tracer: as a loader of type converters that loads none.
 *
 * <p>The rule of {@link PluginEntry} holds here as well. Where Camel gives no context (Quarkus, at its static
 * initialisation), the installer waits for the next one that is made.
 */
public final class ConverterEntry implements TypeConverterLoader, CamelContextAware {
    private CamelContext context;

    @Override
    public void setCamelContext(CamelContext context) {
        this.context = context;
    }

    @Override
    public CamelContext getCamelContext() {
        return context;
    }

    @Override
    public void load(TypeConverterRegistry registry) {
        try {
            Class.forName("io.midplane.tracer.Installer", true, ConverterEntry.class.getClassLoader())
                    .getMethod("install", Object.class).invoke(null, context);
        } catch (Throwable err) {
            return; // an application without a tracer is better than none
        }
    }
}

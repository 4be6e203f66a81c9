package io.midplane.launcher;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;

import org.apache.camel.CamelContext;
import org.apache.camel.spi.LifecycleStrategy;
import org.apache.camel.spring.Main;
import org.apache.camel.support.LifecycleStrategySupport;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.context.support.FileSystemXmlApplicationContext;
import org.springframework.core.env.MapPropertySource;

/**
 * A Spring {@code camel-context.xml}, run by {@code org.apache.camel.spring.Main}.
 *
 * <p>Spring creates and starts the Camel context while it refreshes, so the gate is handed in as a
 * bean that Camel finds in the registry. Our properties answer both {@code {{key}}} of Camel and
 * {@code ${key}} of Spring, in front of whatever the file itself brings.
 */
final class SpringWorkload extends Main {
    private final Settings settings;
    private final ClassLoader loader;
    private final Gate gate;

    SpringWorkload(Settings settings, ClassLoader loader, Gate gate) {
        this.settings = settings;
        this.loader = loader;
        this.gate = gate;
    }

    @Override
    protected AbstractApplicationContext createDefaultApplicationContext() {
        String[] files = settings.routes().stream().map(path -> path.toUri().toString()).toArray(String[]::new);
        FileSystemXmlApplicationContext spring = new FileSystemXmlApplicationContext(files, false, null);
        spring.setClassLoader(loader);
        Map<String, Object> properties = new LinkedHashMap<>(settings.properties());
        spring.getEnvironment().getPropertySources().addFirst(new MapPropertySource("midplane", properties));
        spring.addBeanFactoryPostProcessor(factory -> factory.registerSingleton("midplane-gate", new Install()));
        spring.refresh();
        return spring;
    }

    /** Camel adds every life-cycle strategy it finds in the registry, before the context initialises. */
    private final class Install extends LifecycleStrategySupport implements LifecycleStrategy {
        @Override
        public void onContextInitializing(CamelContext context) {
            context.setApplicationContextClassLoader(loader);
            Properties ours = new Properties();
            ours.putAll(settings.properties());
            context.getPropertiesComponent().setOverrideProperties(ours);
            if (settings.sandbox() != null) {
                settings.sandbox().install(context);
                context.setAutoStartup(false);
            }
            try {
                gate.install(context);
            } catch (Exception err) {
                throw new IllegalStateException("add the gate", err);
            }
        }
    }
}

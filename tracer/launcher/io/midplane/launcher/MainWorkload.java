package io.midplane.launcher;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Properties;

import org.apache.camel.CamelContext;
import org.apache.camel.main.DefaultRoutesCollector;
import org.apache.camel.main.Main;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;

/**
 * A folder of routes, run by {@code org.apache.camel.main.Main}.
 *
 * <p>Two things are fixed whatever the properties say: exactly the named files are loaded, and
 * Camel's hot reload is off (one bad file would poison it for good). All other keys of
 * {@code camel.*} mean what they mean to Camel.
 */
final class MainWorkload extends Main {
    private final ClassLoader loader;
    private final Gate gate;
    /** Null but for dry runs. */
    private final Sandbox sandbox;

    MainWorkload(Settings settings, ClassLoader loader, Gate gate) {
        this.loader = loader;
        this.sandbox = settings.sandbox();
        this.gate = gate;
        // The folder's application.properties is merged into ours already, with its own rank.
        setDefaultPropertyPlaceholderLocation("false");
        Properties defaults = new Properties();
        defaults.setProperty("camel.main.name", settings.name());
        defaults.setProperty("camel.main.sourceLocationEnabled", "true");
        // Without this, known source locations would become the loggers' names.
        defaults.setProperty("camel.main.logName", "${routeId}");
        defaults.setProperty("camel.main.autoConfigurationLogSummary", "false");
        setInitialProperties(defaults);
        setOverrideProperties(properties(settings));
        setRoutesCollector(new NamedFiles(settings.routes()));
    }

    private static Properties properties(Settings settings) {
        Properties all = new Properties();
        all.putAll(settings.properties());
        all.setProperty("camel.main.routesReloadEnabled", "false");
        if (settings.sandbox() != null) {
            all.setProperty("camel.main.autoStartup", "false");
            // A stub has none of the options that its component has.
            all.keySet().removeIf(key -> settings.sandbox().isOfStub(key.toString()));
        }
        return all;
    }

    @Override
    protected CamelContext createCamelContext() {
        CamelContext context = super.createCamelContext();
        context.setApplicationContextClassLoader(loader);
        if (sandbox != null) {
            sandbox.install(context);
        }
        return context;
    }

    @Override
    protected void autoconfigure(CamelContext context) throws Exception {
        super.autoconfigure(context);
        gate.configured(configure().httpServer());
        gate.install(context);
    }

    /** Hands Camel exactly the files of the launch file, in their order, instead of a pattern to search. */
    private static final class NamedFiles extends DefaultRoutesCollector {
        private final List<Path> files;

        NamedFiles(List<Path> files) {
            this.files = files;
        }

        @Override
        public Collection<Resource> findRouteResourcesFromDirectory(
                CamelContext context, String excludePattern, String includePattern) {
            List<Resource> found = new ArrayList<>();
            files.forEach(file -> found.add(PluginHelper.getResourceLoader(context).resolveResource("file:" + file)));
            return found;
        }
    }
}

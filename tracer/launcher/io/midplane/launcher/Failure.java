package io.midplane.launcher;

import java.net.BindException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.apache.camel.CamelContext;
import org.apache.camel.FailedToCreateRouteException;
import org.apache.camel.FailedToStartRouteException;
import org.apache.camel.NoSuchBeanException;
import org.apache.camel.PropertyBindingException;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;

/**
 * Why a start failed, in the words of its root cause.
 *
 * <p>Camel wraps a cause three to six times and repeats it in each message. The innermost message
 * says what is wrong, the outer ones say where: route, file and line. Codes are few and mean what
 * to do about it; a cause that fits none is {@code other} (or {@code bad_route} inside a route).
 *
 * @param code     unknown_component, missing_property, bad_bean, bad_route, port_in_use or other
 * @param location {@code file:line} relative to the bundle, or null
 */
record Failure(String code, String message, List<String> causes, String location, String route) {
    /** Deeper chains repeat themselves. */
    private static final int MAX_CAUSES = 12;
    private static final int MAX_CHARS = 2000;

    private static final Pattern NO_COMPONENT = Pattern.compile("No component found with scheme: ([^\\s,]+)"
            + "|No endpoint could be found for: ([^:\\s]+):\\S* please check your classpath");
    private static final Pattern NO_PROPERTY = Pattern.compile("Property with key \\[([^]]*)] not found");
    private static final Pattern SPRING_PROPERTY = Pattern.compile("Could not resolve placeholder '([^']*)'");
    /** {@code in file:/x/orders.camel.yaml, line 14, column 9} of the YAML and XML readers. */
    private static final Pattern LINE = Pattern.compile("[Ll]ine:? (\\d+)(?:, column:? (\\d+))?");
    /** {@code at: >>> Log[x] <<< in route:} of Camel's own message. */
    private static final Pattern NODE = Pattern.compile("at: >>> (.*) <<< in route: ", Pattern.DOTALL);
    /** {@code '{http://...}name'} and {@code '{"http://...":name}'} of the two XML readers. */
    private static final Pattern NAMESPACE = Pattern.compile("\\{http[^}]*}|\"http[^\"]*\":");
    private static final Pattern ELEMENT = Pattern.compile("'\\{?([^'{}]*)}?'");
    private static final Pattern XML_LINE = Pattern.compile("lineNumber: (\\d+); columnNumber: (\\d+)");
    private static final Pattern FILE = Pattern.compile("(?:file:)?(/[^\\s,\\]\\[]+\\.(?:ya?ml|xml))(?::(\\d+))?");

    /** @param context to find the line of a node in, or null when there is none yet */
    static Failure of(Throwable thrown, Path bundle, CamelContext context) {
        List<Throwable> chain = chain(thrown);
        List<String> causes = new ArrayList<>();
        String route = null;
        String location = null;
        for (Throwable at : chain) {
            String text = shorten(text(at), bundle);
            if (causes.size() < MAX_CAUSES && !causes.contains(text)) {
                causes.add(text);
            }
            if (at instanceof FailedToCreateRouteException failed) {
                route = route == null ? failed.getRouteId() : route;
                location = location == null ? node(failed, context) : location;
            } else if (at instanceof FailedToStartRouteException failed) {
                route = route == null ? failed.getRouteId() : route;
                location = location == null ? failed.getLocation() : location;
            }
        }
        String message = message(chain, bundle);
        return new Failure(code(chain, route, location), message, causes,
                place(location, chain, bundle), route);
    }

    /** The line of the node that Camel quotes in its message; the route's own place otherwise. */
    private static String node(FailedToCreateRouteException failed, CamelContext context) {
        Matcher quoted = NODE.matcher(text(failed));
        if (context instanceof ModelCamelContext model && failed.getRouteId() != null && quoted.find()) {
            RouteDefinition route = model.getRouteDefinition(failed.getRouteId());
            List<ProcessorDefinition<?>> outputs = route == null ? List.of() : route.getOutputs();
            for (ProcessorDefinition<?> node : ProcessorDefinitionHelper.filterTypeInOutputs(outputs, ProcessorDefinition.class)) {
                if (node.getLineNumber() > 0 && node.toString().equals(quoted.group(1))) {
                    String file = node.getLocation() == null ? route.getLocation() : node.getLocation();
                    return file + ":" + node.getLineNumber();
                }
            }
        }
        return failed.getLocation();
    }

    private static List<Throwable> chain(Throwable thrown) {
        List<Throwable> chain = new ArrayList<>();
        for (Throwable at = thrown; at != null && !chain.contains(at); at = at.getCause()) {
            chain.add(at);
        }
        return chain;
    }

    private static String code(List<Throwable> chain, String route, String location) {
        for (Throwable at : chain) {
            String text = text(at);
            if (at instanceof BindException || at instanceof HttpServer.PortInUse) {
                return "port_in_use";
            }
            if (NO_COMPONENT.matcher(text).find()) {
                return "unknown_component";
            }
            if (NO_PROPERTY.matcher(text).find() || SPRING_PROPERTY.matcher(text).find()) {
                return "missing_property";
            }
        }
        for (Throwable at : chain) {
            String type = at.getClass().getSimpleName();
            if (at instanceof NoSuchBeanException || at instanceof PropertyBindingException
                    || at instanceof ClassNotFoundException || type.startsWith("NoSuchBean")
                    || type.startsWith("BeanCreation") || type.startsWith("CannotLoadBeanClass")
                    || type.startsWith("BeanDefinition") || type.startsWith("NoUniqueBean")) {
                return "bad_bean";
            }
        }
        for (Throwable at : chain) {
            String type = at.getClass().getName();
            if (type.contains("yaml") || type.contains("Yaml") || type.contains("XmlPullParser")
                    || type.contains("SAXParse") || type.contains("XMLStream")
                    || text(at).startsWith("Error constructing YAML") || at instanceof IllegalStateException && LINE.matcher(text(at)).find()) {
                return "bad_route";
            }
        }
        return route != null || location != null ? "bad_route" : "other";
    }

    /** The first line of the root cause, unless a pattern above says it better. */
    private static String message(List<Throwable> chain, Path bundle) {
        for (Throwable at : chain) {
            String text = text(at);
            Matcher component = NO_COMPONENT.matcher(text);
            if (component.find()) {
                String scheme = component.group(1) == null ? component.group(2) : component.group(1);
                return "unknown component `" + scheme + "`";
            }
            Matcher property = NO_PROPERTY.matcher(text);
            if (property.find()) {
                return "property `" + property.group(1) + "` is not set";
            }
            Matcher placeholder = SPRING_PROPERTY.matcher(text);
            if (placeholder.find()) {
                return "property `" + placeholder.group(1) + "` is not set";
            }
            if (at instanceof HttpServer.PortInUse) {
                return text;
            }
        }
        Throwable root = chain.get(chain.size() - 1);
        String text = root.getMessage() == null ? root.getClass().getName() : root.getMessage();
        if (root instanceof ClassNotFoundException || root instanceof NoClassDefFoundError) {
            text = "class `" + text.replace('/', '.') + "` not found";
        }
        // The YAML reader puts what it was doing first and what is wrong last, each followed by a place.
        List<String> lines = text.strip().lines()
                .filter(line -> !line.isBlank() && !Character.isWhitespace(line.charAt(0))).toList();
        String first = lines.isEmpty() ? text : lines.get(0);
        if (first.startsWith("while ") && lines.size() > 1) {
            first = lines.get(lines.size() - 1) + " " + first;
        }
        first = NAMESPACE.matcher(first).replaceAll("");
        return shorten(ELEMENT.matcher(first).replaceAll("`$1`"), bundle);
    }

    private static String place(String location, List<Throwable> chain, Path bundle) {
        if (location != null) {
            return relative(location, bundle);
        }
        String file = null;
        String line = null;
        for (Throwable at : chain) {
            String text = text(at);
            Matcher named = FILE.matcher(text);
            if (file == null && named.find() && named.group(1).startsWith(bundle.toString())) {
                file = relative(named.group(1), bundle);
                line = line == null ? named.group(2) : line;
            }
            Matcher xml = XML_LINE.matcher(text);
            Matcher yaml = LINE.matcher(text);
            if (line == null && xml.find()) {
                line = xml.group(1) + ":" + xml.group(2);
            } else if (line == null) {
                while (yaml.find()) { // the last one is where it went wrong
                    line = yaml.group(2) == null ? yaml.group(1) : yaml.group(1) + ":" + yaml.group(2);
                }
            }
        }
        return file == null ? null : line == null ? file : file + ":" + line;
    }

    private static String relative(String location, Path bundle) {
        return location.replace("file:", "").replace(bundle + "/", "");
    }

    private static String text(Throwable at) {
        return at.getMessage() == null ? at.getClass().getName() : at.getMessage();
    }

    private static String shorten(String text, Path bundle) {
        String plain = text.replace("file:" + bundle + "/", "").replace(bundle + "/", "");
        return plain.length() <= MAX_CHARS ? plain : plain.substring(0, MAX_CHARS) + "...";
    }
}

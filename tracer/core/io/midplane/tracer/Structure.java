package io.midplane.tracer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import org.apache.camel.Endpoint;
import org.apache.camel.NamedNode;
import org.apache.camel.Route;

import io.midplane.tracer.wire.Buffer;

/**
 * Reads what a route is made of, once, while its model is still there.
 *
 * <p>Nodes that Camel does not wrap (when, otherwise, doTry, doCatch, doFinally) are found in the outputs of the
 * model; those of a global onException by their parents. The hash holds no generated id.
 */
final class Structure {
    private static final int NODES_MAX = 10_000;
    private static final int TEXT_MAX = 300;
    private static final Set<String> SECTIONS = Set.of("onException", "onCompletion", "intercept", "interceptFrom",
            "interceptSendToEndpoint");
    private static final Pattern PLACE = Pattern.compile("([\\w$]+\\.[\\w.$]+)@[0-9a-f]{1,8}\\b");
    private static final long FNV = 0xcbf29ce484222325L;

    private final Tracer tracer;
    private final RouteInfo route;
    private final List<NamedNode> definitions = new ArrayList<>();
    private final List<NodeInfo> nodes = new ArrayList<>();
    private final List<Integer> parents = new ArrayList<>();
    private final Map<NamedNode, Integer> places = new IdentityHashMap<>();
    /** The part of the route a node is counted in: a step more in an onException must not rename the others. */
    private final List<String> sections = new ArrayList<>();
    private final List<String> keys = new ArrayList<>();
    private final Map<String, Integer> ordinals = new HashMap<>();
    private long hash = FNV;

    private Structure(Tracer tracer, RouteInfo route) {
        this.tracer = tracer;
        this.route = route;
    }

    /** Fills in the structure of {@code route}; from then on its definitions are not held. */
    static void read(Tracer tracer, RouteInfo route, Route live, NamedNode definition) {
        Structure structure = new Structure(tracer, route);
        Map<NamedNode, NodeInfo> wrapped = route.wrapped;
        structure.definitions.add(definition);
        structure.nodes.add(route.from);
        structure.sections.add("");
        structure.keys.add("from");
        structure.parents.add(0);
        structure.places.put(definition, 0);
        structure.walk(definition, 0, wrapped);
        List<NamedNode> left = new ArrayList<>(wrapped.keySet());
        left.sort(Comparator.comparingInt(node -> wrapped.get(node).number)); // as they were wrapped: always the same
        for (NamedNode node : left) {
            structure.place(node, wrapped, 0);
        }
        Endpoint endpoint = live.getEndpoint();
        String from = endpoint == null ? "" : endpoint.getEndpointUri();
        route.inline = from.startsWith("direct:") || from.startsWith("kamelet:");
        route.structure = structure.write(live, sanitize(from));
        route.wrapped = null;
        tracer.known(route);
    }

    private void walk(NamedNode definition, int parent, Map<NamedNode, NodeInfo> wrapped) {
        for (Object output : below(definition)) {
            if (output instanceof NamedNode && !places.containsKey(output) && nodes.size() < NODES_MAX) {
                walk((NamedNode) output, add((NamedNode) output, parent, wrapped), wrapped);
            }
        }
    }

    /**
     * What is in a node, in its order. Clauses are outputs in some languages and versions of Camel, in any order, and none in others;
     * the outputs of a choice are those of its clauses.
     */
    private static List<Object> below(NamedNode definition) {
        String kind = String.valueOf(definition.getShortName());
        if (kind.equals("choice")) {
            List<Object> clauses = new ArrayList<>(list(definition, "getWhenClauses"));
            clauses.add(call(definition, "getOtherwise"));
            return clauses;
        }
        List<Object> below = new ArrayList<>(list(definition, "getOutputs"));
        if (kind.equals("doTry")) {
            below.removeAll(list(definition, "getCatchClauses"));
            below.addAll(list(definition, "getCatchClauses"));
            last(below, call(definition, "getFinallyClause"));
        } else if (kind.equals("circuitBreaker")) {
            last(below, call(definition, "getOnFallback"));
        }
        return below;
    }

    private static void last(List<Object> below, Object clause) {
        below.remove(clause);
        below.add(clause);
    }

    private int add(NamedNode definition, int parent, Map<NamedNode, NodeInfo> wrapped) {
        NodeInfo node = wrapped.get(definition);
        if (node == null) {
            node = tracer.newNode(route, String.valueOf(definition.getShortName()));
        }
        int place = nodes.size();
        definitions.add(definition);
        nodes.add(node);
        String section = sections.get(parent);
        String generated = section + node.kind;
        generated += "#" + ordinals.merge(generated, 1, Integer::sum);
        String id = definition.getId();
        keys.add(isExplicit(definition) && id != null ? id : generated);
        sections.add(SECTIONS.contains(node.kind) ? keys.get(place) + "/" : section);
        parents.add(parent + 1);
        places.put(definition, place);
        return place;
    }

    /** A node outside of the tree: of an onException that stands beside the routes. */
    private int place(NamedNode definition, Map<NamedNode, NodeInfo> wrapped, int depth) {
        Integer known = places.get(definition);
        if (known != null) {
            return known;
        }
        NamedNode parent = definition.getParent();
        int above = parent == null || depth > 100 ? 0 : place(parent, wrapped, depth + 1);
        return nodes.size() < NODES_MAX ? add(definition, above, wrapped) : above;
    }

    private static Object call(NamedNode definition, String getter) {
        try {
            return definition.getClass().getMethod(getter).invoke(definition);
        } catch (ReflectiveOperationException | RuntimeException err) {
            return null;
        }
    }

    private static List<?> list(NamedNode definition, String getter) {
        Object found = call(definition, getter);
        return found instanceof List ? (List<?>) found : List.of(); // or a kind of node without any
    }

    private static boolean isExplicit(NamedNode definition) {
        return Boolean.TRUE.equals(call(definition, "hasCustomIdAssigned"));
    }

    private byte[] write(Route live, String from) {
        Buffer list = new Buffer(1024);
        list.number(nodes.size());
        mix(from);
        for (int i = 0; i < nodes.size(); i++) {
            NamedNode definition = definitions.get(i);
            NodeInfo node = nodes.get(i);
            String kind = i == 0 ? "from" : node.kind;
            String id = i == 0 ? "from" : definition.getId();
            String key = keys.get(i);
            String text = i == 0 ? from : sanitize(label(definition));
            node.id = id == null ? key : id;
            mix(kind);
            mix(key);
            mix(text);
            mix(Integer.toString(parents.get(i)));
            list.number(node.number);
            list.number(parents.get(i));
            list.word(tracer.words, kind);
            list.word(tracer.words, key);
            list.word(tracer.words, node.id);
            list.word(tracer.words, text);
            list.number(Math.max(0, definition.getLineNumber()));
        }
        Buffer out = new Buffer(list.size() + 256);
        out.number(route.number);
        out.word(tracer.words, route.id);
        out.u64(hash);
        out.word(tracer.words, from);
        out.word(tracer.words, live.getGroup());
        out.word(tracer.words, live.getDescription());
        out.word(tracer.words, live.getSourceLocationShort());
        out.u8(live.isCreatedByKamelet() || live.isCreatedByRouteTemplate() ? 1 : 0);
        out.raw(list.array(), 0, list.size());
        return out.copy();
    }

    /** Where Camel prints an object, its place in memory is left out: it would make another structure of each start. */
    private static String label(NamedNode definition) {
        try {
            String label = definition.getLabel();
            return label == null || label.indexOf('@') < 0 ? label : PLACE.matcher(label).replaceAll("$1");
        } catch (RuntimeException err) {
            return null;
        }
    }

    private void mix(String text) {
        for (byte b : String.valueOf(text).getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ b & 0xff) * 0x100000001b3L;
        }
        hash = (hash ^ 0xff) * 0x100000001b3L; // no byte of UTF-8: "ab", "c" differs from "a", "bc"
    }

    /** What may be shown: no password before an @, no value of a parameter with a secret's name. */
    static String sanitize(String uri) {
        if (uri == null) {
            return "";
        }
        String text = uri.length() > TEXT_MAX ? uri.substring(0, TEXT_MAX) + "..." : uri;
        int at = text.indexOf('@');
        int slashes = text.indexOf("//");
        int colon = text.indexOf(':', slashes < 0 ? text.indexOf(':') + 1 : slashes);
        if (at > 0 && colon > 0 && colon < at && text.indexOf('/', colon) < 0 | text.indexOf('/', colon) > at) {
            text = text.substring(0, colon + 1) + "xxxxxx" + text.substring(at);
        }
        int question = text.indexOf('?');
        if (question < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.substring(0, question));
        char before = '?';
        for (String part : text.substring(question + 1).split("&")) {
            int equals = part.indexOf('=');
            boolean secret = equals > 0 && SECRETS.isMasked(part.substring(0, equals));
            out.append(before).append(secret ? part.substring(0, equals + 1) + "xxxxxx" : part);
            before = '&';
        }
        return out.toString();
    }

    private static final Settings SECRETS = new Settings();
}

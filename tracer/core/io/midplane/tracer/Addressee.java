package io.midplane.tracer;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

import org.apache.camel.Processor;
import org.apache.camel.spi.SendDynamicAware;

/**
 * Hears which address a dynamic send came to.
 *
 * <p>Some components (http first) send to one endpoint for each host and say the path in headers, which are gone when the
 * answer is here: events and properties name the host only. The whole address is given once, to the component's
 * {@code SendDynamicAware}, so that one is asked through us. Camel keeps it in a field that nobody may set; where it
 * cannot be reached, the step shows what the route says. A proxy and not a class, because Camel's versions add methods.
 */
final class Addressee implements InvocationHandler {
    private static final String AWARE = "dynamicAware";
    /** An enricher has a sender inside. */
    private static final String SENDER = "sendDynamicProcessor";

    private final Processor target;
    private Object sender;
    private Field field;
    private boolean hopeless;
    /** What stands in the field because of us, and what stood there before. */
    private volatile Object ours;
    private volatile SendDynamicAware camels;

    Addressee(Processor target) {
        this.target = target;
    }

    /** Before each send: a route that starts again has a new one. */
    void listen() {
        if (hopeless) {
            return;
        }
        try {
            if (field == null && !find()) {
                hopeless = true;
                return;
            }
            Object there = field.get(sender);
            if (there == null || there == ours) {
                return;
            }
            put((SendDynamicAware) there);
        } catch (Throwable err) {
            hopeless = true;
            Quiet.failed("hear where a send goes", err);
        }
    }

    private synchronized void put(SendDynamicAware there) throws IllegalAccessException {
        if (there == ours) {
            return;
        }
        camels = there;
        Object proxy = Proxy.newProxyInstance(SendDynamicAware.class.getClassLoader(),
                new Class<?>[] {SendDynamicAware.class}, this);
        ours = proxy;
        field.set(sender, proxy);
    }

    private boolean find() throws IllegalAccessException {
        Object at = target;
        Field inside = named(at, SENDER);
        if (inside != null) {
            at = inside.get(at);
        }
        Field aware = at == null ? null : named(at, AWARE);
        if (aware == null || !SendDynamicAware.class.isAssignableFrom(aware.getType())) {
            return false;
        }
        sender = at;
        field = aware;
        return true;
    }

    private static Field named(Object object, String name) {
        for (Class<?> type = object.getClass(); type != null; type = type.getSuperclass()) {
            try {
                Field field = type.getDeclaredField(name);
                field.setAccessible(true);
                return field;
            } catch (NoSuchFieldException err) {
                continue; // it may be a superclass's
            }
        }
        return null;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        if (arguments != null && arguments.length == 3 && method.getName().equals("prepare")) {
            Current current = Current.get();
            if (current.track != null && current.node != null && current.node.dynamic && arguments[1] != null) {
                current.track.called = arguments[1].toString();
            }
        }
        try {
            return method.invoke(camels, arguments);
        } catch (InvocationTargetException err) {
            throw err.getCause();
        }
    }
}

package io.midplane.tracer;

import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Bodies that are buffers of bytes: of the JDK, and of Vert.x, in which every HTTP request comes.
 *
 * <p>Vert.x is asked by name, through its interface, since it is there only when somebody uses it. The bytes are copied
 * up to the cap, because a buffer can be written to.
 */
final class Buffers {
    private static final String VERTX = "io.vertx.core.buffer.Buffer";
    /** Classes of bodies are few; whether one is a buffer is looked up once. */
    private static final ConcurrentHashMap<Class<?>, Object> KNOWN = new ConcurrentHashMap<>();
    private static final Object NONE = new Object();
    private static final int KNOWN_MAX = 1024;

    private static final class Reader {
        final Method length;
        final Method bytes;

        Reader(Class<?> buffer) throws NoSuchMethodException {
            length = buffer.getMethod("length");
            bytes = buffer.getMethod("getBytes", int.class, int.class);
        }
    }

    private Buffers() { }

    /** Reads a buffer into the snapshot; false when it is none. */
    static boolean take(Object body, Snapshot to, int cap) {
        if (body instanceof ByteBuffer) {
            ByteBuffer own = ((ByteBuffer) body).asReadOnlyBuffer();
            byte[] bytes = new byte[Math.min(own.remaining(), cap + 1)];
            to.size = own.remaining();
            own.get(bytes);
            to.body = bytes;
            to.kind = Snapshot.BYTES;
            return true;
        }
        Object reader = KNOWN.get(body.getClass());
        if (reader == null) {
            reader = look(body.getClass());
            if (KNOWN.size() < KNOWN_MAX) {
                KNOWN.put(body.getClass(), reader);
            }
        }
        if (reader == NONE) {
            return false;
        }
        try {
            int length = (Integer) ((Reader) reader).length.invoke(body);
            to.body = ((Reader) reader).bytes.invoke(body, 0, Math.min(length, cap + 1));
            to.size = length;
            to.kind = Snapshot.BYTES;
        } catch (ReflectiveOperationException err) {
            to.kind = Snapshot.ERROR;
        }
        return true;
    }

    private static Object look(Class<?> from) {
        for (Class<?> at = from; at != null; at = at.getSuperclass()) {
            for (Class<?> face : at.getInterfaces()) {
                for (Class<?> up : new Class<?>[] {face, face.getInterfaces().length > 0 ? face.getInterfaces()[0] : face}) {
                    if (up.getName().equals(VERTX)) {
                        try {
                            return new Reader(up);
                        } catch (NoSuchMethodException err) {
                            return NONE;
                        }
                    }
                }
            }
        }
        return NONE;
    }
}

package io.midplane.tracer;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Where the runner listens and what proves that we may speak: {@code unix:/run/x.sock,token=...,config=...}. */
final class Address {
    private static final String PROPERTY = "midplane.tracer";
    private static final String VARIABLE = "MIDPLANE_TRACER";

    final String path;
    final int port;
    final String token;
    final String config;
    /** Whether a logger that is not ours is told of messages. */
    final boolean mdc;

    private Address(String path, int port, String token, String config, boolean mdc) {
        this.path = path;
        this.port = port;
        this.token = token;
        this.config = config;
        this.mdc = mdc;
    }

    /** @return null when nobody asked for a tracer */
    static Address find() {
        String text = System.getProperty(PROPERTY);
        if (text == null) {
            text = System.getenv(VARIABLE);
        }
        return text == null || text.isBlank() ? null : parse(text.trim());
    }

    static Address parse(String text) {
        String[] parts = text.split(",");
        String token = "";
        String config = null;
        boolean mdc = true;
        for (int i = 1; i < parts.length; i++) {
            if (parts[i].startsWith("token=")) {
                token = parts[i].substring(6);
            } else if (parts[i].startsWith("config=")) {
                config = parts[i].substring(7);
            } else if (parts[i].equals("mdc=false")) {
                mdc = false;
            }
        }
        if (parts[0].startsWith("unix:/")) {
            return new Address(parts[0].substring(5), 0, token, config, mdc);
        }
        int colon = parts[0].lastIndexOf(':');
        if (parts[0].startsWith("tcp:") && colon > 4) {
            return new Address(null, Integer.parseInt(parts[0].substring(colon + 1)), token, config, mdc);
        }
        throw new IllegalArgumentException("`" + VARIABLE + "` begins with neither `unix:/` nor `tcp:`");
    }

    /** TCP goes to this host only, whatever the text says; Unix addresses came with Java 16. */
    SocketAddress socket() throws ReflectiveOperationException {
        if (path == null) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        }
        return (SocketAddress) Class.forName("java.net.UnixDomainSocketAddress")
                .getMethod("of", String.class).invoke(null, path);
    }
}

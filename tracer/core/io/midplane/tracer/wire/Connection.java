package io.midplane.tracer.wire;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * A socket that is written in slices from one direct buffer and never blocks for ever.
 *
 * <p>64 KiB a write: larger ones make the kernel copy in pieces that cost ten times as much.
 */
final class Connection {
    private static final int SLICE = 64 << 10;
    private static final int HEADER = 7;
    /** A peer that takes nothing for this long is as good as gone. */
    private static final long STALLED_NS = 30_000_000_000L;

    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final ByteBuffer slice = ByteBuffer.allocateDirect(SLICE);
    private ByteBuffer in = ByteBuffer.allocate(4096);
    private boolean over;

    Connection(SocketAddress address) throws IOException {
        channel = SocketChannel.open(address);
        boolean ready = false;
        Selector made = null;
        try {
            channel.configureBlocking(false);
            made = Selector.open();
            key = channel.register(made, SelectionKey.OP_READ);
            ready = true;
        } finally {
            if (!ready) {
                channel.close();
                if (made != null) {
                    made.close();
                }
            }
        }
        selector = made;
    }

    boolean isOver() {
        return over;
    }

    void close() {
        try {
            channel.close();
            selector.close();
        } catch (IOException err) {
            return; // it is gone either way
        }
    }

    /** Until something can be read, or the time has passed. */
    void await(long millis) throws IOException {
        selector.select(millis);
        selector.selectedKeys().clear();
    }

    void write(Buffer frame) throws IOException {
        int at = 0;
        long stalledAt = 0;
        while (at < frame.size()) {
            slice.clear();
            slice.put(frame.array(), at, Math.min(SLICE, frame.size() - at));
            slice.flip();
            while (slice.hasRemaining()) {
                int wrote = channel.write(slice);
                if (wrote > 0) {
                    at += wrote;
                    stalledAt = 0;
                    continue;
                }
                long now = System.nanoTime();
                if (stalledAt == 0) {
                    stalledAt = now;
                } else if (now - stalledAt > STALLED_NS) {
                    throw new IOException("the runner takes nothing");
                }
                key.interestOps(SelectionKey.OP_WRITE);
                selector.select(1000);
                selector.selectedKeys().clear();
                key.interestOps(SelectionKey.OP_READ);
            }
        }
    }

    /** The next whole frame without its length: kind, version, body. Null: not yet. */
    byte[] read() throws IOException {
        while (true) {
            if (in.position() >= HEADER) {
                int length = in.get(0) & 0xff | (in.get(1) & 0xff) << 8 | (in.get(2) & 0xff) << 16
                        | (in.get(3) & 0xff) << 24;
                if (length < 0 || length > Frames.BODY_MAX) {
                    throw new IOException("the runner sends what is no frame");
                }
                int whole = HEADER + length;
                if (in.position() >= whole) {
                    byte[] frame = new byte[whole - 4];
                    in.flip();
                    in.position(4);
                    in.get(frame);
                    in.compact();
                    return frame;
                }
                if (in.capacity() < whole) {
                    ByteBuffer larger = ByteBuffer.allocate(whole);
                    in.flip();
                    larger.put(in);
                    in = larger;
                }
            }
            if (in.position() == in.capacity()) {
                throw new IOException("the runner sends what is no frame");
            }
            int got = channel.read(in);
            if (got < 0) {
                over = true;
                return null;
            }
            if (got == 0) {
                return null;
            }
        }
    }
}

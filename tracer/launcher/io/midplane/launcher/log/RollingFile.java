package io.midplane.launcher.log;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A file that lines are appended to, rolled by size: {@code orders.log}, {@code orders.log.1}, ...
 *
 * <p>Never more than {@code files} files of {@code maxBytes}. It never throws and never waits: what
 * cannot be written (full disk, folder gone) is dropped and counted, and the first line that fits
 * again is preceded by one that says how many are missing. Two processes may append to one file for
 * a moment (the old workload and its successor): each line is one write with O_APPEND, and whoever
 * finds that the other has rolled just opens the new file.
 */
final class RollingFile {
    /** How much is written between two looks at the real size; the other process writes as well. */
    private static final long LOOK_BYTES = 64 << 10;

    private final Path path;
    private final long maxBytes;
    private final int files;

    private FileOutputStream out;
    private Object key;
    private long size;
    private long sinceLook;
    private long dropped;
    private boolean torn;
    private String why;

    RollingFile(Path path, long maxBytes, int files) {
        this.path = path;
        this.maxBytes = Math.max(maxBytes, LOOK_BYTES);
        this.files = Math.max(files, 1);
    }

    synchronized void append(byte[] line) {
        try {
            if (out == null) {
                open();
            }
            if (size + line.length > maxBytes && size > 0) {
                roll();
            }
            if (dropped > 0) {
                put(gap());
                dropped = 0;
            }
            put(line);
        } catch (IOException err) {
            dropped++;
            why = String.valueOf(err.getMessage());
            close();
        }
    }

    private void put(byte[] line) throws IOException {
        if (torn) {
            out.write('\n');
        }
        torn = true;
        out.write(line);
        torn = false;
        size += line.length;
        sinceLook += line.length;
        if (sinceLook > LOOK_BYTES) {
            size = out.getChannel().size();
            sinceLook = 0;
        }
    }

    private byte[] gap() {
        JsonLine line = new JsonLine(200);
        line.raw("{\"time\":\"").time(System.currentTimeMillis());
        line.raw("\",\"level\":\"WARN\",\"logger\":\"midplane\",\"thread\":\"log\",\"message\":");
        line.string(dropped + " log lines could not be written: " + why).raw("}\n");
        return line.bytes();
    }

    private void open() throws IOException {
        Files.createDirectories(path.getParent());
        out = new FileOutputStream(path.toFile(), true);
        key = keyOf(path);
        size = out.getChannel().size();
        sinceLook = 0;
    }

    private void roll() throws IOException {
        close();
        Object now = Files.exists(path) ? keyOf(path) : null;
        if (now != null && now.equals(key)) {
            try {
                for (int i = files - 1; i >= 1; i--) {
                    Path from = i == 1 ? path : numbered(i - 1);
                    if (Files.exists(from)) {
                        Files.move(from, numbered(i), StandardCopyOption.REPLACE_EXISTING);
                    }
                }
                if (files == 1) {
                    Files.delete(path);
                }
            } catch (IOException err) {
                // Bounded is a promise: a file that cannot be moved away starts again from nothing.
                new FileOutputStream(path.toFile(), false).close();
            }
        }
        open();
    }

    private Path numbered(int i) {
        return path.resolveSibling(path.getFileName() + "." + i);
    }

    private static Object keyOf(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }

    private void close() {
        try {
            if (out != null) {
                out.close();
            }
        } catch (IOException err) {
            why = err.getMessage();
        }
        out = null;
    }
}

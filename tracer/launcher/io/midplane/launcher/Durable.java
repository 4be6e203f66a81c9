package io.midplane.launcher;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Files that are whole or absent, and still there after a power cut. */
final class Durable {
    private Durable() { }

    /** Written beside, flushed, renamed. */
    static void write(Path path, byte[] bytes) throws IOException {
        Path beside = path.resolveSibling(path.getFileName() + ".new");
        try (FileChannel file = FileChannel.open(beside, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer all = ByteBuffer.wrap(bytes);
            while (all.hasRemaining()) {
                file.write(all);
            }
            file.force(true);
        }
        Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        flush(path.getParent());
    }

    /** Makes an empty file that was not there; one that was is an exception. */
    static void claim(Path path) throws IOException {
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE).close();
        flush(path.getParent());
    }

    private static void flush(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}

package io.midplane.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * What only the training run of the class-data archive does: it loads classes that no route of the
 * training reaches because there is no database. Never called for a real workload.
 *
 * <p>Spring's own classes are left out: they would save a Spring workload a sixth of its start and
 * cost every workload 14 MB.
 */
final class Training {
    private static final String JAR = "postgresql-";
    /** The packages of the driver that a connection and a statement use. */
    private static final List<String> PACKAGES = List.of(
            "org/postgresql/core/", "org/postgresql/jdbc/", "org/postgresql/util/", "org/postgresql/plugin/");

    private Training() { }

    static void run(ClassLoader loader) throws IOException {
        for (String entry : System.getProperty("java.class.path").split(":")) {
            Path jar = Path.of(entry);
            if (Files.isRegularFile(jar) && jar.getFileName().toString().startsWith(JAR)) {
                load(jar, loader);
            }
        }
    }

    private static void load(Path jar, ClassLoader loader) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : (Iterable<JarEntry>) file.stream()::iterator) {
                String name = entry.getName();
                if (name.endsWith(".class") && PACKAGES.stream().anyMatch(name::startsWith)) {
                    try {
                        Class.forName(name.substring(0, name.length() - 6).replace('/', '.'), false, loader);
                    } catch (ClassNotFoundException | LinkageError err) {
                        continue; // it needs something optional that is not here
                    }
                }
            }
        }
    }
}

package io.midplane.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

import org.springframework.context.support.FileSystemXmlApplicationContext;

/**
 * What only the training run of the class-data archive does: it touches classes that no route of the
 * training reaches. Never called for a real workload.
 */
final class Training {
    /** Loaded whole: without a database their classes are never used, and with one nearly all are. */
    private static final List<String> WHOLE = List.of("postgresql-", "HikariCP-");

    private Training() { }

    static void run(Settings settings, ClassLoader loader) throws Exception {
        String context = settings.bundle().resolve("training-context.xml").toUri().toString();
        try (FileSystemXmlApplicationContext spring = new FileSystemXmlApplicationContext(context)) {
            Thread.sleep(500);
            spring.stop();
        }
        for (String entry : System.getProperty("java.class.path").split(":")) {
            Path jar = Path.of(entry);
            if (Files.isRegularFile(jar) && WHOLE.stream().anyMatch(jar.getFileName().toString()::startsWith)) {
                load(jar, loader);
            }
        }
    }

    private static void load(Path jar, ClassLoader loader) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : (Iterable<JarEntry>) file.stream()::iterator) {
                String name = entry.getName();
                if (name.endsWith(".class") && !name.startsWith("META-INF/") && !name.contains("osgi")
                        && !name.contains("hibernate") && !name.contains("metrics")) {
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

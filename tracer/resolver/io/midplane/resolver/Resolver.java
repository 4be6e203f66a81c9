package io.midplane.resolver;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

import org.apache.camel.tooling.maven.MavenArtifact;
import org.apache.camel.tooling.maven.MavenDownloaderImpl;
import org.apache.camel.tooling.maven.MavenGav;
import org.apache.camel.tooling.maven.MavenResolutionException;
import org.apache.camel.util.json.JsonArray;
import org.apache.camel.util.json.JsonObject;
import org.apache.camel.util.json.Jsoner;

/**
 * Finds the jars that an integration needs beyond the base library.
 *
 * <p>{@code Resolver <request.json>}: coordinates in, closure out, with the digest of each jar.
 * {@code camel:kafka} means the artefact of that name in the request's Camel version,
 * {@code mvn:g:a:v} any other. What the base library has is left out whatever its version: there is
 * one class path, and the base comes first on it.
 *
 * <p>It reads no settings of the user by itself. The caller says what Maven would have read:
 * mirrors, proxy, extra certificates; a home folder of our own keeps Maven's own lookup away.
 */
public final class Resolver {
    private static final Pattern MISSING = Pattern.compile(
            "(?:Could not find artifact|Failure to find) ([^\\s,;]+)|([^\\s,;]+) (?:was not found in|is not present)");
    private static final Pattern TRANSFER = Pattern.compile("Could not transfer artifact (\\S+)");
    private static final int MAX_CAUSES = 20;

    private Resolver() { }

    public static void main(String[] args) throws Exception {
        JsonObject request = (JsonObject) Jsoner.deserialize(Files.readString(Path.of(args[0])));
        JsonObject answer;
        try {
            answer = resolve(request);
        } catch (MavenResolutionException | IllegalArgumentException err) {
            answer = failure(err);
        }
        Path output = Path.of(request.getString("output"));
        Path beside = output.resolveSibling(output.getFileName() + ".new");
        Files.writeString(beside, answer.toJson());
        Files.move(beside, output, StandardCopyOption.ATOMIC_MOVE);
        System.exit(0);
    }

    private static JsonObject resolve(JsonObject request) throws Exception {
        String camel = request.getString("camel");
        List<String> wanted = new ArrayList<>();
        for (Object coordinates : (JsonArray) request.get("coordinates")) {
            wanted.add(expand(coordinates.toString(), camel));
        }
        Set<String> have = new HashSet<>();
        ((JsonArray) request.get("subtract")).forEach(name -> have.add(name.toString()));

        Path home = Path.of(request.getString("home"));
        System.setProperty("user.home", home.toString());
        System.setProperty("maven.repo.local", request.getString("local"));
        trust(request.getString("extra_ca"), home);
        proxy(request.getMap("proxy"));
        JsonArray sources = (JsonArray) request.get("sources");
        settings(sources, home);

        List<MavenArtifact> found;
        try (MavenDownloaderImpl downloader = new MavenDownloaderImpl()) {
            downloader.setFresh(true); // or a jar published today would stay missing until tomorrow
            List<String> others = new ArrayList<>();
            for (int i = 1; i < sources.size(); i++) {
                others.add(((JsonObject) sources.get(i)).getString("url"));
            }
            if (!others.isEmpty()) {
                downloader.setRepos(String.join(",", others));
            }
            downloader.build();
            downloader.init();
            downloader.start();
            found = downloader.resolveArtifacts(wanted, Set.of(), true, false);
        }
        return closure(found, have);
    }

    private static String expand(String coordinates, String camel) {
        if (coordinates.startsWith("camel:")) {
            String name = coordinates.substring("camel:".length());
            return "org.apache.camel:" + (name.startsWith("camel-") ? name : "camel-" + name) + ":" + camel;
        }
        if (coordinates.startsWith("mvn:")) {
            return coordinates.substring("mvn:".length());
        }
        if (coordinates.chars().filter(c -> c == ':').count() >= 2) {
            return coordinates;
        }
        throw new IllegalArgumentException("`" + coordinates + "` is neither camel:<name> nor mvn:<group>:<artifact>:<version>");
    }

    private static JsonObject closure(List<MavenArtifact> found, Set<String> have) throws Exception {
        TreeSet<String> seen = new TreeSet<>();
        JsonArray jars = new JsonArray();
        for (MavenArtifact artifact : found) {
            MavenGav gav = artifact.getGav();
            Path file = artifact.getFile().toPath();
            if (have.contains(gav.getGroupId() + ":" + gav.getArtifactId()) || !file.toString().endsWith(".jar")) {
                continue;
            }
            String classifier = gav.getClassifier();
            String coordinates = gav.getGroupId() + ":" + gav.getArtifactId() + ":" + gav.getVersion()
                    + (classifier == null || classifier.isEmpty() ? "" : ":" + classifier);
            if (!seen.add(coordinates)) {
                continue;
            }
            JsonObject jar = new JsonObject();
            jar.put("coordinates", coordinates);
            jar.put("sha256", digest(file));
            jar.put("size", Files.size(file));
            jar.put("path", file.toString());
            jars.add(jar);
        }
        JsonObject answer = new JsonObject();
        answer.put("jars", jars);
        return answer;
    }

    private static String digest(Path file) throws IOException, GeneralSecurityException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] chunk = new byte[64 << 10];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                digest.update(chunk, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Names what is missing, or what could not be transferred: two causes with two ways out. */
    private static JsonObject failure(Exception err) {
        TreeSet<String> missing = new TreeSet<>();
        TreeSet<String> broken = new TreeSet<>();
        String message = err.getMessage();
        Throwable at = err;
        for (int i = 0; at != null && i < MAX_CAUSES; i++, at = at.getCause()) {
            String text = String.valueOf(at.getMessage());
            Matcher found = MISSING.matcher(text);
            while (found.find()) {
                missing.add(plain(found.group(1) == null ? found.group(2) : found.group(1)));
            }
            Matcher failed = TRANSFER.matcher(text);
            while (failed.find()) {
                broken.add(plain(failed.group(1)));
            }
            message = text;
        }
        JsonObject error = new JsonObject();
        error.put("kind", !missing.isEmpty() ? "missing" : !broken.isEmpty() ? "transfer" : "other");
        error.put("coordinates", new JsonArray(missing.isEmpty() ? broken : missing));
        error.put("message", message);
        JsonObject answer = new JsonObject();
        answer.put("error", error);
        return answer;
    }

    /** {@code g:a:jar:1} or {@code g:a:jar:linux:1} as people write it: {@code g:a:1}, {@code g:a:1:linux}. */
    private static String plain(String aether) {
        String[] parts = aether.split(":");
        return switch (parts.length) {
            case 4 -> parts[0] + ":" + parts[1] + ":" + parts[3];
            case 5 -> parts[0] + ":" + parts[1] + ":" + parts[4] + ":" + parts[3];
            default -> aether;
        };
    }

    /** The first source stands in for Maven Central; a settings file is the only way to say so with a login. */
    private static void settings(JsonArray sources, Path home) throws IOException {
        Path folder = Files.createDirectories(home.resolve(".m2"));
        StringBuilder xml = new StringBuilder("<settings>");
        if (!sources.isEmpty()) {
            JsonObject source = (JsonObject) sources.get(0);
            xml.append("<mirrors><mirror><id>first</id><mirrorOf>central</mirrorOf><url>")
                    .append(escape(source.getString("url"))).append("</url></mirror></mirrors>");
            if (source.getString("username") != null) {
                xml.append("<servers><server><id>first</id><username>").append(escape(source.getString("username")))
                        .append("</username><password>").append(escape(source.getString("password")))
                        .append("</password></server></servers>");
            }
        }
        Files.writeString(folder.resolve("settings.xml"), xml.append("</settings>"));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static void proxy(JsonObject proxy) {
        if (proxy == null) {
            return;
        }
        for (String scheme : List.of("http", "https")) {
            System.setProperty(scheme + ".proxyHost", proxy.getString("host"));
            System.setProperty(scheme + ".proxyPort", String.valueOf(proxy.getInteger("port")));
        }
        if (proxy.getString("no_proxy") != null) {
            System.setProperty("http.nonProxyHosts", proxy.getString("no_proxy"));
        }
        String username = proxy.getString("username");
        if (username != null) {
            String password = proxy.getString("password");
            System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
            Authenticator.setDefault(new Authenticator() {
                @Override
                protected PasswordAuthentication getPasswordAuthentication() {
                    return new PasswordAuthentication(username, (password == null ? "" : password).toCharArray());
                }
            });
        }
    }

    /** Trusts the certificates of a PEM file beside those of the JVM. */
    private static void trust(String pem, Path home) throws IOException, GeneralSecurityException {
        if (pem == null) {
            return;
        }
        KeyStore all = KeyStore.getInstance("PKCS12");
        all.load(null, null);
        TrustManagerFactory known = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        known.init((KeyStore) null);
        int count = 0;
        for (X509Certificate certificate : ((X509TrustManager) known.getTrustManagers()[0]).getAcceptedIssuers()) {
            all.setCertificateEntry("known-" + count++, certificate);
        }
        try (InputStream in = Files.newInputStream(Path.of(pem))) {
            for (Certificate certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                all.setCertificateEntry("extra-" + count++, certificate);
            }
        }
        Path store = home.resolve("trust.p12");
        try (OutputStream out = Files.newOutputStream(store)) {
            all.store(out, "public".toCharArray());
        }
        System.setProperty("javax.net.ssl.trustStore", store.toString());
        System.setProperty("javax.net.ssl.trustStoreType", "PKCS12");
        System.setProperty("javax.net.ssl.trustStorePassword", "public");
    }
}

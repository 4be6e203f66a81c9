package io.midplane.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

import io.midplane.launcher.log.JsonLine;

/**
 * The status file: {@code starting -> checked -> ready -> stopped}, or {@code failed} from anywhere
 * before ready. Written beside and renamed, so that a reader sees a whole document or none; the
 * runner may be away while it changes and reads it when it comes back.
 */
final class Status {
    private final Path path;
    private boolean ended;

    Status(Path path) {
        this.path = path;
    }

    void starting() {
        write("starting", null);
    }

    void checked() {
        write("checked", null);
    }

    void ready() {
        write("ready", null);
    }

    void failed(Failure failure) {
        write("failed", failure);
    }

    void stopped() {
        write("stopped", null);
    }

    /** A status that cannot be written must not take the workload down: the runner sees the process. */
    private synchronized void write(String state, Failure failure) {
        if (ended) {
            return;
        }
        ended = state.equals("failed") || state.equals("stopped");
        JsonLine out = new JsonLine(512);
        out.raw("{\"format\":1,\"state\":").string(state);
        out.raw(",\"pid\":").raw(Long.toString(ProcessHandle.current().pid()));
        out.raw(",\"at\":\"").time(System.currentTimeMillis()).raw("\",\"error\":");
        if (failure == null) {
            out.raw("null");
        } else {
            out.raw("{\"code\":").string(failure.code()).raw(",\"message\":").string(failure.message());
            out.raw(",\"causes\":[");
            List<String> causes = failure.causes();
            for (int i = 0; i < causes.size(); i++) {
                out.raw(i == 0 ? "" : ",").string(causes.get(i));
            }
            out.raw("],\"location\":").string(failure.location()).raw(",\"route\":").string(failure.route());
            out.raw("}");
        }
        out.raw("}\n");
        try {
            Path beside = path.resolveSibling(path.getFileName() + ".new");
            Files.write(beside, out.bytes());
            Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException err) {
            System.err.println("write the status `" + path + "`: " + err);
        }
    }
}

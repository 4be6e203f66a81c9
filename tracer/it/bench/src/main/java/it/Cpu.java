package it;

import java.lang.management.ManagementFactory;

import com.sun.management.ThreadMXBean;

/** CPU time and allocation of the calling thread for each message: {@code Cpu <watcher> <work> <warm-up ms> <ms>}. */
public final class Cpu {
    private Cpu() { }

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("calibrate")) {
            calibrate();
            return;
        }
        Subject subject = new Subject(arguments[0], Long.parseLong(arguments[1]));
        run(subject, Long.parseLong(arguments[2]));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long me = Thread.currentThread().getId();
        long cpu = threads.getCurrentThreadCpuTime();
        long bytes = threads.getThreadAllocatedBytes(me);
        long wall = System.nanoTime();
        long count = run(subject, Long.parseLong(arguments[3]));
        System.out.printf("cpu_ns=%d wall_ns=%d bytes=%d count=%d%n",
                (threads.getCurrentThreadCpuTime() - cpu) / count, (System.nanoTime() - wall) / count,
                (threads.getThreadAllocatedBytes(me) - bytes) / count, count);
        System.exit(0);
    }

    private static long run(Subject subject, long millis) {
        long until = System.nanoTime() + millis * 1_000_000;
        long count = 0;
        while (System.nanoTime() < until) {
            for (int i = 0; i < 16; i++, count++) {
                subject.once();
            }
        }
        return count;
    }

    /** How many rounds of work take 10 microseconds here. */
    private static void calibrate() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        double best = Double.MAX_VALUE;
        for (int i = 0; i < 50; i++) {
            long cpu = threads.getCurrentThreadCpuTime();
            Subject.burn(10_000_000);
            best = Math.min(best, threads.getCurrentThreadCpuTime() - cpu);
        }
        System.out.printf("work=%d%n", Math.round(1e11 / best));
    }
}

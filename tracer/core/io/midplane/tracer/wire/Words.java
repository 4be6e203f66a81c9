package io.midplane.tracer.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/** Words that repeat, numbered once for the life of the tracer; the shipper says them again on each connection. */
public final class Words {
    /** An eighth of what the runner takes: the heap of a small workload is 64 MiB. */
    private static final int ENTRIES_MAX = 8192;
    private static final int BYTES_MAX = 1 << 20;
    private static final int WORD_MAX = 12 << 10;

    private final ConcurrentHashMap<String, Integer> numbers = new ConcurrentHashMap<>();
    private final List<String> words = new ArrayList<>();
    private int bytes;

    /** @return the number of a word, or -1 when it has to be written out */
    public int entry(String word) {
        Integer known = numbers.get(word);
        return known != null ? known : add(word);
    }

    private synchronized int add(String word) {
        Integer known = numbers.get(word);
        if (known != null) {
            return known;
        }
        int length = word.length() * 3;
        if (length > WORD_MAX || words.size() >= ENTRIES_MAX || bytes + length > BYTES_MAX * 3) {
            return -1;
        }
        bytes += length;
        int number = words.size();
        words.add(word);
        numbers.put(word, number);
        return number;
    }

    synchronized int size() {
        return words.size();
    }

    synchronized String word(int number) {
        return words.get(number);
    }
}

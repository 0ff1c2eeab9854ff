package io.sparkinversion.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/**
 * Gives a reader one damaged file after another. Each must be read, or refused by an exception that the reader
 * documents and whose message helps; within a time, and within a bound on allocations that depends on the file's size.
 * Anything else fails the test, with the file and how to get it again.
 *
 * <p>System properties: {@code fuzz.files} is the number of files of all suites together (10,000), {@code fuzz.seed}
 * chooses them (1), {@code fuzz.case} runs one of them alone, {@code fuzz.seconds} is the time for one file (60), and
 * {@code fuzz.announce} prints each file's place before it is read, for readers that end the process. All of it, for
 * hours if one likes: {@code mvn test -Dtest='*FuzzTest' -Dfuzz.files=200000 -Dfuzz.seed=7}.
 */
public final class FuzzRun {
    private static final int FILES = Integer.getInteger("fuzz.files", 10_000);
    private static final long SEED = Long.getLong("fuzz.seed", 1);
    private static final int CASE = Integer.getInteger("fuzz.case", -1);
    private static final long SECONDS = Long.getLong("fuzz.seconds", 60);

    private static final boolean ANNOUNCED = Boolean.getBoolean("fuzz.announce");

    private static final int MOST_FAILURES = 8;
    private static final int LONGEST_MESSAGE = 3_000;
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final String suite;
    private final int files;
    private final long fixedBytes;
    private final long bytesPerByte;
    private final String named;
    private final List<Class<? extends Exception>> refusals;
    private final List<String> failures = new CopyOnWriteArrayList<>();

    private volatile int number;
    private volatile FuzzFile file;
    private volatile long begun;
    private int read;
    private int refused;
    private long mostAllocated;
    private double slowest;

    /** Makes a damaged file, the same one for the same random numbers. */
    @FunctionalInterface
    public interface Maker {
        FuzzFile make(Random random);
    }

    /** Reads it, all of it. */
    @FunctionalInterface
    public interface Reader {
        void read(FuzzFile file) throws Exception;
    }

    /**
     * How a run ended.
     *
     * @param read files without an exception
     * @param refused files with one
     * @param mostAllocated bytes for one file
     * @param slowest seconds of one file
     */
    public record Outcome(int read, int refused, long mostAllocated, double slowest) {
        /** Whether, of so many files, the mutations were neither all harmless nor all fatal. */
        public boolean isBalanced() {
            return CASE >= 0 || Math.min(read, refused) >= (read + refused) / 50;
        }
    }

    private FuzzRun(
            String suite,
            int files,
            long fixedBytes,
            long bytesPerByte,
            String named,
            List<Class<? extends Exception>> refusals) {
        this.suite = suite;
        this.files = files;
        this.fixedBytes = fixedBytes;
        this.bytesPerByte = bytesPerByte;
        this.named = named;
        this.refusals = refusals;
    }

    /**
     * @param suite the test class
     * @param percent of all files that this run takes
     * @param refusal what the reader may throw
     */
    public static FuzzRun of(String suite, double percent, Class<? extends Exception> refusal) {
        return new FuzzRun(suite, (int) Math.max(1, FILES * percent / 100), 1L << 20, 64, "", List.of(refusal));
    }

    /** The reader may throw that, too. */
    public FuzzRun refusing(Class<? extends Exception> refusal) {
        List<Class<? extends Exception>> all = new ArrayList<>(refusals);
        all.add(refusal);
        return new FuzzRun(suite, files, fixedBytes, bytesPerByte, named, all);
    }

    /** A reader may allocate {@code fixed} bytes, and {@code perByte} for every byte of the file. */
    public FuzzRun allocating(long fixed, long perByte) {
        return new FuzzRun(suite, files, fixed, perByte, named, refusals);
    }

    /** Every refusal must contain the text, such as the file's name. */
    public FuzzRun naming(String text) {
        return new FuzzRun(suite, files, fixedBytes, bytesPerByte, text, refusals);
    }

    /** @throws AssertionError if a file did not end as it should */
    public Outcome run(Maker maker, Reader reader) {
        Thread thread = new Thread(() -> readAll(maker, reader), "fuzz " + suite);
        // A reader that hangs cannot be stopped; it must not keep the JVM alive.
        thread.setDaemon(true);
        thread.start();
        while (thread.isAlive()) {
            try {
                thread.join(200);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted at " + place(), e);
            }
            FuzzFile current = file;
            if (thread.isAlive() && current != null && System.nanoTime() - begun > SECONDS * 1_000_000_000L) {
                String stack = Arrays.stream(thread.getStackTrace())
                        .limit(30)
                        .map(frame -> "\n    at " + frame)
                        .collect(Collectors.joining());
                throw new AssertionError("hangs for more than " + SECONDS + " s: " + place() + stack);
            }
        }
        if (!failures.isEmpty()) {
            throw new AssertionError(String.join("\n", failures));
        }
        Outcome outcome = new Outcome(read, refused, mostAllocated, slowest);
        System.out.printf(
                "fuzz %s: %d files read, %d refused; most allocated for one %,d bytes, slowest %.2f s%n",
                suite, read, refused, mostAllocated, slowest);
        return outcome;
    }

    private void readAll(Maker maker, Reader reader) {
        int first = CASE < 0 ? 0 : CASE;
        int last = CASE < 0 ? files : CASE + 1;
        for (number = first; number < last && failures.size() < MOST_FAILURES; number++) {
            try {
                file = null;
                FuzzFile made = maker.make(new Random((SEED * 31 + suite.hashCode()) * 1_000_003 + number));
                begun = System.nanoTime();
                file = made;
                if (ANNOUNCED) {
                    System.out.println(place());
                }
                if (number == first) {
                    loadClasses(made, reader);
                }
                readOne(made, reader);
                slowest = Math.max(slowest, (System.nanoTime() - begun) / 1e9);
            } catch (Throwable bug) {
                failures.add("the test itself failed with " + bug + " at " + place() + stack(bug));
            }
        }
        file = null;
    }

    /** What the first file allocates besides is not its own. */
    private static void loadClasses(FuzzFile made, Reader reader) {
        try {
            reader.read(made);
        } catch (Throwable refusedAgainSoon) {
            // The second time it is judged.
        }
    }

    private void readOne(FuzzFile made, Reader reader) {
        long thread = Thread.currentThread().getId();
        long before = THREADS.getThreadAllocatedBytes(thread);
        Throwable thrown = null;
        try {
            reader.read(made);
        } catch (Throwable problem) {
            thrown = problem;
        }
        long allocated = THREADS.getThreadAllocatedBytes(thread) - before;
        mostAllocated = Math.max(mostAllocated, allocated);
        long bound = fixedBytes + bytesPerByte * made.bytes().length;
        if (allocated > bound) {
            fail("allocated " + allocated + " bytes, more than " + bound, thrown);
        } else if (thrown == null) {
            read++;
        } else {
            refused++;
            judge(thrown);
        }
    }

    private void judge(Throwable thrown) {
        String message = String.valueOf(thrown.getMessage());
        if (refusals.stream().noneMatch(documented -> documented.isInstance(thrown))) {
            fail("threw what it does not document", thrown);
        } else if (message.isBlank() || message.equals("null") || message.length() > LONGEST_MESSAGE) {
            fail("says nothing, or " + message.length() + " characters", thrown);
        } else if (!message.contains(named) || message.contains("\n")) {
            fail("does not name " + named + ", or says it on several lines", thrown);
        }
    }

    private void fail(String what, Throwable thrown) {
        failures.add(what + ": " + place() + (thrown == null ? "" : "\n  " + stack(thrown)));
    }

    private String place() {
        FuzzFile current = file;
        if (current == null) {
            return "case " + number + " of " + suite + ", which could not be made";
        }
        return "case " + number + " of " + suite + ", made from " + current.origin() + " with seed " + SEED + ", "
                + current.bytes().length + " bytes, kept as " + kept(current) + "; again: mvn test -Dtest=" + suite
                + " -Dfuzz.seed=" + SEED + " -Dfuzz.case=" + number;
    }

    private Path kept(FuzzFile current) {
        try {
            Path folder = Path.of(System.getProperty("java.io.tmpdir"), "spark-inversion-fuzz");
            Files.createDirectories(folder);
            return Files.write(folder.resolve(suite + "-" + SEED + "-" + number), current.bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String stack(Throwable thrown) {
        String text = thrown.toString();
        List<String> lines = new ArrayList<>();
        lines.add(text.substring(0, Math.min(text.length(), 500)));
        Arrays.stream(thrown.getStackTrace()).limit(12).forEach(frame -> lines.add("    at " + frame));
        return String.join("\n", lines);
    }
}

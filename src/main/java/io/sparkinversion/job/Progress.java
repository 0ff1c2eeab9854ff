package io.sparkinversion.job;

import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Tells a person how far the run is: on a terminal one line that is redrawn in place, else a line every few seconds.
 * Draws nothing by itself until {@link #begin}.
 */
public final class Progress implements AutoCloseable {
    private static final long TICK_MILLIS = 250;

    private final PrintStream stream;
    private final Style style;
    private final LongSupplier nanoTime;
    private ScheduledExecutorService ticker;
    private Supplier<Counts> counts;
    private long total;
    private long reused;
    private long begun;
    private long nextDraw;
    private int drawnWidth;

    /** How lines appear. */
    public enum Style {
        /** One line, redrawn. */
        LIVE_LINE(500),
        /** A new line each time. */
        PLAIN_LINES(5_000);

        private final long intervalMillis;

        Style(long intervalMillis) {
            this.intervalMillis = intervalMillis;
        }
    }

    /**
     * @param done images with an outcome in this run
     * @param failed of them
     */
    public record Counts(long done, long failed) {}

    /**
     * @param stream where lines go
     * @param style how they appear
     * @param nanoTime the clock, such as {@code System::nanoTime}
     */
    public Progress(PrintStream stream, Style style, LongSupplier nanoTime) {
        this.stream = stream;
        this.style = style;
        this.nanoTime = nanoTime;
    }

    /** On standard error, live where the program talks to a terminal. */
    public static Progress onStandardError() {
        boolean live = terminal(System.console()) && !"dumb".equals(System.getenv("TERM"));
        return new Progress(System.err, live ? Style.LIVE_LINE : Style.PLAIN_LINES, System::nanoTime);
    }

    private static boolean terminal(Console console) {
        if (console == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            // Before JDK 22 there is a console only where there is a terminal.
            return true;
        }
    }

    /** Starts a thread that calls {@link #update} until {@link #close}. */
    void beginTicking(long images, long reusedImages, Supplier<Counts> source) {
        begin(images, reusedImages, source);
        ticker = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "progress");
            thread.setDaemon(true);
            return thread;
        });
        ticker.scheduleAtFixedRate(this::update, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Sets the scale and starts the clock.
     *
     * @param images of the run, reused ones included
     * @param reusedImages of them that are done already
     * @param source what this run has done so far
     */
    synchronized void begin(long images, long reusedImages, Supplier<Counts> source) {
        total = images;
        reused = reusedImages;
        counts = source;
        begun = nanoTime.getAsLong();
        nextDraw = begun + style.intervalMillis * 1_000_000;
    }

    /** Draws if it is time to. */
    synchronized void update() {
        if (counts != null && nanoTime.getAsLong() >= nextDraw) {
            draw();
            nextDraw = nanoTime.getAsLong() + style.intervalMillis * 1_000_000;
        }
    }

    /** Draws the last state and leaves the line. */
    @Override
    public void close() {
        if (ticker != null) {
            ticker.shutdownNow();
        }
        finish();
    }

    private synchronized void finish() {
        if (counts != null) {
            draw();
            if (style == Style.LIVE_LINE) {
                stream.println();
            }
            stream.flush();
            counts = null;
        }
    }

    private void draw() {
        String line = line(counts.get());
        if (style == Style.PLAIN_LINES) {
            stream.println(line);
        } else {
            // Blanks wipe what a longer line before has left.
            stream.print("\r" + line + " ".repeat(Math.max(0, drawnWidth - line.length())));
            drawnWidth = line.length();
        }
        stream.flush();
    }

    private String line(Counts now) {
        double seconds = (nanoTime.getAsLong() - begun) / 1e9;
        // Tasks that Spark had to repeat are counted twice.
        long computed = Math.min(now.done(), total - reused);
        long done = reused + computed;
        long percent = total == 0 ? 100 : done * 100 / total;
        double rate = seconds > 0 ? computed / seconds : 0;
        StringBuilder line = new StringBuilder();
        line.append(String.format(Locale.ROOT, "%d/%d images %3d%%  %.2f images/s", done, total, percent, rate));
        line.append("  ").append(now.failed()).append(" failed");
        if (reused > 0) {
            line.append("  ").append(reused).append(" reused");
        }
        if (done < total) {
            line.append("  ETA ").append(rate > 0 ? duration((total - done) / rate) : "?");
        } else {
            line.append("  took ").append(duration(seconds));
        }
        return line.toString();
    }

    /** Such as {@code 0:07}, {@code 12:30} or {@code 3:05:00}. */
    public static String duration(double seconds) {
        long whole = Math.round(seconds);
        return whole < 3600
                ? String.format("%d:%02d", whole / 60, whole % 60)
                : String.format("%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    }
}

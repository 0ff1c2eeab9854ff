package io.sparkinversion.job;

import io.sparkinversion.report.Terminal;
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
    private final int columns = Terminal.columns();
    private ScheduledExecutorService ticker;
    private Supplier<Counts> counts;
    private long total;
    private long reused;
    private long expected;
    private long begun;
    private long nextDraw;
    private RemainingTime remaining;
    private boolean over;
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
     * What a run has done so far.
     *
     * @param done images with an outcome
     * @param failed of them
     * @param begun UNet evaluations (batch elements), those of images that are not done included
     * @param finished UNet evaluations of the images that are done
     */
    public record Counts(long done, long failed, long begun, long finished) {
        Counts plus(Counts more) {
            return new Counts(done + more.done, failed + more.failed, begun + more.begun, finished + more.finished);
        }

        /** The larger one of each. */
        Counts most(Counts other) {
            return new Counts(
                    Math.max(done, other.done),
                    Math.max(failed, other.failed),
                    Math.max(begun, other.begun),
                    Math.max(finished, other.finished));
        }
    }

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
        boolean live = Terminal.isThere() && !"dumb".equals(System.getenv("TERM"));
        return new Progress(System.err, live ? Style.LIVE_LINE : Style.PLAIN_LINES, System::nanoTime);
    }

    /** Starts a thread that calls {@link #update} until {@link #close}. */
    void beginTicking(long images, long reusedImages, long evaluations, Supplier<Counts> source) {
        begin(images, reusedImages, evaluations, source);
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
     * @param evaluations of the UNet that the others are expected to take; 0 where it is not used
     * @param source what this run has done so far
     */
    synchronized void begin(long images, long reusedImages, long evaluations, Supplier<Counts> source) {
        total = images;
        reused = reusedImages;
        expected = evaluations;
        counts = source;
        begun = nanoTime.getAsLong();
        remaining = new RemainingTime(begun);
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
            over = true;
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
        // A line that wraps could not be redrawn.
        line = style == Style.LIVE_LINE && line.length() >= columns ? line.substring(0, columns - 1) : line;
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
        long all = evaluations(now);
        double part = part(now, computed, all);
        StringBuilder line = new StringBuilder();
        line.append(String.format(Locale.ROOT, "%3d%%", (long) (100 * part)));
        if (all > 0) {
            line.append(String.format(Locale.ROOT, " of %,d UNet evaluations", all));
        }
        line.append("  ").append(reused + computed).append('/').append(total).append(" images");
        line.append("  ").append(now.failed()).append(" failed");
        if (reused > 0) {
            line.append("  ").append(reused).append(" reused");
        }
        if (computed < total - reused) {
            double left = remaining.seconds(part, nanoTime.getAsLong());
            line.append("  ETA ").append(Double.isNaN(left) ? "?" : duration(left));
        } else {
            line.append(over ? "  took " + duration(seconds) : "  writing results");
        }
        return line.toString();
    }

    /** Of the whole run: as many for each image as those that are done have taken, before that as expected. */
    private long evaluations(Counts now) {
        if (expected == 0 || now.done() == 0 || now.finished() == 0) {
            return expected;
        }
        double each = (double) now.finished() / now.done();
        return Math.max(now.finished(), Math.round(each * (total - reused)));
    }

    /** How much of the run's work is done, from 0 to 1. What failed batches took is no work done, so 1 is for the end. */
    private double part(Counts now, long computed, long all) {
        long images = total - reused;
        if (computed == images) {
            return 1;
        }
        double ofImages = (double) computed / images;
        double ofEvaluations = all == 0 ? 0 : (double) now.begun() / all;
        return Math.min(0.99, Math.max(ofImages, ofEvaluations));
    }

    /** Such as {@code 0:07}, {@code 12:30} or {@code 3:05:00}. */
    public static String duration(double seconds) {
        long whole = Math.round(seconds);
        return whole < 3600
                ? String.format("%d:%02d", whole / 60, whole % 60)
                : String.format("%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    }
}

package io.sparkinversion.job;

import io.sparkinversion.engine.Engine.Cost;
import io.sparkinversion.engine.Engine.Latent;
import io.sparkinversion.engine.ErrorCode;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.engine.Failure.Stage;
import io.sparkinversion.worker.ImageOutcome;
import io.sparkinversion.worker.ImageOutcome.MethodResult;
import io.sparkinversion.worker.ImageOutcome.Scores;
import io.sparkinversion.worker.ImageOutcome.Source;
import io.sparkinversion.worker.ImageOutcome.Worker;
import io.sparkinversion.worker.WaveProcessor;
import io.sparkinversion.worker.WorkItem;
import io.sparkinversion.worker.WorkerMonitor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A worker without a model: its results depend on the file's text and the caption only. A file that begins with
 * {@code poison} fails, one that begins with {@code flaky} fails until {@link #healFlakyImages}. Counts the images that
 * it computes, over all tasks of the JVM.
 *
 * @param name tells the counts of one test from those of others
 * @param methods names of the methods
 */
public record FakeProcessor(String name, List<String> methods) implements WaveProcessor {
    private static final Map<String, Behaviour> BEHAVIOURS = new ConcurrentHashMap<>();
    private static final int STEPS = 20;

    private static final class Behaviour {
        private final List<String> computed = new ArrayList<>();
        private int failAfter = Integer.MAX_VALUE;
        private String holdFrom;
        private int held;
        private boolean healed;

        void compute(String imageId) {
            try {
                hold(imageId);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("the task was cancelled");
            }
            count(imageId);
        }

        private synchronized void hold(String imageId) throws InterruptedException {
            held++;
            while (holdFrom != null && imageId.compareTo(holdFrom) >= 0) {
                wait();
            }
            held--;
        }

        private synchronized void count(String imageId) {
            if (computed.size() >= failAfter) {
                throw new IllegalStateException("injected: the worker dies at " + imageId);
            }
            computed.add(imageId);
        }

        synchronized List<String> taken() {
            List<String> images = computed.stream().sorted().toList();
            computed.clear();
            return images;
        }
    }

    private Behaviour behaviour() {
        return BEHAVIOURS.computeIfAbsent(name, any -> new Behaviour());
    }

    /** Every image after the first so many ends its task. */
    public FakeProcessor failAfter(int images) {
        behaviour().failAfter = images;
        return this;
    }

    /** Images with this id or a later one are worked on until their task is killed; null for none. */
    FakeProcessor holdFrom(String imageId) {
        synchronized (behaviour()) {
            behaviour().holdFrom = imageId;
            behaviour().held = 0;
            behaviour().notifyAll();
        }
        return this;
    }

    /** How many images are being worked on. */
    int held() {
        synchronized (behaviour()) {
            return behaviour().held;
        }
    }

    public FakeProcessor failNoMore() {
        return failAfter(Integer.MAX_VALUE);
    }

    FakeProcessor healFlakyImages() {
        behaviour().healed = true;
        return this;
    }

    /** Ids of the images computed since this was last called, sorted. */
    public List<String> takeComputed() {
        return behaviour().taken();
    }

    @Override
    public Iterator<ImageOutcome> process(Iterator<WorkItem> items, WorkerMonitor monitor) {
        monitor.modelLoaded("driver/cpu");
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return items.hasNext();
            }

            @Override
            public ImageOutcome next() {
                ImageOutcome outcome = outcome(items.next());
                monitor.imageDone(outcome);
                return outcome;
            }
        };
    }

    private ImageOutcome outcome(WorkItem item) {
        if (item.rejection() != null) {
            return failed(item, null, item.rejection());
        }
        behaviour().compute(item.imageId());
        byte[] bytes;
        try {
            bytes = item.bytes() != null ? item.bytes() : Files.readAllBytes(local(item.path()));
        } catch (NoSuchFileException e) {
            return failed(item, null, new Failure(Stage.LOAD, ErrorCode.FILE_NOT_FOUND, "no file " + item.path()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        Source source = new Source(sha256(bytes), 640, 480, bytes.length);
        if (text.startsWith("poison") || text.startsWith("flaky") && !behaviour().healed) {
            return failed(item, source, new Failure(Stage.DECODE, ErrorCode.CORRUPT_IMAGE, "injected: cannot decode"));
        }
        int seed = Math.floorMod((text + item.caption()).hashCode(), 1000);
        Scores scores = new Scores(text.startsWith("equal") ? Double.POSITIVE_INFINITY : 20 + seed / 100.0, 0.5, 0.25);
        Scores ceiling = new Scores(40, 0.75, Double.NaN);
        Cost cost = new Cost(STEPS, STEPS, 0, 0.125, 0.5, 0.25, 0.125, 2, 0);
        List<MethodResult> results = methods.stream()
                .map(method -> new MethodResult(method, scores, ceiling, bytesOf(method + " of " + text), cost, null))
                .toList();
        Latent latent = new Latent(new int[] {4, 8, 8}, bytesOf("latent of " + text));
        return new ImageOutcome(item, source, bytesOf("png of " + text), latent, results, null, worker());
    }

    private static ImageOutcome failed(WorkItem item, Source source, Failure failure) {
        return new ImageOutcome(item, source, null, null, List.of(), failure, worker());
    }

    private static Worker worker() {
        return new Worker("driver", "testhost", "cpu", 3, false);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path local(String address) {
        return Path.of(new org.apache.hadoop.fs.Path(address).toUri().getPath());
    }

    private static byte[] bytesOf(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

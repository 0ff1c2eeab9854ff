package io.sparkinversion.cli;

import ai.djl.Device;
import com.sun.jna.NativeLibrary;
import com.sun.jna.NativeLong;
import io.sparkinversion.engine.DiffusionEngine;
import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.engine.Engine;
import io.sparkinversion.engine.Recipe;
import io.sparkinversion.job.InversionJob;
import io.sparkinversion.job.Progress;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.job.SparkTestSession;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.worker.EngineRegistry;
import io.sparkinversion.worker.EngineRegistry.Loader;
import io.sparkinversion.worker.InversionWorker;
import io.sparkinversion.worker.WorkerHook;
import io.sparkinversion.worker.WorkerSettings;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import javax.imageio.ImageIO;

/**
 * A long run over pictures of mixed size and format, through the whole job with the embedded model. Every hundred pictures
 * all batches pause, garbage is collected, and what the process holds is printed, a line of numbers each time.
 */
final class MemoryProcess {
    static final int IMAGES = Integer.getInteger("benchmark.images", 2_000);
    private static final int FILES = 100;
    private static final int PERIOD = 100;

    private MemoryProcess() {}

    private static void look(int images, DiffusionEngine engine) {
        long resident = residentKib();
        System.gc();
        // What C's allocator keeps for later is given back, as garbage is: what stays is held.
        NativeLibrary.getInstance("c").getFunction("malloc_trim").invokeInt(new Object[] {new NativeLong(0)});
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 10;
        long code = ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage().getCommitted() >> 10;
        System.out.printf(
                "sample %d %d %d %d %d %d%n", images, engine.residentArrays(), residentKib(), resident, heap, code);
    }

    private static long residentKib() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The embedded model, which pauses to be looked at. */
    private static final class WatchedEngine implements Engine {
        private final DiffusionEngine engine;
        private final ReadWriteLock lock = new ReentrantReadWriteLock(true);
        private int images;

        private WatchedEngine(DiffusionEngine engine) {
            this.engine = engine;
        }

        @Override
        public String device() {
            return engine.device();
        }

        @Override
        public List<Result> run(List<Input> batch, Recipe recipe) {
            List<Result> results;
            lock.readLock().lock();
            try {
                results = engine.run(batch, recipe);
            } finally {
                lock.readLock().unlock();
            }
            lock.writeLock().lock();
            try {
                int before = images;
                images += batch.size();
                if (images / PERIOD > before / PERIOD) {
                    look(images, engine);
                }
            } finally {
                lock.writeLock().unlock();
            }
            return results;
        }

        @Override
        public List<Edited> edit(List<EditInput> batch, Recipe recipe, EditRecipe edits) {
            return engine.edit(batch, recipe, edits);
        }

        @Override
        public void close() {
            engine.close();
        }
    }

    private record Watch() implements WorkerHook {
        private static final long serialVersionUID = 1L;

        @Override
        public Engine load(WorkerSettings settings, Device device, Loader shipped) {
            return new WatchedEngine((DiffusionEngine) shipped.load(settings, device));
        }
    }

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        JobSettings settings = SampleRun.of(2).of(dataset(folder)).settings(folder.resolve("out"));
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        RunSummary summary = InversionJob.run(
                settings,
                new InversionWorker(settings.worker(), Duration.ofMinutes(30), new Watch()),
                SparkTestSession.session(),
                nowhere,
                new Progress(nowhere, Progress.Style.PLAIN_LINES, System::nanoTime));
        EngineRegistry.closeAll();
        System.out.printf("images %d failed %d%n", summary.images(), summary.failed());
    }

    /** Squares and oblongs of 16 pixels to three megapixels, PNG and JPEG, each many times under its own id. */
    private static Path dataset(Path folder) throws IOException {
        Path data = Files.createDirectory(folder.resolve("data"));
        Random random = new Random(3);
        StringBuilder captions = new StringBuilder("id,path,caption\n");
        List<String> names = new ArrayList<>();
        for (int i = 0; i < FILES; i++) {
            BufferedImage sample = ImageIO.read(
                    SampleRun.SAMPLES.resolve("images/%03d.png".formatted(i)).toFile());
            int width = (int) Math.round(16 * Math.pow(110, random.nextDouble()));
            int height = (int) Math.round(16 * Math.pow(110, random.nextDouble()));
            BufferedImage scaled = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = scaled.createGraphics();
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
            graphics.drawImage(sample, 0, 0, width, height, null);
            graphics.dispose();
            String format = i % 2 == 0 ? "png" : "jpg";
            names.add("%03d.%s".formatted(i, format));
            ImageIO.write(scaled, format, data.resolve(names.get(i)).toFile());
        }
        for (int i = 0; i < IMAGES; i++) {
            captions.append("%d,%s,an emoji%n".formatted(i, names.get(random.nextInt(FILES))));
        }
        Files.writeString(data.resolve("captions.csv"), captions);
        return data;
    }
}

package io.sparkinversion.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.cli.Tables;
import io.sparkinversion.cluster.SoakDrivers.Ended;
import io.sparkinversion.cluster.SoakSettings.Moment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * A long run to which everything happens at random moments: at its end each image is there once, and nothing else.
 * {@code mvn -B -ntp test -Dtest=SoakIT -Dsoak.seed=1} takes more than half an hour; for a shorter one see
 * {@link SoakSettings#ofProperties}. What came of it goes to {@code target/soak.md}. Without a seed it is left out.
 */
@EnabledIfSystemProperty(
        named = "soak.seed",
        matches = "-?\\d+",
        disabledReason = "a soak takes long: give -Dsoak.seed=1")
class SoakIT {
    private static final Path RESULT = Path.of("target/soak.md");

    /** All that a run leaves: tables, what is known of their waves, and what describes the run; and S3's folders. */
    private static final Pattern KEPT = Pattern.compile(
            "(metrics|images|latents)/wave=\\d+/(_SUCCESS|part-.*\\.parquet|)|stats/wave=\\d+/_stats\\.json"
                    + "|manifest/(_SUCCESS|part-.*\\.parquet|)|replacements/|_?run\\.json|README\\.md");

    /** A clean run's work that all attempts together may begin. */
    private static final double MOST_WORK = 2;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private static Path folder;

    private final SoakSettings settings = SoakSettings.ofProperties();

    @Test
    void everyImageIsThereOnceWhateverHappensWhenever() throws Exception {
        System.out.println("soak: " + settings + " in " + folder);
        long begun = System.nanoTime();
        try (SoakBench bench = new SoakBench(folder, settings);
                SoakFaults faults = new SoakFaults(bench);
                SoakDrivers drivers = new SoakDrivers(bench)) {
            drivers.start();
            Thread thrower = new Thread(() -> throwAll(faults, drivers, bench), "soak: throw");
            thrower.setDaemon(true);
            thrower.start();
            drivers.await(Duration.ofMinutes(2L * settings.minutes() + 5));
            boolean allThrown = !thrower.isAlive();
            thrower.interrupt();
            thrower.join();
            faults.end();
            Duration time = Duration.ofNanos(System.nanoTime() - begun);
            report(faults, drivers, bench, time);
            assertThat(allThrown).as("the run outlasts the faults").isTrue();
            assertThat(faults.failures()).isEmpty();
            assertThat(drivers.ended()).noneMatch(Ended::unexplained);
            assertComplete(bench);
            assertThat((double) bench.workDone() / settings.cleanWork())
                    .as("work of all attempts in terms of a clean run's")
                    .isBetween(1.0, MOST_WORK);
        }
    }

    private void throwAll(SoakFaults faults, SoakDrivers drivers, SoakBench bench) {
        long start = System.nanoTime();
        int number = 0;
        try {
            for (Moment moment : settings.schedule()) {
                TimeUnit.NANOSECONDS.sleep(moment.at().toNanos() - (System.nanoTime() - start));
                String done = faults.throwOne(moment, drivers.current());
                number++;
                System.out.printf(
                        "%5.1f s: fault %d, %s: %s%n",
                        (System.nanoTime() - start) * 1e-9,
                        number,
                        moment.kind().label(),
                        done);
                // Nobody asks for them.
                bench.s3().takeRequests();
            }
        } catch (InterruptedException e) {
            // The run is over.
        }
    }

    private void assertComplete(SoakBench bench) {
        List<String> ids =
                IntStream.range(0, settings.images()).mapToObj(SoakBench::id).toList();
        Tables tables = new Tables(bench.output());
        assertThat(tables.query("select image_id || ' ' || status from metrics order by 1", row -> row.getString(1)))
                .as("metrics")
                .isEqualTo(ids.stream().map(id -> id + " ok").toList());
        assertThat(tables.query("select image_id from images order by 1", row -> row.getString(1)))
                .as("images")
                .isEqualTo(ids);
        assertThat(tables.query(
                        "select image_id || ' ' || decode(data) from latents order by 1", row -> row.getString(1)))
                .as("latents, which are their captions")
                .isEqualTo(
                        ids.stream().map(id -> id + " " + SoakBench.caption(id)).toList());
        assertThat(bench.outputKeys()).as("nothing but results").allMatch(key -> KEPT.matcher(key)
                .matches());
        assertThat(bench.s3().uploads()).as("uploads that nobody has ended").isEmpty();
        assertThat(Polling.holdsWithin(
                        Duration.ofMinutes(1), () -> bench.processes().isEmpty()))
                .as("no driver and no executor runs any more")
                .isTrue();
    }

    private void report(SoakFaults faults, SoakDrivers drivers, SoakBench bench, Duration time) throws IOException {
        List<Ended> ended = drivers.ended();
        long killed = ended.stream().filter(Ended::killed).count();
        List<String> lines = new ArrayList<>(List.of(
                "Seed " + settings.seed() + ": " + settings.images() + " images, " + settings.faults() + " faults in "
                        + settings.minutes() + " minutes; the run ended after " + time.toSeconds() + " s.",
                "",
                "- The command was given " + ended.size() + " times: " + killed + " drivers were killed, "
                        + (ended.size() - 1 - killed) + " ended with an error, the last one ended well.",
                String.format(
                        Locale.ROOT,
                        "- Evaluations of the UNet, of all attempts: %d, %.2f times those of a run without faults.",
                        bench.workDone(),
                        (double) bench.workDone() / settings.cleanWork()),
                ""));
        lines.addAll(faults.table());
        String text = String.join("\n", lines) + "\n";
        System.out.println(text);
        Files.createDirectories(RESULT.getParent());
        Files.writeString(RESULT, text);
    }
}

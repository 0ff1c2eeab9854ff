package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkinversion.metrics.PieBenchFormulas;
import io.sparkinversion.metrics.TinyClip;
import io.sparkinversion.metrics.TinyDino;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Blob;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A made-up PIE-Bench of 40 entries, all ten categories, runs by one command into the full table, with the embedded model
 * in two steps; every number of it is computed again here from the pictures.
 */
@Tag("slow")
class PieBenchRunIT {
    private static final int ENTRIES = 40;
    private static final int OVERLONG = 5;
    private static final int BORDER_ONLY = 6;
    private static final int ALL_EDITED = 7;
    private static final int WORDS_MISSING = 9;
    private static final int NO_WORDS_KEY = 10;
    private static final List<String> APPROACHES = List.of(
            "ddim-cfg/prompt-to-prompt",
            "negative-prompt/prompt-to-prompt",
            "ef-ddpm:guidance=1:strength=0.76/prompt-to-prompt-ef-ddpm");
    private static final String BASELINE = APPROACHES.get(1);

    /** By column of the metrics table its factor in the report, and how exactly it can be computed again. */
    private static final Map<String, double[]> MEASURES = measures();

    @TempDir
    private Path folder;

    private final List<int[]> masks = new ArrayList<>();
    private final TinyClip clip = new TinyClip("quick_gelu").opposite();
    private final TinyDino dino = new TinyDino();

    private static Map<String, double[]> measures() {
        Map<String, double[]> measures = new LinkedHashMap<>();
        measures.put("structure_distance", new double[] {1000, 1e-3});
        measures.put("pie_bench_psnr", new double[] {1, 1e-6});
        measures.put("pie_bench_lpips", new double[] {1000, 1e-3});
        measures.put("pie_bench_mse", new double[] {1e4, 1e-6});
        measures.put("pie_bench_ssim", new double[] {100, 1e-6});
        measures.put("clip_source", new double[] {100, 1e-3});
        measures.put("clip", new double[] {100, 1e-3});
        measures.put("clip_edited", new double[] {100, 1e-3});
        measures.put("seconds_total", new double[] {1, 1e-9});
        return measures;
    }

    private static int category(int entry) {
        return entry / 4;
    }

    /** In the benchmark's layout. */
    private Path dataset() throws IOException {
        Path dataset = folder.resolve("PIE-Bench_v1");
        ObjectNode entries = new ObjectMapper().createObjectNode();
        List<String> animals = List.of("cat", "pig", "dog", "owl", "fox", "bee", "hen");
        for (int i = 0; i < ENTRIES; i++) {
            String from = animals.get(i % animals.size());
            String to = animals.get((i + 1 + i / animals.size()) % animals.size());
            String id = String.format("%012d", i);
            String path = category(i) + "_made_up/" + id + ".png";
            Path image = dataset.resolve("annotation_images/" + path);
            Files.createDirectories(image.getParent());
            Files.copy(SampleRun.SAMPLES.resolve(String.format("images/%03d.png", i)), image);
            boolean adds = category(i) == 2;
            ObjectNode entry = entries.putObject(id);
            entry.put("image_path", path);
            entry.put("original_prompt", adds ? "a " + from : "a [" + from + "] up");
            entry.put("editing_prompt", adds ? "a " + from + " [" + to + "]" : "a [" + to + "] up");
            entry.put("editing_instruction", "make it another");
            entry.put("editing_type_id", "" + category(i));
            if (i != NO_WORDS_KEY) {
                String words = adds || category(i) > 7 ? "" : from + " " + to + (i % 3 == 0 ? " sky" : "");
                entry.put("blended_word", i == WORDS_MISSING ? "ant emu" : words);
            }
            masks.add(mask(i));
            ArrayNode mask = entry.putArray("mask");
            Arrays.stream(masks.get(i)).forEach(mask::add);
        }
        new ObjectMapper().writeValue(dataset.resolve("mapping_file.json").toFile(), entries);
        return dataset;
    }

    /** A rectangle, or one of the odd cases. */
    private static int[] mask(int entry) {
        int pixels = 512 * 512;
        if (entry == OVERLONG) {
            return new int[] {pixels - 20_000, 1_000_000};
        }
        if (entry == BORDER_ONLY) {
            return new int[0];
        }
        if (entry == ALL_EDITED) {
            return new int[] {0, pixels};
        }
        int top = 40 + 7 * entry;
        int[] runs = new int[2 * 100];
        for (int i = 0; i < 100; i++) {
            runs[2 * i] = (top + i) * 512 + 3 * entry;
            runs[2 * i + 1] = 120 + 6 * entry;
        }
        return runs;
    }

    /** A row of the tables with its pictures. */
    private record Made(
            String approach,
            int entry,
            String caption,
            String prompt,
            double seconds,
            byte[] original,
            byte[] edited) {}

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void oneCommandFillsTheTableAndEveryNumberOfItFollowsFromThePictures() throws Exception {
        Path output = folder.resolve("out");
        Path lpips = SampleRun.SAMPLES.resolve("models/lpips-demo.safetensors");
        String printed = CommandProcess.run(
                folder,
                "edit",
                "--dataset",
                dataset().toString(),
                "--output",
                output.toString(),
                "--rows",
                "ddim+p2p,negative-prompt+p2p,ef-ddpm+p2p",
                "--steps",
                "2",
                "--lpips-weights",
                lpips.toString(),
                "--clip-model",
                clip.write(folder.resolve("clip")).toString(),
                "--dino-model",
                dino.write(folder.resolve("dino")).toString());
        assertThat(printed).contains("PIE-Bench", "/report/pie-bench.html");

        PieBenchFormulas formulas = new PieBenchFormulas(clip, dino, lpips);
        Map<String, Map<Integer, Map<String, Double>>> computed = new ConcurrentHashMap<>();
        made(output).parallelStream()
                .forEach(made -> computed.computeIfAbsent(made.approach(), any -> new ConcurrentSkipListMap<>())
                        .put(made.entry(), columns(formulas, made)));
        assertThat(computed).containsOnlyKeys(APPROACHES);
        for (String approach : APPROACHES) {
            boolean blends = !approach.startsWith("ef-ddpm");
            assertThat(computed.get(approach))
                    .as(approach)
                    .hasSize(blends ? ENTRIES - 1 : ENTRIES)
                    .satisfies(entries ->
                            assertThat(entries.containsKey(WORDS_MISSING)).isNotEqualTo(blends));
        }
        assertRowsAgree(output, computed);
        assertReportAgrees(output, computed);
    }

    private Map<String, Double> columns(PieBenchFormulas formulas, Made made) {
        try {
            Map<String, Double> columns = formulas.columns(
                    PieBenchFormulas.pixels(made.original()),
                    PieBenchFormulas.pixels(made.edited()),
                    PieBenchFormulas.edited(masks.get(made.entry())),
                    made.caption(),
                    made.prompt());
            columns.put("seconds_total", made.seconds());
            return columns;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Made> made(Path output) {
        return new Tables(output)
                .query(
                        "select m.method || '/' || m.control, m.image_id, m.caption, m.edit_prompt, m.seconds_total,"
                                + " i.original.bytes, i.edited.bytes from metrics m join images i using (image_id,"
                                + " method, control, edit) where m.status = 'ok' and m.mask = 'dataset'",
                        row -> new Made(
                                row.getString(1),
                                Integer.parseInt(row.getString(2)),
                                row.getString(3),
                                row.getString(4),
                                row.getDouble(5),
                                bytes(row.getBlob(6)),
                                bytes(row.getBlob(7))));
    }

    private static byte[] bytes(Blob blob) throws SQLException {
        return blob.getBytes(1, (int) blob.length());
    }

    /** Edit by edit. */
    private static void assertRowsAgree(Path output, Map<String, Map<Integer, Map<String, Double>>> computed) {
        List<Boolean> compared = new Tables(output).query("select * from metrics where status = 'ok'", row -> {
            String approach = row.getString("method") + "/" + row.getString("control");
            int entry = Integer.parseInt(row.getString("image_id"));
            assertThat(row.getString("category")).isEqualTo("" + category(entry));
            Map<String, Double> expected = computed.get(approach).get(entry);
            for (Map.Entry<String, double[]> measure : MEASURES.entrySet()) {
                double found = row.getDouble(measure.getKey());
                String what = measure.getKey() + " of entry " + entry + " with " + approach;
                double value = expected.get(measure.getKey());
                if (Double.isNaN(value)) {
                    assertThat(row.getObject(measure.getKey())).as(what).isNull();
                } else {
                    assertThat(found)
                            .as(what)
                            .isCloseTo(value, within(measure.getValue()[1] * Math.max(Math.abs(value), 0.02)));
                }
            }
            return true;
        });
        assertThat(compared).hasSize(3 * ENTRIES - 2);
    }

    /** Means, intervals and differences, of all entries and of each category. */
    private void assertReportAgrees(Path output, Map<String, Map<Integer, Map<String, Double>>> computed)
            throws IOException {
        Map<List<String>, String[]> lines = new HashMap<>();
        List<String> csv = Files.readAllLines(output.resolve("report/pie-bench.csv"));
        for (String line : csv.subList(1, csv.size())) {
            String[] cells = line.split(",", -1);
            lines.put(List.of(cells[0], cells[1] + "/" + cells[2], cells[6]), cells);
        }
        assertThat(lines).hasSize(11 * APPROACHES.size() * MEASURES.size());
        String markdown = Files.readString(output.resolve("report/pie-bench.md"));
        String html = Files.readString(output.resolve("report/pie-bench.html"));
        for (int group = -1; group < 10; group++) {
            for (Map.Entry<String, double[]> measure : MEASURES.entrySet()) {
                Set<Integer> shared = shared(computed, group, measure.getKey());
                for (String approach : APPROACHES) {
                    String category = group < 0 ? "all" : "" + group;
                    String[] cells = lines.get(List.of(category, approach, measure.getKey()));
                    double[] own = values(computed.get(approach), shared, measure);
                    double[] base = values(computed.get(BASELINE), shared, measure);
                    double[] differences = new double[own.length];
                    Arrays.setAll(differences, i -> own[i] - base[i]);
                    String what = category + " " + approach + " " + measure.getKey();
                    assertThat(cells[3]).as(what).isEqualTo(group < 0 ? "40" : "4");
                    assertThat(cells[7]).as(what).isEqualTo("" + shared.size());
                    double exact = measure.getValue()[1];
                    assertInterval(what, Arrays.copyOfRange(cells, 8, 11), own, exact * scale(own));
                    assertInterval(what, Arrays.copyOfRange(cells, 11, 14), differences, 2 * exact * scale(own));
                    if (!measure.getKey().equals("seconds_total")) {
                        assertShown(markdown, cells);
                    }
                }
            }
        }
        for (String part : List.of(
                "Category 0, random (4)",
                "Category 9, change style (4)",
                "All edits (40)",
                "negative-prompt+p2p is computed again by",
                "it has 64 pixels where the rows have 512",
                "JPEG files",
                "dataset (118 edits)")) {
            assertThat(markdown).contains(part);
            assertThat(html).contains(part);
        }
        assertThat(Double.parseDouble(lines.get(List.of("all", BASELINE, "clip"))[8]))
                .as("a score that is not cut at 0")
                .isGreaterThan(1);
        assertThat(markdown)
                .as("figures of another setting")
                .doesNotContain("26.21")
                .doesNotContain("(published)");
    }

    private static double scale(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElse(0) + 2;
    }

    /** Those of the group that every approach has a number for. */
    private static Set<Integer> shared(
            Map<String, Map<Integer, Map<String, Double>>> computed, int group, String measure) {
        Set<Integer> shared = new LinkedHashSet<>();
        for (int entry = 0; entry < ENTRIES; entry++) {
            boolean all = true;
            for (String approach : APPROACHES) {
                Map<String, Double> columns = computed.get(approach).get(entry);
                all &= columns != null && Double.isFinite(columns.get(measure));
            }
            if (all && (group < 0 || group == category(entry))) {
                shared.add(entry);
            }
        }
        return shared;
    }

    private static double[] values(
            Map<Integer, Map<String, Double>> entries, Set<Integer> shared, Map.Entry<String, double[]> measure) {
        return shared.stream()
                .mapToDouble(entry -> {
                    double value = measure.getValue()[0] * entries.get(entry).get(measure.getKey());
                    return measure.getKey().startsWith("clip") ? Math.max(0, value) : value;
                })
                .toArray();
    }

    private static void assertInterval(String what, String[] cells, double[] values, double exact) {
        double mean = Arrays.stream(values).average().orElseThrow();
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        double half = student(values.length - 1) * Math.sqrt(squares / (values.length - 1) / values.length);
        assertThat(Double.parseDouble(cells[0])).as(what).isCloseTo(mean, within(exact));
        assertThat(Double.parseDouble(cells[1])).as(what + ", low").isCloseTo(mean - half, within(6 * exact));
        assertThat(Double.parseDouble(cells[2])).as(what + ", high").isCloseTo(mean + half, within(6 * exact));
    }

    /** A cell of the table rounds what the file of exact numbers has. */
    private static void assertShown(String markdown, String[] cells) {
        String shown = String.format(
                Locale.ROOT,
                "%.2f [%.2f, %.2f]",
                Double.parseDouble(cells[8]),
                Double.parseDouble(cells[9]),
                Double.parseDouble(cells[10]));
        Matcher zero = Pattern.compile("-(0\\.00)").matcher(shown);
        String plain = zero.replaceAll("$1").replace("[", "\\[").replace("]", "\\]");
        assertThat(markdown).contains(plain);
    }

    /** The 97.5% quantile of Student's t: bisection over its density, integrated by Simpson's rule. */
    private static double student(int freedom) {
        double low = 0;
        double high = 100;
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            if (0.5 + area(middle, freedom) < 0.975) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static double area(double to, int freedom) {
        double normal = 1 / Math.sqrt(freedom * Math.PI);
        // Gamma((v+1)/2) / Gamma(v/2) from its value at v = 1 or 2 upwards.
        double ratio = freedom % 2 == 1 ? 1 / Math.sqrt(Math.PI) : Math.sqrt(Math.PI) / 2;
        for (int v = freedom % 2 == 1 ? 1 : 2; v < freedom; v += 2) {
            ratio *= (v + 1) / 2.0 / (v / 2.0);
        }
        int parts = 2000;
        double sum = 0;
        for (int i = 0; i <= parts; i++) {
            double t = to * i / parts;
            double weight = i == 0 || i == parts ? 1 : i % 2 == 1 ? 4 : 2;
            sum += weight * Math.pow(1 + t * t / freedom, -(freedom + 1) / 2.0);
        }
        return sum * to / parts / 3 * ratio * normal;
    }
}

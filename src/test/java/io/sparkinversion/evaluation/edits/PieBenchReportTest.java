package io.sparkinversion.evaluation.edits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkinversion.UserException;
import io.sparkinversion.evaluation.edits.EditTable.Group;
import io.sparkinversion.evaluation.edits.EditTable.Line;
import io.sparkinversion.evaluation.edits.MeasuredEdit.Entry;
import io.sparkinversion.evaluation.edits.PieBenchPage.Section;
import io.sparkinversion.output.DatasetSource;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.RunJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tables of made-up numbers. */
class PieBenchReportTest {
    private static final String P2P = "prompt-to-prompt";
    private static final Approach NPI = new Approach("negative-prompt", P2P);
    private static final Approach DIRECT = new Approach("direct", P2P);
    private static final Approach DDIM = new Approach("ddim-cfg", P2P);

    private final List<MeasuredEdit> edits = new ArrayList<>();
    private final Map<String, String> settings = new LinkedHashMap<>();

    PieBenchReportTest() {
        settings.put("steps", "50");
        settings.put("guidance", "7.5");
        settings.put("resolution", "512");
        settings.put("lpips_net", "squeeze");
        settings.put("clip_model", "/models/clip-vit-large-patch14");
        settings.put("dino_model", "/models/dino-vitb8");
        settings.put(
                JobSettings.CONTROL + P2P, PublishedRow.ALL.get(0).options().text());
    }

    private void add(String id, String category, Approach approach, double psnr, double clip, double seconds) {
        Map<Measure, Double> values = new EnumMap<>(Measure.class);
        for (Measure measure : Measure.values()) {
            values.put(measure, Double.NaN);
        }
        values.put(Measure.PSNR, psnr);
        values.put(Measure.STRUCTURE, 40 - psnr);
        values.put(Measure.CLIP, clip);
        values.put(Measure.SECONDS, seconds);
        edits.add(new MeasuredEdit(new Entry(id, 0), category, approach, !Double.isNaN(psnr), "dataset", values));
    }

    private void addThree() {
        add("a", "0", NPI, 26, 25, 1);
        add("b", "0", NPI, 28, 24, 1);
        add("c", "10", NPI, 24, 26, 1);
        add("a", "0", DIRECT, 27, 25.2, 1.4);
        add("b", "0", DIRECT, Double.POSITIVE_INFINITY, 24.2, 1.4);
        add("c", "10", DIRECT, 26, 25.8, 1.4);
        add("a", "0", DDIM, 18, 25.05, 2);
        add("b", "0", DDIM, 19, 24.25, 2);
        add("c", "10", DDIM, Double.NaN, Double.NaN, Double.NaN);
    }

    private PieBenchReport report() {
        RunJson run = new RunJson(
                4,
                "1.0",
                "4.2",
                "key",
                settings,
                List.of("negative-prompt", "direct", "ddim-cfg"),
                new RunJson.Model("/models/sd14", "hash"),
                new DatasetSource("/data/PIE", null, "pie_bench", 0, 0, 0, List.of(), Map.of()),
                Map.of(),
                List.of(),
                "/out",
                "2026-11-23T02:00:00Z",
                null,
                0,
                null);
        return new PieBenchReport(run, edits);
    }

    @Test
    void aColumnsMeansAreOverTheEditsThatAllHave() {
        addThree();
        EditTable table = EditTable.of(edits, List.of(NPI, DIRECT, DDIM));

        Group all = table.all();
        assertThat(table.baseline()).isEqualTo(NPI);
        assertThat(all.entries()).isEqualTo(3);
        Line direct = all.of(DIRECT);
        assertThat(direct.done()).isEqualTo(3);
        assertThat(direct.means().get(Measure.PSNR).count())
                .as("b is infinite, c failed with another")
                .isEqualTo(1);
        assertThat(direct.mean(Measure.PSNR)).isEqualTo(27);
        assertThat(all.of(NPI).mean(Measure.PSNR)).isEqualTo(26);
        assertThat(direct.means().get(Measure.CLIP).count()).isEqualTo(2);
        assertThat(direct.differences().get(Measure.CLIP).mean()).isEqualTo(0.2, within(1e-9));
        assertThat(all.of(DDIM).failed()).isEqualTo(1);
        assertThat(table.groups()).extracting(Group::category).containsExactly(null, "0", "10");
        assertThat(table.groups()
                        .get(2)
                        .of(DIRECT)
                        .differences()
                        .get(Measure.PSNR)
                        .mean())
                .as("ddim-cfg has nothing here and holds nobody up")
                .isEqualTo(2);
    }

    @Test
    void anApproachIsRecommendedForTheBackgroundAndOneForTime() {
        addThree();
        List<String> findings = report().page().findings();

        assertThat(findings.get(0))
                .isEqualTo("For edits that follow their prompt, take direct + prompt-to-prompt: PSNR 27.00 is the best"
                        + " background of the 3 approaches whose CLIP score is within 0.5 of the highest (CLIP whole"
                        + " 24.70, direct + prompt-to-prompt).");
        assertThat(findings.get(1))
                .startsWith(
                        "Where time counts, take direct + prompt-to-prompt: PSNR 27.00 is the best background within"
                                + " 1.5 times the time of the fastest (1.400 s an edit; fastest is negative-prompt");
        assertThat(findings.get(4))
                .contains("PSNR 8.00 lower", "CLIP whole 0.15 higher (not certain: 95% interval")
                .endsWith("than negative-prompt + prompt-to-prompt.");
    }

    @Test
    void publishedFiguresStandBesideARunThatCompares() {
        addThree();
        PieBenchPage page = report().page();

        Section table = page.tables().get(0);
        assertThat(table.header())
                .containsExactly("method", "control", "n", "failed", "structure ×10³", "PSNR", "CLIP whole", "seconds");
        assertThat(table.rows())
                .contains(List.of("negative-prompt+p2p (published)", "", "700", "", "16.17", "26.21", "24.61", "–"))
                .contains(List.of("direct+p2p (published)", "", "700", "", "11.65", "27.22", "25.02", "–"))
                .hasSize(6);
        assertThat(page.published())
                .anySatisfy(line ->
                        assertThat(line).isEqualTo("The published means are over 700 entries, this run's over 3."))
                .anySatisfy(line -> assertThat(line).contains("JPEG"));
        assertThat(new String(page.html(), StandardCharsets.UTF_8)).contains("26.21", "Findings", "data:image/png");
    }

    @Test
    void figuresOfOtherNetworksAndSettingsAreLeftOut() {
        addThree();
        settings.put("dino_model", "null");
        settings.put("clip_model", "/models/clip-vit-base-patch32");
        assertThat(report().page().tables().get(0).rows())
                .contains(List.of("direct+p2p (published)", "", "700", "", "–", "27.22", "–", "–"));

        settings.put("steps", "20");
        PieBenchPage page = report().page();
        assertThat(page.tables().get(0).rows()).hasSize(3);
        assertThat(page.published()).anySatisfy(line -> assertThat(line)
                .contains("this run does not compare with them: it has 20 steps where the rows have 50"));

        settings.put(JobSettings.CONTROL + P2P, "attention auto");
        assertThat(report().page().published()).as("another control is no row").isEmpty();
    }

    @Test
    void rowsAreKnownByName() {
        assertThat(PublishedRow.named(List.of("direct+p2p", "spdinv+p2p")))
                .extracting(PublishedRow::method)
                .containsExactly("direct", "spdinv");
        assertThatThrownBy(() -> PublishedRow.named(List.of("edict+p2p")))
                .isInstanceOf(UserException.class)
                .hasMessageContaining(
                        "rows: invalid value 'edict+p2p'; expected one or more of ddim+p2p, null-text+p2p");
        assertThatThrownBy(() -> PublishedRow.named(List.of("direct+p2p", "direct+p2p")))
                .hasMessage("rows: 'direct+p2p' is named twice");
    }
}

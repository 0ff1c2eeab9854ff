package io.sparkinversion.evaluation;

import static io.sparkinversion.evaluation.MadeUp.evaluation;
import static io.sparkinversion.evaluation.MadeUp.failed;
import static io.sparkinversion.evaluation.MadeUp.good;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkinversion.report.WithBrowser;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page as a browser shows it. */
class ReportPageIT extends WithBrowser {
    private static final Path SCREENSHOTS = Path.of("target", "report-screenshots");
    private static final List<String> METHODS =
            List.of("vae", "negative-prompt", "ddim-cfg", "null-text", "null-text:start=caption");

    @TempDir
    private static Path folder;

    private static URI page;

    @BeforeAll
    static void writePage() throws IOException {
        Evaluation evaluation = MadeUp.many(60, METHODS, List.of(10, 50, 100));
        page = write("report.html", evaluation, MadeUp.pictures(evaluation, id -> MadeUp.drawn(id, 64)));
    }

    @AfterEach
    void asksForNothing() {
        assertThat(browser.requests()).isNotEmpty().allMatch(url -> url.startsWith("file:") || url.startsWith("data:"));
    }

    @Test
    void showsAllPictures() {
        browser.open(page);

        // 40 images less repeats, an original and five methods each; the plots; not the viewer's empty ones
        JsonNode widths = browser.evaluate("Promise.all([...document.querySelectorAll('main img')]"
                + ".map(image => image.decode().then(() => image.naturalWidth)))");
        assertThat(widths.size()).isGreaterThan(40 * 6);
        assertThat(widths).allSatisfy(width -> assertThat(width.asInt()).isPositive());
    }

    @Test
    void headingsSortByValueBothWays() {
        browser.open(URI.create(page + "#steps=all"));

        browser.evaluate("document.querySelector('th[data-key=seconds] button').click()");
        List<Double> up = values("seconds");
        assertThat(up).hasSize(METHODS.size() * 3).isSorted();
        assertThat(sorting("seconds")).isEqualTo("ascending");
        assertThat(browser.evaluate("location.hash").asText()).isEqualTo("#sort=seconds:asc&steps=all");

        browser.evaluate("document.querySelector('th[data-key=seconds] button').click()");
        assertThat(values("seconds")).isSortedAccordingTo(Comparator.reverseOrder());
        assertThat(sorting("seconds")).isEqualTo("descending");
        assertThat(sorting("psnr")).isEqualTo("none");
        // as text, 10 comes before 9
        List<String> asText = up.stream().map(Object::toString).toList();
        assertThat(asText).isNotEqualTo(asText.stream().sorted().toList());
    }

    @Test
    void rowsWithoutAValueGoLastBothWays() throws IOException {
        URI some = write(
                "some.html",
                evaluation(
                        List.of("lost", "ddim", "negative-prompt"),
                        List.of(50),
                        failed("a", "", "lost", 50, "NOT_FINITE"),
                        good("a", "ddim", 50, 9, 0.1, 1),
                        good("a", "negative-prompt", 50, 10, 0.1, 1)),
                Pictures.NONE);

        browser.open(URI.create(some + "#sort=psnr:asc"));
        assertThat(methods()).containsExactly("ddim", "negative-prompt", "lost");
        browser.open(URI.create(some + "#sort=psnr:desc"));
        assertThat(methods()).containsExactly("negative-prompt", "ddim", "lost");
    }

    @Test
    void theAddressSortsAndPicksAStepCount() {
        browser.open(URI.create(page + "#sort=psnr:desc&steps=10"));

        assertThat(values("psnr")).hasSize(METHODS.size()).isSortedAccordingTo(Comparator.reverseOrder());
        assertThat(sorting("psnr")).isEqualTo("descending");

        browser.evaluate("new Promise(done => { addEventListener('hashchange', done, { once: true });"
                + " location.hash = 'sort=method:asc&steps=all'; }).then(() => 0)");
        assertThat(methods()).hasSize(METHODS.size() * 3).isSorted();
    }

    @Test
    void opensAtTheMainStepCountWhereThereAreManyRows() {
        browser.open(page);

        assertThat(browser.evaluate("[...new Set([...document.querySelectorAll('#results tbody tr[data-steps]')]"
                                + ".filter(row => !row.hidden).map(row => row.dataset.steps))].join()")
                        .asText())
                .isEqualTo("50");
    }

    @Test
    void sortsFromTheKeyboard() {
        browser.open(page);
        browser.evaluate("document.querySelector('th[data-key=ssim] button').focus()");

        browser.press("Enter");

        assertThat(sorting("ssim")).isEqualTo("ascending");
        assertThat(values("ssim")).isSorted();
    }

    @Test
    void showsAReconstructionLargeWithItsDifference() {
        browser.open(page);

        browser.evaluate("document.querySelector('button.picture[data-name=ddim-cfg]').click()");
        assertThat(browser.evaluate("document.getElementById('viewer').open").asBoolean())
                .isTrue();
        assertThat(viewer("title")).endsWith("· ddim-cfg");
        browser.press("ArrowRight");
        assertThat(viewer("title")).endsWith("· null-text");
        assertThat(viewer("numbers")).startsWith("null-text, PSNR ");
        assertThat(browser.evaluate("document.getElementById('viewer-above').src"
                                + " === document.getElementById('viewer-reconstruction').src")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void markupInNamesAndCaptionsIsText() throws IOException {
        String attack = "</script><script>window.attacked = true</script>"
                + "<img src=x onerror='window.attacked = true'>\"{{style}}";
        Measurement cat = good("cat", attack, 50, 20, 0.1, 1);
        Measurement dog = failed("dog" + attack, attack, attack, 50, "CORRUPT" + attack);
        Evaluation evaluation =
                new Evaluation(Map.of(attack, attack), attack, true, List.of(attack), List.of(50), List.of(cat, dog));
        URI attacked = write("attack.html", evaluation, MadeUp.pictures(evaluation, id -> MadeUp.drawn(id, 16)));

        browser.open(attacked);

        assertThat(browser.evaluate("typeof window.attacked").asText()).isEqualTo("undefined");
        assertThat(browser.evaluate("document.scripts.length").asInt()).isEqualTo(1);
        assertThat(browser.evaluate("document.querySelector('.facts dd').textContent")
                        .asText())
                .isEqualTo(attack);
        assertThat(browser.evaluate("document.querySelector('#failures li').textContent")
                        .asText())
                .startsWith("dog" + attack + ": " + attack);
        assertThat(methods()).containsExactly(attack);
    }

    @Test
    void thePolicyAllowsNothingFromOutside() {
        browser.open(page);

        String policy = browser.evaluate("document.querySelector('meta[http-equiv=Content-Security-Policy]').content")
                .asText();
        assertThat(policy)
                .startsWith("default-src 'none'; img-src data:; style-src 'sha256-")
                .doesNotContain("unsafe");
    }

    @Test
    void fitsWideAndNarrowWindowsInBothColourSchemes() throws IOException {
        for (String scheme : List.of("light", "dark")) {
            for (int width : List.of(1440, 400)) {
                browser.look(width, 1000, scheme);
                browser.open(page);
                assertThat(browser.evaluate("document.documentElement.scrollWidth")
                                .asInt())
                        .describedAs("width of the page in a window of %d", width)
                        .isLessThanOrEqualTo(width);
                browser.screenshot(SCREENSHOTS.resolve(scheme + "-" + width + ".png"));
            }
        }
    }

    private static URI write(String name, Evaluation evaluation, Pictures pictures) throws IOException {
        return Files.write(
                        folder.resolve(name),
                        EvaluationReport.files(evaluation, pictures).get("report.html"))
                .toUri();
    }

    /** Of the rows that are shown, from the top. */
    private static List<Double> values(String key) {
        List<Double> values = new ArrayList<>();
        cells(key, "Number(cell.dataset.value)").forEach(node -> values.add(node.asDouble()));
        return values;
    }

    private static List<String> methods() {
        List<String> methods = new ArrayList<>();
        cells("method", "cell.textContent").forEach(node -> methods.add(node.asText()));
        return methods;
    }

    private static JsonNode cells(String key, String value) {
        return browser.evaluate("(() => { const at = [...document.querySelectorAll('th[data-key]')]"
                + ".findIndex(header => header.dataset.key === '" + key + "');"
                + " return [...document.querySelectorAll('#results tbody tr[data-steps]')].filter(row => !row.hidden)"
                + ".map(row => row.cells[at]).map(cell => " + value + "); })()");
    }

    private static String sorting(String key) {
        return browser.evaluate("document.querySelector('th[data-key=" + key + "]').getAttribute('aria-sort')")
                .asText();
    }

    private static String viewer(String part) {
        return browser.evaluate("document.getElementById('viewer-" + part + "').textContent")
                .asText();
    }
}

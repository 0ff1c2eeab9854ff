package io.sparkinversion.gallery;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.image.PixelMask;
import io.sparkinversion.report.WithBrowser;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/** The gallery as a browser shows it. */
class EditGalleryPageIT extends WithBrowser {
    private static final Path SCREENSHOTS = Path.of("target", "gallery-screenshots");
    private static final int PAGE = 25;

    @TempDir
    private static Path folder;

    private static EditGalleryView view;
    private static List<EditEntry> entries;
    private static URI page;

    @BeforeAll
    static void writePages() throws IOException {
        view = new EditGalleryView(browser);
        entries = MadeUpEdits.many(50);
        page = write("fifty", entries);
        MadeUpEdits.write(folder.resolve("fifty"), entries, 32);
    }

    @AfterEach
    void asksForItsOwnPicturesOnly() {
        assertThat(browser.requests())
                .isNotEmpty()
                .allMatch(url -> url.startsWith(folder.toUri().toString()));
    }

    @Test
    void tenThousandRowsOpenWithThePicturesOfOnePage(TestReporter reporter) throws IOException {
        List<EditEntry> many = MadeUpEdits.many(2500);
        assertThat(many).hasSize(10_000);
        URI large = write("large", many);
        MadeUpEdits.write(folder.resolve("large"), many.subList(0, PAGE), 16);

        browser.open(large);
        view.awaitPictures();

        reporter.publishEntry("10,000 rows, bytes of the page", Long.toString(Files.size(Path.of(large))));
        reporter.publishEntry(
                "10,000 rows, milliseconds to load",
                view.one("Math.round(performance.getEntriesByType('navigation')[0].loadEventEnd)"));
        assertThat(view.shown()).hasSize(PAGE);
        assertThat(view.number("document.querySelectorAll('*').length")).isLessThan(4000);
        assertThat(browser.requests().stream().distinct()).hasSize(1 + PAGE);
        assertThat(view.text("found")).isEqualTo("Rows 1–25 of 10,000");
        assertThat(view.one("document.querySelector('.pages').textContent")).isEqualTo("of 400");
    }

    @Test
    void showsAPictureForEachPanel() {
        browser.open(page);
        view.awaitPictures();

        // images 0 and 1 come four times each, the second with a mask
        assertThat(view.strings(
                        "[...document.querySelectorAll('.row')]" + ".map(row => row.querySelectorAll('img').length)"))
                .startsWith("3", "3", "3", "3", "4", "4", "4", "4", "3");
        assertThat(view.strings("[...document.querySelectorAll('.row')[4].querySelectorAll('img')]"
                        + ".map(image => getComputedStyle(image).objectPosition)"))
                .containsExactly("0% 0px", "33.3333% 0px", "66.6667% 0px", "100% 0px");
        assertThat(browser.evaluate("[...document.querySelectorAll('.row img')].every(image => image.naturalWidth > 0"
                                + " && getComputedStyle(image).imageRendering === 'pixelated')")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void rowsOfOneImageSayWhoseTheyAre() {
        browser.open(page);

        assertThat(view.strings("[...document.querySelectorAll('.row h3')].slice(0, 4)"
                        + ".map(one => [...one.children].map(part => part.textContent).join(' | '))"))
                .containsExactly(
                        "000000 | negative-prompt | replace",
                        "000000 | negative-prompt | refine",
                        "000000 | direct | replace",
                        "000000 | direct | refine");
    }

    @Test
    void pagesTurnByMouseKeyboardAndNumber() {
        browser.open(page);

        browser.evaluate("document.querySelectorAll('[data-to=next]')[0].click()");
        assertThat(view.shown()).isEqualTo(expected(entry -> true).subList(25, 50));
        assertThat(view.hash()).isEqualTo("#page=2");

        browser.evaluate("document.querySelectorAll('[data-to=next]')[1].focus()");
        browser.press("Enter");
        assertThat(view.hash()).isEqualTo("#page=3");
        assertThat(view.one("document.activeElement.id")).isEqualTo("rows");

        browser.evaluate("(() => { const input = document.querySelector('.pager input'); input.value = 99;"
                + " input.dispatchEvent(new Event('change')); })()");
        assertThat(view.hash()).isEqualTo("#page=8");
        assertThat(view.shown()).isEqualTo(expected(entry -> true).subList(175, 200));
        assertThat(view.one("document.querySelector('[data-to=next]').getAttribute('aria-disabled')"))
                .isEqualTo("true");

        view.choose("size", "100");
        assertThat(view.hash()).isEqualTo("#page=2&size=100");
        assertThat(view.shown()).isEqualTo(expected(entry -> true).subList(100, 200));

        view.afterHashChange("history.back()");
        assertThat(view.hash()).isEqualTo("#page=8");
        assertThat(view.shown()).isEqualTo(expected(entry -> true).subList(175, 200));
    }

    @Test
    void filtersByWordsAndChoices() {
        browser.open(page);

        view.words("CAT 00002");
        assertThat(view.shown())
                .isEqualTo(first(expected(entry -> entry.imageId().startsWith("00002")
                        && (entry.caption() + entry.editPrompt()).contains("cat"))));
        assertThat(view.hash()).isEqualTo("#words=CAT+00002");
        view.words("");
        view.choose("method", "direct");
        view.choose("control", "refine");
        assertThat(view.shown())
                .isEqualTo(first(expected(entry ->
                        entry.method().equals("direct") && entry.control().equals("refine"))));
        assertThat(view.text("found")).isEqualTo("Rows 1–25 of 50 (200 in all)");
        view.choose("status", "failed");
        assertThat(view.shown())
                .isEqualTo(expected(entry ->
                        entry.method().equals("direct") && entry.control().equals("refine") && entry.failed()));
        assertThat(view.hash()).isEqualTo("#method=direct&control=refine&status=failed");
        browser.evaluate("document.getElementById('clear').click()");
        assertThat(view.shown()).isEqualTo(first(expected(entry -> true)));
        view.words("no such words");
        assertThat(view.text("rows")).isEqualTo("No row matches.");
    }

    @Test
    void choicesSayHowManyRowsTheyWouldShow() {
        browser.open(URI.create(page + "#status=failed"));

        long direct = entries.stream()
                .filter(entry -> entry.failed() && entry.method().equals("direct"))
                .count();
        long failed = entries.stream().filter(EditEntry::failed).count();
        assertThat(view.options("method"))
                .containsExactly(
                        "all (" + failed + ")",
                        "negative-prompt (" + (failed - direct) + ")",
                        "direct (" + direct + ")");
        assertThat(view.options("status"))
                .containsExactly(
                        "all (200)",
                        "done (" + (200 - failed) + ")",
                        "failed (" + failed + ")",
                        "failed: INVALID_EDIT (2)",
                        "failed: OUT_OF_DEVICE_MEMORY (2)");
    }

    @Test
    void sortsByAnyNumberBothWaysWithRowsWithoutOneLast() {
        browser.open(page);

        for (String label : List.of("PSNR, dB", "mask share")) {
            view.choose("sort", label);
            assertThat(view.shown()).isEqualTo(first(sorted(label, true)));
            browser.evaluate("document.getElementById('order').click()");
            assertThat(view.shown()).isEqualTo(first(sorted(label, false)));
            browser.evaluate("document.querySelector('[data-to=last]').click()");
            assertThat(view.shown()).isEqualTo(sorted(label, false).subList(175, 200));
            browser.evaluate("document.getElementById('order').click()");
        }
        assertThat(view.one("document.querySelector('.sorted dt').textContent")).isEqualTo("mask share");
    }

    @Test
    void theAddressIsTheView() {
        browser.open(URI.create(page + "#words=number+1&method=direct&sort=SSIM&order=asc&page=2&size=25"));

        Predicate<EditEntry> wanted =
                entry -> entry.method().equals("direct") && (entry.imageId() + entry.caption()).contains("1");
        assertThat(view.shown())
                .isEqualTo(sorted("SSIM", false, wanted).stream()
                        .skip(25)
                        .limit(25)
                        .toList());
        assertThat(view.one("document.getElementById('words').value")).isEqualTo("number 1");
        assertThat(view.text("order")).isEqualTo("↑ smallest first");

        view.afterHashChange("location.hash = 'method=nothing&sort=nothing&page=-3&size=7'");
        assertThat(view.shown()).isEqualTo(first(expected(entry -> true)));
    }

    @Test
    void theTableOfMeansLeadsToItsRows() {
        browser.open(page);

        view.afterHashChange("document.querySelectorAll('#means tbody a')[2].click()");

        assertThat(view.shown())
                .isEqualTo(first(expected(entry ->
                        entry.method().equals("direct") && entry.control().equals("replace"))));
    }

    @Test
    void failedRowsSayWhy() {
        browser.open(URI.create(page + "#status=failed:OUT_OF_DEVICE_MEMORY"));

        assertThat(view.strings("[...document.querySelector('.missing').childNodes].map(node => node.textContent)"))
                .containsExactly("failed", "OUT_OF_DEVICE_MEMORY", "12 GiB were asked for and 3 GiB are free");
    }

    @Test
    void wordsThatDifferAreMarked() throws IOException {
        List<EditEntry> edits = new ArrayList<>();
        for (String[] pair : new String[][] {
            {"a brown heart on a table", "a bright orange heart on a table, at night"},
            {"A cat", "a cat"},
            {"two dogs", "two dogs"},
            {"", "a cat"},
            {"a red car", "a (red:1.5) car"}
        }) {
            edits.add(new EditEntry("1", "direct", "", 0, pair[0], pair[1], Map.of(), null, "NOT_FINITE"));
        }

        browser.open(write("words", edits));

        assertThat(view.strings("[...document.querySelectorAll('.row .prompts')].map(one =>"
                        + " [...one.querySelectorAll('dd')].map(line => [...line.childNodes].map(node =>"
                        + " node.nodeName === 'DEL' ? `[-${node.textContent}-]` : node.nodeName === 'INS'"
                        + " ? `{+${node.textContent}+}` : node.textContent).join('')).join(' / '))"))
                .containsExactly(
                        "a [-brown-] heart on a table / a {+bright orange+} heart on a table{+, at night+}",
                        "A cat / a cat",
                        "two dogs / two dogs",
                        "– / {+a cat+}",
                        "a red car / a {+(+}red{+:1.5)+} car");
    }

    @Test
    void aPictureIsShownLargeAndTheArrowsTurnIt() {
        browser.open(URI.create(page + "#page=1"));
        view.awaitPictures();

        browser.evaluate("document.querySelectorAll('.row')[23].querySelectorAll('button.picture')[0].click()");
        assertThat(view.viewer()).isEqualTo("000005 · direct · refine, original");
        assertThat(view.one("getComputedStyle(document.getElementById('viewer-picture')).imageRendering"))
                .isEqualTo("pixelated");
        browser.press("ArrowLeft");
        assertThat(view.viewer()).isEqualTo("000005 · direct · refine, mask");
        browser.press("ArrowRight");
        browser.press("ArrowRight");
        assertThat(view.viewer()).isEqualTo("000005 · direct · refine, reconstruction");
        browser.press("ArrowDown");
        assertThat(view.hash()).isEqualTo("#page=1");
        assertThat(view.viewer()).isEqualTo("000006 · negative-prompt · replace, reconstruction");
        browser.press("ArrowDown");
        assertThat(view.viewer()).isEqualTo("000006 · negative-prompt · refine, reconstruction");
        assertThat(view.hash()).isEqualTo("#page=2");
        browser.press("Escape");
        assertThat(browser.evaluate("document.getElementById('viewer').open").asBoolean())
                .isFalse();
        view.awaitFocus("button.picture");
        assertThat(view.one("document.activeElement.firstChild.alt")).isEqualTo("000006, reconstruction");
    }

    @Test
    void theViewerPassesOverRowsWithoutAPicture() {
        browser.open(URI.create(page + "#page=2"));
        view.awaitPictures();
        assertThat(entries.get(49).picture()).isNull();

        browser.evaluate("document.querySelectorAll('.row')[23].querySelectorAll('button.picture')[0].click()");
        browser.press("ArrowDown");

        assertThat(view.viewer()).isEqualTo("000012 · direct · replace, original");
    }

    @Test
    void markupInTextsIsText() throws IOException {
        String attack = "</script><script>window.attacked = true</script>"
                + "<img src=x onerror='window.attacked = true'>\"{{style}}";
        URI attacked = write(
                "attack",
                List.of(
                        new EditEntry(attack, attack, attack, 0, attack, attack, Map.of(attack, 1.5), null, null),
                        new EditEntry(attack, attack, attack, 1, "", attack, Map.of(), null, "CODE: " + attack)));

        browser.open(attacked);
        view.choose("method", attack);
        view.choose("sort", attack);

        assertThat(view.one("typeof window.attacked")).isEqualTo("undefined");
        assertThat(view.number("document.scripts.length")).isEqualTo(2);
        assertThat(view.number("document.querySelectorAll('main img').length")).isZero();
        assertThat(view.one("document.querySelector('.prompts dd').textContent"))
                .isEqualTo(attack);
        assertThat(view.one("document.querySelector('.missing code').nextSibling.textContent"))
                .isEqualTo(attack);
        assertThat(view.shown()).containsExactly(attack.repeat(3) + "edit 0", attack.repeat(3) + "edit 1");
        browser.open(URI.create(attacked + view.hash()));
        assertThat(view.shown()).hasSize(2);
    }

    @Test
    void aPictureThatIsNotThereIsSaid() throws IOException {
        String name = "gallery/a #1?.png";
        URI lost = write(
                "lost",
                List.of(new EditEntry("1", "direct", "", 0, "a cat", "a dog", Map.of("SSIM", 0.5), name, null)));

        browser.open(lost);

        assertThat(view.one("document.querySelector('.missing').textContent"))
                .isEqualTo("no picture at gallery/a%20%231%3F.png");
        assertThat(browser.console()).hasSizeBetween(1, 3).allMatch(line -> line.contains("ERR_FILE_NOT_FOUND"));
        browser.open(page); // what the lost picture logged is forgotten
    }

    @Test
    void picturesMayHaveAnyName() throws IOException {
        String name = "gallery/wave=00001/a #1? 100%.png";
        byte[] picture = MadeUpEdits.drawn("a", 8);
        PixelMask mask = new PixelMask(1, 1, new boolean[] {true});
        URI named = write(
                "named",
                List.of(new EditEntry("1", "direct", "", 0, "a cat", "a dog", Map.of("SSIM", 0.5), name, null)));
        Path file = folder.resolve("named").resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, EditStrip.encode(picture, picture, picture, mask).file());

        browser.open(named);
        view.awaitPictures();

        assertThat(view.number("document.querySelector('.row img').naturalWidth"))
                .isEqualTo(32);
    }

    @Test
    void thePolicyAllowsNothingFromOutside() {
        browser.open(page);

        assertThat(view.one("document.querySelector('meta[http-equiv=Content-Security-Policy]').content"))
                .startsWith("default-src 'none'; img-src 'self' file:; style-src 'sha256-")
                .doesNotContain("unsafe");
    }

    @Test
    void fitsWideAndNarrowWindowsInBothColourSchemes() throws IOException {
        for (String scheme : List.of("light", "dark")) {
            for (int width : List.of(1300, 420)) {
                browser.look(width, 1000, scheme);
                browser.open(URI.create(page + "#sort=SSIM"));
                view.awaitPictures();
                assertThat(view.number("document.documentElement.scrollWidth"))
                        .describedAs("width of the page in a window of %d", width)
                        .isLessThanOrEqualTo(width);
                browser.screenshot(SCREENSHOTS.resolve(scheme + "-" + width + ".png"));
            }
        }
    }

    private static URI write(String name, List<EditEntry> rows) throws IOException {
        Path file = folder.resolve(name).resolve("index.html");
        Files.createDirectories(file.getParent());
        return Files.write(file, EditGallery.html("Edits", Map.of("steps", "50"), List.of(), rows))
                .toUri();
    }

    /** As {@link EditGalleryView#shown} reads them. */
    private static List<String> expected(Predicate<EditEntry> wanted) {
        return entries.stream().filter(wanted).map(EditGalleryPageIT::heading).toList();
    }

    private static List<String> sorted(String label, boolean descending) {
        return sorted(label, descending, entry -> true);
    }

    private static List<String> sorted(String label, boolean descending, Predicate<EditEntry> wanted) {
        return MadeUpEdits.sorted(entries.stream().filter(wanted).toList(), label, descending).stream()
                .map(EditGalleryPageIT::heading)
                .toList();
    }

    private static String heading(EditEntry entry) {
        return entry.imageId() + entry.method() + entry.control();
    }

    private static <T> List<T> first(List<T> all) {
        return all.subList(0, Math.min(PAGE, all.size()));
    }
}

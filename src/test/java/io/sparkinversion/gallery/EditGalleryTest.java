package io.sparkinversion.gallery;

import static io.sparkinversion.gallery.MadeUpEdits.failed;
import static io.sparkinversion.gallery.MadeUpEdits.good;
import static io.sparkinversion.gallery.MadeUpEdits.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EditGalleryTest {
    private static final String ATTACK = "</script><!--<img src=x onerror=alert(1)>\"'&{{script}}";

    @Test
    void noTextIsMarkup() {
        EditEntry entry =
                new EditEntry(ATTACK, ATTACK, ATTACK, 0, ATTACK, ATTACK, numbers(ATTACK, 1.5), "gallery/1.png", ATTACK);

        String page = page(Map.of(ATTACK, ATTACK), List.of(ATTACK), List.of(entry));

        assertThat(page).doesNotContain("<img src=x").doesNotContain("<!--").contains("&lt;/script&gt;&lt;!--&lt;img");
        assertThat(page.split("</script>", -1)).hasSize(3); // the rows' and the script's
    }

    @Test
    void rowsAreInThePageWithTextsWrittenOnce() throws JsonProcessingException {
        String page = page(
                Map.of(),
                List.of(),
                List.of(
                        good("a", "direct", "replace", numbers("PSNR", 20.123456789, "share", Double.NaN)),
                        good("a", "ddim", "replace", numbers("PSNR", Double.POSITIVE_INFINITY, "share", 1e-9)),
                        failed("a", "ddim", "", "NOT_FINITE: the output was\nnot finite"),
                        failed("a", "ddim", "", "CORRUPT_IMAGE"),
                        failed("a", "ddim", "", "something else: unknown")));

        JsonNode data = new ObjectMapper()
                .readTree(page.substring(page.indexOf("id=\"data\">") + 10, page.indexOf("</script>")));
        assertThat(data.get("texts").toString()).isEqualTo("[\"a\",\"a cat\",\"a dog\"]");
        assertThat(data.get("methods"))
                .extracting(method -> method.get(0).asText())
                .containsExactly("direct", "ddim");
        assertThat(data.get("controls").toString()).isEqualTo("[\"replace\",\"\"]");
        assertThat(data.get("rows"))
                .extracting(JsonNode::toString)
                .containsExactly(
                        "[0,0,0,0,1,2,\"gallery/a.png\",null,null,20.12346,null]",
                        "[0,1,0,0,1,2,\"gallery/a.png\",null,null,\"Infinity\",1.0E-9]",
                        "[0,1,1,0,1,2,null,\"NOT_FINITE\",\"the output was\\nnot finite\",null,null]",
                        "[0,1,1,0,1,2,null,\"CORRUPT_IMAGE\",\"\",null,null]",
                        "[0,1,1,0,1,2,null,\"\",\"something else: unknown\",null,null]");
    }

    @Test
    void saysWhatThereIs() {
        String page = page(
                Map.of("steps", "50"),
                List.of("LPIPS with <AlexNet>"),
                List.of(
                        good("a", "direct", "replace", numbers("PSNR", 20.5)),
                        good("a", "direct", "refine", numbers("PSNR", Double.POSITIVE_INFINITY)),
                        failed("b", "direct", "refine", "NOT_FINITE")));

        assertThat(page)
                .contains("3 edits of 2 images, 1 method, 2 controls; 1 failed")
                .contains("<div><dt>steps</dt><dd>50</dd></div>")
                .contains("<li>LPIPS with &lt;AlexNet&gt;</li>")
                .contains("<td>∞<span class=\"detail\">0 of 1 (1 × ∞)</span></td>")
                .contains("infinite values (∞), such as");
    }

    @Test
    void aRunWithoutRowsIsAPage() {
        assertThat(page(Map.of(), List.of(), List.of()))
                .contains("0 edits of 0 images")
                .contains("There are no rows.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/other.png", "../other.png", "gallery/../../other.png", "gallery//a.png", "gallery/.", ""})
    void picturesAreBesideThePage(String address) {
        assertThatThrownBy(() -> new EditEntry("7", "direct", "", 0, "", "", Map.of(), address, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the picture '" + address + "' of image 7 is not a path below the page's folder, such as "
                        + "gallery/0003/000127.jpg");
    }

    private static String page(Map<String, String> facts, List<String> notes, List<EditEntry> entries) {
        return new String(EditGallery.html("Edits", facts, notes, entries), StandardCharsets.UTF_8);
    }
}

package io.sparkinversion.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class HtmlPageTest {
    /** What the templates of this test show. */
    public record Shown(String name, int count) {}

    @Test
    void textIsEscapedAndNumbersAreForPrograms() {
        assertThat(filled("small.ftlh", new Shown("<b>\"&'${x}", 12345)))
                .isEqualTo("<p class=\"&lt;b&gt;&quot;&amp;&#39;${x}\">&lt;b&gt;&quot;&amp;&#39;${x}, 12345</p>\n");
    }

    @Test
    void whatThePageDoesNotHaveIsAnError() {
        assertThatThrownBy(() -> filled("missing.ftlh", new Shown("a", 1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("report/missing.ftlh")
                .hasMessageContaining("page.nothing");
        assertThatThrownBy(() -> filled("small.ftlh", new Shown(null, 1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("page.name");
    }

    private static String filled(String template, Shown shown) {
        HtmlPage page = new HtmlPage(template, List.of(), List.of(), "data:");
        return new String(page.filled(shown), StandardCharsets.UTF_8);
    }
}

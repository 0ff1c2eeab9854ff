package io.sparkinversion.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TextTableTest {
    @Test
    void aTableThatIsTooWideGoesOnBelowWithItsNames() {
        TextTable wide = new TextTable(Set.of("name"), List.of("name", "first", "second", "third"))
                .add(List.of("a", "1", "2", "3"))
                .add(List.of("bc", "10", "20", "30"));

        assertThat(wide.aligned(26)).isEqualTo(wide.aligned());
        assertThat(wide.aligned(23)).as("one blank is enough").isEqualTo("""
                name first second third
                a        1      2     3
                bc      10     20    30
                """);
        assertThat(wide.aligned(20)).isEqualTo("""
                name  first  second
                a         1       2
                bc       10      20

                name  third
                a         3
                bc       30
                """);
        assertThat(wide.aligned(3).lines().filter(String::isEmpty))
                .as("a column each")
                .hasSize(2);
    }

    private final TextTable table = new TextTable(Set.of("name", "note"), List.of("name", "count", "note"))
            .add(List.of("ab", "7", "x"))
            .add(List.of("c,\"d\"", "1234567", ""));

    @Test
    void namesBeginAtTheLeftAndNumbersEndAtTheRight() {
        assertThat(table.aligned()).isEqualTo("""
            name     count  note
            ab           7  x
            c,"d"  1234567
            """);
    }

    @Test
    void markdownHasAnAlignmentForEachColumn() {
        assertThat(table.markdown()).isEqualTo("""
            | name | count | note |
            |:---|---:|:---|
            | ab | 7 | x |
            | c,"d" | 1234567 |  |
            """);
    }

    @Test
    void csvIsInQuotesWhereItMustBe() {
        assertThat(table.csv()).isEqualTo("name,count,note\r\nab,7,x\r\n\"c,\"\"d\"\"\",1234567,\r\n");
        assertThat(new TextTable(Set.of(), List.of("#a"))
                        .add(List.of(" say \"b\" "))
                        .csv())
                .isEqualTo("#a\r\n\" say \"\"b\"\" \"\r\n");
    }

    @Test
    void markupIsEscapedAndUnderscoresInWordsAreLeft() {
        assertThat(TextTable.escaped("a|*b*\n<i> [c] batch_size _d_ `e` ~f~ \\ &"))
                .isEqualTo("a\\|\\*b\\* &lt;i&gt; \\[c\\] batch_size \\_d\\_ \\`e\\` \\~f\\~ \\\\ &amp;");
    }

    @Test
    void aRowOfAnotherLengthIsRefused() {
        assertThatThrownBy(() -> table.add(List.of("a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a row of 1 cells in a table of 3");
    }
}

package io.sparkinversion.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.EditTemplate.EditException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EditTemplateTest {
    private static final String CAPTION = "a Cat and a cat, by the red/blue car (1.5) & co";

    /** Substitutions that mean the same as extended POSIX expressions and as Java's. */
    static List<String> substitutions() {
        return List.of(
                "s/cat/dog/",
                "s/cat/dog/g",
                "s/cat/dog/i",
                "s/cat/dog/gi",
                "s/^a //",
                "s/.*/a drawing of &/",
                "s/(red).(blue)/\\2 or \\1/",
                "s|red/blue|green|",
                "s/red\\/blue/green/",
                "s#red/blue#\\##",
                "s/a b*/[&]/g",
                "s/x*/-/g",
                "s/a*/x/g",
                "s/ *$/!/",
                "s/(lion)?cat/<\\1>/",
                "s/co$/\\& \\\\/",
                "s,cat\\,,dog\\, ,",
                "s/[ac]/\\0\\0/g",
                "s_red_a\\_b_");
    }

    @ParameterizedTest
    @MethodSource("substitutions")
    void substitutesAsSedDoes(String template) throws Exception {
        assertThat(EditTemplate.of(template).apply(CAPTION)).contains(sed(template));
    }

    @Test
    void anExpressionWithoutAMatchIsNoEdit() throws Exception {
        assertThat(EditTemplate.of("s/lion/tiger/g").apply(CAPTION)).isEmpty();
        assertThat(EditTemplate.of("s/CAT,/dog/").apply(CAPTION)).isEmpty();
        assertThat(EditTemplate.of("s/ÉTÉ/hiver/i").apply("un été")).contains("un hiver");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{caption} in watercolour;         a cat in watercolour",
                "{caption}, {caption} and a dog;   a cat, a cat and a dog",
                "a dog;                            a dog",
                "shadows;                          shadows",
                "s;                                s",
                "s is a letter;                    s is a letter",
                "a (dog:1.5) { };                  a (dog:1.5) { }",
            })
    void otherTextsTakeTheCaptionWhereTheyNameIt(String template, String expected) throws Exception {
        assertThat(EditTemplate.of(template).apply("a cat")).contains(expected);
    }

    @Test
    void aPlaceholderInACaptionIsText() throws Exception {
        assertThat(EditTemplate.of("{caption}!").apply("a {caption} $1 \\1")).contains("a {caption} $1 \\1!");
        assertThat(EditTemplate.of("s/a/b/").apply("a $1 \\1 &")).contains("b $1 \\1 &");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '"',
            value = {
                "s/cat;             begins like s/REGEX/REPLACEMENT/FLAGS and has 0 '/' after the first instead of 2",
                "s/cat/dog;         begins like s/REGEX/REPLACEMENT/FLAGS and has 1 '/' after the first instead of 2",
                "s/cat/dog\\/;      begins like s/REGEX/REPLACEMENT/FLAGS and has 1 '/' after the first instead of 2",
                "s/red/blue/g/;     begins like s/REGEX/REPLACEMENT/FLAGS and has 3 '/' after the first instead of 2",
                "s-shaped road;     begins like s/REGEX/REPLACEMENT/FLAGS and has 0 '-' after the first instead of 2",
                // Behind another semicolon is no argument.
                "s//dog/;           has nothing to replace between its first two delimiters",
                "s/cat/dog/gx;      has the flags 'gx'; g and i are known",
                "s/(cat/dog/;       has no regular expression: Unclosed group",
                "s/cat/\\1/;        has \\1 in its replacement and no group (...)",
                "s/(c)(a)t/\\3/;    has \\3 in its replacement and no more groups (...) than 2",
                "s/cat/\\u&/;       has \\u in its replacement, which means nothing",
                "{prompt} in oil;   has the placeholder {prompt}; the only one is {caption}",
                "{Caption} in oil;  has the placeholder {Caption}; the only one is {caption}",
                "\" \t\";           is blank",
            })
    void wrongTemplatesSayWhatIsWrongAndShowARightOne(String template, String rest) {
        assertThatThrownBy(() -> EditSource.templates(List.of("a dog", template)))
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith("edit template '" + JobException.oneLine(template) + "' " + rest)
                .hasMessageContaining("; write one such as '")
                .hasMessageNotContaining("\n");
    }

    @Test
    void noTemplatesAreAnError() {
        assertThatThrownBy(() -> EditSource.templates(List.of()))
                .isInstanceOf(JobException.class)
                .hasMessage("no edit template given: give one such as 's/cat/dog/' or '{caption} in oil'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"s/^(a+)+\\1b/x/", "s/(.*)*(.*)*(.*)*\\3\\2\\1!/x/", "s/((a|aa)+)+\\1$/x/"})
    void anExpressionThatBacktracksWithoutEndIsGivenUp(String template) throws Exception {
        EditTemplate endless = EditTemplate.of(template);
        assertThat(endless.apply("aab")).isNotNull();
        String caption = "a".repeat(60) + " c";
        assertThatThrownBy(() -> endless.apply(caption))
                .isInstanceOf(EditException.class)
                .hasMessage("edit template '" + template + "' backtracks too often on this caption of 62 characters;"
                        + " write a simpler expression");
    }

    @Test
    void anExpressionThatNeedsTooMuchStackIsGivenUp() throws Exception {
        EditTemplate deep = EditTemplate.of("s/^(a|b)*$/x/");
        assertThat(deep.apply("abab")).contains("x");
        assertThatThrownBy(() -> deep.apply("ab".repeat(500_000)))
                .isInstanceOf(EditException.class)
                .hasMessageContaining("on this caption of 1000000 characters");
    }

    @Test
    void ordinaryExpressionsEndOnLongCaptions() throws Exception {
        String caption = "many words and ".repeat(4_000) + "a cat";
        assertThat(EditTemplate.of("s/\\ba (cat|dog)\\b/the \\1/").apply(caption))
                .isPresent();
        assertThat(EditTemplate.of("s/.*and (.*)/\\1/").apply(caption)).contains("a cat");
        assertThat(EditTemplate.of("s/\\w+/x/g").apply(caption).orElseThrow()).endsWith("x x x x");
    }

    @Test
    void templatesTravelToExecutors() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(EditTemplate.of("s/(CAT)/big \\1/gi"));
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertThat(((EditTemplate) in.readObject()).apply("a cat")).contains("a big cat");
        }
    }

    /** What GNU sed makes of the caption, with extended expressions, which are written as Java's. */
    private static String sed(String script) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder("sed", "-E", script)
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            Assumptions.abort("there is no sed on this machine: " + e.getMessage());
            return null;
        }
        try (OutputStream in = process.getOutputStream()) {
            in.write((CAPTION + "\n").getBytes(StandardCharsets.UTF_8));
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.replaceFirst("\n$", "");
    }
}

package io.sparkinversion.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A page with its style and script in it. Its content security policy accepts these by their hashes, pictures from
 * where they are said to come from, and nothing else, so that no caption could make the page do anything else.
 *
 * @param template has {@code {{policy}}}, {@code {{style}}} and {@code {{script}}} among its places
 * @param styles one after the other, all files in {@code report/} on the class path
 * @param scripts likewise
 * @param pictureSources as the policy's {@code img-src} names them
 */
public record HtmlPage(String template, List<String> styles, List<String> scripts, String pictureSources) {
    private static final Pattern PLACE = Pattern.compile("\\{\\{(\\w+)}}");

    /**
     * @param parts the markup for every other place of the template
     */
    public String filled(Map<String, String> parts) {
        String style = joined(styles);
        String script = joined(scripts);
        Map<String, String> all = new HashMap<>(parts);
        all.put("style", style);
        all.put("script", script);
        all.put(
                "policy",
                "default-src 'none'; img-src " + pictureSources + "; style-src " + Html.policyHash(style)
                        + "; script-src " + Html.policyHash(script) + "; base-uri 'none'; form-action 'none'");
        return filled(resource(template), all);
    }

    /** Items of the list of facts at a page's head. */
    public static String facts(Map<String, String> facts) {
        return facts.entrySet().stream()
                .map(fact ->
                        "<div>" + Html.element("dt", fact.getKey()) + Html.element("dd", fact.getValue()) + "</div>")
                .collect(Collectors.joining("\n"));
    }

    /** Everything that stands in place of {@code {{name}}}, looked at once: what is filled in is not searched again. */
    private static String filled(String template, Map<String, String> parts) {
        return PLACE.matcher(template).replaceAll(match -> {
            String part = parts.get(match.group(1));
            if (part == null) {
                throw new IllegalStateException("the page's template has a place '" + match.group(1) + "' for nothing");
            }
            return Matcher.quoteReplacement(part);
        });
    }

    private static String joined(List<String> names) {
        return names.stream().map(HtmlPage::resource).collect(Collectors.joining("\n"));
    }

    private static String resource(String name) {
        try (InputStream stream = HtmlPage.class.getResourceAsStream("/report/" + name)) {
            if (stream == null) {
                throw new IllegalStateException("report/" + name + " is not on the class path; build the jar again");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("report/" + name + " on the class path cannot be read", e);
        }
    }
}

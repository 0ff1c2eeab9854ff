package io.sparkinversion.report;

import freemarker.template.Configuration;
import freemarker.template.TemplateException;
import freemarker.template.TemplateExceptionHandler;
import io.sparkinversion.weights.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A page with its style and script in it. Its content security policy accepts these by their hashes, pictures from
 * {@code pictureSources}, and nothing else, so no caption can make the page do anything else.
 *
 * @param template FreeMarker, {@code NAME.ftlh}; this and the other files are in {@code report/} on the class path
 * @param styles in the order to apply
 * @param scripts in the order to run
 * @param pictureSources the policy's {@code img-src}
 */
public record HtmlPage(String template, List<String> styles, List<String> scripts, String pictureSources) {
    private static final Configuration TEMPLATES = templates();

    private static Configuration templates() {
        Configuration templates = new Configuration(Configuration.VERSION_2_3_34); // .ftlh: HTML, escaped
        templates.setClassForTemplateLoading(HtmlPage.class, "/report");
        templates.setDefaultEncoding("UTF-8");
        templates.setURLEscapingCharset("UTF-8");
        templates.setNumberFormat("c"); // 1000 and not 1,000
        templates.setTemplateExceptionHandler(TemplateExceptionHandler.RETHROW_HANDLER);
        templates.setLogTemplateExceptions(false);
        return templates;
    }

    /**
     * @param page what the template shows, as its variable {@code page}: a public record. All text in it is escaped.
     * @return HTML in UTF-8
     * @throws IllegalStateException if the template wants something that the page does not have
     */
    public byte[] filled(Object page) {
        String style = joined(styles);
        String script = joined(scripts);
        String policy = "default-src 'none'; img-src " + pictureSources + "; style-src " + hash(style) + "; script-src "
                + hash(script) + "; base-uri 'none'; form-action 'none'";
        StringWriter html = new StringWriter();
        try {
            TEMPLATES
                    .getTemplate(template)
                    .process(Map.of("page", page, "style", style, "script", script, "policy", policy), html);
        } catch (TemplateException e) {
            throw new IllegalStateException("report/" + template + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read report/" + template + " from the class path", e);
        }
        return html.toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The file as part of a page.
     *
     * @param type such as {@code image/png}
     */
    public static String dataAddress(String type, byte[] file) {
        return "data:" + type + ";base64," + base64(file);
    }

    /** The source expression by which the policy accepts exactly this inline script or style. */
    private static String hash(String content) {
        return "'sha256-" + base64(Sha256.digest().digest(content.getBytes(StandardCharsets.UTF_8))) + "'";
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
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
            throw new UncheckedIOException("cannot read report/" + name + " from the class path", e);
        }
    }
}

package io.sparkinversion.api;

import io.sparkinversion.inversion.Method;
import io.sparkinversion.inversion.MethodInfo;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What there is to know of all methods, from the registry that makes them. */
public final class MethodHelp {
    private MethodHelp() {}

    /** For a terminal: by method its name, what it is, and its settings with defaults and meaning. */
    public static String text() {
        StringBuilder text = new StringBuilder("""
                For reconstructions, o-belm-npi and direct need few steps: both are exact up to the autoencoder at any
                number, at 10 steps in 19 and 30 UNet evaluations (negative-prompt at 50 steps takes 100).

                """);
        for (MethodInfo method : Method.catalog()) {
            text.append(method.name())
                    .append(method.edits() ? "" : " (does not edit)")
                    .append('\n');
            text.append("    ").append(method.summary());
            if (!method.paper().isEmpty()) {
                text.append(" (arXiv ").append(method.paper()).append(')');
            }
            text.append("\n    UNet evaluations a step: ")
                    .append(method.evaluations())
                    .append('\n');
            method.settings().forEach((name, value) -> text.append("    :")
                    .append(name)
                    .append('=')
                    .append(value)
                    .append("  ")
                    .append(MethodInfo.meaning(name))
                    .append('\n'));
        }
        return text.toString();
    }

    /** A table in Markdown, which docs/methods.md holds, and a list of all settings below it. */
    public static String markdown() {
        StringBuilder text = new StringBuilder("""
                | method | what it is | paper | UNet evaluations a step | settings | edits |
                |---|---|---|---|---|---|
                """);
        Map<String, String> settings = new TreeMap<>();
        for (MethodInfo method : Method.catalog()) {
            String paper = method.paper().isEmpty()
                    ? ""
                    : "[" + method.paper() + "](https://arxiv.org/abs/" + method.paper() + ")";
            text.append("| `").append(method.name()).append("` | ").append(method.summary());
            text.append(" | ")
                    .append(paper)
                    .append(" | ")
                    .append(method.evaluations())
                    .append(" | ");
            text.append(method.settings().entrySet().stream()
                    .map(entry -> "`" + entry.getKey() + "=" + entry.getValue() + "`")
                    .collect(Collectors.joining(" ")));
            text.append(" | ").append(method.edits() ? "yes" : "no").append(" |\n");
            method.settings().keySet().forEach(name -> settings.put(name, MethodInfo.meaning(name)));
        }
        text.append('\n');
        settings.forEach((name, meaning) ->
                text.append("- `").append(name).append("`: ").append(meaning).append('\n'));
        return text.toString();
    }
}

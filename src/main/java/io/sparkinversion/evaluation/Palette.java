package io.sparkinversion.evaluation;

import java.awt.Color;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A colour for each method, the same in every plot of every report, that readers with a colour vision deficiency can
 * tell apart: Okabe and Ito's set ("Color Universal Design", 2008), then Paul Tol's "muted" scheme for what remains.
 */
public final class Palette {
    private static final Color GREY = new Color(0x7f7f7f);

    /** Those that every report is likely to have. */
    private static final Map<String, Color> FIXED = Map.of(
            Evaluation.BASELINE,
            new Color(0x0072b2),
            "null-text",
            new Color(0xd55e00),
            "ddim-cfg",
            new Color(0xe69f00),
            "ddim",
            new Color(0x56b4e9),
            Evaluation.VAE,
            GREY);

    private static final List<Color> OTHERS = List.of(
            new Color(0x009e73),
            new Color(0xcc79a7),
            new Color(0x882255),
            new Color(0x999933),
            new Color(0x332288),
            new Color(0xaa4499),
            new Color(0x117733),
            new Color(0xddcc77));

    private final Map<String, Color> colours = new LinkedHashMap<>();
    private final List<String> methods;

    public Palette(List<String> methods) {
        this.methods = List.copyOf(methods);
        List<Color> free = new ArrayList<>(OTHERS);
        for (String method : methods) {
            Color fixed = FIXED.get(method);
            colours.put(method, fixed != null ? fixed : free.isEmpty() ? GREY : free.remove(0));
        }
    }

    public Color of(String method) {
        return colours.get(method);
    }

    /** Tells marker shapes and dash patterns apart; colours alone would not do for all readers. */
    public int index(String method) {
        return methods.indexOf(method);
    }

    /** The colour of each method such as {@code #0072b2}. */
    public Map<String, String> css() {
        Map<String, String> css = new LinkedHashMap<>();
        colours.forEach((method, colour) -> css.put(method, String.format("#%06x", colour.getRGB() & 0xffffff)));
        return css;
    }
}

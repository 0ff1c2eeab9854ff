package io.sparkinversion.evaluation;

import io.sparkinversion.report.Plot;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The report over reconstruction methods: table, plots and a page to look at. */
public final class Report {
    private Report() {}

    /** The step count that findings, distributions and gallery are about: 50 where it is there, else the largest. */
    public static int mainSteps(Evaluation evaluation) {
        return evaluation.mainSteps();
    }

    /**
     * The images that the gallery shows, each once: the 20 with the lowest PSNR of negative-prompt (where it was not
     * run, of the first method that inverts) at {@link #mainSteps}, worst first, then 20 drawn by a hash of their ids.
     */
    public static List<String> galleryImages(Evaluation evaluation) {
        return List.copyOf(GalleryChoice.of(evaluation).all());
    }

    /**
     * The report's files: {@code table.md} (GitHub Markdown), {@code table.csv} (full precision), {@code report.html}
     * (one page that needs nothing else), {@code plots/NAME.png}.
     *
     * @param pictures those of {@link #galleryImages}; what is missing is not shown
     * @return name to content, names with {@code /} between folder and file
     */
    public static Map<String, byte[]> files(Evaluation evaluation, Pictures pictures) {
        ResultTable table = ResultTable.of(evaluation);
        List<Plot> plots = Plots.of(evaluation, table);
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("table.md", utf8(MarkdownTable.of(evaluation, table)));
        files.put("table.csv", utf8(CsvTable.of(evaluation, table)));
        files.put("report.html", ReportPage.html(evaluation, table, plots, pictures));
        plots.forEach(plot -> files.put("plots/" + plot.name() + ".png", plot.light()));
        return files;
    }

    /** The table for a terminal, aligned, with a line break at its end. */
    public static String text(Evaluation evaluation) {
        return PlainTable.of(evaluation, ResultTable.of(evaluation));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

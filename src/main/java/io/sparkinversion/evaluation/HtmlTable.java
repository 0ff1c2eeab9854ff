package io.sparkinversion.evaluation;

import io.sparkinversion.evaluation.Column.Group;
import io.sparkinversion.report.Cell;
import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.Html;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.report.Share;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeSet;

/** The page's table. Its cells carry the exact values, by which the page's script sorts. */
final class HtmlTable {
    /** With more rows the table opens at the main step count. */
    private static final int MOST_ROWS_AT_ONCE = 12;

    /** Letters of a name that may break into lines. */
    private static final int LONG_NAME = 28;

    private HtmlTable() {}

    static String of(Evaluation evaluation, ResultTable table) {
        List<Column> columns = Column.of(evaluation);
        Palette palette = new Palette(evaluation.methods());
        StringBuilder html = new StringBuilder();
        tools(html, evaluation, table);
        html.append("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of results\">\n")
                .append("<table id=\"results\" data-steps=\"")
                .append(first(evaluation, table))
                .append("\">\n<thead>\n");
        head(html, columns);
        html.append("</thead>\n<tbody>\n");
        for (MethodRow row : table.rows()) {
            row(html, row, columns, palette);
        }
        html.append("</tbody>\n<tbody class=\"published\">\n");
        published(html, columns);
        html.append("</tbody>\n</table>\n</div>\n");
        return html.toString();
    }

    private static void tools(StringBuilder html, Evaluation evaluation, ResultTable table) {
        html.append("<div class=\"tools\">");
        if (evaluation.steps().size() > 1) {
            html.append("<span>Steps <span class=\"steps\" role=\"group\" aria-label=\"Steps\">")
                    .append("<button type=\"button\" data-steps=\"all\">all</button>");
            for (int steps : new TreeSet<>(evaluation.steps())) {
                html.append("<button type=\"button\" data-steps=\"")
                        .append(steps)
                        .append("\">")
                        .append(steps)
                        .append("</button>");
            }
            html.append("</span></span>");
        }
        byte[] csv = CsvTable.of(evaluation, table).getBytes(StandardCharsets.UTF_8);
        html.append("<span class=\"small\">Click a heading to sort; point at it for its meaning. Exact numbers: ")
                .append("<a download=\"table.csv\" href=\"")
                .append(Html.dataAddress("text/csv", csv))
                .append("\">table.csv</a></span></div>\n");
    }

    private static String first(Evaluation evaluation, ResultTable table) {
        boolean many =
                table.rows().size() > MOST_ROWS_AT_ONCE && evaluation.steps().size() > 1;
        return many ? Integer.toString(evaluation.mainSteps()) : "all";
    }

    private static void head(StringBuilder html, List<Column> columns) {
        html.append("<tr class=\"groups\"><td class=\"name\"></td><td class=\"beside\"></td>");
        for (int i = 0; i < columns.size(); ) {
            Group group = columns.get(i).group();
            int width = (int)
                    columns.stream().filter(column -> column.group() == group).count();
            html.append("<th scope=\"colgroup\" class=\"first\" colspan=\"")
                    .append(width)
                    .append("\">")
                    .append(Html.escaped(group.heading()))
                    .append("</th>");
            i += width;
        }
        html.append("</tr>\n<tr class=\"keys\">");
        key(html, "method", "name", " data-text", "method", "the method, with its settings");
        key(html, "steps", "beside", "", "steps", "DDIM steps");
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            key(html, column.key(), first(columns, i), "", column.header(), column.explanation());
        }
        html.append("</tr>\n");
    }

    private static void key(
            StringBuilder html, String key, String styles, String extra, String header, String explanation) {
        html.append("<th scope=\"col\" class=\"")
                .append(styles)
                .append("\" data-key=\"")
                .append(key)
                .append('"')
                .append(extra)
                .append(" aria-sort=\"none\" title=\"")
                .append(Html.escaped(explanation))
                .append("\"><button type=\"button\">")
                .append(Html.escaped(header))
                .append("</button></th>");
    }

    private static void row(StringBuilder html, MethodRow row, List<Column> columns, Palette palette) {
        html.append("<tr data-method=\"")
                .append(Html.escaped(row.method()))
                .append("\" data-steps=\"")
                .append(row.steps())
                .append("\"><th scope=\"row\" class=\"name")
                .append(row.method().length() > LONG_NAME ? " long" : "")
                .append("\">")
                .append(HtmlReport.swatch(palette, row.method()))
                .append(Html.escaped(row.method()))
                .append("</th><td class=\"beside\" data-value=\"")
                .append(row.steps())
                .append("\">")
                .append(PlainTable.steps(row.steps()))
                .append("</td>");
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            double value = column.value().applyAsDouble(row);
            html.append("<td class=\"").append(first(columns, i)).append('"');
            if (Double.isFinite(value)) {
                html.append(" data-value=\"").append(value).append('"');
            }
            html.append(hint(row, column)).append('>');
            cell(html, column.cell().apply(row));
            html.append("</td>");
        }
        html.append("</tr>\n");
    }

    private static void cell(StringBuilder html, Cell cell) {
        html.append(Html.element(cell.notable() ? "strong" : "span", cell.text()));
        if (!cell.error().isEmpty()) {
            html.append(" <span class=\"error\">")
                    .append(Html.escaped(cell.error()))
                    .append("</span>");
        }
        if (!cell.detail().isEmpty()) {
            html.append("<span class=\"detail\">")
                    .append(Html.escaped(cell.detail()))
                    .append("</span>");
        }
    }

    /** What a pointer over the cell shows: intervals that would make the table too wide. */
    private static String hint(MethodRow row, Column column) {
        String hint =
                switch (column.key()) {
                    case "psnr-low" -> interval(row.lowPsnr());
                    case "lpips-high" -> interval(row.highLpips());
                    case "psnr-npi" -> pairs(row.psnrToBaseline());
                    case "lpips-npi" -> pairs(row.lpipsToBaseline());
                    case "psnr-vae" -> pairs(row.psnrToVae());
                    default -> "";
                };
        return hint.isEmpty() ? "" : " title=\"" + Html.escaped(hint) + "\"";
    }

    private static String interval(Share share) {
        return share.total() == 0
                ? ""
                : "95% interval: " + Numbers.percent(share.low()) + " to " + Numbers.percent(share.high());
    }

    private static String pairs(Estimate estimate) {
        return estimate.count() == 0 ? "" : "over " + Numbers.count(estimate.count(), "image");
    }

    private static void published(StringBuilder html, List<Column> columns) {
        html.append("<tr><th scope=\"rowgroup\" class=\"source\" colspan=\"")
                .append(columns.size() + 2)
                .append("\"><span>")
                .append(Html.escaped(Published.SETTING))
                .append("</span></th></tr>\n");
        for (Published row : Published.ROWS) {
            html.append("<tr><th scope=\"row\" class=\"name\">")
                    .append(Html.escaped(row.method()))
                    .append(" <span class=\"error\">published</span></th><td class=\"beside\">")
                    .append(Published.STEPS)
                    .append("</td>");
            for (int i = 0; i < columns.size(); i++) {
                html.append("<td class=\"")
                        .append(first(columns, i))
                        .append("\">")
                        .append(Html.escaped(row.figure(columns.get(i))))
                        .append("</td>");
            }
            html.append("</tr>\n");
        }
    }

    /** A line stands before each group. */
    private static String first(List<Column> columns, int index) {
        boolean first = index == 0
                || columns.get(index).group() != columns.get(index - 1).group();
        return first ? "first" : "";
    }
}

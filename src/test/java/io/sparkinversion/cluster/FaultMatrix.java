package io.sparkinversion.cluster;

import io.sparkinversion.cluster.FaultCells.Exclusion;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The table of what came of each cell. */
final class FaultMatrix {
    private final List<Exclusion> exclusions;
    private final Map<FaultCell, String> results = new LinkedHashMap<>();

    /** @param exclusions cells that cannot be */
    FaultMatrix(List<Exclusion> exclusions) {
        this.exclusions = exclusions;
    }

    /**
     * @param recovery how the run came to its end
     * @return a line that says so
     */
    String recovered(FaultCell cell, String recovery, Duration time) {
        String result = String.format(Locale.ROOT, "%s, %.1f s", recovery, time.toMillis() * 1e-3);
        results.put(cell, result);
        return results.size() + ". " + cell + ": " + result;
    }

    void failed(FaultCell cell) {
        results.put(cell, "**FAILED**");
    }

    /** In Markdown, what cannot be below. */
    String table() {
        StringBuilder table = new StringBuilder("| fault |");
        StringBuilder rule = new StringBuilder("|---|");
        for (FaultPoint point : FaultPoint.values()) {
            table.append(' ').append(point.label()).append(" |");
            rule.append("---|");
        }
        table.append('\n').append(rule).append('\n');
        for (FaultKind kind : FaultKind.values()) {
            table.append("| ").append(kind.label()).append(" |");
            for (FaultPoint point : FaultPoint.values()) {
                table.append(' ').append(text(new FaultCell(kind, point))).append(" |");
            }
            table.append('\n');
        }
        table.append("\nNot applicable (n/a):\n\n");
        exclusions.forEach(exclusion -> table.append("- ").append(exclusion).append('\n'));
        return table.toString();
    }

    private String text(FaultCell cell) {
        boolean excluded = exclusions.stream().anyMatch(exclusion -> exclusion.holds(cell));
        return results.getOrDefault(cell, excluded ? "n/a" : "not run");
    }
}

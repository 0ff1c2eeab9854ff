package io.sparkinversion.evaluation;

import io.sparkinversion.evaluation.EvaluationTables.Part;
import io.sparkinversion.job.Progress;
import io.sparkinversion.output.DatasetSource;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.RunJson;
import io.sparkinversion.report.Numbers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.stream.Collectors;

/** What the report says its numbers depend on. */
final class ReportFacts {
    /** The fact that says how images were resized, where that was not by their middle square. */
    static final String RESIZE = "resize";

    private static final int SHORT_HASH = 12;

    private ReportFacts() {}

    /**
     * @param evaluation null for a single run
     * @param parts with results, ascending
     * @param devices that computed
     * @param hosts that they were in
     */
    static Map<String, String> of(
            EvaluationJson evaluation, List<Part> parts, SortedSet<String> devices, SortedSet<String> hosts) {
        RunJson run = parts.get(parts.size() - 1).run();
        boolean paper = evaluation != null && evaluation.protocol().equals(Protocol.PAPER.label());
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("model", run.model().id());
        facts.put("model fingerprint", shortened(run.model().fingerprint()));
        facts.put("dataset", run.dataset().root());
        facts.put("images", images(run.dataset()));
        facts.put("guidance", run.settings().get("guidance"));
        facts.put("resolution", resolution(run.settings().get("resolution"), paper));
        String resize = run.settings().get(JobSettings.RESIZE_MODE);
        if (resize != null) {
            facts.put(RESIZE, resize);
        }
        facts.put("precision", run.settings().get("precision"));
        facts.put("device", devices(devices, hosts));
        facts.put("batch size", run.execution().get("batch_size"));
        facts.put("protocol", protocol(evaluation, run));
        facts.put("code version", run.codeVersion());
        facts.put("date", date(evaluation, run));
        facts.put("wall time", wallTime(parts));
        String unfinished = unfinished(evaluation, parts);
        if (!unfinished.isEmpty()) {
            facts.put("unfinished", unfinished);
        }
        return facts;
    }

    private static String shortened(String hash) {
        return hash == null || hash.length() <= SHORT_HASH ? hash : hash.substring(0, SHORT_HASH);
    }

    private static String images(DatasetSource source) {
        String from = source.limit() == 0 ? "all" : "the first " + source.limit();
        return source.sample() == 0
                ? from
                : "a sample of " + source.sample() + " from " + from + ", seed " + source.seed();
    }

    private static String resolution(String side, boolean paper) {
        String square = side + "x" + side;
        int papers = Protocol.PAPER_RESOLUTION;
        return paper && Integer.parseInt(side) < papers
                ? square + " (the model's own; the paper's is " + papers + "x" + papers + ")"
                : square;
    }

    private static String devices(SortedSet<String> devices, SortedSet<String> hosts) {
        if (devices.isEmpty()) {
            return "none";
        }
        return String.join(", ", devices) + (hosts.size() > 1 ? " on " + hosts.size() + " hosts" : "");
    }

    private static String protocol(EvaluationJson evaluation, RunJson run) {
        String warmUp = run.execution().get("warm_up");
        String timed = warmUp == null || warmUp.equals("0")
                ? "no warm-up"
                : "timed after a warm-up image of " + Numbers.count(Long.parseLong(warmUp), "step");
        return (evaluation == null ? "single run" : evaluation.protocol()) + ", " + timed;
    }

    private static String date(EvaluationJson evaluation, RunJson run) {
        String time = evaluation == null ? run.finished() : evaluation.finished();
        return time == null ? "started " + run.started() : time;
    }

    private static String wallTime(List<Part> parts) {
        long milliseconds =
                parts.stream().mapToLong(part -> part.run().wallMilliseconds()).sum();
        return milliseconds == 0 ? "not known" : Progress.duration(milliseconds / 1e3);
    }

    /** Which step counts lack results. */
    private static String unfinished(EvaluationJson evaluation, List<Part> parts) {
        List<Integer> finished = parts.stream()
                .filter(part -> part.run().finished() != null)
                .map(Part::steps)
                .toList();
        List<Integer> wanted =
                evaluation == null ? parts.stream().map(Part::steps).toList() : evaluation.steps();
        String missing = wanted.stream()
                .filter(steps -> !finished.contains(steps))
                .map(String::valueOf)
                .collect(Collectors.joining(", "));
        return missing.isEmpty() ? "" : missing + " steps";
    }
}

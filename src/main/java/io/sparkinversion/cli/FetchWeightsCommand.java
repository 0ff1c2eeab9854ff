package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import io.sparkinversion.metrics.LpipsDownload;
import io.sparkinversion.metrics.PublishedLpips;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Brings the published LPIPS weights to this machine. */
@Command(
        name = "fetch-weights",
        description = {
            "Download the published LPIPS v0.1 weights, check them, and write one file per network.",
            "Progress goes to the error output; the last lines are the options to use the files with."
        },
        versionProvider = Main.Version.class,
        sortOptions = false)
final class FetchWeightsCommand implements Callable<Integer> {
    private static final String ALL = "all";

    private final List<PublishedLpips> published;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--net",
            paramLabel = "alex|squeeze|vgg|all",
            defaultValue = "alex",
            description = "Network. Download sizes: alex 244 MB, squeeze 5 MB, vgg 553 MB.")
    private String net;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            defaultValue = "${sys:user.home}/.cache/spark-inversion/lpips",
            description = "Folder to write to.")
    private Path output;

    @Option(
            names = "--from",
            paramLabel = "FOLDER",
            description =
                    "For machines without internet: read the published files, under their own names, from this folder.")
    private Path from;

    FetchWeightsCommand() {
        this(PublishedLpips.ALL);
    }

    FetchWeightsCommand(List<PublishedLpips> published) {
        this.published = published;
    }

    @Override
    public Integer call() {
        List<PublishedLpips> selected = selected();
        if (from != null) {
            LpipsDownload.requireFiles(selected, from);
        }
        LpipsDownload download = new LpipsDownload(spec.commandLine().getErr());
        List<Path> files = selected.stream()
                .map(each -> from == null ? download.fetch(each, output) : download.convert(each, from, output))
                .toList();
        files.forEach(file -> spec.commandLine().getOut().println("--lpips-weights " + file));
        spec.commandLine().getOut().flush();
        return 0;
    }

    private List<PublishedLpips> selected() {
        List<PublishedLpips> selected = published.stream()
                .filter(each -> net.equals(ALL) || net.equals(each.net()))
                .toList();
        if (selected.isEmpty()) {
            throw new UserException("--net: invalid value '" + net + "'; expected one of "
                    + published.stream().map(PublishedLpips::net).collect(Collectors.joining(", ")) + ", " + ALL);
        }
        return selected;
    }
}

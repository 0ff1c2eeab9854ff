package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import io.sparkinversion.metrics.LpipsDownload;
import io.sparkinversion.metrics.ModelDownload;
import io.sparkinversion.metrics.PublishedLpips;
import io.sparkinversion.metrics.PublishedModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Brings the published weights of metrics to this machine. */
@Command(
        name = "fetch-weights",
        description = {
            "Download published weights of metrics and check them: LPIPS v0.1 (alex, squeeze, vgg) as one file per"
                    + " network; DINO ViT-B/8 (dino) and CLIP ViT-L/14 (clip) as a folder each.",
            "Progress goes to the error output; the last lines are the options to use the files with."
        },
        versionProvider = Main.Version.class,
        sortOptions = false)
final class FetchWeightsCommand implements Callable<Integer> {
    private static final String ALL = "all";

    private final List<PublishedLpips> published;
    private final List<PublishedModel> models;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--net",
            paramLabel = "alex|squeeze|vgg|dino|clip|all",
            defaultValue = "alex",
            description =
                    "Network; all means those of LPIPS. Download sizes: alex 244 MB, squeeze 5 MB, vgg 553 MB, dino"
                            + " 343 MB, clip 1.7 GB.")
    private String net;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            description =
                    "Folder to write to. Default: lpips, or for dino and clip metrics, in ~/.cache/spark-inversion.")
    private Path output;

    @Option(
            names = "--from",
            paramLabel = "FOLDER",
            description =
                    "For machines without internet: read the published files, under their own names, from this folder.")
    private Path from;

    FetchWeightsCommand() {
        this(PublishedLpips.ALL, PublishedModel.ALL);
    }

    FetchWeightsCommand(List<PublishedLpips> published, List<PublishedModel> models) {
        this.published = published;
        this.models = models;
    }

    @Override
    public Integer call() {
        Optional<PublishedModel> model =
                models.stream().filter(each -> each.net().equals(net)).findFirst();
        return model.isPresent() ? fetch(model.get()) : fetchLpips();
    }

    private int fetch(PublishedModel model) {
        Path into = folder("metrics");
        if (from != null) {
            ModelDownload.requireFiles(List.of(model), from);
        }
        ModelDownload download = new ModelDownload(spec.commandLine().getErr());
        Path folder = from == null ? download.fetch(model, into) : download.convert(model, from, into);
        spec.commandLine().getOut().println(model.option() + " " + folder);
        spec.commandLine().getOut().flush();
        return 0;
    }

    Path folder(String byDefault) {
        return output != null
                ? output
                : Path.of(System.getProperty("user.home"), ".cache", "spark-inversion", byDefault);
    }

    private int fetchLpips() {
        List<PublishedLpips> selected = selected();
        if (from != null) {
            LpipsDownload.requireFiles(selected, from);
        }
        LpipsDownload download = new LpipsDownload(spec.commandLine().getErr());
        List<Path> files = selected.stream()
                .map(each -> from == null
                        ? download.fetch(each, folder("lpips"))
                        : download.convert(each, from, folder("lpips")))
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
                    + published.stream().map(PublishedLpips::net).collect(Collectors.joining(", ")) + ", "
                    + models.stream().map(PublishedModel::net).collect(Collectors.joining(", ")) + ", " + ALL);
        }
        return selected;
    }
}

package io.sparkinversion.verify;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.UserException;
import io.sparkinversion.verify.models.KeymapCases;
import io.sparkinversion.verify.models.LoraCases;
import io.sparkinversion.verify.models.SingleFileCases;
import io.sparkinversion.verify.models.TextualInversionCases;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Walks a fixture folder ({@code models/NAME}, {@code goldens/NAME}, {@code goldens/shared}, {@code goldens/metrics},
 * {@code lpips}, {@code lpips-true}, {@code single}, {@code keymaps}, {@code lora}, {@code ti}) and compares every golden tensor in it with what this code computes, on the CPU in
 * float32. Models are also looked for beside the folder, in {@code ../models}, LPIPS weights in {@code ../lpips}. A
 * file, an index entry or a tensor that cannot be used fails by itself; the others are still compared.
 */
public final class Verification {
    private static final String GOLDENS = "goldens";
    private static final String TRUE_LPIPS = "lpips-true";

    private final Path fixtures;
    private final CaseReport report;
    private int emptyFolders;

    private Verification(Path fixtures, CaseReport report) {
        this.fixtures = fixtures;
        this.report = report;
    }

    /**
     * @throws IllegalArgumentException if there is no {@code goldens} folder, or no golden that could be compared
     */
    public static CaseReport run(Path fixtures, PrintStream out) {
        Path goldens = fixtures.resolve(GOLDENS);
        if (!Files.isDirectory(goldens)) {
            throw new UserException(fixtures + " is no fixture folder: it has no folder 'goldens'");
        }
        CaseReport report = new CaseReport(out);
        Verification verification = new Verification(fixtures, report);
        for (Path folder : GoldenFolder.list(goldens)) {
            if (Files.isDirectory(folder)) {
                verification.guarded(folder);
            }
        }
        Path trueLpips = fixtures.resolve(TRUE_LPIPS);
        if (Files.isDirectory(trueLpips)) {
            verification.guarded(trueLpips);
        }
        new SingleFileCases(fixtures, report).verify();
        new KeymapCases(fixtures, report).verify();
        // Where there is anything else to tell, an empty folder is one failure among others.
        if (report.passed() + report.notSupported() == 0 && report.failed() == verification.emptyFolders) {
            throw new UserException("nothing was compared: no folder in " + goldens + " holds a golden");
        }
        if (report.passed() + report.failed() == 0) {
            throw new UserException("nothing was compared: none of the " + report.notSupported() + " goldens in "
                    + fixtures + " is supported yet");
        }
        return report;
    }

    private void guarded(Path path) {
        String name = path.getFileName().toString();
        try {
            GoldenFolder folder = folder(path, name);
            switch (name) {
                case "shared" -> shared(folder);
                case "lpips", TRUE_LPIPS -> lpips(folder);
                case "metrics" -> metrics(folder);
                case "ti" -> new TextualInversionCases(fixtures, models(), report).verify(folder);
                default -> model(folder);
            }
        } catch (RuntimeException e) {
            report.fail(name, FileCases.cause(e));
        }
    }

    private GoldenFolder folder(Path path, String name) {
        try {
            return GoldenFolder.of(path);
        } catch (IllegalArgumentException e) {
            report.fail(name, e.getMessage());
            return GoldenFolder.withoutIndex(path);
        }
    }

    private void model(GoldenFolder folder) {
        String name = folder.name();
        if (LoraCases.matches(name)) {
            new LoraCases(fixtures, models(), report).verify(folder);
            return;
        }
        Path modelFolder = models().stream()
                .filter(model -> model.getFileName().toString().equals(name))
                .findFirst()
                .orElse(null);
        if (modelFolder == null) {
            report.fail(name, "no folder models/" + name + " in or beside " + fixtures);
            return;
        }
        ModelUnderTest loaded;
        try {
            loaded = ModelUnderTest.load(modelFolder);
        } catch (RuntimeException e) {
            report.fail(name, "the model does not load: " + FileCases.cause(e));
            return;
        }
        try (ModelUnderTest model = loaded) {
            verify(folder, file -> ModelSuites.of(folder, file, model));
        }
    }

    private void shared(GoldenFolder folder) {
        try (SharedTokenizers tokenizers = SharedTokenizers.of(models(), report)) {
            verify(folder, file -> switch (file) {
                case "tokenizer" -> new TokenizerSuite(tokenizers.all());
                case "scheduler" -> new SchedulerSuite();
                case "seq_aligner" -> new AlignerSuite(tokenizers.withClipVocabulary());
                default -> Suite.notSupported("no such file of shared goldens is known");
            });
        }
    }

    private void lpips(GoldenFolder folder) {
        List<Path> weights = List.of(fixtures.resolve("lpips"), fixtures.resolveSibling("lpips"));
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
            verify(folder, file -> new LpipsSuite(weights, manager));
        }
    }

    private void metrics(GoldenFolder folder) {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
            verify(folder, file -> new MetricsSuite(folder, models(), manager));
        }
    }

    /** In the fixture folder, then beside it. */
    private List<Path> models() {
        return Stream.of(fixtures.resolve("models"), fixtures.resolveSibling("models"))
                .filter(Files::isDirectory)
                .flatMap(parent -> GoldenFolder.list(parent).stream())
                .filter(Files::isDirectory)
                .toList();
    }

    private void verify(GoldenFolder folder, Function<String, Suite> suites) {
        List<String> files = folder.files();
        if (files.isEmpty()) {
            emptyFolders++;
            report.fail(folder.name(), "no .safetensors file in " + folder.path());
        }
        for (String file : files) {
            String prefix = folder.name() + "/" + file + "/";
            try (GoldenFile golden = GoldenFile.open(folder, file)) {
                if (golden.names().isEmpty()) {
                    throw new IllegalArgumentException("the file holds no tensor");
                }
                new FileCases(report, golden, prefix)
                        .verify((tensors, cases) -> suites.apply(file).verify(tensors, cases));
            } catch (RuntimeException e) {
                report.fail(prefix + "*", FileCases.cause(e));
            }
        }
    }
}

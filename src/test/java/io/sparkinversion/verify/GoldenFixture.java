package io.sparkinversion.verify;

import io.sparkinversion.weights.SafetensorsFile;
import io.sparkinversion.weights.SafetensorsWriter;
import io.sparkinversion.weights.WeightTensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A fixture folder to be changed, and what verifying it prints. */
final class GoldenFixture {
    static final String MODEL = "emoji-ldm";

    private static final Path COMMITTED = Path.of("src/test/resources/fixtures");
    private static final Path EMBEDDED_MODEL = Path.of("data-samples/models/" + MODEL);

    private final Path folder;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    GoldenFixture(Path folder) {
        this.folder = folder;
    }

    /** The embedded model with some of its committed golden files, and their index. */
    static GoldenFixture committed(Path folder, String... files) throws IOException {
        GoldenFixture fixture = new GoldenFixture(folder);
        copy(EMBEDDED_MODEL, folder.resolve("models/" + MODEL));
        Files.createDirectories(fixture.goldens());
        Path committed = COMMITTED.resolve("goldens").resolve(MODEL);
        Files.copy(committed.resolve("index.json"), fixture.index());
        for (String file : files) {
            Files.copy(committed.resolve(file + ".safetensors"), fixture.file(file));
        }
        return fixture;
    }

    /** Everything that is committed. */
    static GoldenFixture committed(Path folder) throws IOException {
        copy(COMMITTED, folder);
        copy(EMBEDDED_MODEL, folder.resolve("models/" + MODEL));
        return new GoldenFixture(folder);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
            }
        }
    }

    Path goldens() {
        return folder.resolve("goldens").resolve(MODEL);
    }

    Path index() {
        return goldens().resolve("index.json");
    }

    Path file(String name) {
        return goldens().resolve(name + ".safetensors");
    }

    List<WeightTensor> read(String name) {
        List<WeightTensor> tensors = new ArrayList<>();
        try (SafetensorsFile stored = SafetensorsFile.open(file(name))) {
            for (String tensor : stored.names()) {
                tensors.add(WeightTensor.ofFloats(
                        tensor, stored.shape(tensor), stored.read(tensor).toFloats()));
            }
        }
        return tensors;
    }

    float[] read(String name, String tensor) {
        try (SafetensorsFile stored = SafetensorsFile.open(file(name))) {
            return stored.read(tensor).toFloats();
        }
    }

    void write(String name, List<WeightTensor> tensors) throws IOException {
        Files.deleteIfExists(file(name));
        SafetensorsWriter.write(file(name), tensors, Map.of());
    }

    void add(String name, WeightTensor tensor) throws IOException {
        List<WeightTensor> tensors = read(name);
        tensors.add(tensor);
        write(name, tensors);
    }

    void changeIndex(UnaryOperator<String> change) throws IOException {
        String before = Files.readString(index());
        String after = change.apply(before);
        if (after.equals(before)) {
            throw new IllegalStateException("the index is as before");
        }
        Files.writeString(index(), after);
    }

    CaseReport verify() {
        return Verification.run(folder, new PrintStream(printed, true, StandardCharsets.UTF_8));
    }

    List<String> lines(String verdict) {
        return printed.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith(verdict))
                .toList();
    }
}

package io.sparkinversion.torchscript;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Programs as files, for a look inside and for other libtorch clients: {@code NAME.pt}, which Python's
 * {@code torch.jit.load} and C++'s {@code torch::jit::load} take, and beside it {@code NAME.json} with what the
 * archive does not say: the methods' inputs and the names and shapes of the weights, in the order in which the last
 * argument of every method lists them.
 */
public final class ProgramFiles {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private ProgramFiles() {}

    /**
     * @param folder made if it is not there
     * @throws UncheckedIOException naming the file that cannot be written
     */
    public static void write(Program program, Path folder) {
        Path archive = folder.resolve(program.name() + ".pt");
        try {
            Files.createDirectories(folder);
            Files.write(archive, ProgramArchive.of(program));
            JSON.writeValue(folder.resolve(program.name() + ".json").toFile(), description(program));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + archive + " and what describes it: " + e.getMessage(), e);
        }
    }

    private static Map<String, Object> description(Program program) {
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("name", program.name());
        root.put("parameters", program.parameterCount());
        root.put("memory_format", program.format().name().toLowerCase(Locale.ROOT));
        root.put("methods", program.methods());
        root.put("weights", program.weights().stream().map(ProgramFiles::weight).toList());
        return root;
    }

    private static Map<String, Object> weight(WeightSpec spec) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("name", spec.name());
        entry.put("shape", spec.shape());
        return entry;
    }
}

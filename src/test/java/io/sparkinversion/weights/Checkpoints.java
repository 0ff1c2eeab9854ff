package io.sparkinversion.weights;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** The files that the room's tests read, and what is known to be in them. */
final class Checkpoints {

    private Checkpoints() {}

    /** A file under {@code src/test/resources/weights}. */
    static Path resource(String name) {
        try {
            return Path.of(Checkpoints.class.getResource("/weights/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** What numpy or PyTorch said is in a checkpoint: name to type, shape and values. */
    static JsonNode expected(String name) throws IOException {
        return new ObjectMapper().readTree(resource(name).toFile());
    }

    /** A file or folder that lies beside the project on some machines; the test is skipped where it does not. */
    static Path shared(String name) {
        Path path = Stream.of(Path.of("").toAbsolutePath(), Path.of("..").toAbsolutePath())
                .map(base -> base.resolve("../shared").normalize().resolve(name))
                .filter(Files::exists)
                .findFirst()
                .orElse(null);
        Assumptions.assumeTrue(path != null, "there is no ../shared/" + name + " beside the project");
        return path;
    }

    static void assertTensor(WeightTensor tensor, JsonNode expected) {
        assertThat(tensor.type().name())
                .as(tensor.name())
                .isEqualTo(expected.path("type").asText());
        assertThat(tensor.shape())
                .as(tensor.name())
                .isEqualTo(new ObjectMapper().convertValue(expected.path("shape"), long[].class));
        JsonNode values = expected.path("values");
        double[] wanted = new double[values.size()];
        for (int i = 0; i < wanted.length; i++) {
            wanted[i] = values.get(i).asDouble();
        }
        assertThat(numbers(tensor)).as(tensor.name()).isEqualTo(wanted);
    }

    private static double[] numbers(WeightTensor tensor) {
        double[] numbers = new double[(int) tensor.elements()];
        ByteBuffer data = tensor.data();
        if (tensor.type().isFloatingPoint() && tensor.type() != WeightType.F64) {
            float[] floats = tensor.toFloats();
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = floats[i];
            }
            return numbers;
        }
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = switch (tensor.type()) {
                case F64 -> data.getDouble();
                case I64 -> data.getLong();
                case I32 -> data.getInt();
                case I16 -> data.getShort();
                case I8 -> data.get();
                default -> data.get() & 0xff;
            };
        }
        return numbers;
    }

    /** A safetensors file with any header at all. */
    static Path safetensors(Path file, String header, byte[] data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return Files.write(file, withLength(json.length, json, data));
    }

    static byte[] withLength(long headerLength, byte[] header, byte[] data) {
        return ByteBuffer.allocate(Long.BYTES + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(headerLength)
                .put(header)
                .put(data)
                .array();
    }

    /** A diffusers folder with small weights and configs, enough for everything that does not run the networks. */
    static Path model(Path folder) throws IOException {
        for (String component : List.of("unet", "vae", "text_encoder", "tokenizer", "scheduler", "safety_checker")) {
            Files.createDirectories(folder.resolve(component));
        }
        WeightTensor weight = WeightTensor.ofFloats("weight", new long[] {2}, 1.5f, -2);
        for (String name : List.of(
                "unet/diffusion_pytorch_model",
                "unet/diffusion_pytorch_model.fp16",
                "vae/diffusion_pytorch_model",
                "text_encoder/model",
                "safety_checker/model")) {
            WeightTensor own = WeightTensor.ofFloats(name, new long[] {1}, 3);
            SafetensorsWriter.write(folder.resolve(name + ".safetensors"), List.of(weight, own), Map.of());
        }
        Files.writeString(folder.resolve("unet/diffusion_pytorch_model.bin"), "pickled");
        Files.writeString(folder.resolve("unet/config.json"), "{}");
        Files.writeString(folder.resolve("vae/config.json"), "{}");
        Files.writeString(folder.resolve("text_encoder/config.json"), "{}");
        Files.writeString(folder.resolve("tokenizer/vocab.json"), "{\"a\": 0}");
        Files.writeString(folder.resolve("tokenizer/merges.txt"), "a b\n");
        Files.writeString(folder.resolve("scheduler/scheduler_config.json"), "{}");
        Files.writeString(folder.resolve("model_index.json"), "{}");
        Files.writeString(folder.resolve("v1-5-pruned.safetensors"), "a whole model in one file");
        return folder;
    }
}

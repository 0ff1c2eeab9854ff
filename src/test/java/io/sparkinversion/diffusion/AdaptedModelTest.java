package io.sparkinversion.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.UserException;
import io.sparkinversion.diffusion.ModelAdditions.Embedding;
import io.sparkinversion.diffusion.ModelAdditions.Lora;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.network.ClipTextConfig;
import io.sparkinversion.weights.SafetensorsWriter;
import io.sparkinversion.weights.WeightTensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdaptedModelTest {
    private static final ModelComponents BASE = new DiffusersFolder(EmbeddedModel.FOLDER);
    private static final ClipTextConfig TEXT = ClipTextConfig.of(BASE.config(Component.TEXT_ENCODER));

    @TempDir
    private Path folder;

    private Path embedding(String token, int vectors) {
        Path file = folder.resolve("embedding.safetensors");
        long[] shape = {vectors, TEXT.hiddenSize()};
        WeightTensor tensor = WeightTensor.ofFloats(token, shape, new float[vectors * TEXT.hiddenSize()]);
        SafetensorsWriter.write(file, List.of(tensor), Map.of());
        return file;
    }

    private static ModelComponents with(Embedding... embeddings) {
        ModelAdditions additions = new ModelAdditions(null, null, null, List.of(), List.of(embeddings));
        return AdaptedModel.of(BASE, additions, Path::of);
    }

    @Test
    void aTokenOfSeveralVectorsStandsForAllOfThemByItsName() {
        ModelComponents model = with(new Embedding(embedding("<style>", 2).toString(), null));

        ModelCheck.check(model);
        assertThat(ClipTextConfig.of(model.config(Component.TEXT_ENCODER)).vocabSize())
                .isEqualTo(TEXT.vocabSize() + 2);
        try (ClipTokenizer tokenizer = model.tokenizer(Component.TEXT_ENCODER, 77)) {
            long first = TEXT.vocabSize();
            assertThat(tokenizer.encode("<style>").ids()).contains(first, first + 1);
            assertThat(tokenizer.encode("<style>_1").ids()).contains(first + 1).doesNotContain(first);
            assertThat(tokenizer.encode("a <style> cat").tokenCount())
                    .isEqualTo(tokenizer.encode("a cat").tokenCount() + 2);
        }
    }

    @Test
    void aNameThatIsATokenAlreadyIsRefused() {
        ModelComponents model = with(new Embedding(embedding("<style>", 1).toString(), "cat"));

        assertThatThrownBy(() -> ModelCheck.check(model))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("'cat' is a token of the model already");
    }

    @Test
    void theUsersPredictionTypeWins() {
        ModelAdditions additions =
                new ModelAdditions(null, null, NoiseSchedule.PredictionType.V_PREDICTION, List.of(), List.of());

        assertThat(AdaptedModel.of(BASE, additions, Path::of).schedule().predictionType())
                .isEqualTo(NoiseSchedule.PredictionType.V_PREDICTION);
    }

    @Test
    void theVaeOfAFolderTakesThePlaceOfTheModels() {
        ModelAdditions additions =
                new ModelAdditions(null, EmbeddedModel.FOLDER.resolve("vae").toString(), null, List.of(), List.of());

        assertThat(ModelCheck.check(AdaptedModel.of(BASE, additions, Path::of)).components())
                .hasSize(3);
    }

    @ParameterizedTest
    @CsvSource({
        "a.safetensors, a.safetensors, 1",
        "a.safetensors:0.7, a.safetensors, 0.7",
        "a.safetensors:-1, a.safetensors, -1",
        "s3a://bucket/a.safetensors, s3a://bucket/a.safetensors, 1",
        "s3a://bucket/a.safetensors:.5, s3a://bucket/a.safetensors, 0.5"
    })
    void aLorasScaleFollowsItsAddress(String text, String address, double scale) {
        assertThat(Lora.parse(text)).isEqualTo(new Lora(address, scale));
    }

    @ParameterizedTest
    @CsvSource({
        "a.pt, a.pt,",
        "a.pt:<cat>, a.pt, <cat>",
        "s3a://bucket/a.pt, s3a://bucket/a.pt,",
        "s3a://bucket/a.pt:cat, s3a://bucket/a.pt, cat"
    })
    void anEmbeddingsTokenFollowsItsAddress(String text, String address, String token) {
        assertThat(Embedding.parse(text)).isEqualTo(new Embedding(address, token));
    }
}

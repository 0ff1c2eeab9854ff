package io.sparkinversion.network;

import static io.sparkinversion.diffusion.EmbeddedModel.wave;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.WithoutSpark;
import io.sparkinversion.diffusion.DiffusersFolder;
import io.sparkinversion.diffusion.EmbeddedModel;
import io.sparkinversion.diffusion.ModelComponents;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.platform.KernelCatalog;
import io.sparkinversion.platform.Platform;
import io.sparkinversion.torchscript.Argument;
import io.sparkinversion.torchscript.CompiledProgram;
import io.sparkinversion.torchscript.DeviceWeights;
import io.sparkinversion.torchscript.MemoryFormat;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.weights.RenamedWeights;
import io.sparkinversion.weights.WeightSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The programs for GPUs compute what those for the CPU compute. */
@WithoutSpark
class MemoryFormatTest {
    private final ModelComponents model = new DiffusersFolder(EmbeddedModel.FOLDER);

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** A GPU's kernels, as far as this processor computes them rightly, and the CPU's. */
    private static Platform platform(MemoryFormat format) {
        return format == MemoryFormat.CHANNELS_LAST
                ? new Platform(Device.cpu(), new KernelCatalog.Gpu())
                : Platform.of(Device.cpu());
    }

    private Map<MemoryFormat, CompiledProgram> compiled(Component component, Function<Target, Program> network) {
        Map<MemoryFormat, CompiledProgram> compiled = new EnumMap<>(MemoryFormat.class);
        for (MemoryFormat format : MemoryFormat.values()) {
            Program program = platform(format).fit(network, format, 2).program();
            try (WeightSource stored = model.weights(component, program.weights())) {
                WeightSource named = new RenamedWeights(stored, AutoencoderKl.OLD_ATTENTION_NAMES);
                DeviceWeights weights =
                        DeviceWeights.load(named, program.weights(), Set.of(), manager, ScalarType.FLOAT32, format);
                compiled.put(format, CompiledProgram.compile(program, weights));
            }
        }
        return compiled;
    }

    private static void assertEqual(NDArray channelsLast, NDArray channelsFirst) {
        float[] expected = channelsFirst.toFloatArray();
        assertThat(EmbeddedModel.distance(new float[expected.length], expected)).isGreaterThan(1e-6);
        assertThat(EmbeddedModel.distance(channelsLast.toFloatArray(), expected))
                .isLessThan(1e-4 * EmbeddedModel.distance(new float[expected.length], expected));
    }

    @Test
    void theUNetPredictsTheSameAndHasTheSameGradient() {
        UNetConfig config = UNetConfig.of(model.config(Component.UNET));
        Map<MemoryFormat, CompiledProgram> unet =
                compiled(Component.UNET, new UNet2DCondition(config, ScalarType.FLOAT32)::program);
        NDArray sample = wave(manager, 2, 4, 16, 16);
        NDArray features = wave(manager, 1, config.blockOutChannels().get(0));
        NDArray embedding = wave(manager, 2, 77, config.crossAttentionDim());
        NDArray rest = wave(manager, 2, 4, 16, 16).mul(0.3f);
        NDArray factor = manager.create(new float[] {0.7f});
        Map<MemoryFormat, NDArray> predictions = new EnumMap<>(MemoryFormat.class);
        Map<MemoryFormat, NDList> gradients = new EnumMap<>(MemoryFormat.class);

        unet.forEach((format, program) -> {
            List<NDArray> text = program.callForList(manager, UNet2DCondition.TEXT_KEYS_VALUES, Argument.of(embedding));
            predictions.put(
                    format,
                    program.call(
                            manager,
                            UNet2DCondition.FORWARD,
                            Argument.of(sample),
                            Argument.of(features),
                            Argument.of(text)));
            gradients.put(
                    format,
                    program.callWithAutograd(
                            manager, UNet2DCondition.NULL_TEXT_GRADIENT, sample, features, embedding, rest, factor));
        });

        assertEqual(predictions.get(MemoryFormat.CHANNELS_LAST), predictions.get(MemoryFormat.CHANNELS_FIRST));
        for (int i = 0; i < 2; i++) {
            assertEqual(
                    gradients.get(MemoryFormat.CHANNELS_LAST).get(i),
                    gradients.get(MemoryFormat.CHANNELS_FIRST).get(i));
        }
    }

    @Test
    void theAutoencoderEncodesAndDecodesTheSame() {
        VaeConfig config = VaeConfig.of(model.config(Component.VAE));
        Map<MemoryFormat, CompiledProgram> vae = compiled(Component.VAE, new AutoencoderKl(config)::program);
        NDArray pixels = wave(manager, 2, 3, 64, 64);
        NDArray latent = wave(manager, 2, 4, 16, 16);
        Map<MemoryFormat, NDArray> encoded = new EnumMap<>(MemoryFormat.class);
        Map<MemoryFormat, NDArray> decoded = new EnumMap<>(MemoryFormat.class);

        vae.forEach((format, program) -> {
            encoded.put(
                    format,
                    program.callForList(manager, AutoencoderKl.ENCODE, Argument.of(pixels))
                            .get(0));
            decoded.put(format, program.call(manager, AutoencoderKl.DECODE, Argument.of(latent)));
        });

        assertEqual(encoded.get(MemoryFormat.CHANNELS_LAST), encoded.get(MemoryFormat.CHANNELS_FIRST));
        assertEqual(decoded.get(MemoryFormat.CHANNELS_LAST), decoded.get(MemoryFormat.CHANNELS_FIRST));
    }
}

package io.sparkinversion.diffusion;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.network.TransformerBlock;
import io.sparkinversion.network.UNet2DCondition;
import io.sparkinversion.network.UNetConfig;
import io.sparkinversion.network.VaeConfig;
import io.sparkinversion.platform.Finding;
import io.sparkinversion.platform.Platform;
import io.sparkinversion.torchscript.Argument;
import io.sparkinversion.torchscript.CompiledProgram;
import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.MemoryFormat;
import io.sparkinversion.torchscript.ProgramBuilder;
import io.sparkinversion.torchscript.ScalarType;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntConsumer;

/**
 * A Stable Diffusion 1.x, 2.x or XL model on one device: tokenizer, text encoder, autoencoder, UNet and noise schedule. The
 * UNet computes in the chosen type, everything else in float32 (the autoencoder overflows in float16 on real
 * photographs). Every result belongs to the manager that the caller passes. Calls from several threads are safe.
 */
public final class StableDiffusion implements AutoCloseable {
    private final NDManager manager;
    private final UNetConfig unetConfig;
    private final VaeConfig vaeConfig;
    private final NoiseSchedule schedule;
    final PromptEncoder prompts;
    final LoadedNetwork unet;
    final LoadedNetwork vae;
    private final Autoencoder autoencoder;
    private final LoadedNetwork arithmetic;
    private final NetworkLoader loader;
    final ModelNetworks networks;
    private final MemoryFormat format;
    private UNetGradients gradients;
    private CompiledProgram maskedProgram;
    private DeepFeatures deepFeatures;
    private ModelInspection inspection;
    private volatile IntConsumer evaluationListener = images -> {};

    /** @param loader whose closers are run when the model is closed, or when this constructor fails */
    private StableDiffusion(NetworkLoader loader, ScalarType precision) {
        this.loader = loader;
        this.manager = loader.manager();
        ModelComponents components = loader.components();
        this.networks = ModelNetworks.of(components, precision);
        this.unetConfig = networks.unetConfig();
        this.vaeConfig = networks.vaeConfig();
        this.schedule = components.schedule();
        this.format = MemoryFormat.of(manager.getDevice());
        this.arithmetic = loader.withoutWeights(new ProgramBuilder("arithmetic")
                .method("combine", StableDiffusion::combination)
                .build());
        this.prompts = new PromptEncoder(components, networks, loader);
        this.vae = loader.load(networks, Component.VAE, format, ScalarType.FLOAT32);
        this.unet = loader.load(networks, Component.UNET, format, precision);
        this.autoencoder = new Autoencoder(vae, vaeConfig, this::newScope);
    }

    /** Loads all parts onto a device, whose kernels are checked for one image and for two. */
    public static StableDiffusion load(ModelComponents components, Device device, ScalarType precision) {
        return load(components, Platform.of(device), precision, 2);
    }

    /**
     * Loads all parts onto a device.
     *
     * @param precision of the UNet: FLOAT32, FLOAT16 or BFLOAT16
     * @param batch how many images will be computed at once; the device's kernels are checked for one and for as many
     * @throws io.sparkinversion.network.UnsupportedConfigException if a config asks for what is not built here
     * @throws io.sparkinversion.weights.WeightsException if weights do not fit their config
     * @throws io.sparkinversion.platform.PlatformException if the device computes an operation of the networks wrongly
     *     in every way that is known
     */
    public static StableDiffusion load(ModelComponents components, Platform platform, ScalarType precision, int batch) {
        NDManager manager = NDManager.newBaseManager(platform.device(), "PyTorch");
        NetworkLoader loader = new NetworkLoader(
                components, manager, platform, batch, new CopyOnWriteArrayList<>(), new CopyOnWriteArrayList<>());
        try {
            return new StableDiffusion(loader, precision);
        } catch (RuntimeException | Error e) {
            loader.closers().forEach(Runnable::run);
            manager.close();
            throw e;
        }
    }

    /**
     * Loads what {@link #embeddingGradient} and {@link #latentGradient} need beside the rest, unless that was done before.
     *
     * @throws io.sparkinversion.platform.PlatformException as for the rest
     */
    public void loadGradient() {
        gradients();
    }

    private synchronized UNetGradients gradients() {
        if (gradients == null) {
            gradients = new UNetGradients(loader.sharing(unet, networks.unet()::gradientProgram, format));
        }
        return gradients;
    }

    private synchronized CompiledProgram maskedProgram() {
        if (maskedProgram == null) {
            maskedProgram = loader.sharing(unet, networks.unet()::maskedProgram, format);
        }
        return maskedProgram;
    }

    /** Evaluations that keep deep features or reuse them; what they need is loaded at the first call. */
    public synchronized DeepFeatures deepFeatures() {
        if (deepFeatures == null) {
            deepFeatures = new DeepFeatures(this, loader.sharing(unet, networks.unet()::reuseProgram, format));
        }
        return deepFeatures;
    }

    /** The device, as far as it was checked. */
    public Platform platform() {
        return loader.platform();
    }

    /** What was found about the operations of the model's programs on its device. */
    public List<Finding> findings() {
        return List.copyOf(loader.findings());
    }

    private static void combination(Graph graph) {
        var x = graph.multiply(graph.input("x"), graph.inputNumber("a"));
        graph.returns(graph.expression("torch.add(%s, %s, alpha=%s)", x, graph.input("y"), graph.inputNumber("b")));
    }

    /** @param listener called before each evaluation of the UNet with its batch size, on the thread that asks for it */
    public void onEvaluation(IntConsumer listener) {
        evaluationListener = listener;
    }

    void begin(NDArray latent) {
        evaluationListener.accept(Math.toIntExact(latent.getShape().get(0)));
    }

    /** A manager whose arrays the caller owns; on the model's device. */
    public NDManager newScope() {
        return manager.newSubManager();
    }

    public NoiseSchedule schedule() {
        return schedule;
    }

    /** The first text encoder's; the second one's gives the same tokens. */
    public ClipTokenizer tokenizer() {
        return prompts.tokenizer();
    }

    public Device device() {
        return manager.getDevice();
    }

    /** Pixels along each side that make one latent element. */
    public int downsampling() {
        return vaeConfig.downsampling();
    }

    /** The side length in pixels of the square images that the model was trained on. */
    public int trainedResolution() {
        return unetConfig.sampleSize() * vaeConfig.downsampling();
    }

    /**
     * What the text encoders make of prompts: {@code [B, 77, D]}. Models with two encoders have one more row, the second
     * one's pooled embedding followed by zeros.
     */
    public NDArray embed(NDManager owner, List<String> texts) {
        return prompts.embed(owner, texts);
    }

    /** Likewise, where the second text encoder, if there is one, gets other prompts. */
    public NDArray embed(NDManager owner, List<String> texts, List<String> secondTexts) {
        return prompts.embed(owner, texts, secondTexts);
    }

    /**
     * The embedding that guidance leads away from where there is no negative prompt: the empty prompt's, or zeros where
     * the model says so (diffusers' {@code force_zeros_for_empty_prompt}). In as many pieces as the prompt beside it.
     */
    public NDArray embedNothing(NDManager owner, int count, int chunks) {
        return prompts.embedNothing(owner, count, chunks);
    }

    /** States {@code [B, 77, D]} and pooled embedding {@code [B, P]} as {@link #embed} puts them together. */
    public NDArray embedding(NDManager owner, NDArray states, NDArray pooled) {
        return prompts.withPooled(owner, states, pooled);
    }

    /** Elements of the pooled embedding, for models that have one. */
    public int pooledWidth() {
        return unetConfig.addition().pooledDim();
    }

    /** Elements of the first text encoder's states. */
    public int firstTextWidth() {
        return networks.textConfigs().get(Component.TEXT_ENCODER).hiddenSize();
    }

    /** Whether the model is told sizes and a pooled embedding, as Stable Diffusion XL is. */
    public boolean hasAddition() {
        return unetConfig.addition() != null;
    }

    /** The UNet's keys and values for an embedding as {@link #embed} gives it. */
    public Conditioning condition(NDManager owner, NDArray embedding) {
        List<NDArray> keysValues =
                unet.program().callForList(owner, UNet2DCondition.TEXT_KEYS_VALUES, Argument.of(embedding));
        return new Conditioning(embedding, keysValues);
    }

    /** Likewise for prompts in so many pieces; where one has fewer, empty prompts follow. See {@link LongCaptions}. */
    public Conditioning condition(NDManager owner, List<String> texts, int chunks) {
        return condition(owner, prompts.embedChunks(owner, texts, chunks));
    }

    public Conditioning condition(NDManager owner, List<String> prompts) {
        return condition(owner, embed(owner, prompts));
    }

    /**
     * One evaluation of the UNet.
     *
     * @param latent {@code [B, C, h, w]}
     * @param timesteps one for all images, or one each
     * @return the raw output {@code [B, C, h, w]}: epsilon or v as the schedule says
     */
    public NDArray predict(NDManager owner, NDArray latent, int[] timesteps, Conditioning text) {
        begin(latent);
        try (NDManager scope = newScope()) {
            return unet.program().call(owner, UNet2DCondition.FORWARD, unetArguments(scope, latent, timesteps, text));
        }
    }

    /** Likewise, with sizes as {@link io.sparkinversion.network.TimestepFeatures#ofSizes} takes them. */
    public NDArray predict(NDManager owner, NDArray latent, int[] timesteps, Conditioning text, float[] sizes) {
        begin(latent);
        try (NDManager scope = newScope()) {
            Argument[] arguments =
                    UNetInputs.of(scope, unetConfig, latent, timesteps, sizes).and(Argument.of(text.keysValues()));
            return unet.program().call(owner, UNet2DCondition.FORWARD, arguments);
        }
    }

    Argument[] unetArguments(NDManager scope, NDArray latent, int[] timesteps, Conditioning text) {
        return inputs(scope, latent, text.sizes(), timesteps).and(Argument.of(text.keysValues()));
    }

    /**
     * One evaluation of the UNet whose attention is controlled.
     *
     * @param latent {@code [B, C, h, w]}; the last {@code control.rows()} rows are controlled
     */
    public ControlledPrediction predict(
            NDManager owner, NDArray latent, int timestep, Conditioning text, AttentionControl control) {
        begin(latent);
        try (NDManager scope = newScope()) {
            Argument[] arguments = controlledArguments(scope, latent, timestep, text, control);
            NDList results = control.regions().isEmpty()
                    ? unet.program().callForList(owner, UNet2DCondition.CONTROLLED, arguments)
                    : maskedProgram().callForList(owner, UNet2DCondition.CONTROLLED_MASKED, arguments);
            return new ControlledPrediction(results.get(0), results.get(1));
        }
    }

    Argument[] controlledArguments(
            NDManager scope, NDArray latent, int timestep, Conditioning text, AttentionControl control) {
        List<Integer> levels =
                transformers().stream().map(TransformerBlock::level).toList();
        Argument[] controlled = control.arguments(scope, text, latent.getShape(), levels);
        return inputs(scope, latent, text.sizes(), timestep).and(controlled);
    }

    /** The UNet's transformers in the order of their use. */
    public List<TransformerBlock> transformers() {
        return TransformerBlock.of(unetConfig);
    }

    /** The first of {@link #transformers} in the decoder that comes after the block that features are injected into. */
    public int firstAfterInjection() {
        String block = "up" + UNet2DCondition.injectedBlock(unetConfig) + ".attn1.";
        List<TransformerBlock> all = transformers();
        for (int layer = 0; layer < all.size(); layer++) {
            if (all.get(layer).checkpoint().startsWith(block)) {
                return layer;
            }
        }
        throw new IllegalStateException("a UNet without transformers on the way up");
    }

    /**
     * What every method of the UNet begins with.
     *
     * @param sizes one for each row; empty for the latent's own
     */
    private UNetInputs inputs(NDManager scope, NDArray latent, List<SizeCondition> sizes, int... timesteps) {
        int height = Math.toIntExact(latent.getShape().get(2)) * downsampling();
        int width = Math.toIntExact(latent.getShape().get(3)) * downsampling();
        List<SizeCondition> told = sizes.isEmpty() ? List.of(SizeCondition.whole(height, width)) : sizes;
        return UNetInputs.of(scope, unetConfig, latent, timesteps, SizeCondition.values(told));
    }

    /**
     * See {@link UNetGradients#byEmbedding}.
     *
     * @param sizes one for each row; empty for the latent's own
     */
    public LossGradient embeddingGradient(
            NDManager owner,
            NDArray latent,
            int timestep,
            NDArray embedding,
            List<SizeCondition> sizes,
            NDArray rest,
            double factor) {
        begin(latent);
        try (NDManager scope = newScope()) {
            UNetInputs inputs = inputs(scope, latent, sizes, timestep);
            return gradients().byEmbedding(owner, scope, inputs, embedding, rest, (float) factor);
        }
    }

    /**
     * See {@link UNetGradients#byLatent}.
     *
     * @param sizes one for each row; empty for the latent's own
     */
    public LossGradient latentGradient(
            NDManager owner,
            NDArray latent,
            int timestep,
            NDArray embedding,
            List<SizeCondition> sizes,
            double own,
            NDArray known,
            double factor) {
        begin(latent);
        try (NDManager scope = newScope()) {
            UNetInputs inputs = inputs(scope, latent, sizes, timestep);
            return gradients().byLatent(owner, scope, inputs, embedding, (float) own, known, (float) factor);
        }
    }

    /** The latents of images and the images of latents. */
    public Autoencoder autoencoder() {
        return autoencoder;
    }

    /** See {@link Autoencoder#encode}. */
    public NDArray encode(NDManager owner, NDArray pixels) {
        return autoencoder.encode(owner, pixels);
    }

    /** See {@link Autoencoder#decode}. */
    public NDArray decode(NDManager owner, NDArray latents) {
        return autoencoder.decode(owner, latents);
    }

    /** {@code a x + b y}. */
    public NDArray combine(NDManager owner, NDArray x, double a, NDArray y, double b) {
        return arithmetic
                .program()
                .call(owner, "combine", Argument.of(x), Argument.of(a), Argument.of(y), Argument.of(b));
    }

    /** What lies between a network's inputs and results. */
    public synchronized ModelInspection inspection() {
        if (inspection == null) {
            inspection = new ModelInspection(this, loader, format);
        }
        return inspection;
    }

    /** Native arrays alive on this model's managers, weights and open scopes included; constant between batches. */
    public int residentArrays() {
        return manager.getManagedArrays().size();
    }

    @Override
    public synchronized void close() {
        loader.closers().forEach(Runnable::run);
        manager.close();
    }
}

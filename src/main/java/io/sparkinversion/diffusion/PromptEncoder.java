package io.sparkinversion.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.network.ClipTextConfig;
import io.sparkinversion.network.ClipTextEncoder;
import io.sparkinversion.network.UNetConfig;
import io.sparkinversion.network.UnsupportedConfigException;
import io.sparkinversion.torchscript.Argument;
import io.sparkinversion.torchscript.MemoryFormat;
import io.sparkinversion.torchscript.ScalarType;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;

/**
 * A model's tokenizers and text encoders. Stable Diffusion 1.x and 2.x have one of each, XL two: the states of both
 * before their last layers lie side by side, and the second one's pooled embedding is one more row, padded with zeros.
 */
final class PromptEncoder {
    private final ModelComponents components;
    private final ModelNetworks networks;
    private final UNetConfig unet;
    private final ClipTokenizer tokenizer;
    private final ClipTokenizer secondTokenizer;
    final LoadedNetwork first;
    final LoadedNetwork second;

    /** @throws UnsupportedConfigException if a tokenizer does not fit its encoder, or the two tokenizers each other */
    PromptEncoder(ModelComponents components, ModelNetworks networks, NetworkLoader loader) {
        this.components = components;
        this.networks = networks;
        this.unet = networks.unetConfig();
        boolean two = unet.addition() != null;
        this.tokenizer = tokenizer(components, networks, Component.TEXT_ENCODER, loader);
        this.secondTokenizer = two ? tokenizer(components, networks, Component.TEXT_ENCODER_2, loader) : null;
        if (two) {
            requireSameTokens(components, tokenizer, secondTokenizer);
        }
        this.first = load(networks, Component.TEXT_ENCODER, loader);
        this.second = two ? load(networks, Component.TEXT_ENCODER_2, loader) : null;
    }

    private static LoadedNetwork load(ModelNetworks networks, Component component, NetworkLoader loader) {
        return loader.load(networks, component, MemoryFormat.CHANNELS_FIRST, ScalarType.FLOAT32);
    }

    private static ClipTokenizer tokenizer(
            ModelComponents components, ModelNetworks networks, Component component, NetworkLoader loader) {
        ClipTextConfig config = networks.textConfigs().get(component);
        ClipTokenizer tokenizer = components.tokenizer(component, config.maxPositionEmbeddings());
        loader.closers().add(tokenizer::close);
        requireFit(components, component, tokenizer, config);
        return tokenizer;
    }

    /** On a GPU an id without an embedding is an assertion that ends the process. */
    static void requireFit(
            ModelComponents components, Component component, ClipTokenizer tokenizer, ClipTextConfig config) {
        if (tokenizer.largestId() >= config.vocabSize()) {
            throw new UnsupportedConfigException(
                    "the tokenizer of " + components.name() + " has ids up to " + tokenizer.largestId() + ", its "
                            + component.folder() + "/config.json says vocab_size " + config.vocabSize()
                            + ": they do not belong together",
                    null);
        }
    }

    /** Prompt-to-prompt takes token i of one for token i of the other. */
    static void requireSameTokens(ModelComponents components, ClipTokenizer first, ClipTokenizer second) {
        if (!first.hasTokensOf(second)) {
            throw new UnsupportedConfigException(
                    "tokenizer/ and tokenizer_2/ of " + components.name()
                            + " give different tokens; Stable Diffusion XL's differ in padding only",
                    null);
        }
    }

    ClipTokenizer tokenizer() {
        return tokenizer;
    }

    /** {@code [B, 77, D]}, with a pooled row {@code [B, 78, D]}. */
    NDArray embed(NDManager owner, List<String> prompts) {
        return embed(owner, prompts, prompts);
    }

    /** @param secondPrompts what the second encoder gets */
    NDArray embed(NDManager owner, List<String> prompts, List<String> secondPrompts) {
        try (NDManager scope = owner.newSubManager()) {
            NDArray ids = ids(scope, tokenizer, prompts);
            return second == null
                    ? encode(owner, ids)
                    : encode(owner, ids, ids(scope, secondTokenizer, secondPrompts), ends(scope, secondPrompts), 1);
        }
    }

    /**
     * Prompts in pieces, whose embeddings follow each other: {@code [B, count x 77, D]}, with a pooled row, which is
     * that of the first piece, {@code [B, count x 77 + 1, D]}.
     *
     * @param count pieces, for all prompts; see {@link ClipTokenizer#chunks}
     */
    NDArray embedChunks(NDManager owner, List<String> prompts, int count) {
        if (count == 1) {
            return embed(owner, prompts);
        }
        try (NDManager scope = owner.newSubManager()) {
            NDArray ids = chunkIds(scope, tokenizer, prompts, count);
            if (second == null) {
                return inRows(owner, encode(scope, ids), count);
            }
            NDArray secondIds = chunkIds(scope, secondTokenizer, prompts, count);
            return encode(owner, ids, secondIds, chunkEnds(scope, prompts, count), count);
        }
    }

    private NDArray encode(NDManager owner, NDArray ids) {
        return first.program().call(owner, ClipTextEncoder.FORWARD, Argument.of(ids));
    }

    /** @param count rows of ids for each row of the result */
    private NDArray encode(NDManager owner, NDArray ids, NDArray secondIds, NDArray ends, int count) {
        try (NDManager scope = owner.newSubManager()) {
            NDArray states = first.program().call(scope, ClipTextEncoder.PENULTIMATE, Argument.of(ids));
            NDList pooled = second.program()
                    .callForList(scope, ClipTextEncoder.PENULTIMATE_POOLED, Argument.of(secondIds), Argument.of(ends));
            NDArray both = NDArrays.concat(new NDList(states, pooled.get(0)), -1);
            both.attach(scope);
            if (count == 1) {
                return withPooled(owner, both, pooled.get(1));
            }
            long rows = both.getShape().get(0) / count;
            NDArray grouped =
                    pooled.get(1).reshape(rows, count, pooled.get(1).getShape().get(1));
            grouped.attach(scope);
            NDArray ofFirst = grouped.get(":, 0");
            ofFirst.attach(scope);
            return withPooled(owner, inRows(scope, both, count), ofFirst);
        }
    }

    /** {@code [B x count, T, D]} as {@code [B, count x T, D]}. */
    private static NDArray inRows(NDManager owner, NDArray states, int count) {
        Shape shape = states.getShape();
        NDArray rows = states.reshape(shape.get(0) / count, count * shape.get(1), shape.get(2));
        rows.attach(owner);
        return rows;
    }

    private static NDArray chunkIds(NDManager owner, ClipTokenizer tokenizer, List<String> prompts, int count) {
        int length = tokenizer.length();
        long[] ids = prompts.stream()
                .flatMap(prompt -> Arrays.stream(tokenizer.chunks(prompt, count)))
                .flatMapToLong(Arrays::stream)
                .toArray();
        return owner.create(ids, new Shape((long) prompts.size() * count, length));
    }

    /** Where the end-of-text token of each piece is. */
    private NDArray chunkEnds(NDManager owner, List<String> prompts, int count) {
        int most = secondTokenizer.length() - 2;
        return owner.create(prompts.stream()
                .flatMapToLong(prompt -> {
                    int tokens = secondTokenizer.encode(prompt).tokenCount();
                    return LongStream.range(0, count).map(i -> 1 + Math.max(0, Math.min(tokens - i * most, most)));
                })
                .toArray());
    }

    /** The text encoders' states {@code [B, 77, D]} and the pooled embedding {@code [B, P]} as one array. */
    NDArray withPooled(NDManager owner, NDArray states, NDArray pooled) {
        try (NDManager scope = owner.newSubManager()) {
            long count = states.getShape().get(0);
            long padding = (long) unet.crossAttentionDim() - unet.addition().pooledDim();
            NDArray row = pooled;
            if (padding > 0) {
                NDArray zeros = scope.zeros(new Shape(count, padding), DataType.FLOAT32);
                row = NDArrays.concat(new NDList(pooled, zeros), 1);
                row.attach(scope);
            }
            NDArray third = row.expandDims(1);
            third.attach(scope);
            NDArray result = NDArrays.concat(new NDList(states, third), 1);
            result.attach(owner);
            return result;
        }
    }

    /** What stands for a missing negative prompt: the empty prompt's embedding, or zeros where the model says so. */
    NDArray embedNothing(NDManager owner, int count, int chunks) {
        if (second == null || !components.forceZerosForEmptyPrompt()) {
            return embedChunks(owner, Collections.nCopies(count, ""), chunks);
        }
        long rows = (long) chunks * tokenizer.length() + 1;
        return owner.zeros(new Shape(count, rows, unet.crossAttentionDim()), DataType.FLOAT32);
    }

    NDArray ids(NDManager owner, List<String> prompts) {
        return ids(owner, tokenizer, prompts);
    }

    private static NDArray ids(NDManager owner, ClipTokenizer tokenizer, List<String> prompts) {
        int length = tokenizer.length();
        long[] ids = new long[prompts.size() * length];
        for (int i = 0; i < prompts.size(); i++) {
            System.arraycopy(tokenizer.encode(prompts.get(i)).ids(), 0, ids, i * length, length);
        }
        return owner.create(ids, new Shape(prompts.size(), length));
    }

    NDArray secondIds(NDManager owner, List<String> prompts) {
        return ids(owner, secondTokenizer, prompts);
    }

    /** Where each prompt's first end-of-text token is. */
    private NDArray ends(NDManager owner, List<String> prompts) {
        return owner.create(prompts.stream()
                .mapToLong(prompt -> secondTokenizer.encode(prompt).end())
                .toArray());
    }

    ModelNetworks networks() {
        return networks;
    }
}

package io.sparkinversion.torchscript;

import ai.djl.Device;

/** How images {@code [B, C, H, W]} and the weights of convolutions lie in memory. It changes no result, only its cost. */
public enum MemoryFormat {
    /** One channel after the other. */
    CHANNELS_FIRST(0),
    /** All channels of a pixel together, as a GPU's matrix units want them; then tokens are a view of an image. */
    CHANNELS_LAST(2);

    private final int code;

    MemoryFormat(int code) {
        this.code = code;
    }

    /** libtorch's number of it. */
    int code() {
        return code;
    }

    /** The faster one on a device. */
    public static MemoryFormat of(Device device) {
        return device.isGpu() ? CHANNELS_LAST : CHANNELS_FIRST;
    }
}

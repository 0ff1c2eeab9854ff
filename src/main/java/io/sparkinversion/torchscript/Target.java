package io.sparkinversion.torchscript;

/**
 * What a program's text is written for.
 *
 * @param format of its images
 * @param kernels by which its operations are computed
 */
public record Target(MemoryFormat format, KernelChoice kernels) {
    /** For any device of any libtorch, with images in {@link MemoryFormat#CHANNELS_FIRST}. */
    public static Target portable() {
        return portable(MemoryFormat.CHANNELS_FIRST);
    }

    /** For any device of any libtorch. */
    public static Target portable(MemoryFormat format) {
        return new Target(format, KernelChoice.PORTABLE);
    }
}

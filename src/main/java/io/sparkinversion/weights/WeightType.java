package io.sparkinversion.weights;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The element types of stored weights, named as the safetensors format names them. */
public enum WeightType {
    F64(8),
    F32(4),
    /** IEEE 754 binary16. */
    F16(2),
    /** The upper half of a binary32. */
    BF16(2),
    I64(8),
    I32(4),
    I16(2),
    I8(1),
    U8(1),
    /** One byte an element, 0 or 1. */
    BOOL(1);

    private final int bytes;

    WeightType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes per element. */
    public int bytes() {
        return bytes;
    }

    public boolean isFloatingPoint() {
        return this == F64 || this == F32 || this == F16 || this == BF16;
    }

    /**
     * @param name a safetensors dtype such as {@code F16}
     * @return empty for types that exist in files and are not supported here, such as {@code F8_E4M3}
     */
    public static Optional<WeightType> find(String name) {
        return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
    }

    static String supported() {
        return Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
    }
}

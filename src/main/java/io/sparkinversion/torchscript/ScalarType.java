package io.sparkinversion.torchscript;

/** Numeric types by the codes that TorchScript programs carry (c10's ScalarType). */
public enum ScalarType {
    FLOAT16(5),
    FLOAT32(6),
    FLOAT64(7),
    BFLOAT16(15);

    private final int code;

    ScalarType(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }
}

package io.sparkinversion.cluster;

/** A fault at a point of a run. */
record FaultCell(FaultKind kind, FaultPoint point) {
    @Override
    public String toString() {
        return kind.label() + " x " + point.label();
    }
}

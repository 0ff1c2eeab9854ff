package io.sparkinversion.cluster;

/** What happens to a run: the rows of the fault matrix. */
enum FaultKind {
    EXECUTOR_KILLED("executor killed -9"),
    DRIVER_KILLED("driver killed -9"),
    WORKER_LOST("worker lost"),
    S3_UNAVAILABLE("S3 answers 503"),
    S3_SLOW("S3 slow"),
    S3_RESET("S3 resets"),
    DISK_FULL("disk full"),
    OUT_OF_DEVICE_MEMORY("out of device memory"),
    STICKY_CUDA_ERROR("sticky CUDA error"),
    CORRUPT_IMAGE("corrupt image"),
    CORRUPT_MODEL("corrupt model file"),
    ENGINE_HANG("engine hang");

    private final String label;

    FaultKind(String label) {
        this.label = label;
    }

    /** As the table prints it. */
    String label() {
        return label;
    }
}

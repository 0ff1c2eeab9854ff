package io.sparkinversion.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.engine.EngineException.Kind;
import io.sparkinversion.torchscript.Argument;
import io.sparkinversion.torchscript.CompiledProgram;
import io.sparkinversion.torchscript.DeviceWeights;
import io.sparkinversion.torchscript.ProgramBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The messages are libtorch's own, as its users report them. */
class EngineExceptionTest {
    /** What libtorch puts after every error of the CUDA runtime. */
    private static final String ADVICE = "\nCUDA kernel errors might be asynchronously reported at some other API call,"
            + " so the stacktrace below might be incorrect.\nFor debugging consider passing CUDA_LAUNCH_BLOCKING=1\n"
            + "Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.\n";

    private static EngineException of(String message) {
        return EngineException.of(new ai.djl.engine.EngineException(message));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CUDA out of memory. Tried to allocate 2.25 GiB. GPU 0 has a total capacity of 79.11 GiB of which 1.12 GiB is"
                        + " free. Of the allocated memory 70.43 GiB is allocated by PyTorch, and 6.91 GiB is reserved by"
                        + " PyTorch but unallocated.",
                "CUDA error: out of memory",
                "CUDA driver error: out of memory",
                "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
                "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
                "cudaErrorMemoryAllocation: out of memory",
                "CUDA_ERROR_OUT_OF_MEMORY",
                "NVML_SUCCESS == r INTERNAL ASSERT FAILED at \"../c10/cuda/CUDACachingAllocator.cpp\":995, please report a"
                        + " bug to PyTorch.",
                "[enforce fail at alloc_cpu.cpp:119] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to"
                        + " allocate 4398046511104 bytes. Error code 12 (Cannot allocate memory)",
                "std::bad_alloc"
            })
    void shortageOfMemoryIsNeverALostDevice(String message) {
        assertThat(of(message).kind()).isEqualTo(Kind.OUT_OF_MEMORY);
        assertThat(of(message + ADVICE).kind()).isEqualTo(Kind.OUT_OF_MEMORY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CUDA error: an illegal memory access was encountered",
                "CUDA error: device-side assert triggered",
                "CUDA error: unspecified launch failure",
                "CUDA error: misaligned address",
                "CUDA error: the launch timed out and was terminated",
                "CUDA error: uncorrectable ECC error encountered",
                "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm( handle, opa, opb, m, n, k, &alpha, a,"
                        + " lda, b, ldb, &beta, c, ldc)`",
                "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
                "CUDA error: all CUDA-capable devices are busy or unavailable"
            })
    void errorsThatStayWithTheProcessAreALostDevice(String message) {
        assertThat(of(message + ADVICE).kind()).isEqualTo(Kind.DEVICE_LOST);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CUDA error: invalid configuration argument",
                "CUDA error: invalid argument",
                "CUDA error: CUBLAS_STATUS_NOT_SUPPORTED when calling `cublasGemmEx(...)`",
                "cuDNN error: CUDNN_STATUS_NOT_SUPPORTED. This error may appear if you passed in a non-contiguous input.",
                "The size of tensor a (64) must match the size of tensor b (32) at non-singleton dimension 3",
                "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!"
            })
    void aRefusedCallIsNeither(String message) {
        assertThat(of(message + ADVICE).kind()).isEqualTo(Kind.OTHER);
    }

    @Test
    void ofTheInterpretersTraceOnlyTheErrorIsKept() {
        String trace = "The following operation failed in the TorchScript interpreter.\nTraceback of TorchScript,"
                + " serialized code (most recent call last):\n  File \"code/__torch__.py\", line 3, in forward\n    _1"
                + " = torch.conv2d(x, w[0])\n         ~~~~~~~~~~~~ <--- HERE\n\nRuntimeError: CUDA out of memory. Tried"
                + " to allocate 20.00 MiB.\n";

        assertThat(of(trace).kind()).isEqualTo(Kind.OUT_OF_MEMORY);
        assertThat(of(trace)).hasMessage("CUDA out of memory. Tried to allocate 20.00 MiB.");
    }

    @Test
    void anExceptionWithoutAMessageIsNamed() {
        assertThat(of(null)).hasMessage("EngineException");
        assertThat(of(" \n ")).hasMessage("EngineException");
        assertThat(of(null).kind()).isEqualTo(Kind.OTHER);
    }

    @Test
    void readsWhatLibtorchSaysOfARequestForAQuarterOfAPebibyte() {
        TorchRuntime.gpuCount();
        try (NDManager manager = NDManager.newBaseManager(ai.djl.Device.cpu(), "PyTorch")) {
            Throwable thrown = catchThrowable(() -> manager.zeros(new Shape(1L << 46)));

            assertThat(thrown).isInstanceOf(ai.djl.engine.EngineException.class);
            assertThat(EngineException.of(thrown).kind()).isEqualTo(Kind.OUT_OF_MEMORY);
            assertThat(EngineException.of(thrown))
                    .hasMessageContaining("281474976710656 bytes")
                    .hasCause(thrown);
        }
    }

    @Test
    void readsWhatLibtorchSaysOfAProgramThatFails() {
        TorchRuntime.gpuCount();
        try (NDManager manager = NDManager.newBaseManager(ai.djl.Device.cpu(), "PyTorch");
                DeviceWeights none = DeviceWeights.none(manager);
                CompiledProgram program = CompiledProgram.compile(
                        new ProgramBuilder("sum")
                                .method("sum", graph -> graph.returns(graph.add(graph.input("a"), graph.input("b"))))
                                .build(),
                        none)) {
            Throwable thrown = catchThrowable(() -> program.call(
                    manager,
                    "sum",
                    Argument.of(manager.zeros(new Shape(2))),
                    Argument.of(manager.zeros(new Shape(3)))));

            assertThat(EngineException.of(thrown).kind()).isEqualTo(Kind.OTHER);
            assertThat(EngineException.of(thrown))
                    .hasMessage("The size of tensor a (2) must match the size of tensor b (3) at non-singleton"
                            + " dimension 0");
        }
    }
}

package io.sparkinversion.worker;

import static io.sparkinversion.worker.PipelineFixture.png;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.engine.ErrorCode;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.engine.Failure.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kind of bad item fails by itself, before the engine, with the stage and code that say why. */
@Timeout(60)
class PoisonItemTest {
    /** Of no bytes and of "abc", as FIPS 180 gives them. */
    private static final String SHA256_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private static final String SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @TempDir
    private Path folder;

    private final PipelineFixture fixture = new PipelineFixture(new FakeEngine(), 4).withEngine(() -> {
        throw new AssertionError("a partition of bad images asked for the engine");
    });

    @AfterEach
    void stopThreads() {
        fixture.close();
    }

    private ImageOutcome outcome(WorkItem item) {
        List<ImageOutcome> outcomes = fixture.run(List.of(item));
        assertThat(outcomes).hasSize(1);
        assertThat(outcomes.get(0).item()).isSameAs(item);
        assertThat(fixture.reported()).hasSize(1);
        return outcomes.get(0);
    }

    private static WorkItem at(String path) {
        return new WorkItem("id", path, "a caption", null, null, null);
    }

    private WorkItem file(byte[] bytes) {
        try {
            return at(Files.write(folder.resolve("image.png"), bytes).toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void assertFailure(ImageOutcome outcome, Stage stage, ErrorCode code, String message) {
        assertThat(outcome.failure().stage()).isEqualTo(stage);
        assertThat(outcome.failure().code()).isEqualTo(code);
        assertThat(outcome.failure().message()).contains(message).doesNotContain("\n");
        assertThat(outcome.results()).isEmpty();
        assertThat(outcome.original()).isNull();
        assertThat(outcome.worker().device()).isEqualTo("gpu:7");
    }

    @ParameterizedTest
    @EnumSource(names = {"DUPLICATE_ID", "MISSING_CAPTION", "INVALID_PATH"})
    void aRejectedItemKeepsItsRejectionAndIsNotRead(ErrorCode code) {
        Failure rejection = new Failure(Stage.PLAN, code, "because");
        ImageOutcome outcome = outcome(new WorkItem("id", "/nowhere", null, null, png(16, 16, 0), rejection));

        assertThat(outcome.failure()).isSameAs(rejection);
        assertThat(outcome.source()).isNull();
    }

    @Test
    void aMissingFile() {
        String path = folder.resolve("none.png").toString();
        ImageOutcome outcome = outcome(at(path));

        assertFailure(outcome, Stage.LOAD, ErrorCode.FILE_NOT_FOUND, "there is no file " + path);
        assertThat(outcome.source()).isNull();
    }

    @Test
    void aFolderInAFilesPlace() {
        ImageOutcome outcome = outcome(at(folder.toString()));

        assertFailure(outcome, Stage.LOAD, ErrorCode.FILE_UNREADABLE, "Is a directory");
        assertThat(outcome.source()).isNull();
    }

    @Test
    void aPathThatIsNone() {
        assertFailure(outcome(at("a\0b")), Stage.LOAD, ErrorCode.INVALID_PATH, "cannot be parsed");
    }

    @Test
    void aStoreThatFailsOverManyLines() {
        fixture.withFiles(path -> {
            throw new IOException("503 Slow Down\n  request id: 7\n\nstatus: 503");
        });

        assertFailure(
                outcome(at("s3a://bucket/a.png")),
                Stage.LOAD,
                ErrorCode.FILE_UNREADABLE,
                "cannot read s3a://bucket/a.png: IOException: 503 Slow Down request id: 7 status: 503");
    }

    @Test
    void anEmptyFile() {
        ImageOutcome outcome = outcome(file(new byte[0]));

        assertFailure(outcome, Stage.DECODE, ErrorCode.EMPTY_FILE, "the file is empty (0 bytes)");
        assertThat(outcome.source()).isEqualTo(new ImageOutcome.Source(SHA256_OF_NOTHING, 0, 0, 0));
    }

    @Test
    void aTextFile() {
        ImageOutcome outcome = outcome(file("abc".getBytes(StandardCharsets.UTF_8)));

        assertFailure(outcome, Stage.DECODE, ErrorCode.UNKNOWN_FORMAT, "the file is text, not an image");
        assertThat(outcome.source()).isEqualTo(new ImageOutcome.Source(SHA256_OF_ABC, 0, 0, 3));
    }

    @Test
    void bytesInsideTheTable() {
        ImageOutcome outcome = outcome(PipelineFixture.withBytes("a row", "abc".getBytes(StandardCharsets.UTF_8)));

        assertFailure(outcome, Stage.DECODE, ErrorCode.UNKNOWN_FORMAT, "a row: the file is text");
        assertThat(outcome.source().sha256()).isEqualTo(SHA256_OF_ABC);
    }

    @Test
    void aTruncatedFile() {
        byte[] whole = png(64, 64, 3);
        ImageOutcome outcome = outcome(file(Arrays.copyOf(whole, whole.length / 2)));

        assertFailure(outcome, Stage.DECODE, ErrorCode.CORRUPT_IMAGE, "image.png: ");
        assertThat(outcome.source().byteCount()).isEqualTo(whole.length / 2);
        assertThat(outcome.source().width()).isZero();
    }

    @Test
    void aHeaderOfBillionsOfPixels() {
        byte[] bomb = png(16, 16, 0);
        ByteBuffer.wrap(bomb).putInt(16, 60_000).putInt(20, 60_000);
        CRC32 checksum = new CRC32();
        checksum.update(bomb, 12, 17);
        ByteBuffer.wrap(bomb).putInt(29, (int) checksum.getValue());

        ImageOutcome outcome = outcome(file(bomb));

        assertFailure(outcome, Stage.DECODE, ErrorCode.IMAGE_TOO_LARGE, "60000 x 60000");
        assertThat(outcome.source().sha256()).hasSize(64);
    }

    @Test
    void anImageThatTheHeapCannotHold() {
        fixture.withFiles(path -> {
            throw new OutOfMemoryError("injected");
        });

        assertFailure(
                outcome(at("vast.png")),
                Stage.LOAD,
                ErrorCode.IMAGE_TOO_LARGE,
                "vast.png does not fit into the executor's heap; raise spark.executor.memory");
    }
}

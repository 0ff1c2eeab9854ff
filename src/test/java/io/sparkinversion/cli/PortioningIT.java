package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sparkinversion.inversion.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.sql.Blob;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In which portions the work is done must not show in the results. */
class PortioningIT {
    /** Kernels choose their order of summation by batch size; over 2 x 5 steps that stays below this. */
    private static final float LATENT_TOLERANCE = 1e-4f;

    @TempDir
    private Path folder;

    private record Latent(String id, FloatBuffer values) {}

    @Test
    void batchSizeAndPartitionsChangeNoResult() {
        SampleRun run = SampleRun.of(5).first(14).with(Method.NEGATIVE_PROMPT, Method.DDIM_CFG);
        Path singly = folder.resolve("singly");
        Path together = folder.resolve("together");
        run.inBatchesOf(1).inPartitions(7).into(singly);
        run.inBatchesOf(8).inPartitions(1).into(together);

        assertThat(rows(together)).hasSize(28).isEqualTo(rows(singly));
        List<Latent> expected = latents(singly);
        List<Latent> actual = latents(together);
        assertThat(actual).hasSize(14);
        for (int i = 0; i < actual.size(); i++) {
            assertThat(actual.get(i).id()).isEqualTo(expected.get(i).id());
            FloatBuffer one = actual.get(i).values();
            FloatBuffer other = expected.get(i).values();
            assertThat(one.remaining()).isEqualTo(4 * 16 * 16).isEqualTo(other.remaining());
            for (int k = 0; k < one.remaining(); k++) {
                assertThat(one.get(k)).isCloseTo(other.get(k), within(LATENT_TOLERANCE));
            }
        }
    }

    private static List<String> rows(Path run) {
        return new Tables(run)
                .query(
                        "select image_id || ' ' || method || ' ' || status || ' ' || unet_evaluations || ' ' || row_key"
                                + " from metrics order by 1",
                        row -> row.getString(1));
    }

    private static List<Latent> latents(Path run) {
        return new Tables(run).query("select image_id, data from latents order by 1", row -> {
            Blob blob = row.getBlob(2);
            byte[] bytes = blob.getBytes(1, (int) blob.length());
            return new Latent(
                    row.getString(1),
                    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer());
        });
    }
}

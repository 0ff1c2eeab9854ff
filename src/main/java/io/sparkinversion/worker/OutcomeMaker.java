package io.sparkinversion.worker;

import io.sparkinversion.engine.Engine.Result;
import io.sparkinversion.engine.ErrorCode;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.engine.Failure.Stage;
import io.sparkinversion.image.PngEncoder;
import io.sparkinversion.image.Restoration;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.metrics.Psnr;
import io.sparkinversion.metrics.Ssim;
import io.sparkinversion.worker.ImageLoader.Loaded;
import io.sparkinversion.worker.ImageOutcome.MethodResult;
import io.sparkinversion.worker.ImageOutcome.Scores;
import io.sparkinversion.worker.ImageOutcome.Worker;
import java.util.List;

/**
 * Makes an image's outcome of what the engine returned, or of a failure: measures and encodes.
 *
 * @param executor Spark's id of this process
 * @param host its name
 * @param device {@code cpu} or {@code gpu:N}
 * @param restorer gives pictures their size
 */
record OutcomeMaker(String executor, String host, String device, Restorer restorer) {

    /** Pictures keep the size that they were inverted at. */
    OutcomeMaker(String executor, String host, String device) {
        this(executor, host, device, Restorer.NONE);
    }

    /**
     * Never throws because of the image: what cannot be measured is a failure.
     *
     * @throws UnreachableException if the picture's own size is asked for, and the place where it lies does not answer
     */
    ImageOutcome of(Loaded loaded, Result result) {
        if (!result.finite()) {
            return notFinite(loaded, result.captionTokens(), result.captionTruncated());
        }
        Worker worker = worker(result.captionTokens(), result.captionTruncated());
        try {
            return restorer.with(loaded, restoration -> measured(loaded, result, worker, restoration));
        } catch (UnreachableException e) {
            throw e;
        } catch (RuntimeException e) {
            String message =
                    "cannot measure the reconstruction of " + loaded.item().path() + ": " + Failure.reason(e);
            return failed(loaded, new Failure(Stage.METRICS, ErrorCode.ENGINE_ERROR, message), worker);
        }
    }

    /** An image whose inversion is of no use. */
    ImageOutcome notFinite(Loaded loaded, int captionTokens, boolean captionTruncated) {
        String message =
                "the results of " + loaded.item().path() + " have infinities or NaN; try --dtype float32 or bfloat16";
        return failed(
                loaded,
                new Failure(Stage.INVERT, ErrorCode.NOT_FINITE, message),
                worker(captionTokens, captionTruncated));
    }

    /** An image that the engine has not seen, or that failed there. */
    ImageOutcome of(Loaded loaded, Failure failure) {
        return failed(loaded, failure, worker(0, false));
    }

    private static ImageOutcome measured(Loaded loaded, Result result, Worker worker, Restoration restoration) {
        RgbImage original = loaded.image();
        Scores ceiling = scores(original, result.ceiling(), result.ceilingLpips());
        List<MethodResult> methods = result.reconstructions().stream()
                .map(reconstruction -> new MethodResult(
                        reconstruction.method().label(),
                        scores(original, reconstruction.image(), reconstruction.lpips()),
                        ceiling,
                        PngEncoder.encode(restoration.apply(reconstruction.image())),
                        reconstruction.cost(),
                        reconstruction.nullText()))
                .toList();
        return new ImageOutcome(
                loaded.item(),
                loaded.source(),
                PngEncoder.encode(restoration.original()),
                result.terminalLatent(),
                methods,
                null,
                worker);
    }

    static Scores scores(RgbImage original, RgbImage other, double lpips) {
        return new Scores(Psnr.of(original, other), Ssim.of(original, other), lpips);
    }

    private static ImageOutcome failed(Loaded loaded, Failure failure, Worker worker) {
        return new ImageOutcome(loaded.item(), loaded.source(), null, null, List.of(), failure, worker);
    }

    Worker worker(int captionTokens, boolean truncated) {
        return new Worker(executor, host, device, captionTokens, truncated);
    }
}

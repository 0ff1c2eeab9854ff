package io.sparkinversion.worker;

import io.sparkinversion.engine.Engine.DeviceScores;
import io.sparkinversion.engine.Engine.Edit;
import io.sparkinversion.engine.Engine.EditSample;
import io.sparkinversion.engine.Engine.Edited;
import io.sparkinversion.engine.ErrorCode;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.engine.Failure.Stage;
import io.sparkinversion.engine.StoredArray;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.PngEncoder;
import io.sparkinversion.image.Restoration;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.metrics.PieBench;
import io.sparkinversion.metrics.Psnr;
import io.sparkinversion.metrics.Ssim;
import io.sparkinversion.worker.EditOutcome.EditScores;
import io.sparkinversion.worker.EditOutcome.Made;
import io.sparkinversion.worker.EditOutcome.Mask;
import io.sparkinversion.worker.ImageLoader.Loaded;
import io.sparkinversion.worker.ImageOutcome.Scores;
import java.util.List;

/**
 * Measures and encodes an image's edits.
 *
 * @param keepsInversions whether what the edits were sampled from is part of the outcome
 */
record EditOutcomeMaker(OutcomeMaker outcome, InversionKeys keys, boolean keepsInversions) {
    private static final Scores NONE = new Scores(Double.NaN, Double.NaN, Double.NaN);
    private static final byte WHITE = (byte) 255;

    /**
     * Never throws because of the image: what cannot be measured is a failure.
     *
     * @throws UnreachableException if the picture's own size is asked for, and the place where it lies does not answer
     */
    ImageOutcome of(Loaded loaded, Edited result) {
        if (!result.finite()) {
            return outcome.notFinite(loaded, result.captionTokens(), result.captionTruncated());
        }
        try {
            return outcome.restorer().with(loaded, restoration -> measured(loaded, result, restoration));
        } catch (UnreachableException e) {
            throw e;
        } catch (RuntimeException e) {
            String message = "cannot measure the edits of " + loaded.item().path() + ": " + Failure.reason(e);
            return outcome.of(loaded, new Failure(Stage.METRICS, ErrorCode.ENGINE_ERROR, message));
        }
    }

    private ImageOutcome measured(Loaded loaded, Edited result, Restoration restoration) {
        RgbImage original = loaded.image();
        List<StoredArray> kept = !keepsInversions
                ? List.of()
                : result.inversion().stream()
                        .map(array -> keys.stored(
                                loaded.source().sha256(), loaded.item().caption(), array))
                        .toList();
        EditOutcome edits = new EditOutcome(
                OutcomeMaker.scores(original, result.ceiling(), result.ceilingLpips()),
                kept,
                result.evaluations(),
                result.edits().stream()
                        .map(edit -> measured(original, edit, restoration))
                        .toList());
        return new ImageOutcome(
                loaded.item(),
                loaded.source(),
                PngEncoder.encode(restoration.original()),
                null,
                List.of(),
                edits,
                null,
                outcome.worker(result.captionTokens(), result.captionTruncated()),
                null);
    }

    private static EditOutcome.Result measured(RgbImage original, Edit edit, Restoration restoration) {
        Made made = edit.sample() == null ? null : made(original, edit.sample(), restoration);
        return new EditOutcome.Result(edit.method().label(), edit.control(), edit.index(), made, edit.failure());
    }

    private static Made made(RgbImage original, EditSample sample, Restoration restoration) {
        PixelMask mask = sample.mask();
        return new Made(
                PngEncoder.encode(restoration.apply(sample.reconstruction())),
                PngEncoder.encode(restoration.apply(sample.edited())),
                mask == null ? null : mask(mask, sample.maskName(), restoration),
                OutcomeMaker.scores(original, sample.reconstruction(), sample.lpips()),
                scores(original, sample.edited(), mask, sample.scores()),
                sample.cost(),
                sample.evaluations(),
                sample.seconds());
    }

    private static EditScores scores(RgbImage original, RgbImage edited, PixelMask mask, DeviceScores device) {
        Scores whole = OutcomeMaker.scores(original, edited, device.lpips());
        if (mask == null) {
            return scores(whole, NONE, NONE, NONE, Double.NaN, device);
        }
        PixelMask outside = mask.complement();
        return scores(
                whole,
                new Scores(
                        Psnr.of(original, edited, outside), Ssim.of(original, edited, outside), device.lpipsOutside()),
                new Scores(Psnr.of(original, edited, mask), Ssim.of(original, edited, mask), device.lpipsInside()),
                new Scores(
                        PieBench.psnr(original, edited, mask),
                        PieBench.ssim(original, edited, mask),
                        device.lpipsPieBench()),
                PieBench.meanSquaredError(original, edited, mask),
                device);
    }

    private static EditScores scores(
            Scores whole, Scores outside, Scores inside, Scores pieBench, double pieBenchMse, DeviceScores device) {
        return new EditScores(
                whole,
                outside,
                inside,
                pieBench,
                pieBenchMse,
                device.clip(),
                device.clipOriginal(),
                device.clipSource(),
                device.clipEdited(),
                device.structure());
    }

    private static Mask mask(PixelMask mask, String name, Restoration restoration) {
        PixelMask shown = restoration.apply(mask);
        byte[] picture = new byte[shown.inside().length * RgbImage.CHANNELS];
        for (int i = 0; i < picture.length; i++) {
            picture[i] = shown.inside()[i / RgbImage.CHANNELS] ? WHITE : 0;
        }
        return new Mask(
                name,
                (double) mask.count() / mask.inside().length,
                PngEncoder.encode(new RgbImage(shown.width(), shown.height(), picture)));
    }
}

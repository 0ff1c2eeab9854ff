package io.sparkinversion.api;

import io.sparkinversion.image.RgbImage;
import io.sparkinversion.metrics.Psnr;
import io.sparkinversion.metrics.Ssim;

/**
 * How near a picture is to its original.
 *
 * @param psnr dB on 8-bit pixels; infinite where they are equal
 * @param ssim gaussian window of 11 pixels, mean over channels, 1 for equal pictures
 * @param lpips distance, 0 for equal pictures; NaN without LPIPS weights
 */
public record Scores(double psnr, double ssim, double lpips) {
    static Scores of(RgbImage original, RgbImage other, double lpips) {
        return new Scores(Psnr.of(original, other), Ssim.of(original, other), lpips);
    }
}

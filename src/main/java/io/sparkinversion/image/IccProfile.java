package io.sparkinversion.image;

import java.awt.Point;
import java.awt.color.CMMException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.ColorConvertOp;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;

/** A colour profile (ICC.1) that a file carries, by way of the JDK's LittleCMS, with the profile's rendering intent. */
final class IccProfile {
    private static final int LONGEST = 1 << 22;
    /** Colours a channel by which sRGB is known. */
    private static final int LEVELS = 6;
    /** How far sRGB may be from sRGB: profiles round their curves. */
    private static final int ROUNDING = 2;

    private final ICC_Profile profile;

    private IccProfile(ICC_Profile profile) {
        this.profile = profile;
    }

    /** Null where the profile is damaged or too long to be one. */
    static IccProfile of(byte[] bytes) {
        try {
            return bytes.length > LONGEST ? null : new IccProfile(ICC_Profile.getInstance(bytes));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Whether the profile changes hardly any colour, whatever it is called: then samples are left as they are. */
    boolean isSrgb() {
        RgbImage colours = RgbImage.black(LEVELS * LEVELS, LEVELS);
        byte[] pixels = colours.pixels();
        for (int i = 0; i < pixels.length / RgbImage.CHANNELS; i++) {
            pixels[RgbImage.CHANNELS * i] = level(i);
            pixels[RgbImage.CHANNELS * i + 1] = level(i / LEVELS);
            pixels[RgbImage.CHANNELS * i + 2] = level(i / (LEVELS * LEVELS));
        }
        RgbImage converted = toSrgb(colours, false);
        if (converted == null) {
            return false;
        }
        for (int i = 0; i < pixels.length; i++) {
            if (Math.abs((pixels[i] & 0xff) - (converted.pixels()[i] & 0xff)) > ROUNDING) {
                return false;
            }
        }
        return true;
    }

    private static byte level(int number) {
        return (byte) (number % LEVELS * 255 / (LEVELS - 1));
    }

    /**
     * The picture in sRGB.
     *
     * @param grey whether the file's samples are grey, which is what a grey profile is for
     * @return null where the profile is for samples of another kind, or the conversion fails
     */
    RgbImage toSrgb(RgbImage image, boolean grey) {
        boolean ofGrey = profile.getColorSpaceType() == ColorSpace.TYPE_GRAY && grey;
        if (!ofGrey && profile.getColorSpaceType() != ColorSpace.TYPE_RGB) {
            return null;
        }
        try {
            ColorConvertOp convert =
                    new ColorConvertOp(new ICC_ColorSpace(profile), ColorSpace.getInstance(ColorSpace.CS_sRGB), null);
            byte[] samples = ofGrey ? firstOfThree(image.pixels()) : image.pixels();
            RgbImage target = RgbImage.black(image.width(), image.height());
            convert.filter(
                    raster(samples, image.width(), image.height(), ofGrey ? 1 : RgbImage.CHANNELS),
                    raster(target.pixels(), image.width(), image.height(), RgbImage.CHANNELS));
            return target;
        } catch (IllegalArgumentException | CMMException e) {
            return null;
        }
    }

    private static byte[] firstOfThree(byte[] pixels) {
        byte[] grey = new byte[pixels.length / RgbImage.CHANNELS];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = pixels[RgbImage.CHANNELS * i];
        }
        return grey;
    }

    private static WritableRaster raster(byte[] samples, int width, int height, int bands) {
        int[] offsets = new int[bands];
        for (int i = 0; i < bands; i++) {
            offsets[i] = i;
        }
        DataBuffer buffer = new DataBufferByte(samples, samples.length);
        return Raster.createInterleavedRaster(buffer, width, height, width * bands, bands, offsets, new Point());
    }
}

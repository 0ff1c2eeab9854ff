package io.sparkinversion.cli;

import io.sparkinversion.api.InversionSettings;
import io.sparkinversion.api.SparkInversion;
import io.sparkinversion.image.Decoding.Background;
import io.sparkinversion.image.Decoding.ColourProfile;
import picocli.CommandLine.Option;

/** Which image files are taken, and how they become RGB. */
final class PictureOptions {
    @Option(
            names = "--background",
            hidden = true,
            paramLabel = "NAME",
            defaultValue = InversionSettings.BACKGROUND,
            description = "What shows where an image is transparent: white, black, or keep for the stored colours.")
    private String background;

    @Option(
            names = "--colour-profile",
            hidden = true,
            paramLabel = "NAME",
            defaultValue = InversionSettings.COLOUR_PROFILE,
            description =
                    "convert: convert images with a colour profile to sRGB; ignore: take their values as they are.")
    private String colourProfile;

    @Option(
            names = "--allow-truncated",
            hidden = true,
            description = "Take image files that end early; the missing part is black, and image_marks says so.")
    private boolean allowTruncated;

    @Option(
            names = "--min-size",
            paramLabel = "PIXELS",
            hidden = true,
            defaultValue = "" + InversionSettings.MIN_SIZE,
            description = "Refuse images whose shorter side is smaller; 0: take all.")
    private int minSize;

    void apply(SparkInversion run) {
        run.background(Choice.of("--background", Background.class, background))
                .colourProfile(Choice.of("--colour-profile", ColourProfile.class, colourProfile))
                .allowTruncated(allowTruncated)
                .minSize(minSize);
    }
}

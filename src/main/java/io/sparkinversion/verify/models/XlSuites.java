package io.sparkinversion.verify.models;

import io.sparkinversion.verify.GoldenFolder;
import io.sparkinversion.verify.ModelUnderTest;
import io.sparkinversion.verify.Suite;
import io.sparkinversion.verify.VaeSuite;

/** Which suite compares which golden file of a Stable Diffusion XL model. */
public final class XlSuites {
    private XlSuites() {}

    public static Suite of(GoldenFolder folder, String file, ModelUnderTest loaded) {
        XlModel model = XlModel.of(loaded);
        return switch (file.replaceAll("\\d+$", "")) {
            case "text" -> new XlTextSuite(model);
            case "vae" -> new VaeSuite(loaded);
            case "unet" -> new XlUNetSuite(model);
            case "inv" -> new XlInversionSuite(model, folder, file);
            default -> Suite.notSupported("no suite for files '" + file + "' of Stable Diffusion XL");
        };
    }
}

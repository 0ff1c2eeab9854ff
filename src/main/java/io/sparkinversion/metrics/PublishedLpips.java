package io.sparkinversion.metrics;

import io.sparkinversion.network.LpipsNetwork.Backbone;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of the three published networks of LPIPS v0.1 (arXiv 1801.03924): the ImageNet backbone is a file of torchvision,
 * whose name ends with the first 8 hex digits of its SHA-256, and the heads are a file in the LPIPS authors'
 * repository.
 *
 * @param backbone which of the three
 * @param backboneAddress of torchvision's file, {@code NAME-0123abcd.pth}
 * @param backboneHash {@link LpipsDownloadHash#ofTensors} of its {@code features.*}; null where it is not known, and
 *     only the digits in the file's name are checked
 * @param headsAddress of the authors' file, with {@code linK.model.1.weight}
 * @param headsHash {@link LpipsDownloadHash#ofTensors} of the heads
 */
public record PublishedLpips(
        Backbone backbone, URI backboneAddress, String backboneHash, URI headsAddress, String headsHash) {
    static final String VERSION = "0.1";

    private static final Pattern DIGITS = Pattern.compile("-([0-9a-f]{8})\\.pth$");
    private static final String TORCHVISION = "https://download.pytorch.org/models/";
    private static final String AUTHORS =
            "https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/master/lpips/weights/v0.1/";

    /**
     * All three. The hashes were computed from weights with which the reference code gives, for AlexNet, the distances
     * that the authors' repository states for its two example pairs. VGG16's backbone was not at hand: its file is held
     * against the digits in its name only, its heads against a hash as the others are.
     */
    public static final List<PublishedLpips> ALL = List.of(
            new PublishedLpips(
                    Backbone.ALEX,
                    URI.create(TORCHVISION + "alexnet-owt-7be5be79.pth"),
                    "47a28ad2d5579659032d2ac1706d0b382b85d7db8a823418ec9b55b4ee39be8d",
                    URI.create(AUTHORS + "alex.pth"),
                    "25479521c696f6b7d047b14258890bf878fa95f22fd2fe72f3c8bf882a240375"),
            new PublishedLpips(
                    Backbone.SQUEEZE,
                    URI.create(TORCHVISION + "squeezenet1_1-b8a52dc0.pth"),
                    "d6a58a5c40040d1a63ecf697a4c1d76358bb221783e3597e5e6cf1c688c344e5",
                    URI.create(AUTHORS + "squeeze.pth"),
                    "487f4fc956c28c87666a281c8b60914cedcfa61270fe197685a1c0e90bf6ca1b"),
            new PublishedLpips(
                    Backbone.VGG,
                    URI.create(TORCHVISION + "vgg16-397923af.pth"),
                    null,
                    URI.create(AUTHORS + "vgg.pth"),
                    "3076912a5e7f54f3bb8dc4795c57d7c9978d849a57760d2c9721909fcd049062"));

    /**
     * @throws IllegalArgumentException if the backbone's file name does not end with 8 hex digits and {@code .pth}
     */
    public PublishedLpips {
        if (!DIGITS.matcher(backboneAddress.getPath()).find()) {
            throw new IllegalArgumentException("the name of " + backboneAddress
                    + " does not end as torchvision's do, with 8 hex digits of its SHA-256 and .pth");
        }
    }

    /** {@code alex}, {@code squeeze} or {@code vgg}. */
    public String net() {
        return backbone.name().toLowerCase(Locale.ROOT);
    }

    /** The name of the one file that backbone and heads become. */
    public String fileName() {
        return "lpips-" + net() + "-v" + VERSION + ".safetensors";
    }

    /** Torchvision's name of the backbone's file. */
    public String backboneFileName() {
        return fileName(backboneAddress);
    }

    /** The authors' name of the heads' file. */
    public String headsFileName() {
        return fileName(headsAddress);
    }

    /** The first 8 hex digits of the SHA-256 of the backbone's file. */
    String backboneDigits() {
        Matcher digits = DIGITS.matcher(backboneAddress.getPath());
        digits.find();
        return digits.group(1);
    }

    static String fileName(URI address) {
        return address.getPath().substring(address.getPath().lastIndexOf('/') + 1);
    }
}

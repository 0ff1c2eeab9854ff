package io.sparkinversion.metrics;

import java.net.URI;
import java.util.List;

/**
 * A published network that comes in files of its own and is used as a folder.
 *
 * @param net how it is asked for
 * @param folder name of the folder to write
 * @param option the option of {@code edit} that takes the folder
 * @param files what it consists of
 */
public record PublishedModel(String net, String folder, String option, List<Part> files) {
    private static final String CLIP = "https://huggingface.co/openai/clip-vit-large-patch14/resolve/"
            + "32bd64288804d66eefd0ccbe215aa642df71cc41/";

    /**
     * CLIP ViT-L/14, at one revision of OpenAI's repository on the Hugging Face hub.
     */
    public static final PublishedModel CLIP_L14 = new PublishedModel(
            "clip",
            "clip-vit-large-patch14",
            "--clip-model",
            List.of(
                    clip("config.json", "8a09b467700c58138c29d53c605b34ebc69beaadd13274a8a2af8ad2c2f4032a"),
                    clip(
                            "preprocessor_config.json",
                            "910e70b3956ac9879ebc90b22fb3bc8a75b6a0677814500101a4c072bd7857bd"),
                    clip("vocab.json", "3f0c4f7d2086b61b38487075278ea9ed04edb53a03cbb045b86c27190fa8fb69"),
                    clip("merges.txt", "9fd691f7c8039210e0fced15865466c65820d09b63988b0174bfe25de299051a"),
                    clip("model.safetensors", "a2bf730a0c7debf160f7a6b50b3aaf3703e7e88ac73de7a314903141db026dcb")));

    /** DINO's ViT-B/8 without its head (arXiv 2104.14294). Its authors publish no hash. */
    public static final PublishedModel DINO_B8 = new PublishedModel(
            "dino",
            "dino-vitb8",
            "--dino-model",
            List.of(new Part(
                    URI.create("https://dl.fbaipublicfiles.com/dino/dino_vitbase8_pretrain/dino_vitbase8_pretrain.pth"),
                    "model.safetensors",
                    null)));

    /** Both. */
    public static final List<PublishedModel> ALL = List.of(DINO_B8, CLIP_L14);

    /**
     * @param address where it is published
     * @param name of the file in the folder, where a PyTorch checkpoint becomes a safetensors file
     * @param sha256 of its content in lower-case hex; null where it is not known
     */
    public record Part(URI address, String name, String sha256) {
        boolean isCheckpoint() {
            return publishedName().endsWith(".pth");
        }

        String publishedName() {
            return PublishedLpips.fileName(address);
        }
    }

    private static Part clip(String name, String sha256) {
        return new Part(URI.create(CLIP + name), name, sha256);
    }
}

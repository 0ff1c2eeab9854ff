"""Makes pairs of pictures and their PSNR and SSIM by scikit-image.

Run with scikit-image 0.19.3, numpy and Pillow in this folder: python3 make_metrics.py
goldens.csv: name, width, height, psnr, ssim, ssim with use_sample_covariance=True. NAME-a.rgb, NAME-b.rgb: R G B bytes.

The SSIM that the project reports is the column with use_sample_covariance=False (population variances, as in the
paper); the other one is kept to show that the two are not the same. Both are computed on float64 images in [0, 1].
"""
import numpy as np
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

random = np.random.default_rng(5)


def photo(width, height):
    coarse = random.integers(0, 256, (height // 8 + 2, width // 8 + 2, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.BICUBIC))


def noisy(picture, sigma):
    return np.clip(picture + random.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)


def ssim(a, b, sample):
    return structural_similarity(a / 255, b / 255, gaussian_weights=True, sigma=1.5, use_sample_covariance=sample,
                                 data_range=1, channel_axis=2)


lines = []


def keep(name, a, b):
    for suffix, picture in (("a", a), ("b", b)):
        open(f"{name}-{suffix}.rgb", "wb").write(np.ascontiguousarray(picture).tobytes())
    psnr = peak_signal_noise_ratio(a / 255, b / 255, data_range=1)
    lines.append(f"{name},{a.shape[1]},{a.shape[0]},{psnr!r},{ssim(a, b, False)!r},{ssim(a, b, True)!r}")


first = photo(48, 40)
keep("slight-noise", first, noisy(first, 3))
keep("strong-noise", first, noisy(first, 60))
keep("shifted", first, np.roll(first, 3, axis=1))
keep("inverted", first, 255 - first)
smallest = photo(11, 11)
keep("smallest", smallest, noisy(smallest, 20))
keep("one-row-of-windows", photo(37, 11), photo(37, 11))
keep("flat", np.full((16, 20, 3), 7, np.uint8), np.full((16, 20, 3), 9, np.uint8))
open("goldens.csv", "w").write("\n".join(lines) + "\n")

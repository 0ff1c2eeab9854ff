"""Measures parts of the pictures that make_metrics.py made, by scikit-image, and prepares one of them as CLIP does.

Run with scikit-image 0.19.3, numpy and Pillow in this folder: python3 make_masked.py
masked.csv: name, width, height; left, top, right, bottom of the mask's rectangle (right and bottom exclusive); PSNR and
SSIM over the rectangle's pixels, the latter over the windows inside the picture that are centred there; then what
remains outside the rectangle by PIE-Bench's rule, the rectangle blackened: mean squared error, PSNR, SSIM.
clip-pixels.csv: the upper 37 rows of strong-noise-a resized to 15 x 12 with Pillow (15.57 cut to a whole number), the
12 columns from the second one on, normalised; channels, rows, columns.
"""
import numpy as np
from PIL import Image
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

RADIUS = 5


def picture(name, width, height):
    return np.fromfile(name + ".rgb", np.uint8).reshape(height, width, 3)


def ssim(a, b):
    return structural_similarity(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1,
                                 channel_axis=2, full=True)


lines = []
for name, width, height, left, top, right, bottom in (
        ("slight-noise", 48, 40, 10, 8, 30, 25),
        ("strong-noise", 48, 40, 0, 0, 20, 40),
        ("shifted", 48, 40, 40, 30, 48, 40),
        ("inverted", 48, 40, 7, 6, 8, 7),
        ("smallest", 11, 11, 5, 5, 6, 6),
        ("one-row-of-windows", 37, 11, 3, 2, 21, 9),
        ("flat", 20, 16, 6, 6, 14, 12)):
    a = picture(name + "-a", width, height) / 255
    b = picture(name + "-b", width, height) / 255
    inside = np.zeros((height, width), bool)
    inside[top:bottom, left:right] = True
    windows = np.zeros((height, width), bool)
    windows[RADIUS:-RADIUS, RADIUS:-RADIUS] = True
    masked = ssim(a, b)[1][inside & windows].mean()
    outside_a = a * ~inside[:, :, None]
    outside_b = b * ~inside[:, :, None]
    values = (
        peak_signal_noise_ratio(a[inside], b[inside], data_range=1),
        masked,
        mean_squared_error(outside_a, outside_b),
        peak_signal_noise_ratio(outside_a, outside_b, data_range=1),
        ssim(outside_a, outside_b)[0])
    rectangle = f"{left},{top},{right},{bottom}"
    lines.append(f"{name},{width},{height},{rectangle}," + ",".join(repr(float(value)) for value in values))
open("masked.csv", "w").write("\n".join(lines) + "\n")

resized = Image.fromarray(picture("strong-noise-a", 48, 40)[:37]).resize((15, 12), Image.BICUBIC)
pixels = np.asarray(resized)[:, 1:13] / 255
pixels = (pixels - [0.48145466, 0.4578275, 0.40821073]) / [0.26862954, 0.26130258, 0.27577711]
np.savetxt("clip-pixels.csv", pixels.transpose(2, 0, 1).reshape(36, 12), "%.9f", ",")

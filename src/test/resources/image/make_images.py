"""Makes the encoded images of this folder, what Pillow decodes them to, and what Pillow resizes a picture to.

    python3 make_images.py        (Pillow 9.4 with libjpeg-turbo and libwebp, numpy 1.24)

decoded.csv   file, width, height, expected: the upright picture's size and its RGB bytes, rows from the top
resized.csv   width, height, filter, sha256: of the RGB bytes that the picture of source.png is resized to; plus small.csv,
              the same for the picture of small.png

What Pillow gives is ImageOps.exif_transpose(Image.open(f)).convert("RGB"). Pillow clamps 16-bit grey at 255, which
whitens the picture; there the expectation is the samples' high byte, which Pillow itself keeps of 16-bit colour.
"""
import csv
import hashlib
import io
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageOps

HERE = pathlib.Path(__file__).parent
WIDTH, HEIGHT = 37, 23
expected_names = {}
rows = []


def picture(width, height, seed):
    """Smooth colours, a hard edge, a saturated patch and some noise: [height, width, 3] bytes."""
    y, x = np.mgrid[0:height, 0:width]
    smooth = np.stack([255 * x / width, 255 * y / height, 128 + 100 * np.sin((x + 2 * y) / 5)], axis=-1)
    smooth[(x + y) % 17 < 5] = [250, 20, 10]
    smooth[height // 2:, : width // 3] = [5, 200, 255]
    noise = np.random.default_rng(seed).normal(0, 6, smooth.shape)
    return np.clip(smooth + noise, 0, 255).astype(np.uint8)


def add(name, encoded, pixels=None):
    """Writes the file and its expectation: Pillow's decode, unless pixels are given."""
    (HERE / name).write_bytes(encoded)
    if pixels is None:
        pixels = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(encoded))).convert("RGB"))
    raw = pixels.astype(np.uint8).tobytes()
    expected = expected_names.setdefault(raw, f"{pathlib.Path(name).stem}-{name.split('.')[-1]}.rgb")
    (HERE / expected).write_bytes(raw)
    rows.append([name, pixels.shape[1], pixels.shape[0], expected])


def save(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


# JPEG ---------------------------------------------------------------------------------------------------------------

def segment(marker, content):
    return struct.pack(">BBH", 0xff, marker, len(content) + 2) + content


def without_jfif(jpeg):
    assert jpeg[2:4] == b"\xff\xe0"
    return jpeg[:2] + jpeg[4 + struct.unpack(">H", jpeg[4:6])[0]:]


def with_segments(jpeg, *segments):
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def adobe(transform):
    return segment(0xee, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, transform))


def tiff(orientation, order="<"):
    """The smallest EXIF there is: one directory with one entry, 0x0112."""
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    return head + struct.pack(order + "HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)


def jpegs(rgb, cmyk):
    grey = rgb.convert("L")
    colour = save(rgb, "JPEG", quality=90, subsampling=0)
    add("grey.jpg", save(grey, "JPEG", quality=90))
    add("grey-progressive.jpg", save(grey, "JPEG", quality=70, progressive=True))
    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        add(f"{name}.jpg", save(rgb, "JPEG", quality=85, subsampling=subsampling))
        add(f"{name}-progressive.jpg", save(rgb, "JPEG", quality=60, subsampling=subsampling, progressive=True))
    add("low-quality.jpg", save(rgb, "JPEG", quality=5))
    add("optimised.jpg", save(rgb, "JPEG", quality=95, optimize=True))
    cmyk_jpeg = save(cmyk, "JPEG", quality=90, subsampling=0)
    add("cmyk.jpg", cmyk_jpeg)
    add("cmyk-subsampled-progressive.jpg", save(cmyk, "JPEG", quality=80, subsampling=2, progressive=True))
    at = cmyk_jpeg.index(b"Adobe") + 11
    assert cmyk_jpeg[at] == 0
    add("ycck.jpg", cmyk_jpeg[:at] + b"\2" + cmyk_jpeg[at + 1:])
    add("adobe-rgb.jpg", with_segments(without_jfif(colour), adobe(0)))
    add("adobe-ycc.jpg", with_segments(without_jfif(colour), adobe(1)))
    add("jfif-beats-adobe.jpg", with_segments(colour[:2] + colour[2:20], adobe(0)) + colour[20:])
    add("no-application-segment.jpg", without_jfif(colour))
    letters = bytearray(without_jfif(colour))
    frame, scan = letters.index(b"\xff\xc0"), letters.index(b"\xff\xda")
    for i, letter in enumerate(b"RGB"):
        letters[frame + 10 + 3 * i] = letter
        letters[scan + 5 + 2 * i] = letter
    add("components-named-rgb.jpg", bytes(letters))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    add("profile.jpg", save(rgb, "JPEG", quality=90, icc_profile=profile))
    add("restart-intervals.jpg", restart_intervals(save(grey, "JPEG", quality=90)))
    add("comment-and-trailing-bytes.jpg", with_segments(colour, segment(0xfe, b"a\xff\xd9b")) + b"trailing" * 9)
    add("fill-bytes.jpg", colour[:2] + b"\xff\xff\xff" + colour[2:])
    add("junk-between-segments.jpg", colour[:20] + b"junk" + colour[20:])
    for orientation in range(1, 9):
        exif = b"Exif\0\0" + tiff(orientation, "<" if orientation % 2 else ">")
        add(f"exif-{orientation}.jpg", save(rgb, "JPEG", quality=80, exif=exif))
    whole = b"Exif\0\0" + tiff(6)
    for name, exif in (("out-of-range", b"Exif\0\0" + tiff(9)), ("cut", whole[:17]), ("not-tiff", b"Exif\0\0nonsense")):
        # Pillow raises on some of these: a broken note is no reason to lose the picture.
        add(f"exif-{name}.jpg", with_segments(colour, segment(0xe1, exif)), decoded(colour))
    add("exif-twice.jpg", with_segments(colour, segment(0xe1, whole), segment(0xe1, b"Exif\0\0" + tiff(3))))
    add("xmp-before-exif.jpg", with_segments(
        colour, segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x/>"), segment(0xe1, whole)))


def decoded(encoded):
    return np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB"))


def restart_intervals(grey):
    """One flat 8x8 block after another, each behind a restart marker: the first block's code, repeated."""
    flat = save(Image.new("L", (8, 8), 200), "JPEG", quality=90)
    start = flat.index(b"\xff\xda") + 10
    block = flat[start:-2]
    frame = flat.index(b"\xff\xc0")
    wide = bytearray(flat[:start])
    wide[frame + 7:frame + 9] = struct.pack(">H", 80)
    wide[frame:frame] = segment(0xdd, struct.pack(">H", 1))
    data = b"".join(block + bytes([0xff, 0xd0 + i % 8]) for i in range(9)) + block
    return bytes(wide) + data + b"\xff\xd9"


# PNG: a writer of its own, since Pillow writes neither interlaced files nor 16-bit colour ------------------------------

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def scanlines(samples, depth):
    """Filter type 0 and 1 (difference to the left), in turn."""
    packed = b""
    for y, row in enumerate(samples.reshape(samples.shape[0], -1)):
        if depth == 16:
            data = row.astype(">u2").tobytes()
        elif depth == 8:
            data = row.astype(np.uint8).tobytes()
        else:
            bits = (row[:, None] >> np.arange(depth - 1, -1, -1)) & 1
            data = np.packbits(bits.astype(np.uint8).ravel()).tobytes()
        if y % 2:
            distance = max(1, samples.shape[2] * depth // 8)
            before = b"\0" * distance + data
            data = bytes((a - b) & 255 for a, b in zip(data, before))
        packed += bytes([y % 2]) + data
    return packed


def png(samples, depth, colour, interlaced=False, before=(), after=(), split=None):
    """samples: [height, width, channels]"""
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    passes = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7] if interlaced else [samples]
    data = zlib.compress(b"".join(scanlines(part, depth) for part in passes if part.size), 9)
    parts = [data] if split is None else [data[i:i + split] for i in range(0, len(data), split)]
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(before)
            + b"".join(chunk(b"IDAT", part) for part in parts) + b"".join(after) + chunk(b"IEND", b""))


def pngs(rgb):
    deep = np.asarray(rgb).astype(np.int64) * 257 - np.asarray(rgb)[:, ::-1] % 200
    deep = np.clip(deep, 0, 65535)
    alpha = deep[..., :1][::-1]
    stacks = {0: deep[..., :1], 2: deep, 3: deep[..., :1], 4: np.concatenate([deep[..., :1], alpha], -1),
              6: np.concatenate([deep, alpha], -1)}
    depths = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
    names = {0: "grey", 2: "rgb", 3: "palette", 4: "grey-alpha", 6: "rgba"}
    colours = np.random.default_rng(3).integers(0, 256, (256, 3)).astype(np.uint8)
    for colour, samples in stacks.items():
        for depth in depths[colour]:
            before = [chunk(b"PLTE", colours[:1 << depth].tobytes())] if colour == 3 else []
            for interlaced in (False, True):
                file = png(samples >> 16 - depth, depth, colour, interlaced, before)
                high_byte = np.repeat(samples[..., :1] >> 8, 3, -1) if (colour, depth) == (0, 16) else None
                add(f"{names[colour]}-{depth}{'-interlaced' if interlaced else ''}.png", file, high_byte)
    indices = deep[..., :1] >> 13
    palette = chunk(b"PLTE", colours[:8].tobytes())
    add("palette-transparency.png", png(indices, 4, 3, before=[palette, chunk(b"tRNS", bytes(range(0, 240, 40)))]))
    add("palette-short.png", png(indices, 8, 3, before=[chunk(b"PLTE", colours[:8].tobytes())]))
    add("grey-transparency.png", png(deep[..., :1] >> 8, 8, 0, before=[chunk(b"tRNS", b"\0\x80")]))
    add("rgb-transparency.png", png(deep >> 8, 8, 2, before=[chunk(b"tRNS", b"\0\1\0\2\0\3")]))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    add("gamma-and-profile.png", png(deep >> 8, 8, 2, before=[
        chunk(b"gAMA", struct.pack(">I", 100000)), chunk(b"iCCP", b"xyz\0\0" + zlib.compress(profile))]))
    add("split-data.png", png(deep >> 8, 8, 2, split=100))
    add("empty-data-chunk.png", png(deep >> 8, 8, 2, before=[chunk(b"IDAT", b"")]))
    add("damaged-text.png", png(deep >> 8, 8, 2, before=[chunk(b"zTXt", b"no terminator")[:-1] + b"!"]),
        (deep >> 8))
    add("pillow-filters.png", save(rgb, "PNG"))
    add("one-bit.png", save(rgb.convert("1"), "PNG"))
    for orientation, order in ((6, "<"), (3, ">")):
        add(f"exif-{orientation}.png", png(deep >> 8, 8, 2, before=[chunk(b"eXIf", tiff(orientation, order))]))
    add("trailing-bytes.png", png(deep >> 8, 8, 2) + b"trailing")


# WebP, BMP --------------------------------------------------------------------------------------------------------------

def webps(rgb, rgba):
    small = rgb.crop((3, 5, 24, 18))
    add("lossy.webp", save(rgb, "WEBP", quality=80))
    add("lossy-low.webp", save(rgb, "WEBP", quality=5))
    add("lossless.webp", save(rgb, "WEBP", lossless=True))
    add("lossy-alpha.webp", save(rgba, "WEBP", quality=70))
    add("lossless-alpha.webp", save(rgba, "WEBP", lossless=True))
    add("lossless-alpha-exact.webp", save(rgba, "WEBP", lossless=True, exact=True))
    add("exif-8.webp", save(rgb, "WEBP", quality=60, exif=tiff(8)))
    add("exif-5.webp", save(rgb, "WEBP", quality=60, exif=b"Exif\0\0" + tiff(5, ">")))
    add("animated.webp", save(rgb, "WEBP", save_all=True, append_images=[rgb.rotate(180)], duration=9, quality=50))
    first = Image.new("RGBA", rgb.size, (0, 0, 0, 0))
    first.paste(small, (8, 4))
    add("animated-partial.webp", save(
        first, "WEBP", save_all=True, append_images=[rgba], lossless=True, minimize_size=True, background=(0, 0, 0, 0)))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    add("profile.webp", save(rgb, "WEBP", quality=60, icc_profile=profile))


def bmp(bits, data, width, height, palette=b"", masks=b""):
    """A Windows 3 bitmap; a negative height puts the top row first."""
    offset = 54 + len(masks) + len(palette)
    compression = 3 if masks else 0
    return (b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset)
            + struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(data), 0, 0,
                          len(palette) // 4, 0) + masks + palette + data)


def bmps(rgb, rgba):
    add("rgb.bmp", save(rgb, "BMP"))
    add("grey.bmp", save(rgb.convert("L"), "BMP"))
    add("palette.bmp", save(rgb.quantize(50), "BMP"))
    add("one-bit.bmp", save(rgb.convert("1"), "BMP"))
    add("alpha.bmp", save(rgba, "BMP"))
    width, height = rgb.size
    bottom_up = np.asarray(rgb)[::-1].astype(np.uint32)
    top_down = np.pad(bottom_up[::-1, :, ::-1].astype(np.uint8).reshape(height, -1), ((0, 0), (0, -3 * width % 4)))
    add("top-down.bmp", bmp(24, top_down.tobytes(), width, -height))
    red, green, blue = (bottom_up[..., i] for i in range(3))
    for name, shifts, masks in (("555", (3, 3, 3), b""), ("565", (3, 2, 3), struct.pack("<III", 63488, 2016, 31))):
        packed = (red >> shifts[0]) << 16 - 1 - 5 + (name == "565") | (green >> shifts[1]) << 5 | blue >> shifts[2]
        data = np.pad(packed.astype("<u2"), ((0, 0), (0, width % 2)))
        add(f"rgb-{name}.bmp", bmp(16, data.tobytes(), width, height, masks=masks))
    nibbles = np.pad((green >> 4).astype(np.uint8), ((0, 0), (0, -width % 8)))
    colours = np.random.default_rng(4).integers(0, 256, (16, 4)).astype(np.uint8)
    colours[:, 3] = 0
    add("palette-4.bmp", bmp(4, (nibbles[:, ::2] << 4 | nibbles[:, 1::2]).tobytes(), width, height, colours.tobytes()))
    core = struct.pack("<IHHHH", 12, width, height, 1, 24)
    rows_up = top_down[::-1].tobytes()
    add("os2.bmp", b"BM" + struct.pack("<IHHI", 26 + len(rows_up), 0, 0, 26) + core + rows_up)


# Resizing ---------------------------------------------------------------------------------------------------------------

def resize():
    filters = {"BICUBIC": Image.Resampling.BICUBIC, "LANCZOS": Image.Resampling.LANCZOS,
               "BILINEAR": Image.Resampling.BILINEAR, "BOX": Image.Resampling.BOX}
    sizes = {"source": [(61, 47), (512, 512), (64, 64), (67, 61), (20, 15), (7, 47), (61, 9), (1, 1), (1, 200), (300, 1),
                        (122, 94), (13, 11), (60, 46), (62, 48)],
             "small": [(1, 1), (2, 5), (64, 64), (512, 3), (3, 2), (5, 1)],
             "pixel": [(1, 1), (9, 4), (64, 64)],
             "strip": [(64, 64), (1, 1), (2000, 1), (11, 5)]}
    images = {"source": picture(61, 47, 7), "small": picture(3, 2, 8), "pixel": picture(1, 1, 9),
              "strip": picture(1500, 2, 10)}
    with open(HERE / "resized.csv", "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["input", "width", "height", "filter", "sha256"])
        for name, pixels in images.items():
            image = Image.fromarray(pixels)
            image.save(HERE / f"resize-{name}.png")
            for size in sizes[name]:
                for label, kind in filters.items():
                    table.writerow([name, *size, label, hashlib.sha256(image.resize(size, kind).tobytes()).hexdigest()])


if __name__ == "__main__":
    photo = picture(WIDTH, HEIGHT, 1)
    photo_rgb = Image.fromarray(photo)
    photo_rgba = Image.fromarray(np.concatenate([photo, photo[::-1, :, :1]], -1))
    jpegs(photo_rgb, Image.fromarray(np.concatenate([photo, photo[::-1, :, :1] // 2], -1), "CMYK"))
    pngs(photo_rgb)
    webps(photo_rgb, photo_rgba)
    bmps(photo_rgb, photo_rgba)
    resize()
    with open(HERE / "decoded.csv", "w", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([["file", "width", "height", "expected"], *rows])

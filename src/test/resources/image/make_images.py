"""Makes the encoded pictures of this folder and, beside each, the pixels that Pillow decodes from it.

Run with Pillow 9.4.0 and numpy in this folder: python3 make_images.py
cases.csv: file, width, height, bound on the difference from Pillow. NAME.rgb: rows of R G B bytes.
"""
import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageOps

WIDTH, HEIGHT = 37, 23
cases = []


def photo(width, height, seed):
    random = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for step in (4, 16):
        coarse = random.integers(0, 256, (height // step + 2, width // step + 2, 3), dtype=np.uint8)
        total += np.asarray(Image.fromarray(coarse).resize((width, height), Image.BICUBIC), float) * step
    return Image.fromarray(np.clip((total / 20 - 128) * 1.6 + 128, 0, 255).astype(np.uint8))


def keep(name, data, bound=0, expected=None):
    if expected is None:
        expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    open(name, "wb").write(data)
    open(name + ".rgb", "wb").write(expected.tobytes())
    cases.append(f"{name},{expected.width},{expected.height},{bound}")


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def segments(jpeg):
    """The marker segments before the picture data, and the rest."""
    position, found = 2, []
    while jpeg[position + 1] != 0xDA:
        length = struct.unpack(">H", jpeg[position + 2:position + 4])[0]
        found.append(jpeg[position:position + 2 + length])
        position += 2 + length
    return found, jpeg[position:]


def adobe(transform):
    return b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([transform])


def without_marker(jpeg, *markers):
    found, rest = segments(jpeg)
    return [s for s in found if s[1] not in markers], rest


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, bits, colour, rows, interlace=0, before=b""):
    """rows: the bytes before compression, filter codes included."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


def plain_rows(samples):
    return b"".join(b"\0" + row.tobytes() for row in samples)


def adam7(samples):
    rows = b""
    passes = (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)
    for x, y, dx, dy in passes:
        part = samples[y::dy, x::dx]
        if part.size:
            rows += plain_rows(part)
    return rows


def bmp(width, height, bits, rows, compression=0, masks=b""):
    start = 54 + len(masks)
    return (struct.pack("<2sIHHI", b"BM", start + len(rows), 0, 0, start)
            + struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(rows), 0, 0, 0, 0)
            + masks + rows)


base = photo(WIDTH, HEIGHT, 1)
pixels = np.asarray(base)
grey = base.convert("L")
random = np.random.default_rng(2)
alpha = Image.fromarray(random.integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8))
rgba = base.convert("RGBA")
rgba.putalpha(alpha)
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
profile = profile[:24] + bytes(12) + profile[36:]  # without its date of creation

# JPEG
keep("grey.jpg", encoded(grey, "JPEG", quality=85))
keep("444.jpg", encoded(base, "JPEG", quality=90, subsampling=0))
keep("422.jpg", encoded(base, "JPEG", quality=85, subsampling=1))
keep("420.jpg", encoded(base, "JPEG", quality=75, subsampling=2))
keep("progressive.jpg", encoded(base, "JPEG", quality=80, progressive=True))
keep("profile.jpg", encoded(base, "JPEG", quality=85, icc_profile=profile, comment=b"a comment"))
keep("trailing.jpg", encoded(base, "JPEG", quality=85) + b"bytes behind the end")
for orientation in range(1, 9):
    keep(f"exif{orientation}.jpg", encoded(base, "JPEG", quality=70, exif=exif(orientation)))
cmyk = encoded(base.convert("CMYK"), "JPEG", quality=85)
keep("cmyk.jpg", cmyk)
found, rest = without_marker(cmyk, 0xEE)
keep("cmyk-without-adobe.jpg", cmyk[:2] + b"".join(found) + rest)
keep("ycck.jpg", cmyk[:2] + adobe(2) + b"".join(found) + rest)
found, rest = without_marker(encoded(base, "JPEG", quality=85, subsampling=0), 0xE0)
keep("rgb-adobe.jpg", b"\xff\xd8" + adobe(0) + b"".join(found) + rest)
keep("ycbcr-without-jfif.jpg", b"\xff\xd8" + b"".join(found) + rest)

# PNG
keep("rgb.png", encoded(base, "PNG"))
keep("rgba.png", encoded(rgba, "PNG"))
keep("grey.png", encoded(grey, "PNG"))
keep("grey-alpha.png", encoded(rgba.convert("LA"), "PNG"))
keep("one-bit.png", encoded(base.convert("1"), "PNG"))
for colours, bits in ((200, 8), (16, 4), (4, 2), (2, 1)):
    keep(f"palette{bits}.png", encoded(base.quantize(colours), "PNG", bits=bits))
keep("palette-transparent.png", encoded(base.quantize(16), "PNG", transparency=bytes(range(0, 256, 16))))
for bits in (2, 4):
    samples = np.asarray(grey) >> (8 - bits)
    per_byte = 8 // bits
    padded = np.pad(samples, ((0, 0), (0, -WIDTH % per_byte)))
    packed = sum(padded[:, i::per_byte].astype(np.uint8) << (8 - bits * (i + 1)) for i in range(per_byte))
    keep(f"grey{bits}.png", png(WIDTH, HEIGHT, bits, 0, plain_rows(packed.astype(np.uint8))))
deep = random.integers(0, 65536, (HEIGHT, WIDTH, 4)).astype(">u2")
keep("rgb16.png", png(WIDTH, HEIGHT, 16, 2, plain_rows(np.ascontiguousarray(deep[:, :, :3]))))
keep("rgba16.png", png(WIDTH, HEIGHT, 16, 6, plain_rows(deep)))
# The one place where Pillow is not followed: it clamps 16-bit grey at 255. Expected is the high byte.
high = Image.fromarray((deep[:, :, 0] >> 8).astype(np.uint8)).convert("RGB")
keep("grey16.png", png(WIDTH, HEIGHT, 16, 0, plain_rows(np.ascontiguousarray(deep[:, :, 0]))), expected=high)
keep("interlaced.png", png(WIDTH, HEIGHT, 8, 2, adam7(pixels), interlace=1))
colour_chunks = chunk(b"gAMA", struct.pack(">I", 220000)) + chunk(b"iCCP", b"x\0\0" + zlib.compress(profile))
keep("gamma-profile.png", png(WIDTH, HEIGHT, 8, 2, plain_rows(pixels), before=colour_chunks))
keep("transparent-colour.png", encoded(base, "PNG", transparency=tuple(int(v) for v in pixels[0, 0])))
keep("exif6.png", encoded(base, "PNG", exif=exif(6)))

# WebP
keep("lossy.webp", encoded(base, "WEBP", quality=80))
keep("lossless.webp", encoded(base, "WEBP", lossless=True))
keep("lossy-alpha.webp", encoded(rgba, "WEBP", quality=60))
keep("lossless-alpha.webp", encoded(rgba, "WEBP", lossless=True, exact=True))
keep("lossy-large.webp", encoded(photo(70, 51, 3), "WEBP", quality=60))
keep("exif6.webp", encoded(base, "WEBP", quality=80, exif=exif(6)))
keep("profile.webp", encoded(base, "WEBP", quality=80, icc_profile=profile))
keep("animated.webp", encoded(base, "WEBP", save_all=True, append_images=[photo(WIDTH, HEIGHT, 4)], lossless=True))

# BMP
keep("rgb.bmp", encoded(base, "BMP"))
keep("rgba.bmp", encoded(rgba, "BMP"))
keep("grey.bmp", encoded(grey, "BMP"))
keep("palette.bmp", encoded(base.quantize(200), "BMP"))
keep("one-bit.bmp", encoded(base.convert("1"), "BMP"))
reversed_channels = np.pad(pixels[:, :, ::-1].reshape(HEIGHT, -1), ((0, 0), (0, -WIDTH * 3 % 4)))
keep("top-down.bmp", bmp(WIDTH, -HEIGHT, 24, reversed_channels.tobytes()))
fives = random.integers(0, 32768, (HEIGHT, WIDTH)).astype("<u2")
keep("555.bmp", bmp(WIDTH, HEIGHT, 16, np.pad(fives, ((0, 0), (0, WIDTH % 2))).tobytes()))
sixes = random.integers(0, 65536, (HEIGHT, WIDTH)).astype("<u2")
masks = struct.pack("<III", 0xF800, 0x07E0, 0x001F)
keep("565.bmp", bmp(WIDTH, HEIGHT, 16, np.pad(sixes, ((0, 0), (0, WIDTH % 2))).tobytes(), 3, masks))

open("cases.csv", "w").write("\n".join(cases) + "\n")

base.save("rgb.tif")
base.quantize(16).save("palette.gif")

# Resizing: resize.csv lists source, its size, target size, filter; the results lie in resize.bin in that order.
resizes, results = [], b""
sources = {"tall": (5, 41), "wide": (61, 7), "photo": (29, 23), "dot": (1, 1), "line": (300, 1)}
for name, size in sources.items():
    picture = photo(*size, 10 + len(resizes))
    open(f"resize-{name}.rgb", "wb").write(picture.tobytes())
    for target in ((16, 16), (29, 23), (3, 5), (1, 1), (40, 9), (7, 60)):
        for filter_name in ("BICUBIC", "LANCZOS", "BILINEAR", "BOX") if target == (16, 16) else ("BICUBIC", "LANCZOS"):
            results += picture.resize(target, getattr(Image, filter_name)).tobytes()
            resizes.append((name, *size, *target, filter_name))
open("resize.csv", "w").write("\n".join(",".join(map(str, row)) for row in resizes) + "\n")
open("resize.bin", "wb").write(results)

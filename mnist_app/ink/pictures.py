"""An image file to ink, whatever its size, mode, polarity and lighting. The Draw page opens without SciPy."""

from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from mnist_app import InvalidInput

_MOST_PIXELS = 64_000_000  # a file with more is refused before it is decoded: it would take hundreds of megabytes
_LONG_SIDE = 1024
"""Larger pictures are averaged down to at most this; a line of two pixels in 5,000 keeps 0.4 of its contrast."""

_LOSSLESS = ("PNG", "GIF", "BMP", "TIFF", "PPM", "ICO")
_FORMATS = (*_LOSSLESS, "JPEG", "WEBP")  # those that start no other program, as EPS does, and fetch nothing
_FAINTEST = 0.06  # contrast below this share of the full scale is paper, not ink
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def ink_of_file(file: Path | BinaryIO, *, most_pixels: int = _MOST_PIXELS) -> np.ndarray:
    """The ink in an image file: float32 (h, w) in [0, 1], long side at most 1024, 1 = full ink.

    Any mode (palette, grey, 16-bit, CMYK, transparent), turned as its EXIF says; of several frames the first.
    Paper becomes 0 and the darkest strokes 1, or the other way round for light on dark: the less common side of the
    brightness is the ink. A lossless picture on an even background keeps its greys as they are. In others, uneven
    lighting is subtracted, and noise, faint ruling, dust and the table beside the paper are cleared.

    Raises InvalidInput for everything else.
    """
    try:
        with Image.open(file, formats=_FORMATS) as image:
            width, height = image.size
            if width * height > most_pixels:
                raise ValueError(f"{width} × {height} pixels")
            lossless = image.format in _LOSSLESS
            image.draft("L", (_LONG_SIDE, _LONG_SIDE))
            grey = _brightness(image)
    except Exception as error:  # damaged bytes make Pillow's decoders raise almost anything
        raise InvalidInput(
            f"{file} cannot be read",
            expected=f"PNG, JPEG, GIF, BMP, WebP or TIFF, at most {most_pixels // 1_000_000} million pixels",
            found="another kind of file" if isinstance(error, UnidentifiedImageError) else f"{error}",
            remedy="Save the picture as PNG or JPEG and try again.",
        ) from error
    return _ink_of_grey(grey, lossless=lossless)


def _brightness(image: Image.Image) -> np.ndarray:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = image.convert("F")
        # 12-bit scans come in 16-bit files; floats may be fractions already.
        top = image.getextrema()[1]
        full = next((limit for limit in (1.0, 255.0, 4095.0, 65535.0) if top <= limit), top)
        grey = np.asarray(_smaller(image), np.float32) / np.float32(full)
        if not np.isfinite(grey).all():
            raise ValueError("pixels that are not finite")
        return np.clip(grey, 0, 1)
    if image.has_transparency_data:
        return _on_paper(np.asarray(_smaller(image.convert("RGBA")), np.float32) / 255)
    if image.mode not in ("L", "RGB", "CMYK", "YCbCr", "1"):
        image = image.convert("RGB")
    return np.asarray(_smaller(image.convert("L")), np.float32) / 255


def _smaller(image: Image.Image) -> Image.Image:
    factor = -(-max(image.size) // _LONG_SIDE)
    # An average, since picking pixels would lose thin lines.
    image = image.reduce(factor) if factor > 1 else image
    return ImageOps.exif_transpose(image)


def _on_paper(colours: np.ndarray) -> np.ndarray:
    """Brightness of RGBA (h, w, 4). What is transparent becomes paper.

    Where the opaque part has one brightness, it is the ink itself; where it has two, it is a drawing on its own
    paper, cut out, and the gap is filled with that.
    """
    light, opacity = colours[..., :3] @ _LUMA, colours[..., 3]
    solid = light[opacity > 0.5]
    if opacity.min() > 0.5 or solid.size == 0:
        return light * opacity
    low, high = np.percentile(solid, [2, 98])
    if high - low < 0.5:
        return opacity
    return light * opacity + np.median(solid) * (1 - opacity)


def _ink_of_grey(grey: np.ndarray, *, lossless: bool) -> np.ndarray:
    counts = np.bincount((grey * 255 + 0.5).astype(np.uint8).ravel(), minlength=256)
    near = np.convolve(counts, np.ones(7, int), mode="same")
    low = max(0, int(near.argmax()) - 3)
    level = low + int(counts[low : low + 7].argmax())
    even = near.max() >= 0.4 * grey.size
    exact = lossless and counts[level] >= 0.4 * grey.size
    flat = grey - (np.float32(level / 255) if even else _slope(grey))
    # The rarer side of the background is the ink; cubes let few strong pixels outvote much weak unevenness.
    sign = 1 if (flat.astype(np.float64) ** 3).sum() >= 0 else -1
    rise = sign * flat if even else sign * grey - _background(sign * grey)
    return _clean(np.maximum(rise, 0), exact=exact, even=even)


def _clean(rise: np.ndarray, *, exact: bool, even: bool) -> np.ndarray:
    """Ink from how far each pixel rises above the paper."""
    if exact:
        return _stretch(rise, floor=0, share=(0, 1))
    middle = np.median(rise)
    floor = float(middle + 4 * 1.4826 * np.median(np.abs(rise - middle)))
    share = (0.1, 0.95) if even else (0.35, 0.7)
    ink = _stretch(rise, floor=floor, share=share)
    drawing, edge, _ = _sort_parts(ink)
    # A dark table beside the paper sets another contrast than the pen: look again without what touches the edge.
    inner = _stretch(np.where(edge, 0, rise), floor=floor, share=share)
    inner_drawing, inner_edge, large = _sort_parts(np.where(edge, 0, inner))
    if large:
        return inner * (inner_drawing & ~inner_edge & ~edge)
    return ink * drawing


def _stretch(rise: np.ndarray, *, floor: float, share: tuple[float, float]) -> np.ndarray:
    # Not the very highest pixel, which may be a fault of the sensor: the one that as many reach as a short line has.
    rank = min(rise.size, max(1, max(rise.shape) // 16))
    reach = float(np.partition(rise.ravel(), -rank)[-rank]) - floor
    if reach < _FAINTEST:
        return np.zeros(rise.shape, np.float32)
    low, high = floor + share[0] * reach, floor + share[1] * reach
    return np.clip((rise - np.float32(low)) / np.float32(high - low), 0, 1)


def _slope(grey: np.ndarray) -> np.ndarray:
    """The smooth surface (quadratic in x and y) nearest to the brightness: lighting, roughly."""
    y, x = (np.linspace(-1, 1, length, dtype=np.float32) for length in grey.shape)
    step = max(1, max(grey.shape) // 64)
    small = grey[::step, ::step]
    terms = [(i, j) for i in range(3) for j in range(3 - i)]
    basis = np.stack([np.multiply.outer(y[::step] ** i, x[::step] ** j).ravel() for i, j in terms], axis=1)
    weights = np.linalg.lstsq(basis, small.ravel(), rcond=None)[0].astype(np.float32)
    return sum(w * np.multiply.outer(y**i, x**j) for w, (i, j) in zip(weights, terms, strict=True))


def _background(light: np.ndarray) -> np.ndarray:
    """What remains of a picture of light ink when everything narrower than a quarter of it is taken away."""
    from scipy import ndimage

    height, width = light.shape
    scale = min(1, 128 / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = Image.fromarray(((light - light.min()) * 255 + 0.5).astype(np.uint8)).resize(size, Image.Resampling.BOX)
    reach = 4 * max(1, max(size) // 16) + 1
    opened = ndimage.maximum_filter(
        ndimage.minimum_filter(np.asarray(small), reach, mode="nearest"), reach, mode="nearest"
    )
    smooth = Image.fromarray(opened).filter(ImageFilter.GaussianBlur(max(size) / 64))
    back = Image.fromarray(np.asarray(smooth, np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(back) / 255 + light.min()


def _sort_parts(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    """Where ink is more than dust, where it hangs together with the edge (bool (h, w)), and whether anything large
    stands free of the edge: then what touches it is the table or a shadow, not the drawing."""
    from scipy import ndimage

    block = -(-max(ink.shape) // 128)
    height, width = ink.shape
    padded = np.pad(ink, ((0, -height % block), (0, -width % block)))
    blocks = padded.reshape(padded.shape[0] // block, block, -1, block)
    names = ndimage.label(blocks.max(axis=(1, 3)) > 0.25, structure=np.ones((3, 3)))[0]
    mass = np.bincount(names.ravel(), weights=blocks.sum(axis=(1, 3)).ravel())
    rim = np.zeros(len(mass), bool)
    rim[np.r_[names[0], names[-1], names[:, 0], names[:, -1]]] = True
    rim[0] = False
    mass[0] = 0
    inner = np.where(rim, 0, mass)
    ys, xs = np.nonzero(names == inner.argmax())
    large = bool(inner.max() > 0 and max(np.ptp(ys), np.ptp(xs)) >= 0.15 * max(names.shape))
    dust = mass < 0.02 * (inner if large else mass).max()

    def area(chosen: np.ndarray) -> np.ndarray:
        # One block further on every side, for the strokes' soft rims, but not into another part.
        near = ndimage.binary_dilation(chosen[names], np.ones((3, 3))) & (chosen[names] | (names == 0))
        return near.repeat(block, axis=0).repeat(block, axis=1)[:height, :width]

    dust[0] = True
    return area(~dust), area(rim), large

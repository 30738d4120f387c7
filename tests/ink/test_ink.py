"""From pixels and strokes to the image a network reads.

Golden images lie in tests/golden/ink: `canvas_*` are what streamlit-drawable-canvas 0.13.0 sent from Chromium, JSON
and picture; the others are what this module made of them, looked at by a person. `python -m tests.ink.test_ink`
makes those anew.
"""

import functools
import io
import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image
from scipy import ndimage

from mnist_app import InvalidInput, ink
from mnist_app.ink import Stroke

GOLDEN = Path(__file__).parents[1] / "golden" / "ink"
TOLERANCE = 6 / 255
SCALARS = (
    some.none() | some.booleans() | some.integers() | some.floats() | some.sampled_from(["M", "Q", "L", "data:", ""])
)
JSON = some.recursive(
    SCALARS, lambda inner: some.lists(inner, max_size=5) | some.dictionaries(some.text(max_size=3), inner, max_size=2)
)


def canvas(name: str) -> tuple[dict, np.ndarray]:
    return json.loads((GOLDEN / f"{name}.json").read_text()), np.asarray(Image.open(GOLDEN / f"{name}.png"))


def two(width: float = 20, *, scale: float = 1.0, at: tuple[float, float] = (140, 140)) -> tuple[Stroke, ...]:
    """A handwritten 2 on a canvas of 280: its middle, its size over the original's 120×190, its brush."""
    points = ink.strokes_of_canvas(canvas("canvas_two")[0])[0].points
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    return (Stroke((points - middle) * scale + at, width),)


def dot(x: float, y: float, width: float) -> Stroke:
    return Stroke(np.array([[x, y]]), width)


def file_of(pixels: np.ndarray, form: str = "PNG", mode: str | None = None, **options) -> io.BytesIO:
    image, out = Image.fromarray(pixels), io.BytesIO()
    (image.convert(mode) if mode else image).save(out, form, **options)
    return out


def bytes_of(drawing: np.ndarray) -> np.ndarray:
    return (drawing * 255 + 0.5).astype(np.uint8)


@functools.cache
def photo(*, pen: int = 14, contrast: float = 0.5, noise: float = 0.02, table: bool = False) -> np.ndarray:
    """A landscape photograph of grey paper under a lamp on the left, with a pen's 2 on it."""
    height, width = 600, 900
    drawing = np.zeros((height, width))
    drawing[150:430, 300:580] = ink.draw_strokes(two(pen))
    y, x = np.mgrid[0:height, 0:width] / width
    light = (0.85 - 0.4 * x - 0.2 * y) * (1 - contrast * drawing)
    if table:
        light[:, :80] = 0.1
    grain = np.random.default_rng(0).normal(0, noise, light.shape)
    return bytes_of(np.clip(light + grain, 0, 1))


def huge() -> np.ndarray:
    """A line of two pixels on white paper of 5000×5000."""
    pixels = np.full((5000, 5000), 255, np.uint8)
    pixels[800:4200, 2400:2402] = 0
    pixels[800:802, 1500:2402] = 0
    return pixels


PICTURES = {
    "two": lambda: ink.centre(ink.draw_strokes(two())),
    "thin": lambda: ink.centre(ink.draw_strokes(two(2))),
    "thick": lambda: ink.centre(ink.draw_strokes(two(36))),
    "tiny_in_a_corner": lambda: ink.centre(ink.draw_strokes(two(3, scale=0.12, at=(14, 18)))),
    "touching_the_edge": lambda: ink.centre(ink.draw_strokes(two(at=(60, 200)))),
    "inverted": lambda: ink.centre(ink.ink_of_file(file_of(255 - bytes_of(ink.draw_strokes(two()))))),
    "rgba": lambda: ink.centre(ink.ink_of_file(GOLDEN / "canvas_two.png")),
    "landscape_photo": lambda: ink.centre(ink.ink_of_file(file_of(photo(), "JPEG", quality=85))),
    "huge": lambda: ink.centre(ink.ink_of_file(file_of(huge()))),
    "shrunk": lambda: ink.shrink(ink.draw_strokes(two(scale=0.5, at=(70, 80)))),
    "dot_shrunk": lambda: ink.shrink(ink.draw_strokes([dot(150, 160, 20)])),
    "empty_shrunk": lambda: ink.shrink(np.zeros((280, 280), np.float32)),
}
"""The golden cases."""


def picture(name: str) -> np.ndarray:
    """The 28×28 image of a golden case."""
    made = PICTURES[name]()
    return (made if isinstance(made, np.ndarray) else made.image)[..., 0]


@pytest.mark.parametrize("name", PICTURES)
def test_golden(name):
    expected = np.asarray(Image.open(GOLDEN / f"{name}.png"), np.float32) / 255
    np.testing.assert_allclose(picture(name), expected, atol=TOLERANCE)


@pytest.mark.parametrize("width", [2, 15, 40])
def test_every_brush_gives_an_image_like_those_of_mnist(width):
    steps = ink.centre(ink.draw_strokes(two(width)))
    assert (steps.image.shape, steps.image.dtype) == ((28, 28, 1), np.float32)
    assert 0 <= steps.image.min() <= 0.001
    assert 0.9 <= steps.image.max() <= 1
    assert max(steps.scaled.shape) == 20
    assert all(13.5 <= at <= 14.5 for at in ndimage.center_of_mass(steps.centred))
    # Of MNIST's test images, 98 in 100 have a mean between these.
    assert 0.05 < steps.image.mean() < 0.25


def test_the_steps_show_the_crop_and_the_place():
    drawing = ink.draw_strokes(two(at=(100, 150)))
    steps = ink.centre(drawing)
    left, top, right, bottom = steps.box
    assert steps.box == pytest.approx((30, 45, 170, 255), abs=2)
    np.testing.assert_array_equal(steps.cropped, drawing[top:bottom, left:right])
    assert steps.centred.sum() == pytest.approx(steps.scaled.sum())


@pytest.mark.parametrize("at", [(80, 115), (200, 165), (133.3, 151.7)])
def test_where_it_was_drawn_does_not_matter(at):
    here, there = (ink.centre(ink.draw_strokes(two(20, at=place))).image for place in ((140, 140), at))
    # Moved by whole pixels it is the same; by parts of one, the antialiasing differs a little.
    whole = all(float(x).is_integer() for x in at)
    assert np.abs(here - there).max() <= (1e-5 if whole else 0.12)


def test_faint_ink_reads_as_full_ink():
    drawing = ink.draw_strokes(two())
    assert np.abs(ink.centre(drawing * 0.4).image - ink.centre(drawing).image).max() < 0.01


def test_a_lopsided_drawing_stays_inside_the_frame():
    drawing = np.zeros((280, 280), np.float32)
    drawing[20:260, 20:26] = 1
    drawing[250:260, 20:60] = 1
    steps = ink.centre(drawing)
    assert steps.centred.sum() == pytest.approx(steps.scaled.sum())
    assert ndimage.center_of_mass(steps.centred)[0] == pytest.approx(14, abs=0.5)


def test_an_image_of_mnists_making_passes_unchanged():
    once = ink.centre(ink.draw_strokes(two())).centred
    np.testing.assert_allclose(ink.centre(once).centred, once / once.max(), atol=1e-6)
    file = ink.ink_of_file(file_of(bytes_of(once)))
    np.testing.assert_allclose(ink.centre(file).centred, once / once.max(), atol=TOLERANCE)


def test_shrink_squeezes_the_whole_canvas():
    drawing = np.zeros((140, 280), np.float32)
    drawing[:70] = 1
    small = ink.shrink(drawing)
    assert small.shape == (28, 28, 1)
    assert small.dtype == np.float32
    assert small[:14].min() == 1
    assert small[14:].max() == 0


@pytest.mark.parametrize("width", [8, 20, 30])
def test_nothing_and_one_click_are_blank(width):
    for strokes in ((), (dot(150, 160, width),)):
        assert ink.centre(ink.draw_strokes(strokes)) is None
    assert ink.centre(np.full((280, 280), 0.05, np.float32)) is None


def test_the_same_drawing_gives_the_same_image_and_is_not_changed():
    drawing = ink.draw_strokes(two(30))
    kept = drawing.copy()
    np.testing.assert_array_equal(ink.centre(drawing).image, ink.centre(drawing).image)
    np.testing.assert_array_equal(drawing, kept)
    assert drawing.flags.writeable


class TestFile:
    drawing = bytes_of(ink.draw_strokes(two(at=(110, 120))))

    def test_polarity_does_not_matter(self):
        light, dark = ink.ink_of_file(file_of(self.drawing)), ink.ink_of_file(file_of(255 - self.drawing))
        np.testing.assert_allclose(light, dark, atol=1e-6)
        np.testing.assert_allclose(light, self.drawing / 255, atol=1e-6)

    @pytest.mark.parametrize(
        ("form", "mode"),
        [("PNG", "1"), ("PNG", "P"), ("PNG", "LA"), ("GIF", None), ("TIFF", "CMYK"), ("WEBP", "RGB"), ("JPEG", "RGB")],
    )
    def test_any_format_and_mode_gives_the_same_image(self, form, mode):
        expected = ink.centre(self.drawing / 255).image
        for polarity in (0, 255):
            image = ink.centre(ink.ink_of_file(file_of(self.drawing ^ polarity, form, mode))).image
            assert np.abs(image - expected).mean() < 0.02

    @pytest.mark.parametrize("full", [255, 4095, 65535])
    def test_sixteen_bits(self, full):
        wide = (self.drawing / 255 * full).astype(np.uint16)
        np.testing.assert_allclose(ink.ink_of_file(file_of(full - wide)), self.drawing / 255, atol=0.005)

    @pytest.mark.parametrize("colour", [0, 60, 255])
    def test_strokes_of_any_colour_on_a_transparent_ground(self, colour):
        pixels = np.full((280, 280, 4), colour, np.uint8)
        pixels[..., 3] = self.drawing
        np.testing.assert_allclose(ink.ink_of_file(file_of(pixels)), self.drawing / 255, atol=0.005)

    def test_a_cut_out_piece_of_paper(self):
        pixels = np.zeros((400, 400, 4), np.uint8)
        pixels[60:340, 60:340, :3] = (255 - self.drawing)[..., None]
        pixels[60:340, 60:340, 3] = 255
        np.testing.assert_allclose(ink.ink_of_file(file_of(pixels))[60:340, 60:340], self.drawing / 255, atol=0.005)

    def test_exif_rotation(self):
        exif = Image.Exif()
        exif[0x0112] = 6
        turned = file_of(np.rot90(self.drawing), "PNG", exif=exif)
        np.testing.assert_allclose(ink.ink_of_file(turned), self.drawing / 255, atol=1e-6)

    @pytest.mark.parametrize(
        "options", [{}, {"inverted": True}, {"contrast": 0.3}, {"pen": 4}, {"noise": 0.04}, {"table": True}]
    )
    def test_a_photograph_reads_like_the_drawing_itself(self, options):
        inverted, options = options.get("inverted"), {key: options[key] for key in options if key != "inverted"}
        pixels = photo(**options)
        drawing = ink.ink_of_file(file_of(255 - pixels if inverted else pixels, "JPEG", quality=85))
        assert (drawing == 0).mean() > 0.9  # the paper
        expected = ink.centre(ink.draw_strokes(two(options.get("pen", 14)))).image
        image = ink.centre(drawing).image
        # A hair more or less at the rim may move it by a pixel.
        moved = [np.roll(image, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
        assert max(np.corrcoef(one.ravel(), expected.ravel())[0, 1] for one in moved) > 0.9

    def test_empty_paper_is_blank(self):
        for pixels in (photo(contrast=0), np.full((600, 900), 90, np.uint8), np.zeros((280, 280), np.uint8)):
            assert ink.centre(ink.ink_of_file(file_of(pixels, "JPEG"))) is None

    def test_dust_on_a_photograph_is_no_part_of_the_digit(self):
        clean, dusty = photo(), photo().copy()
        dusty[40:45, 840:845] = 0
        one, other = (ink.centre(ink.ink_of_file(file_of(pixels))) for pixels in (clean, dusty))
        assert one.box == pytest.approx(other.box, abs=2)

    @pytest.mark.parametrize("shape", [(1, 3000), (2, 2)])
    def test_odd_shapes_do_not_fail(self, shape):
        pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
        for form in ("PNG", "JPEG"):
            found = ink.ink_of_file(file_of(pixels, form))
            assert found.dtype == np.float32
            assert 0 <= found.min() <= found.max() <= 1
            ink.centre(found)

    @pytest.mark.parametrize(
        "content", [b"", b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"<svg/>"]
    )
    def test_what_is_no_picture_is_an_error(self, content):
        with pytest.raises(InvalidInput, match=r"expected PNG.*, found another kind of file.*try again"):
            ink.ink_of_file(io.BytesIO(content))

    def test_a_damaged_or_missing_file_is_an_error(self, tmp_path):
        damaged = [io.BytesIO(file_of(self.drawing, form).getvalue()[:300]) for form in ("PNG", "GIF")]
        for source in (tmp_path / "none.png", tmp_path, *damaged):
            with pytest.raises(InvalidInput, match="cannot be read"):
                ink.ink_of_file(source)

    def test_a_decompression_bomb_does_not_go_off(self):
        content = bytearray(file_of(np.zeros((16, 16), np.uint8)).getvalue())
        content[16:24] = (9_000).to_bytes(4, "big") * 2
        content[29:33] = zlib.crc32(bytes(content[12:29])).to_bytes(4, "big")
        with pytest.raises(InvalidInput, match="at most 64 million pixels"):
            ink.ink_of_file(io.BytesIO(content))


class TestStrokes:
    @pytest.mark.parametrize("name", ["canvas_two", "canvas_click"])
    def test_drawn_again_they_agree_with_the_canvas(self, name):
        data, pixels = canvas(name)
        strokes = ink.strokes_of_canvas(data)
        again, picture_ = ink.draw_strokes(strokes), pixels[..., 0] / 255
        assert len(strokes) == len(data["objects"])
        assert all(stroke.width == 20 for stroke in strokes)
        # Browsers antialias with their own rounding; no pixel is on in one and off in the other.
        assert np.abs(again - picture_).max() < 0.4
        assert np.abs(again - picture_).mean() < 0.001

    def test_points_follow_the_curve(self):
        path = [["M", 0, 0], ["Q", 50, 100, 100, 0], ["L", 200, 0]]
        (stroke,) = ink.strokes_of_canvas({"objects": [{"type": "Path", "path": path, "strokeWidth": 4}]})
        x, y = stroke.points[:-1].T
        np.testing.assert_allclose(y, 2 * (x / 100) * (1 - x / 100) * 100, atol=1e-9)
        assert len(x) >= 10
        assert stroke.points[-1].tolist() == [200, 0]

    def test_a_click_is_a_round_dot_of_the_brush(self):
        data = {"objects": [{"type": "Path", "path": [["M", 99.98, 60], ["L", 100.02, 60]], "strokeWidth": 20}]}
        spot = ink.draw_strokes(ink.strokes_of_canvas(data))
        assert spot.sum() == pytest.approx(np.pi * 10**2, rel=0.01)
        ys, xs = np.nonzero(spot > 0.5)
        assert (xs.min(), xs.max(), ys.min(), ys.max()) == (90, 109, 50, 69)
        around = spot[50:70, 90:110]
        np.testing.assert_allclose(around, around.T, atol=0.03)

    def test_a_replay_only_adds_ink_and_ends_with_the_drawing(self):
        strokes = ink.strokes_of_canvas(canvas("canvas_two")[0])
        moments = ink.replay(strokes, steps=20)
        assert (moments.shape, moments.dtype) == ((20, 280, 280), np.float32)
        growth = np.diff(moments, axis=0)
        assert growth.min() >= -1e-6
        assert (growth.sum(axis=(1, 2)) > 50).all()
        np.testing.assert_array_equal(moments[-1], ink.draw_strokes(strokes))

    def test_a_replay_starts_where_the_pen_was_set_down(self):
        strokes = [Stroke(np.array([[50, y], [150, y]]), 10) for y in (50, 200)]
        quarter, half, most, _ = ink.replay(strokes, steps=4)
        assert (quarter[50, 50], quarter[50, 130], quarter[200].max()) == (1, 0, 0)
        assert (half[50, 130], half[200, 70], most[200, 70]) == (1, 0, 1)

    def test_strokes_may_leave_the_canvas(self):
        drawing = ink.draw_strokes([Stroke(np.array([[-500, 140], [1e6, 140]]), 20), dot(-90, -90, 20)])
        assert (drawing[131:149] == 1).all()
        assert drawing[:120].max() == 0

    @pytest.mark.parametrize(
        "objects",
        [
            [{"path": [], "strokeWidth": 3}],
            [{"path": [["A", 1, 1]], "strokeWidth": 3}],
            [{"path": [["M", 1, 1e9]], "strokeWidth": 3}],
            [{"path": [["M", 1, 1]] * 60_000, "strokeWidth": 3}],
            [{"path": [["M", 1, 1]], "strokeWidth": 0}],
        ],
        ids=["empty", "arc", "far", "long", "thin"],
    )
    def test_what_freehand_drawing_does_not_send_is_an_error(self, objects):
        with pytest.raises(InvalidInput, match=r"The drawing cannot be read: found .* Clear the canvas"):
            ink.strokes_of_canvas({"objects": objects})

    @given(JSON)
    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    def test_whatever_is_sent_gives_strokes_or_an_error_to_act_on(self, sent):
        paths = [{"path": path, "strokeWidth": 3} for path in (sent, [sent], [["M", 1, 1], sent])]
        for objects in (sent, [sent], [{"path": [["M", 1, 1]], "strokeWidth": sent}], *([path] for path in paths)):
            try:
                strokes = ink.strokes_of_canvas({"objects": objects})
            except InvalidInput:
                continue
            assert all(np.isfinite(stroke.points).all() and 0 < stroke.width <= 100 for stroke in strokes)

    @pytest.mark.parametrize("bend", [0, 9000])
    def test_a_drawing_has_a_bound_as_a_whole(self, bend):
        stroke = {"path": [["M", 0, 0], *[["Q", bend, at % 7, at % 9, bend] for at in range(200)]], "strokeWidth": 3}
        with pytest.raises(InvalidInput, match="too long: expected 10,000 points at most"):
            ink.strokes_of_canvas({"objects": [stroke] * (1000 if bend == 0 else 5)})


if __name__ == "__main__":
    for case in PICTURES:
        Image.fromarray(bytes_of(picture(case))).save(GOLDEN / f"{case}.png", optimize=True)

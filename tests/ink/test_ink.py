"""From pixels and strokes to the image a network reads.

Golden images lie in tests/golden/ink: `canvas_*` are what streamlit-drawable-canvas 0.13.0 sent from Chromium, JSON
and picture; the others are what this module made of them, looked at by a person. `python tests/test_ink.py` makes
those anew.
"""

import io
import json
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from mnist_app import ExplorerError, InvalidInput, ink
from mnist_app.ink import Stroke

GOLDEN = Path(__file__).parents[1] / "golden" / "ink"
TOLERANCE = 6 / 255


def canvas(name: str) -> tuple[dict, np.ndarray]:
    return json.loads((GOLDEN / f"{name}.json").read_text()), np.asarray(Image.open(GOLDEN / f"{name}.png"))


def two(width: float = 20, *, scale: float = 1.0, at: tuple[float, float] = (140, 140)) -> tuple[Stroke, ...]:
    """A handwritten 2 on a canvas of 280: its middle, its size over the original's 120×190, its brush."""
    points = ink.strokes_of_canvas(canvas("canvas_two")[0])[0].points
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    return (Stroke((points - middle) * scale + at, width),)


def file_of(pixels: np.ndarray, form: str = "PNG", mode: str | None = None, **options) -> bytes:
    image, out = Image.fromarray(pixels), io.BytesIO()
    (image.convert(mode) if mode else image).save(out, form, **options)
    return out.getvalue()


def bytes_of(drawing: np.ndarray) -> np.ndarray:
    return (drawing * 255 + 0.5).astype(np.uint8)


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


def picture(name: str) -> np.ndarray:
    """The 28×28 image of each golden case."""
    drawn = {
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
        "dot_shrunk": lambda: ink.shrink(ink.draw_strokes([Stroke([[150, 160]], 20)])),
        "empty_shrunk": lambda: ink.shrink(np.zeros((280, 280), np.float32)),
    }[name]()
    return (drawn if isinstance(drawn, np.ndarray) else drawn.image)[..., 0]


CASES = [
    "two",
    "thin",
    "thick",
    "tiny_in_a_corner",
    "touching_the_edge",
    "inverted",
    "rgba",
    "landscape_photo",
    "huge",
    "shrunk",
    "dot_shrunk",
    "empty_shrunk",
]


@pytest.mark.parametrize("name", CASES)
def test_golden(name):
    expected = np.asarray(Image.open(GOLDEN / f"{name}.png"), np.float32) / 255
    np.testing.assert_allclose(picture(name), expected, atol=TOLERANCE)


@pytest.mark.parametrize("width", [2, 6, 10, 15, 20, 30, 40])
def test_every_brush_gives_an_image_like_those_of_mnist(width):
    steps = ink.centre(ink.draw_strokes(two(width)))
    assert steps.image.shape == (28, 28, 1)
    assert steps.image.dtype == np.float32
    assert 0 <= steps.image.min() <= 0.001
    assert 0.9 <= steps.image.max() <= 1
    assert max(steps.scaled.shape) == 20
    assert all(13.5 <= at <= 14.5 for at in steps.centre_of_mass)
    # Of MNIST's test images, 98 in 100 have a mean between these.
    assert 0.05 < steps.image.mean() < 0.25


def test_a_pen_of_mnists_own_width_is_left_alone_and_others_are_brought_there():
    pens = {width: ink.centre(ink.draw_strokes(two(width))).pen for width in (3, 20, 40)}
    assert pens[20][0] == pens[20][1] == pytest.approx(20 * 20 / 210, rel=0.1)
    assert pens[3][0] < 0.5
    assert pens[3][1] == 1.5
    assert pens[40][0] > 3
    assert pens[40][1] == 3


def test_steps_tell_what_was_done():
    drawing = ink.draw_strokes(two(at=(100, 150)))
    steps = ink.centre(drawing)
    left, top, right, bottom = steps.box
    assert steps.box == pytest.approx((30, 45, 170, 255), abs=2)
    np.testing.assert_array_equal(steps.ink, drawing)
    np.testing.assert_array_equal(steps.cropped, drawing[top:bottom, left:right])
    assert steps.scale == pytest.approx(20 / (bottom - top))
    down = (28 - steps.scaled.shape[0]) // 2 + steps.shift[0]
    right_ = (28 - steps.scaled.shape[1]) // 2 + steps.shift[1]
    placed = steps.centred[down:, right_:][: steps.scaled.shape[0], : steps.scaled.shape[1]]
    np.testing.assert_array_equal(placed, steps.scaled)
    assert steps.centred.sum() == pytest.approx(steps.scaled.sum())


@pytest.mark.parametrize("at", [(80, 115), (200, 165), (91, 120), (140.5, 140.5), (133.3, 151.7)])
def test_where_it_was_drawn_does_not_matter(at):
    here, there = (ink.centre(ink.draw_strokes(two(20, at=place))).image for place in ((140, 140), at))
    # Moved by whole pixels it is the same; by parts of one, the antialiasing differs a little.
    whole = all(float(x).is_integer() for x in at)
    assert np.abs(here - there).max() <= (1e-5 if whole else 0.12)


@pytest.mark.parametrize("scale", [0.3, 0.6, 1.25])
def test_how_large_it_was_drawn_does_not_matter(scale):
    one, other = (ink.centre(ink.draw_strokes(two(20 * s, scale=s))).image for s in (1, scale))
    assert np.abs(one - other).mean() < 0.02
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.98


def test_faint_ink_reads_as_full_ink():
    drawing = ink.draw_strokes(two())
    assert np.abs(ink.centre(drawing * 0.4).image - ink.centre(drawing).image).max() < 0.01


@pytest.mark.parametrize(("height", "width"), [(200, 40), (40, 200), (120, 90)])
def test_aspect_is_kept(height, width):
    drawing = np.zeros((280, 280), np.float32)
    drawing[40 : 40 + height, 30 : 30 + width] = 1
    drawing[60 : 20 + height, 50 : 10 + width] = 0
    scaled = ink.centre(drawing).scaled
    assert max(scaled.shape) == 20
    assert scaled.shape[0] / scaled.shape[1] == pytest.approx(height / width, rel=0.15)


def test_a_lopsided_drawing_stays_inside_the_frame():
    drawing = np.zeros((280, 280), np.float32)
    drawing[20:260, 20:26] = 1
    drawing[250:260, 20:60] = 1
    steps = ink.centre(drawing)
    assert steps.centred.sum() == pytest.approx(steps.scaled.sum())
    assert steps.centre_of_mass[0] == pytest.approx(14, abs=0.5)


def test_an_image_of_mnists_making_passes_unchanged():
    once = ink.centre(ink.draw_strokes(two())).centred
    again = ink.centre(once)
    np.testing.assert_allclose(again.centred, once / once.max(), atol=1e-6)
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
def test_nothing_and_one_click_invite_rather_than_guess(width):
    for strokes in ((), (Stroke([[150, 160]], width),)):
        drawing = ink.draw_strokes(strokes)
        assert ink.is_blank(drawing)
        assert ink.centre(drawing) is None
    assert ink.centre(np.ones((1, 1), np.float32)) is None
    assert ink.centre(np.full((280, 280), 0.05, np.float32)) is None


@pytest.mark.parametrize(("width", "scale"), [(2, 0.1), (10, 0.2), (30, 0.4)])
def test_a_small_digit_is_not_blank(width, scale):
    assert not ink.is_blank(ink.draw_strokes(two(width, scale=scale)))


def test_a_short_bar_is_not_blank():
    assert not ink.is_blank(ink.draw_strokes([Stroke([[140, 130], [140, 160]], 15)]))


def test_the_same_drawing_gives_the_same_image_and_is_not_changed():
    drawing = ink.draw_strokes(two(30))
    kept = drawing.copy()
    np.testing.assert_array_equal(ink.centre(drawing).image, ink.centre(drawing).image)
    np.testing.assert_array_equal(drawing, kept)
    assert drawing.flags.writeable


def test_centring_a_canvas_is_quick():
    for width in (3, 20, 30):
        drawing = ink.draw_strokes(two(width))
        seconds = []
        for _ in range(5):
            start = time.perf_counter()
            ink.centre(drawing)
            seconds.append(time.perf_counter() - start)
        # Ten times what it takes, so that a busy machine does not fail it.
        assert min(seconds) < 0.02


class TestCanvas:
    def test_white_on_black_and_white_on_nothing_are_the_same_ink(self):
        pixels = canvas("canvas_two")[1]
        on_nothing = np.full_like(pixels, 255)
        on_nothing[..., 3] = pixels[..., 0]
        black = on_nothing * np.array([0, 0, 0, 1], np.uint8)
        opaque = ink.ink_of_canvas(pixels)
        assert opaque.dtype == np.float32
        assert opaque.shape == (280, 280)
        for other in (on_nothing, black, pixels[..., :3], pixels[..., 0], pixels[..., 0] / 255):
            np.testing.assert_allclose(ink.ink_of_canvas(other), opaque, atol=1e-6)

    def test_read_only_pixels_are_fine(self):
        pixels = canvas("canvas_two")[1]
        assert not pixels.flags.writeable
        assert ink.centre(ink.ink_of_canvas(pixels)) is not None

    @pytest.mark.parametrize(
        "wrong",
        [
            None,
            [[0, 1]],
            np.zeros((0, 280, 4), np.uint8),
            np.zeros(784, np.uint8),
            np.zeros((280, 280, 2), np.uint8),
            np.zeros((2, 280, 280, 4), np.uint8),
            np.zeros((280, 280), np.int64),
            np.full((28, 28), 255.0),
            np.full((28, 28, 4), np.nan),
            np.full((28, 28), "a"),
        ],
    )
    def test_other_arrays_are_refused_by_name(self, wrong):
        with pytest.raises(InvalidInput, match=r"expected .*, found "):
            ink.ink_of_canvas(wrong)


@pytest.mark.parametrize("function", [ink.centre, ink.shrink, ink.is_blank])
@pytest.mark.parametrize(
    "wrong",
    [
        None,
        np.zeros((28, 28, 1), np.float32),
        np.zeros((0, 5), np.float32),
        np.zeros((28, 28), np.uint8),
        np.full((28, 28), np.nan, np.float32),
        np.full((28, 28), np.inf, np.float32),
        np.full((28, 28), 255, np.float32),
        np.full((28, 28), -1, np.float32),
    ],
)
def test_what_is_no_ink_is_refused_by_name(function, wrong):
    with pytest.raises(InvalidInput, match=r"expected .*, found "):
        function(wrong)


class TestFile:
    drawing = bytes_of(ink.draw_strokes(two(at=(110, 120))))

    def test_polarity_does_not_matter(self):
        light, dark = ink.ink_of_file(file_of(self.drawing)), ink.ink_of_file(file_of(255 - self.drawing))
        np.testing.assert_allclose(light, dark, atol=1e-6)
        np.testing.assert_allclose(light, self.drawing / 255, atol=1e-6)

    @pytest.mark.parametrize("polarity", [0, 255])
    @pytest.mark.parametrize(
        ("form", "mode"),
        [
            ("PNG", "1"),
            ("PNG", "P"),
            ("PNG", "RGB"),
            ("PNG", "RGBA"),
            ("PNG", "LA"),
            ("GIF", None),
            ("BMP", "RGB"),
            ("TIFF", "CMYK"),
            ("WEBP", "RGB"),
            ("JPEG", "RGB"),
            ("JPEG", "CMYK"),
            ("PPM", "L"),
        ],
    )
    def test_any_format_and_mode_gives_the_same_image(self, form, mode, polarity):
        expected = ink.centre(self.drawing / 255).image
        found = ink.centre(ink.ink_of_file(file_of(self.drawing ^ polarity, form, mode))).image
        assert np.abs(found - expected).mean() < 0.02

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

    @pytest.mark.parametrize("inverted", [False, True])
    @pytest.mark.parametrize("options", [{}, {"contrast": 0.3}, {"pen": 4}, {"noise": 0.04}, {"table": True}])
    def test_a_photograph_reads_like_the_drawing_itself(self, options, inverted):
        pixels = photo(**options)
        found = ink.ink_of_file(file_of(255 - pixels if inverted else pixels, "JPEG", quality=85))
        assert (found == 0).mean() > 0.9  # the paper
        expected = ink.centre(ink.draw_strokes(two(options.get("pen", 14)))).image
        image = ink.centre(found).image
        # A hair more or less at the rim may move it by a pixel.
        moved = [np.roll(image, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
        assert max(np.corrcoef(one.ravel(), expected.ravel())[0, 1] for one in moved) > 0.9

    def test_empty_paper_is_blank(self):
        for pixels in (photo(contrast=0), np.full((600, 900), 90, np.uint8), np.zeros((280, 280), np.uint8)):
            assert ink.is_blank(ink.ink_of_file(file_of(pixels, "JPEG")))

    def test_dust_on_a_photograph_is_no_part_of_the_digit(self):
        clean, dusty = photo(), photo()
        dusty[40:45, 840:845] = 0
        one, other = (ink.centre(ink.ink_of_file(file_of(pixels))) for pixels in (clean, dusty))
        assert one.box == pytest.approx(other.box, abs=2)

    def test_soft_pencil_lines_survive(self):
        soft = np.asarray(Image.fromarray(photo(pen=3)).filter(ImageFilter.GaussianBlur(1.5)))
        assert max(ink.centre(ink.ink_of_file(file_of(soft))).cropped.shape) == pytest.approx(195, abs=15)

    def test_one_pixel(self):
        for value in (0, 128, 255):
            found = ink.ink_of_file(file_of(np.full((1, 1), value, np.uint8)))
            assert found.shape == (1, 1)
            assert ink.is_blank(found)

    @pytest.mark.parametrize("shape", [(1, 3000), (3000, 1), (2, 2), (1100, 7)])
    def test_odd_shapes_do_not_fail(self, shape):
        pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
        for form in ("PNG", "JPEG"):
            found = ink.ink_of_file(file_of(pixels, form))
            assert found.dtype == np.float32
            assert 0 <= found.min() <= found.max() <= 1
            ink.centre(found)

    def test_a_thin_line_in_a_huge_picture_survives_and_is_quick(self):
        file = file_of(huge())
        start = time.perf_counter()
        found = ink.ink_of_file(file)
        steps = ink.centre(found)
        seconds = time.perf_counter() - start
        assert max(found.shape) <= 1024
        assert (steps.centred > 0.5).sum() >= 20
        assert seconds < 4

    def test_path_text_bytes_and_open_file_are_the_same(self, tmp_path):
        content = file_of(self.drawing)
        path = tmp_path / "two.png"
        path.write_bytes(content)
        stream = io.BytesIO(content)
        stream.read()  # as a page leaves an upload that it has already shown
        found = [ink.ink_of_file(source) for source in (path, str(path), content, stream, stream)]
        for other in found[1:]:
            np.testing.assert_array_equal(found[0], other)

    @pytest.mark.parametrize(
        "content",
        [b"", b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"\x89PNG\r\n\x1a\n", b"<svg/>"],
    )
    def test_what_is_no_image_is_refused_by_name(self, content):
        with pytest.raises(InvalidInput, match=r"expected a picture .*, found .*try again"):
            ink.ink_of_file(content)

    @pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "TIFF"])
    def test_a_truncated_image_is_refused_by_name(self, form):
        content = file_of(self.drawing, form)
        with pytest.raises(InvalidInput, match="expected a picture"):
            ink.ink_of_file(content[: len(content) // 2])

    def test_missing_file_folder_and_closed_file_are_refused_by_name(self, tmp_path):
        closed = io.BytesIO(b"x")
        closed.close()
        for source in (tmp_path / "none.png", tmp_path, closed, "a\0b", None, 5):
            with pytest.raises(InvalidInput):
                ink.ink_of_file(source)

    @pytest.mark.parametrize("side", [9_000, 30_000])
    def test_a_decompression_bomb_is_refused_before_it_goes_off(self, side):
        out = io.BytesIO()
        Image.new("1", (16, 16)).save(out, "PNG")
        content = bytearray(out.getvalue())
        content[16:24] = side.to_bytes(4, "big") * 2
        head = bytes(content[12:29])
        content[29:33] = zlib.crc32(head).to_bytes(4, "big")
        with pytest.raises(InvalidInput, match=r"too big.*64 million"):
            ink.ink_of_file(bytes(content))

    def test_errors_are_the_librarys(self):
        assert issubclass(InvalidInput, ExplorerError)
        assert issubclass(InvalidInput, ExplorerError)


class TestStrokes:
    @pytest.mark.parametrize("name", ["canvas_two", "canvas_click"])
    def test_drawn_again_they_agree_with_the_canvas(self, name):
        data, pixels = canvas(name)
        strokes = ink.strokes_of_canvas(data)
        again, picture_ = ink.draw_strokes(strokes), ink.ink_of_canvas(pixels)
        assert len(strokes) == len(data["objects"])
        assert all(stroke.width == 20 for stroke in strokes)
        # Browsers antialias with their own rounding; no pixel is on in one and off in the other.
        assert np.abs(again - picture_).max() < 0.4
        assert np.abs(again - picture_).mean() < 0.001

    def test_what_was_moved_turned_scaled_and_mirrored_is_found_where_it_lies(self):
        data, pixels = canvas("canvas_moved")
        again, picture_ = ink.draw_strokes(ink.strokes_of_canvas(data)), ink.ink_of_canvas(pixels)
        # Unequal scaling makes the browser's brush an ellipse; ours stays round.
        assert np.minimum(again, picture_).sum() / np.maximum(again, picture_).sum() > 0.85
        unmoved = [dict(item, left=140, top=140, scaleX=1, scaleY=1, angle=0) for item in data["objects"]]
        wrong = ink.draw_strokes(ink.strokes_of_canvas({"objects": unmoved}))
        assert np.minimum(wrong, picture_).sum() / np.maximum(wrong, picture_).sum() < 0.3

    def test_points_follow_the_curve(self):
        path = [["M", 0, 0], ["Q", 50, 100, 100, 0], ["L", 200, 0], ["Z"]]
        (stroke,) = ink.strokes_of_canvas({"objects": [{"type": "path", "path": path, "strokeWidth": 4}]})
        assert stroke.points.dtype == np.float64
        assert stroke.points[0].tolist() == stroke.points[-1].tolist() == [0, 0]
        x, y = stroke.points[:-2].T
        np.testing.assert_allclose(y, 2 * (x / 100) * (1 - x / 100) * 100, atol=1e-9)
        assert len(x) >= 10

    def test_a_click_is_a_round_dot_of_the_brush(self):
        data = {"objects": [{"type": "path", "path": [["M", 99.98, 60], ["L", 100.02, 60]], "strokeWidth": 20}]}
        dot = ink.draw_strokes(ink.strokes_of_canvas(data))
        assert dot.sum() == pytest.approx(np.pi * 10**2, rel=0.01)
        ys, xs = np.nonzero(dot > 0.5)
        assert (xs.min(), xs.max(), ys.min(), ys.max()) == (90, 109, 50, 69)
        around = dot[50:70, 90:110]
        np.testing.assert_allclose(around, around.T, atol=0.03)

    def test_an_empty_canvas_has_no_strokes(self):
        assert ink.strokes_of_canvas(None) == ink.strokes_of_canvas({}) == ink.strokes_of_canvas({"objects": []}) == ()
        assert ink.draw_strokes(()).max() == 0
        assert ink.replay((), steps=3).shape == (3, 280, 280)

    def test_a_replay_only_adds_ink_and_ends_with_the_drawing(self):
        strokes = ink.strokes_of_canvas(canvas("canvas_two")[0])
        moments = ink.replay(strokes, steps=20)
        assert moments.shape == (20, 280, 280)
        assert moments.dtype == np.float32
        growth = np.diff(moments, axis=0)
        assert growth.min() >= -1e-6
        assert (growth.sum(axis=(1, 2)) > 50).all()
        np.testing.assert_array_equal(moments[-1], ink.draw_strokes(strokes))
        for index in (0, 9, 18):
            np.testing.assert_array_equal(moments[index], ink.draw_strokes(strokes, upto=(index + 1) / 20))

    def test_the_pen_starts_where_it_was_set_down(self):
        strokes = [Stroke([[50, 50], [150, 50]], 10), Stroke([[50, 200], [150, 200]], 10)]
        quarter = ink.draw_strokes(strokes, upto=0.25)
        assert quarter[50, 50] == 1
        assert quarter[50, 130] == 0
        assert quarter[200].max() == 0
        assert ink.draw_strokes(strokes, upto=0.75)[200, 70] == 1
        assert ink.draw_strokes(strokes, upto=0.0).max() == 0

    def test_strokes_may_leave_the_canvas(self):
        drawing = ink.draw_strokes([Stroke([[-500, 140], [1e6, 140]], 20), Stroke([[-90, -90]], 20)])
        assert (drawing[131:149] == 1).all()
        assert drawing[:120].max() == 0

    @pytest.mark.parametrize(
        "objects",
        [
            "abc",
            5,
            [None],
            [{"type": "rect"}],
            [{"type": "path"}],
            [{"type": "path", "path": []}],
            [{"type": "path", "path": [["L", 1, 1]]}],
            [{"type": "path", "path": [["M", 1]]}],
            [{"type": "path", "path": [["A", 1, 1]]}],
            [{"type": "path", "path": [["M", 1, "x"]]}],
            [{"type": "path", "path": [["M", 1, float("nan")]]}],
            [{"type": "path", "path": [["M", 1, 1]], "strokeWidth": 0}],
            [{"type": "path", "path": [["M", 1, 1]], "strokeWidth": None}],
            [{"type": "path", "path": [["M", 1, 1]], "left": "x", "top": 2}],
            [{"type": "path", "path": [["M", 1, 1]], "left": 1, "top": 2, "originX": "x"}],
            [{"type": "path", "path": [["M", 1, 1]], "left": 1, "top": 2, "scaleX": float("inf")}],
        ],
    )
    def test_broken_strokes_are_refused_by_name(self, objects):
        with pytest.raises(InvalidInput, match=r"expected .*, found "):
            ink.strokes_of_canvas({"objects": objects})

    @pytest.mark.parametrize("data", [[], "x", 3])
    def test_what_is_no_drawing_is_refused_by_name(self, data):
        with pytest.raises(InvalidInput, match="expected the canvas"):
            ink.strokes_of_canvas(data)

    @pytest.mark.parametrize(
        ("points", "width"),
        [([], 3), ([[1, 2, 3]], 3), ([[1, np.nan]], 3), ([[1, 2]], 0), ([[1, 2]], np.nan), ("ab", 3), ([[1, 2]], "x")],
    )
    def test_a_stroke_without_points_or_width_is_refused(self, points, width):
        with pytest.raises(InvalidInput):
            Stroke(points, width)

    def test_impossible_moments_sizes_and_steps_are_refused(self):
        for call in (
            lambda: ink.draw_strokes(two(), upto=1.5),
            lambda: ink.draw_strokes(two(), upto=float("nan")),
            lambda: ink.draw_strokes(two(), size=0),
            lambda: ink.draw_strokes(two(), size=1_000_000),
            lambda: ink.replay(two(), steps=0),
            lambda: ink.replay(two(), steps=2.5),
        ):
            with pytest.raises(InvalidInput, match=r"expected .*, found "):
                call()


if __name__ == "__main__":
    for case in CASES:
        Image.fromarray(bytes_of(picture(case))).save(GOLDEN / f"{case}.png", optimize=True)

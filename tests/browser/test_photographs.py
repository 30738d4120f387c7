"""A person photographs a number on paper and reads what the networks make of it."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.drawings import FOUR, ONE, SEVEN, drawn, moved

pytestmark = pytest.mark.browser


def photograph():
    """12 megapixels: 1 7 4 on grey paper under a lamp, as a JPEG file that says that it was held sideways."""
    lines = [line for at, digit in enumerate((ONE, SEVEN, FOUR)) for line in moved(digit, scale=0.35, to=(90 * at, 90))]
    pen = Image.fromarray(drawn(lines, width=7)).resize((3000, 4000))
    light = np.linspace(0.9, 0.5, 3000) * (1 - 0.6 * np.asarray(pen))
    image, file, turned = Image.fromarray((255 * light).astype(np.uint8)), io.BytesIO(), Image.Exif()
    turned[0x0112] = 6
    image.rotate(90, expand=True).save(file, "JPEG", exif=turned)
    return file.getvalue()


def test_photographs_are_read_and_a_broken_file_is_named(visit):
    page = visit("/", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.get_by_role("button", name="Digits on paper").click()
    section = page.get_by_role("dialog")
    expect(section.get_by_role("button", name="Take a photograph")).to_be_visible()
    with page.expect_file_chooser() as chooser:
        section.get_by_role("button", name="Choose pictures").click()
    files = {"number.jpg": photograph(), "broken.jpg": b"\xff\xd8\xff" * 999}
    chooser.value.set_files([{"name": name, "mimeType": "image/jpeg", "buffer": file} for name, file in files.items()])
    expect(section.get_by_text("1 7 4", exact=True)).to_be_visible()
    expect(section.get_by_text("3 digits, read by CNN, our best")).to_be_visible()
    expect(section.get_by_text("Expected PNG, JPEG")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") == 390

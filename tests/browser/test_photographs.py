"""A person photographs a number on paper and reads what the networks make of it."""

import io

import numpy as np
import pytest
from PIL import Image

from tests import drawings

pytestmark = pytest.mark.browser


def photograph():
    """12 megapixels: 1 7 4 on grey paper under a lamp, as a JPEG file that says that it was held sideways."""
    lines = [
        line
        for at, digit in enumerate((drawings.ONE, drawings.SEVEN, drawings.FOUR))
        for line in drawings.moved(digit, scale=0.35, to=(90 * at - 10, 90))
    ]
    drawn = Image.fromarray(drawings.drawn(lines, width=7)).resize((3000, 4000))
    light = np.linspace(0.9, 0.5, 3000) * (1 - 0.6 * np.asarray(drawn))
    image, file, turned = Image.fromarray((255 * light).astype(np.uint8)), io.BytesIO(), Image.Exif()
    turned[0x0112] = 6
    image.rotate(90, expand=True).save(file, "JPEG", exif=turned)
    return file.getvalue()


def test_photographs_are_read_and_a_broken_file_is_named(visit):
    from playwright.sync_api import expect

    page = visit("/", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.get_by_role("button", name="Digits on paper").click()
    section = page.get_by_role("dialog")
    expect(section.get_by_role("button", name="Take a photograph")).to_be_visible()
    files = (
        {"name": "number.jpg", "buffer": photograph()},
        {"name": "broken.jpg", "buffer": b"\xff\xd8\xff" * 999},
    )
    with page.expect_file_chooser() as chooser:
        section.get_by_role("button", name="Choose pictures").click()
    chooser.value.set_files([{**file, "mimeType": "image/jpeg"} for file in files])
    expect(section.get_by_text("1 7 4", exact=True)).to_be_visible()
    expect(section.get_by_text("3 digits, read by CNN, our best")).to_be_visible()
    expect(section.get_by_text("Expected PNG, JPEG")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") == 390

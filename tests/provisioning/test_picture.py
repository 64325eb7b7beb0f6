"""Pictures from strangers."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from provisioning.picture import FULL, PIXELS_MOST, THUMBNAIL, read_picture
from tests.support.pictures import jpeg, png


def size_of(body: bytes) -> tuple[str | None, tuple[int, int]]:
    with Image.open(BytesIO(body)) as image:
        return image.format, image.size


@pytest.mark.parametrize("body", [jpeg(1600, 800), png(1600, 800)])
def test_a_picture_is_kept_as_jpeg_in_two_sizes(body: bytes) -> None:
    picture = read_picture(body)

    assert picture is not None
    assert (picture.width, picture.height) == (FULL, FULL // 2)
    assert size_of(picture.full) == ("JPEG", (FULL, FULL // 2))
    assert size_of(picture.thumbnail) == ("JPEG", (THUMBNAIL, THUMBNAIL // 2))


def test_a_small_picture_is_not_made_larger() -> None:
    picture = read_picture(png(10, 20))

    assert picture is not None
    assert size_of(picture.full) == size_of(picture.thumbnail) == ("JPEG", (10, 20))


def test_nothing_but_what_is_seen_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", exif=exif)
    picture = read_picture(out.getvalue() + b"<script>")

    assert b"where it was taken" in out.getvalue()
    assert picture is not None
    assert b"where it was taken" not in picture.full + picture.thumbnail
    assert b"<script>" not in picture.full + picture.thumbnail


def gif() -> bytes:
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "GIF")
    return out.getvalue()


@pytest.mark.parametrize(
    "body",
    [b"", b"<svg/>", gif(), png(64, 64)[:60], jpeg(64, 64)[:200], png(1, PIXELS_MOST + 1)],
)
def test_what_is_no_picture_or_too_large_is_none(body: bytes) -> None:
    assert read_picture(body) is None


@given(st.binary(max_size=200), st.integers(0, 400))
def test_whatever_is_sent_is_read_or_refused(noise: bytes, at: int) -> None:
    body = png(16, 16)
    spoilt = body[: at % len(body)] + noise + body[at % len(body) + len(noise) :]

    assert read_picture(noise) is None
    read_picture(spoilt)

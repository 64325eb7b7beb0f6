"""Pictures that devices send: read with suspicion, kept as small JPEG files of our own making.

Whatever came is decoded and encoded anew, so that nothing of what somebody sent, be it an odd file
or the place it was taken at, reaches the browser of an operator.
"""

from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image

PICTURE_MOST = 1_048_576
"""Octets of a picture as it comes."""
PIXELS_MOST = 8_000_000
"""Pixels of a picture as it comes: what they become in memory is four octets each."""
FULL = 1280
"""Pixels along the longer side of what is kept."""
THUMBNAIL = 320
"""The same of the small one beside it."""
_FORMATS = ("JPEG", "PNG")
_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in two sizes, both JPEG."""

    width: int
    height: int
    full: bytes = field(repr=False)
    thumbnail: bytes = field(repr=False)


def read_picture(body: bytes) -> Picture | None:
    """The picture; None for what is no JPEG or PNG, is damaged, or has too many pixels.

    Takes some hundredths of a second: to be called in a thread.
    """
    try:
        with Image.open(BytesIO(body), formats=_FORMATS) as found:
            if found.width * found.height > PIXELS_MOST:
                return None
            found.draft("RGB", (FULL, FULL))
            image = found.convert("RGB")
    except Exception:  # whatever a decoder says of what a stranger sent, it is no picture
        return None
    image.thumbnail((FULL, FULL))
    small = image.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    return Picture(image.width, image.height, _jpeg(image), _jpeg(small))


def _jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()

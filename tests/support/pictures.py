"""Pictures as devices might send them."""

from io import BytesIO

from PIL import Image


def png(width: int, height: int) -> bytes:
    """A PNG file, red."""
    return _file(width, height, "PNG")


def jpeg(width: int, height: int) -> bytes:
    """A JPEG file, red."""
    return _file(width, height, "JPEG")


def _file(width: int, height: int, kind: str) -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(out, kind)
    return out.getvalue()

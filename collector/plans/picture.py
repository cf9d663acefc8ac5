"""A picture of a plan: checked, made smaller, and drawn anew, so that nothing but its points is kept.

What the file says beside them (where it was taken, with what, by whom, colour profiles, further frames) goes with it.
"""

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from .errors import PlanError
from .plan import PICTURE, Plan

FORMATS = ("PNG", "JPEG", "WEBP")
PIXELS_MAX = 40_000_000  # of the file; more is refused before a point of it is unpacked
SIDE_MIN_PX, SIDE_MAX_PX = 50, 2000  # of what is kept
QUALITY = 80
BYTES_MAX = 2 * 1024 * 1024  # of what is kept
_ONE = threading.Lock()


def read(content: bytes, metres: float | None = None) -> Plan:
    """The plan of a file. metres: a pixel of the file. Raises PlanError: no such picture, or too large."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - only who uploads a plan needs it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with _whole(), Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                width, height = opened.size
                if width * height > PIXELS_MAX:
                    raise PlanError(f"{width} x {height} pixels are too many: at most {PIXELS_MAX:,}; make it smaller")
                turned = ImageOps.exif_transpose(opened)
                clear = turned.has_transparency_data
                points = turned.convert("RGBA" if clear else "RGB")
    except PlanError:
        raise
    # Broken files make Pillow raise these, and warnings made errors above; none of them is a fault of ours.
    except (OSError, ValueError, SyntaxError, EOFError, Warning, Image.DecompressionBombError) as exc:
        raise PlanError("this is no PNG, JPEG or WebP that can be read; save it anew as one of these") from exc
    whole_px = points.width
    if min(points.size) < SIDE_MIN_PX:
        raise PlanError(f"{points.width} x {points.height} pixels are too few: {SIDE_MIN_PX} on either side are wanted")
    points.thumbnail((SIDE_MAX_PX, SIDE_MAX_PX))
    clean = Image.new(points.mode, points.size)
    clean.paste(points)
    made = io.BytesIO()
    clean.save(made, "WEBP", quality=QUALITY)
    if made.tell() > BYTES_MAX:
        raise PlanError(
            f"even small, this picture has more than {BYTES_MAX:,} bytes; a plan with fewer colours is wanted"
        )
    pixel = None if metres is None else metres * whole_px / clean.width
    return Plan(PICTURE, made.getvalue(), float(clean.width), float(clean.height), pixel)


@contextmanager
def _whole() -> Iterator[None]:
    """Have half a file refused. WeasyPrint, once it has printed a sheet, has Pillow take those in the whole process."""
    from PIL import ImageFile  # noqa: PLC0415 - see read

    with _ONE:
        before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before

"""Pictures of plans: what is kept is drawn anew, small, and holds nothing but points."""

import io
import zlib

import pytest
from PIL import Image, ImageFile

from collector.plans import picture
from collector.plans.book import UPLOAD_BYTES_MAX, read
from collector.plans.errors import PlanError

SECRET = b"52.5206 N 13.4098 E"


def saved(form: str, size: tuple[int, int] = (300, 200), **more: object) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "white").save(made, form, **more)  # type: ignore[arg-type]
    return made.getvalue()


def told(**more: object) -> bytes:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()  # ImageDescription
    exif[0x0112] = 6  # lies on its side
    return saved("JPEG", exif=exif.tobytes(), **more)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_each_of_three_formats_is_kept_as_one(form: str) -> None:
    found = read(saved(form))
    with Image.open(io.BytesIO(found.content)) as kept:
        assert kept.format == "WEBP"
        assert kept.size == (found.width, found.height) == (300, 200)


def test_nothing_that_a_camera_wrote_is_kept_but_which_way_is_up() -> None:
    sent = told()
    assert SECRET in sent
    found = picture.read(sent)
    assert SECRET not in found.content
    assert (found.width, found.height) == (200, 300)
    with Image.open(io.BytesIO(found.content)) as kept:
        assert not kept.getexif()
        assert not {"exif", "icc_profile", "xmp", "comment"} & set(kept.info)


def test_a_large_picture_is_made_smaller_and_its_scale_goes_along() -> None:
    found = picture.read(saved("PNG", (4000, 1000)), metres=0.01)
    assert (found.width, found.height) == (2000, 500)
    assert found.metres == pytest.approx(0.02)


def bomb() -> bytes:
    """A PNG whose head says 20,000 x 20,000 points and whose body is not there."""
    good = saved("PNG")
    head = good[12:16] + (20_000).to_bytes(4, "big") * 2 + good[24:29]
    return good[:12] + head + zlib.crc32(head).to_bytes(4, "big") + good[33:]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (bomb(), "too many|no PNG"),
        (saved("PNG", (20, 20)), "too few"),
        (saved("GIF"), "no PNG, JPEG or WebP"),
        (saved("TIFF"), "no PNG, JPEG or WebP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "no PNG, JPEG or WebP"),
        (saved("PNG")[:60], "no PNG, JPEG or WebP"),
        (b"", "no file was sent"),
        (b"x" * (UPLOAD_BYTES_MAX + 1), "at most"),
    ],
    ids=["bomb", "tiny", "gif", "tiff", "svg", "cut", "empty", "large"],
)
def test_what_is_no_plan_is_refused_with_what_to_do(content: bytes, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint leaves it
    with pytest.raises(PlanError, match=says):
        read(content)

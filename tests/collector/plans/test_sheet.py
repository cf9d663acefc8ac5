"""Positions as CSV: what goes out comes in again, and what is not understood names its line."""

import pytest

from collector.plans import sheet
from collector.plans.errors import PlanError
from collector.plans.plan import Spot
from collector.plans.sheet import Placed
from collector.sheets import SheetError


def test_what_goes_out_comes_in_again() -> None:
    text = sheet.write(["door", "attic"], {"door": Spot(12.5, 80.0)}, {"door": "en, trance"})
    assert sheet.read(text.encode()) == {"door": Placed(Spot(12.5, 80.0), "en, trance"), "attic": Placed(None, "")}
    assert sheet.read(b"\xef\xbb\xbfsensor,y,x\r\ndoor,2,1\r\n") == {"door": Placed(Spot(1.0, 2.0), None)}, "Excel's"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no file was sent"),
        (b"\xff\xfe", "line 1, column 1: this is not written in UTF-8"),
        (b"name;x;y\n", "there is no column 'sensor'; the first line of this sheet is to name sensor,x,y"),
        (b"sensor,x,y\n", "no line below the first"),
        (b"sensor,x,y\ndoor,1\n", "line 2: it has another number of cells"),
        (b"sensor,x,y\ndoor,1,2\ndoor,1,2\n", "line 3, column sensor: 'door' is there twice"),
        (
            b'sensor,x,y\ndoor,"1,5",2\n',
            "line 2, column x: '1,5' does not fit; x and y are per cent",
        ),
    ],
)
def test_what_is_not_understood_says_where_and_what_is_wanted(content: bytes, says: str) -> None:
    with pytest.raises((PlanError, SheetError), match=says.replace("(", r"\(")):
        sheet.read(content)

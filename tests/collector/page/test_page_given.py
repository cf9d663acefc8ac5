"""What addresses and forms name by a number."""

import pytest

from collector.page.given import ID_MAX, whole


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), (str(ID_MAX), ID_MAX), (str(ID_MAX + 1), 0), ("9" * 400, 0), ("-1", 0), ("x", 0), ("", 0), ("1.5", 0)],
)
def test_what_is_no_number_of_anything_names_nothing(text: str, number: int) -> None:
    assert whole(text) == number


def test_where_one_is_wanted_in_any_case_it_is_said() -> None:
    assert (whole("x", 1), whole("3", 1)) == (1, 3)

"""UCI files: what OpenWrt writes is read, and what cannot be read is named by its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall_sensor import uci
from footfall_sensor.errors import ConfigError
from footfall_sensor.uci import Section

# As the uci program of OpenWrt writes it, tabs and quotation included.
WRITTEN_BY_UCI = """
package footfall

config sensor 'main'
\toption name 'shop-7-door'
\toption note 'it'\\''s over the door'
\tlist channel '1'
\tlist channel '6'

config timeserver
\toption enabled '1'
"""


def test_file_as_the_uci_program_writes_it() -> None:
    """Sections with and without a name, options, lists, and a quotation mark within a value."""
    assert [
        Section("sensor", "main", {"name": "shop-7-door", "note": "it's over the door", "channel": ("1", "6")}),
        Section("timeserver", "", {"enabled": "1"}),
    ] == uci.parse(WRITTEN_BY_UCI)


@pytest.mark.parametrize(
    "line", ["option name door", "option name 'door'", 'option "name" "door"', "  option\tname 'do'or  # a comment"]
)
def test_all_ways_of_quoting_say_the_same(line: str) -> None:
    """Bare, in single or double quotation marks, and with a comment behind it, as a person may type it."""
    (section,) = uci.parse(f"# mine\nconfig sensor main\n{line}\n")
    assert section.options == {"name": "door"}


def test_only_a_line_feed_ends_a_line() -> None:
    """The uci program knows no other line end: a Unicode separator or a form feed is part of a value."""
    (section,) = uci.parse("config sensor\r\noption note 'a\u2028b\x0cc\x85d'\r\n")
    assert section.options == {"note": "a\u2028b\x0cc\x85d"}


def test_later_option_wins() -> None:
    """The uci program takes the last of two equal options; so do we."""
    (section,) = uci.parse("config sensor\noption a 1\noption a 2\n")
    assert section.options == {"a": "2"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("option name door", 1),
        ("config", 1),
        ("config a b c", 1),
        ("config sensor\n\noption name", 3),
        ("config sensor\noption name 'door", 2),
        ("config sensor\nlist a 1\noption b 2\nset a 3", 4),
        ("config sensor\noption a 1\nlist a 2", 3),
        ("config sensor\noption a b c", 2),
    ],
)
def test_line_that_cannot_be_read_is_named(text: str, line: int) -> None:
    """A technician is told which line to look at."""
    with pytest.raises(ConfigError, match=f"^line {line}: "):
        uci.parse(text)


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
VALUES = st.text(st.characters(categories=("L", "N", "P", "S", "Z")), max_size=20)
SECTIONS = st.builds(
    Section,
    NAMES,
    NAMES | st.just(""),
    st.dictionaries(NAMES, VALUES | st.lists(VALUES, min_size=1).map(tuple), max_size=5),
)


@given(st.lists(SECTIONS, max_size=4))
def test_what_is_rendered_is_read_back(sections: list[Section]) -> None:
    """Any values, quotation marks, spaces and # among them, survive a round through the text."""
    assert sections == uci.parse(uci.render(sections))

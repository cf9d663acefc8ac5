"""Configuration, command and result: there and back, and every field within its limits."""

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall_sensor.errors import Malformed
from footfall_sensor.wire.settings import OPTION_CHARS_MAX, VERSION_MAX, Command, Configuration, Outcome, Result

TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), max_size=60)
UTC_MS = st.integers(0, 1 << 42)
CONFIGURATIONS = st.builds(
    lambda version, issued, options: Configuration(version, issued, issued + 1, options),
    st.integers(1, VERSION_MAX),
    UTC_MS,
    st.dictionaries(TEXT, TEXT, max_size=32),
)
COMMANDS = st.builds(
    lambda id, verb, boot, issued: Command(id, verb, boot, issued, issued),
    *(st.binary(min_size=8, max_size=8), TEXT, st.binary(min_size=8, max_size=8), UTC_MS),
)
RESULTS = st.builds(Result, st.sampled_from(Outcome), TEXT, st.integers(1, VERSION_MAX)) | st.builds(
    Result, st.sampled_from(Outcome), TEXT, st.just(0), st.binary(min_size=8, max_size=8)
)


@given(st.one_of(CONFIGURATIONS, COMMANDS, RESULTS))
def test_message_survives_its_encoding(message: Configuration | Command | Result) -> None:
    assert type(message).decode(message.encode()) == message


def test_as_many_options_as_a_body_holds_are_taken() -> None:
    full = Configuration(7, 1000, 2000, {f"option_{number}": "1" for number in range(32)})
    assert Configuration.decode(full.encode()) == full


CONFIGURATION = Configuration(7, 1000, 2000, {"window_s": "60"})
COMMAND = Command(b"command1", "kick", b"boot id.", 1000, 2000)
RESULT = Result(Outcome.OK, "", 7)
REFUSED = [
    (CONFIGURATION, {"version": 0}),
    (CONFIGURATION, {"version": VERSION_MAX + 1}),
    (CONFIGURATION, {"version": None}),
    (CONFIGURATION, {"issued": -1}),
    (CONFIGURATION, {"expires": 999}),
    (CONFIGURATION, {"options": None}),
    (CONFIGURATION, {"options": [["window_s", "60"]]}),
    (CONFIGURATION, {"options": {"window_s": 60}}),
    (CONFIGURATION, {"options": {"window_s": "6\n0"}}),
    (CONFIGURATION, {"options": {"window_s": "6" * (OPTION_CHARS_MAX + 1)}}),
    (CONFIGURATION, {"options": {str(number): "" for number in range(33)}}),
    (COMMAND, {"id": b"short"}),
    (COMMAND, {"verb": None}),
    (COMMAND, {"verb": "x" * 129}),
    (COMMAND, {"boot": b"short"}),
    (COMMAND, {"expires": 999}),
    (RESULT, {"config": None}),
    (RESULT, {"config": 0}),
    (RESULT, {"command": b"command1"}),  # of one of them
    (RESULT, {"outcome": "perhaps"}),
    (RESULT, {"outcome": None}),
    (RESULT, {"says": "x" * 129}),
]


@pytest.mark.parametrize(
    ("message", "changes"), REFUSED, ids=[f"{type(one).__name__}-{str(what)[:30]}" for one, what in REFUSED]
)
def test_field_out_of_its_range_is_refused(
    message: Configuration | Command | Result, changes: dict[str, object]
) -> None:
    fields = {**msgpack.unpackb(message.encode()), **changes}
    with pytest.raises(Malformed):
        type(message).decode(msgpack.packb({name: value for name, value in fields.items() if value is not None}))


def test_what_a_result_says_is_cut_and_plain() -> None:
    """An error's text may be of any length and hold anything."""
    said = Result.decode(Result(Outcome.REFUSED, "a\n" + "b" * 300, 7).encode()).says
    assert said == "a " + "b" * 126

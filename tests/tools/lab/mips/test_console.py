"""The lines of the machine's console become one run, or a sentence that says what is wrong."""

import json

import pytest

from tools.errors import ToolError
from tools.lab.mips import console
from tools.lab.mips.guest import meter

SAID: tuple[dict[str, object], ...] = (
    {"what": "boot", "MemTotal": 54000, "MemFree": 40000, "MemAvailable": 41000},
    {"what": "start", "VmRSS": 11_000, "VmHWM": 11_100},
    {
        "what": "crowd",
        "frames_written": 4000,
        "totals": {"probes": 4000, "sightings_emitted": 2000},
        "VmRSS": 12_000,
        "VmHWM": 12_500,
        "RssAnon": 7_000,
        "MemAvailable": 25_000,
    },
    {"what": "imports", "modules": {"re": {"kib": 300, "modules": 9}}},
)


def _text(said: tuple[dict[str, object], ...] = SAID, end: str = console.ENDED_WELL) -> str:
    """A console as qemu writes it: the kernel's words between, carriage returns, nothing after the end."""
    lines = ["[    0.000000] Linux version 6.1", *(meter.RESULT + json.dumps(one) for one in said), end]
    return "\r\n".join(lines) + "\r\n"


def test_every_result_finds_its_place() -> None:
    """Also between the kernel's own words."""
    run = console.read(_text())
    assert (run.total_kib, run.free_at_boot_kib, run.free_kib) == (54000, 41000, 25000)
    assert (run.rss_kib, run.anonymous_kib, run.start_rss_kib) == (12_500, 7_000, 11_000)
    assert (run.written, run.totals["probes"]) == (4000, 4000)
    assert run.imports["re"]["kib"] == 300


def test_guest_and_host_agree_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """What the guest says is what the host reads."""
    for one in SAID:
        meter.say(**one)  # type: ignore[arg-type]
    assert console.read(capsys.readouterr().out + console.ENDED_WELL) == console.read(_text())


@pytest.mark.parametrize("end", ["lab: status 256", "Kernel panic - not syncing", ""], ids=["exit", "panic", "nothing"])
def test_a_machine_that_fails_is_quoted(end: str) -> None:
    """Whatever it measured before: its last words are what helps."""
    with pytest.raises(ToolError, match="its console ends so") as caught:
        console.read(_text(end=end))
    assert end in str(caught.value)


@pytest.mark.parametrize("missing", sorted(str(one["what"]) for one in SAID))
def test_a_result_that_is_missing_is_named(missing: str) -> None:
    """A measurement that was not made is no zero."""
    with pytest.raises(ToolError, match=f"did not say '{missing}'"):
        console.read(_text(tuple(one for one in SAID if one["what"] != missing)))

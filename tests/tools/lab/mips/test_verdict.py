"""The judgement of the MIPS lab: what its last line says, and when its figures mean nothing."""

import json
from dataclasses import asdict, replace

import pytest

from tools.lab.mips import table, verdict
from tools.lab.mips.console import Run
from tools.lab.mips.guest import scene
from tools.lab.mips.instructions import Instructions
from tools.lab.mips.verdict import Sizes

WANTED = scene.TOKENS * scene.WINDOWS
PROMISED = (
    "rss_kib_lean",
    "rss_kib_full",
    "instructions_per_frame",
    "start_s",
    "squashfs_bytes_lean",
    "squashfs_bytes_full",
)
RUN = Run(
    total_kib=54_000,
    free_at_boot_kib=41_000,
    free_kib=25_000,
    start_rss_kib=11_000,
    rss_kib=12_500,
    anonymous_kib=7_000,
    written=4000,
    totals={"probes": 4000, "sightings_emitted": WANTED},
    imports={"re": {"kib": 300, "modules": 9}},
)
STEPS = {"empty_call": 600, "bare": 33_000, "from_memory": 41_000, "from_ring": 45_000}
COUNTS = Instructions(STEPS, compile=2_800_000_000, check=700_000_000, start=2_100_000_000, signing=112_000_000)
SIZES = {"lean": Sizes(2_700_000, 2_500_000), "full": Sizes(5_000_000, 4_000_000)}
RUNS = {"lean": RUN, "full": replace(RUN, rss_kib=17_000)}


def test_the_last_line_has_what_was_promised() -> None:
    """By these names, as JSON, each of its own profile."""
    said = json.loads(json.dumps(asdict(verdict.figures(RUNS, COUNTS, SIZES, 16))))
    assert tuple(said)[: len(PROMISED)] == PROMISED
    assert [said[name] for name in PROMISED] == [12_500, 17_000, 45_000, 20.0, 2_700_000, 5_000_000]
    assert (said["vectors"], said["missed"]) == (16, [])


def test_seconds_are_said_to_be_derived() -> None:
    """An emulator has no speed of its own: what was assumed stands beside the figure, and is what was computed with."""
    said = verdict.figures(RUNS, COUNTS, SIZES, 16)
    assert said.start_s == (2_800_000_000 + 700_000_000 + 2_100_000_000) / (560e6 * 0.5)
    assert "derived" in said.start_s_is
    assert "560 MHz" in said.start_s_is
    assert "0.5 a cycle, assumed" in said.start_s_is
    assert said.derived_frames_per_s == round(280e6 / 45_000)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((14_336, 80_000, 2_800_000), []),
        ((14_337, 80_000, 2_800_000), ["14,337 KiB of resident memory, promised are 14,336"]),
        ((14_336, 80_001, 2_800_000), ["80,001 instructions a frame, promised are 80,000"]),
        ((14_336, 80_000, 2_800_001), ["2,800,001 bytes of squashfs, promised are 2,800,000"]),
    ],
    ids=["all kept", "memory", "instructions", "size"],
)
def test_a_promise_that_does_not_hold_is_named(values: tuple[int, int, int], words: list[str]) -> None:
    """With the figure and the promise."""
    assert verdict.missed(*values) == words


def test_a_run_that_counted_all_has_no_fault() -> None:
    """Every frame written is a frame counted."""
    assert verdict.faults(RUN) == []


@pytest.mark.parametrize(
    ("totals", "fault"),
    [
        ({"probes": 3999, "sightings_emitted": WANTED}, "4000 frames were written, 3999 counted"),
        ({"probes": 4000, "sightings_emitted": WANTED, "kernel_drops": 1}, "1 dropped"),
        ({"probes": 4000, "sightings_emitted": WANTED, "keyless": 5}, "5 frames were keyless"),
        ({"probes": 4000, "sightings_emitted": WANTED, "overflow": 5}, "5 frames were overflow"),
        ({"probes": 4000, "sightings_emitted": WANTED - 1}, f"at least {WANTED} had to be"),
        ({}, "0 counted"),
    ],
    ids=["one lost", "dropped", "without a key", "too many tokens", "too few tokens", "deaf"],
)
def test_a_run_that_did_something_else_is_a_fault(totals: dict[str, int], fault: str) -> None:
    """Memory and instructions of an agent that heard less are no figures."""
    assert any(fault in sentence for sentence in verdict.faults(replace(RUN, totals=totals)))


def test_the_table_shows_both_profiles() -> None:
    """Side by side; an import that takes little is left out."""
    lines = list(table.lines({**RUNS, "full": replace(RUNS["full"], imports={})}, COUNTS, SIZES))
    assert any("12,500" in line and "17,000" in line for line in lines)
    assert any("2,500,000" in line and "4,000,000" in line for line in lines)
    assert any(line.split()[:2] == ["re", "300"] for line in lines)
    assert any("from_ring" in line and "45,000" in line for line in lines)
    assert any("start" in line and "7.5 s, derived" in line for line in lines)

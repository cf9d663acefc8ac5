"""The figures that the lab prints, what was promised of them, and whether they mean anything."""

from collections.abc import Mapping
from dataclasses import dataclass

from .console import Run
from .guest import scene
from .instructions import Instructions

RSS_KIB_MAX = 14 * 1024
INSTRUCTIONS_MAX = 80_000  # a frame, from the socket to the window
SQUASHFS_BYTES_MAX = 2_800_000
# What turns instructions into seconds: a 24Kc's clock, and how many instructions it finishes in a cycle. The second is
# assumed: such cores are said to reach 0.5 to 0.7 on code that misses its small caches as Python does.
CLOCK_HZ = 560_000_000
PER_CYCLE = 0.5


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of squashfs of one profile."""

    whole: int  # what OpenWrt's packages bring
    reached: int  # with the modules only that the agent can come to need


@dataclass(frozen=True, slots=True)
class Figures:
    """The last line. `derived_` is computed from instructions, never measured: an emulator has no speed of its own."""

    rss_kib_lean: int
    rss_kib_full: int
    instructions_per_frame: int  # from the ring that the kernel fills to the window; the kernel's own are not in it
    start_s: float  # derived: a lean unit's service, from its start until it could listen
    squashfs_bytes_lean: int
    squashfs_bytes_full: int
    squashfs_bytes_lean_reached: int
    squashfs_bytes_full_reached: int
    instructions_per_frame_bare: int  # address, keyed hash, count, in a loop: the least there is
    instructions_signing: int  # one batch of 400 sightings
    instructions_start: int  # the same that start_s is derived from
    derived_compile_s: float
    derived_signing_s: float
    derived_frames_per_s: int
    free_kib_lean: int
    free_kib_full: int
    vectors: int
    missed: tuple[str, ...]  # promises that do not hold, in words
    start_s_is: str = f"derived: instructions at {CLOCK_HZ // 1_000_000} MHz and {PER_CYCLE} a cycle, assumed"


def seconds(instructions: int) -> float:
    """How long a 24Kc would take, as assumed above."""
    return round(instructions / (CLOCK_HZ * PER_CYCLE), 2)


def faults(run: Run) -> list[str]:
    """Why the run's figures mean nothing, in sentences; none = they do."""
    found = []
    counted, lost = run.totals.get("probes", 0), run.totals.get("kernel_drops", 0)
    if counted != run.written or lost:
        found.append(f"{run.written} frames were written, {counted} counted, {lost} dropped by the kernel")
    for name in ("malformed", "keyless", "overflow"):
        if run.totals.get(name):
            found.append(f"{run.totals[name]} frames were {name}")
    wanted = scene.TOKENS * scene.WINDOWS
    if run.totals.get("sightings_emitted", 0) < wanted:
        found.append(f"{run.totals.get('sightings_emitted', 0)} sightings were sealed, at least {wanted} had to be")
    return found


def figures(runs: Mapping[str, Run], counts: Instructions, sizes: Mapping[str, Sizes], vectors: int) -> Figures:
    """What the runs of both profiles, and the counts of the lean one, come to."""
    lean, full = runs["lean"], runs["full"]
    a_frame = counts.steps["from_ring"]
    start = counts.compile + counts.check + counts.start
    return Figures(
        rss_kib_lean=lean.rss_kib,
        rss_kib_full=full.rss_kib,
        instructions_per_frame=a_frame,
        start_s=seconds(start),
        squashfs_bytes_lean=sizes["lean"].whole,
        squashfs_bytes_full=sizes["full"].whole,
        squashfs_bytes_lean_reached=sizes["lean"].reached,
        squashfs_bytes_full_reached=sizes["full"].reached,
        instructions_per_frame_bare=counts.steps["bare"],
        instructions_signing=counts.signing,
        instructions_start=start,
        derived_compile_s=seconds(counts.compile),
        derived_signing_s=seconds(counts.signing),
        derived_frames_per_s=round(CLOCK_HZ * PER_CYCLE / a_frame),
        free_kib_lean=lean.free_kib,
        free_kib_full=full.free_kib,
        vectors=vectors,
        missed=tuple(missed(lean.rss_kib, a_frame, sizes["lean"].whole)),
    )


def missed(rss_kib: int, instructions: int, squashfs_bytes: int) -> list[str]:
    """The promises for a lean unit that do not hold."""
    promises = (
        ("KiB of resident memory", rss_kib, RSS_KIB_MAX),
        ("instructions a frame", instructions, INSTRUCTIONS_MAX),
        ("bytes of squashfs", squashfs_bytes, SQUASHFS_BYTES_MAX),
    )
    return [f"{got:,} {what}, promised are {most:,}" for what, got, most in promises if got > most]

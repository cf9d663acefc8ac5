"""The radio benchmark: it counts what came through, and says so where it cannot be run."""

import json
import time
from collections.abc import Iterator

import pytest
import tap
from click.testing import CliRunner

from tools.bench import catalogue, cli, radio, radio_work
from tools.bench.radio import RadioResult
from tools.bench.radio_work import Contender, Run
from tools.bench.tap import Tap

FOUND = RadioResult(200_000.0, 0, 150_000.0, 2_000.0, 3)
RAWS = [frame.raw for frame in radio_work.frames.synthetic(64).frames if frame is not None]


@pytest.fixture
def bench0() -> Iterator[Tap]:
    tap.skip_unless_possible()
    with tap.Namespace():
        made = Tap(radio_work.TAP)
        yield made
        made.close()


@pytest.mark.parametrize("listen", [radio_work.footfall, radio_work.recv, radio_work.scapy])
def test_every_listener_hears_all_of_a_low_rate(listen: radio_work.Listen, bench0: Tap) -> None:
    """At 300 frames a second nobody loses one, and the rate found is the rate written."""
    contender = Contender(bench0, RAWS, listen, 300.0, 0.5)
    assert 200 < contender.hold(300.0) < 330
    contender.turn()
    assert 200 < contender.figure < 330
    assert 200 < contender.confirm() < 330
    assert contender.dropped == 0


def test_listener_that_loses_a_frame_holds_no_rate(bench0: Tap) -> None:
    """One frame short, or one dropped: the round does not count, and the next is slower."""
    for shortage in (Run(299, 0), Run(300, 1)):

        def listen(_count: int, begin: object, said: Run = shortage) -> Run:
            writing = begin()  # type: ignore[operator]
            while writing():
                time.sleep(0.01)
            return said

        contender = Contender(bench0, RAWS, listen, 600.0, 0.5)
        assert contender.hold(600.0) == 0
        contender.turn()
        assert (contender.sustained, contender.rate_per_s) == ([], 600 * radio_work.STEP_DOWN)


def test_writer_that_lags_behind_sets_the_figure(bench0: Tap) -> None:
    """A rate that nobody can write is not claimed: the frames that were written a second are."""

    def listen(count: int, begin: object) -> Run:
        writing = begin()  # type: ignore[operator]
        while writing():
            time.sleep(0.01)
        return Run(count, 0)

    contender = Contender(bench0, RAWS, listen, 1e7, 0.005)
    assert 0 < contender.hold(1e8) < 2e7


def test_figures_are_those_that_others_rely_on() -> None:
    """The keys of the JSON object, and the promise in the table."""
    found = FOUND.figures()
    assert {"frames_per_s", "dropped", "recv_frames_per_s", "scapy_frames_per_s"} <= found.keys()
    assert found["scapy_speedup"] == 100.0
    assert all(target.met for target in FOUND.targets())
    assert not RadioResult(30_000.0, 0, 1.0, 2_000.0, 1).targets()[0].met


def test_without_root_it_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 1 and what to do; `all` says what it leaves out, and runs the others."""
    monkeypatch.setattr(radio.os, "geteuid", lambda: 1000)
    done = CliRunner().invoke(cli.bench, ["radio"])
    assert done.exit_code == 1
    assert "only root may" in done.output
    rows = (
        catalogue.Benchmark("x", lambda _rounds, _tick: FOUND),
        catalogue.Benchmark("radio", catalogue.radio, catalogue.radio_obstacle),
    )
    monkeypatch.setattr(catalogue, "BENCHMARKS", rows)
    done = CliRunner().invoke(cli.bench, ["all", "--json"])
    assert done.exit_code == 0
    assert "radio is left out: " in done.stderr
    assert json.loads(done.stdout.splitlines()[-1]).keys() == {"x"}


def test_unit_without_tun_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """Which kernel module to load."""
    monkeypatch.setattr(radio.os, "geteuid", lambda: 0)
    monkeypatch.setattr(radio, "TUN", radio.Path(f"{tmp_path}/none"))
    assert "modprobe tun" in radio.obstacle()

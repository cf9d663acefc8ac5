"""How the collector is: figures that Prometheus' own tool takes, and reasons where it is not ready."""

import json
import re
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from browse import FakeIngest, browser
from click.testing import CliRunner
from shop import SmallShop, Stay, at, window

from collector.housekeeping.keeper import Keeper, Task
from collector.options.settings import Settings
from collector.vitals.figures import Vitals
from tools.cli import cli
from tools.collecting.deploying import NAMES

PROMTOOL, SYSTEMD_ANALYZE = shutil.which("promtool"), shutil.which("systemd-analyze")
needs_promtool = pytest.mark.skipif(not PROMTOOL, reason="promtool is missing; `make test` installs it (prometheus)")


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    shop = SmallShop(tmp_path / "collector", settings=Settings(replay=True))
    shop.hear([Stay(token, at(10), at(10, 5)) for token in range(3)])
    return shop


def vitals(shop: SmallShop, state: str = "connected", **failed: str) -> Vitals:
    keeper = Keeper([Task("fold", 60, lambda _: None)], lambda: 0, lambda: 0.0)
    keeper.failed.update(failed)
    ingest = FakeIngest(state=state, counted=shop.intake.counters())
    return Vitals(shop.collector, ingest, keeper, lambda: at(24))  # type: ignore[arg-type]


def client(shop: SmallShop, looked_at: Vitals) -> Any:
    return browser(shop.collector, vitals=looked_at)


@needs_promtool
def test_prometheus_own_tool_finds_nothing_to_say_about_the_figures(shop: SmallShop) -> None:
    said = client(shop, vitals(shop)).get("/metrics")
    assert said.status_code == 200
    done = subprocess.run([str(PROMTOOL), "check", "metrics"], input=said.content, capture_output=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


def test_figures_are_those_of_the_store(shop: SmallShop) -> None:
    text = vitals(shop).exposition().decode()
    found = {name: float(value) for name, value in re.findall(r"^(footfall_\w+) ([0-9.e+-]+)$", text, re.MULTILINE)}
    assert found["footfall_stored_batches_total"] == 10
    assert found["footfall_stored_sightings_total"] == 30
    assert found["footfall_batches_missing"] == 0
    assert found["footfall_ingest_connected"] == 1
    assert found["footfall_disk_free_bytes"] > 0


def test_everything_that_the_intake_counts_is_a_figure(shop: SmallShop) -> None:
    """Zeros, too: a rate over what has never happened is 0, and not missing."""
    text = vitals(shop).exposition().decode()
    for name in shop.intake.counters():
        kind, _, reason = name.partition("_")
        figure = {
            "refused": f'footfall_messages_refused_total{{reason="{reason}"}} 0.0',
            "keys": f'footfall_keys_withheld_total{{reason="{reason.removeprefix("withheld_")}"}} 0.0',
        }.get(kind, f"footfall_{name}_total 0.0")
        assert figure in text


def test_lag_is_a_histogram_of_what_was_taken(tmp_path: Path) -> None:
    shop = SmallShop(tmp_path / "collector", settings=Settings())
    shop.take([shop.message(window(at(10)))], at(10, 0, 40))  # its window ended ten seconds before
    ingest = FakeIngest(counted=shop.intake.counters(), late=shop.intake.lag.counters())
    text = Vitals(shop.collector, ingest, None, lambda: at(11)).exposition().decode()  # type: ignore[arg-type]
    assert 'footfall_lag_seconds_bucket{le="5"} 0.0' in text
    assert 'footfall_lag_seconds_bucket{le="30"} 1.0' in text
    assert "footfall_lag_seconds_count 1.0" in text


def test_a_collector_that_is_well_is_ready(shop: SmallShop) -> None:
    said = client(shop, vitals(shop)).get("/readyz")
    assert (said.status_code, said.json()) == (200, {"ready": True, "reasons": []})


@pytest.mark.parametrize(
    ("state", "failed", "reason"),
    [
        ("not connected: refused", {}, "ingest: not connected: refused"),
        ("waiting for the store: disk full", {}, "ingest: waiting for the store: disk full"),
        ("connected", {"fold": "out of memory"}, "fold: out of memory"),
    ],
)
def test_a_collector_that_is_not_says_why(shop: SmallShop, state: str, failed: dict[str, str], reason: str) -> None:
    said = client(shop, vitals(shop, state, **failed)).get("/readyz")
    assert (said.status_code, said.json()["reasons"]) == (503, [reason])


def test_tokens_that_should_be_gone_are_a_reason(tmp_path: Path) -> None:
    shop = SmallShop(tmp_path / "collector", settings=Settings(replay=True))
    shop.hear([Stay(1, at(10), at(10, 5))])
    looked_at = vitals(shop)
    shop.collector.settings.__dict__["replay"] = False
    assert looked_at.reasons() == []
    looked_at._now_ms = lambda: at(36)
    assert looked_at.reasons() == ["tokens of default/2026-03-02 should be deleted and are not"]


def test_a_retention_that_is_stuck_is_seen_while_it_is(tmp_path: Path) -> None:
    """It hangs, in the keeper's own thread: nothing fails, and still there are a reason and two figures."""
    shop = SmallShop(tmp_path / "collector", settings=Settings())
    shop.hear([Stay(1, at(10), at(10, 5))])
    now_s, hangs, released = [0.0], threading.Event(), threading.Event()

    def hang(_now_ms: int) -> None:
        hangs.set()
        released.wait(30)

    todo = [Task("fold", 60, lambda _: None), Task("retention", 300, hang), Task("publish", 300, lambda _: None)]
    keeper = Keeper(todo, lambda: at(36), lambda: now_s[0])
    looked_at = Vitals(shop.collector, FakeIngest(counted=shop.intake.counters()), keeper, lambda: at(36))  # type: ignore[arg-type]
    working = threading.Thread(target=keeper.step)
    working.start()
    assert hangs.wait(10)
    now_s[0] = 3000.0
    text, reasons = looked_at.exposition().decode(), looked_at.reasons()
    released.set()
    working.join()
    assert keeper.failed == {}
    assert 'footfall_task_overdue_seconds{task="retention"} 2700.0' in text
    assert 'footfall_task_overdue_seconds{task="publish"} 2700.0' in text  # held up by it
    assert "footfall_retention_overdue 1.0" in text
    assert any(reason.startswith("retention: 45 minutes late") for reason in reasons)
    assert "tokens of default/2026-03-02 should be deleted and are not" in reasons


def test_a_task_that_is_done_in_time_is_not_late() -> None:
    now_s = [0.0]
    keeper = Keeper([Task("fold", 60, lambda _: None)], lambda: 0, lambda: now_s[0])
    for _ in range(200):
        keeper.step()
        now_s[0] += 1.0
        assert keeper.overdue_s()["fold"] <= 1.0


ALERTS = """
rule_files: [footfall-rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 'footfall_task_overdue_seconds{task="retention"}', values: '0 0 1801x20'}
      - {series: 'footfall_task_overdue_seconds{task="fold"}', values: '0x22'}
      - {series: 'footfall_retention_overdue', values: '0 0 1x20'}
    alert_rule_test:
      - {eval_time: 1m, alertname: FootfallHousekeepingStuck, exp_alerts: []}
      - {eval_time: 1m, alertname: FootfallKeptTooLong, exp_alerts: []}
      - {eval_time: 8m, alertname: FootfallHousekeepingStuck, exp_alerts: [{exp_labels: {severity: ticket}}]}
      - {eval_time: 13m, alertname: FootfallKeptTooLong, exp_alerts: [{exp_labels: {severity: page}}]}
"""


@needs_promtool
def test_a_retention_that_is_stuck_raises_an_alert_each_for_task_and_data(written: Path, tmp_path: Path) -> None:
    """One alert for all tasks that one holds up."""
    text = re.sub(r"(?m)^        annotations:\n(?:          .*\n)+", "", (written / "footfall-rules.yml").read_text())
    (tmp_path / "footfall-rules.yml").write_text(text)  # what an alert says is not compared here
    (tmp_path / "tests.yml").write_text(ALERTS)
    command = [str(PROMTOOL), "test", "rules", str(tmp_path / "tests.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("files")
    done = CliRunner().invoke(cli, ["collector", "files", "--dir", "/var/lib/footfall", "--out", str(out)])
    assert done.exit_code == 0, done.output
    return out


def test_every_file_is_written_and_filled_in(written: Path) -> None:
    assert {path.name for path in written.iterdir()} == set(NAMES)
    assert not [path for path in written.iterdir() if re.search(r"@\w+@", path.read_text())]


@needs_promtool
def test_alert_rules_are_good(written: Path) -> None:
    done = subprocess.run([str(PROMTOOL), "check", "rules", str(written / "footfall-rules.yml")], check=False)
    assert done.returncode == 0


def test_rules_and_dashboard_ask_only_for_figures_that_there_are(written: Path, shop: SmallShop) -> None:
    text = vitals(shop, "connected", fold="x").exposition().decode()
    there = set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))
    asked = set()
    for name in ("footfall-rules.yml", "footfall-dashboard.json"):
        asked |= set(re.findall(r"\b(?:footfall|process)_\w+", (written / name).read_text()))
    assert {name.removesuffix("_bucket") for name in asked} <= there  # a histogram's type stands by its own name


def test_each_panel_of_the_dashboard_has_a_title_and_a_question(written: Path) -> None:
    board: dict[str, Any] = json.loads((written / "footfall-dashboard.json").read_text())
    assert all(panel["title"] and panel["targets"] for panel in board["panels"])


@pytest.mark.skipif(not SYSTEMD_ANALYZE, reason="systemd is missing; `make test` installs it")
def test_systemds_own_tool_finds_nothing_wrong_with_the_units(written: Path, tmp_path: Path) -> None:
    units = []
    for unit in (
        *written.glob("*.service"),
        *written.glob("*.timer"),
    ):  # the program of a test runner is no program to check for
        copy = tmp_path / unit.name
        copy.write_text(re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", unit.read_text()))
        units.append(str(copy))
    done = subprocess.run([str(SYSTEMD_ANALYZE), "verify", *units], capture_output=True, text=True, check=False)
    assert "Unknown" not in done.stderr
    assert done.returncode == 0, done.stderr

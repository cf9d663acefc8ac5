"""The benchmark of metrics: a small run of it, without Spark (see tests/collector/storage/test_engines.py)."""

import json

import pytest
from click.testing import CliRunner

from collector.metrics import ORDER
from collector.spark import session
from tools.bench import cli


def test_all_figures_are_there_and_a_missing_java_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "obstacle", lambda: "Spark needs Java")
    done = CliRunner().invoke(cli.bench, ["metrics", "--json", "--rounds", "1", "--pairs", "20"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["metrics"], found["engines_equal"]) == (len(ORDER), "Spark needs Java")
    assert (found["attack_pairs"], found["attack_recoveries"]) == (20, 0)
    assert found["unguarded_recoveries"] > 0
    assert found["report_ms"] > 0

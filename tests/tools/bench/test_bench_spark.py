"""The benchmark of Spark: what it compares and says. Spark itself is asked in storage/test_engines.py."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector import folder as folders
from collector.storage import engines
from collector.storage.store import STAYS
from tools.bench import catalogue, cli, spark_stages, spark_work
from tools.bench import spark as spark_bench
from tools.bench.result import table
from tools.bench.spark import PARTS, SparkResult
from tools.bench.spark_stages import Contender
from tools.bench.store import BenchError
from tools.bench.store_fill import TENANT, Shape, day_names, fill

SHAPE = Shape(2, 2, 600)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench-spark") / "store"
    fill(folder, SHAPE)
    return folder


def test_every_metric_is_asked_over_all_days_and_a_changed_row_changes_its_days_digest(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = folders.open_folder(filled)
    said = spark_work.work(opened, SHAPE, engines.DUCKDB)
    assert f"fold: turn {SHAPE.days}, of {day_names(SHAPE.days)[-1]}" in capsys.readouterr().out
    assert set(PARTS) <= said.keys()
    assert said["answers"]["visitors"]
    before = spark_work.digests(filled, SHAPE)
    assert sum(int(one[0]) for name, one in before.items() if "stays" in name) == said["stays"] > 0
    day = day_names(SHAPE.days)[0]
    file = opened.store.manifest.files(TENANT, STAYS, [day])[0]
    rows = opened.store.table(file)
    frames = rows.schema.get_field_index("frames")
    more = rows["frames"].to_pylist()
    more[-1] += 1
    changed = rows.set_column(frames, rows.schema.field("frames"), [more])
    opened.store.swap([file], [opened.store.write(STAYS, TENANT, "", day, changed)], file.covers_id, 0)
    opened.close()
    after = spark_work.digests(filled, SHAPE)
    assert [name for name in before if before[name] != after[name]] == [f"{STAYS} {day}"]


def contender(workers: int, seconds: float) -> Contender:
    folded, answers = {"stays 2026-03-01": ["7", "1", "2"]}, {"visitors": [["all", "all", "7"]]}
    return Contender(workers, 1.0, dict.fromkeys(PARTS, seconds), 3.0, 100.0, 7, folded, answers)


def test_ratios_are_to_duckdb_and_what_two_cores_prove_is_said() -> None:
    found = SparkResult(SHAPE, 1024, (contender(0, 1.0), contender(1, 4.0), contender(4, 2.0)))
    said = found.figures()
    assert (said["equal"], said["duckdb_s"], said["spark_1_duckdb_ratio"], said["spark_4_duckdb_ratio"]) == (
        True,
        3,
        4,
        2,
    )
    text = " ".join(table({"spark": found}).split())
    assert "It does not prove how work spreads over machines" in text
    assert "Spark, 4 workers" in text


def test_what_differs_is_named_with_who_says_it() -> None:
    odd = replace(contender(2, 1.0), answers={"visitors": [["all", "all", "8"]]}, folded={})
    found = SparkResult(SHAPE, 1024, (contender(0, 1.0), odd))
    assert found.figures()["equal"] is False
    assert found.different == ["Spark, 2 workers: stays 2026-03-01", "Spark, 2 workers: visitors"]
    assert not found.targets()[0].met


def test_numbers_of_workers_are_checked_and_without_java_a_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wrong = CliRunner().invoke(cli.bench, ["spark", "--workers", "1,none"])
    assert (wrong.exit_code, "such as 1,2,4" in wrong.output) == (2, True)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "openjdk" in catalogue.spark_obstacle()
    assert CliRunner().invoke(cli.bench, ["spark"]).exit_code == 1


def test_who_fails_is_named_and_what_the_others_found_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def plays(_folder: Path, _shape: Shape, _rows: int, workers: int, *_: object) -> Contender:
        if workers == 2:
            raise BenchError("no memory")
        if workers == 4:
            raise KeyboardInterrupt
        return contender(workers, 1.0)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(spark_stages, "run_apart", lambda *_: {"s": 1.0})
    monkeypatch.setattr(spark_bench, "_contender", plays)
    said: list[str] = []
    found = spark_bench.measure(1000, (1, 2, 4, 8), 512, lambda: None, said.append)
    assert [one.workers for one in found.contenders] == [0, 1]
    assert found.unfinished == ("Spark, 2 workers: no memory", "Spark, 4 workers: interrupted")
    assert found.figures()["unfinished"] == 2
    assert any(line.startswith("Spark, 1 worker: fold 1.0 s") for line in said)
    assert "came to no end: Spark, 2 workers: no memory" in " ".join(table({"spark": found}).split())


def test_a_contenders_parts_are_told_as_they_end_and_one_that_is_late_is_ended(filled: Path, tmp_path: Path) -> None:
    words, said = [str(filled), str(SHAPE.total)], list[str]()
    found, _ = spark_bench._run(words, tmp_path, said.append, time.monotonic() + 300)
    assert [line.split(",")[0] for line in said] == ["started", "fold done", "signs done", "tables made"]
    assert set(PARTS) <= found.keys()
    with pytest.raises(BenchError, match="not done in time"):
        spark_bench._run(words, tmp_path, said.append, time.monotonic() - 1)


def test_a_long_run_is_made_in_pieces_and_what_was_found_is_not_measured_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done: list[str] = []

    def fills(*_: object) -> dict[str, float]:
        done.append("filled")
        return {"s": 1.0}

    def plays(_folder: Path, _shape: Shape, _rows: int, workers: int, *_: object) -> Contender:
        done.append(f"{workers} workers")
        return contender(workers, 1.0 + workers)

    monkeypatch.setattr(spark_stages, "run_apart", fills)
    monkeypatch.setattr(spark_bench, "_contender", plays)
    said: list[str] = []

    def measured(rows: int, workers: tuple[int, ...], memory_mib: int = 512) -> SparkResult:
        return spark_bench.measure(rows, workers, memory_mib, lambda: None, said.append, keep=tmp_path / "big")

    first = measured(1000, (1,))
    second = measured(1000, (1, 2))
    assert done == ["filled", "0 workers", "1 workers", "2 workers"]
    assert second.contenders == (*first.contenders, contender(2, 3.0))
    assert "(measured before)" in said[-2]
    with pytest.raises(BenchError, match="--rows 1000"):
        measured(2000, (1,))
    assert "--memory-mib 512" in measured(1000, (2,), 1024).unfinished[0]

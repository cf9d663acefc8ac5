"""Every metric gives the same rows on DuckDB and on Spark, from one SQL file."""

import os
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from morning import day, question
from shop import DAY, SITE, TENANT, SmallShop, Stay, at

from collector import calendar
from collector import folder as folders
from collector.admission.flags import SPOOFED, flag
from collector.answers import query
from collector.counting import folding
from collector.errors import QueryError
from collector.folder import Collector
from collector.housekeeping import retention
from collector.metrics import ORDER, metric
from collector.reporting import report
from collector.spark import dialect
from collector.spark import session as spark_session
from collector.spark.session import at as at_place
from collector.stays import fold
from collector.storage import engines, spark_engine
from collector.storage.store import OPEN_STAYS, SIGNS, STAYS, STEPS, VISITS, ZONES
from tools.bench.metrics import comparable
from tools.load import spark_cluster as clusters

pytestmark = pytest.mark.timeout(600)  # a Spark on a busy machine takes its time
LAB = os.environ.get("FOOTFALL_LAB") == "1"
needs_spark = pytest.mark.skipif(bool(spark_session.obstacle()), reason=spark_session.obstacle() or "Spark runs here")


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """One Spark for the whole module: to start one takes seconds."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[1]")
    for key, value in {
        **spark_session.SETTINGS,
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }.items():
        builder = builder.config(key, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = builder.getOrCreate()
    found.sparkContext.setLogLevel("ERROR")
    yield found
    found.stop()


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory, session: Any) -> Iterator[tuple[query.Answers, ...]]:
    """DuckDB; Spark as it asks of few rows; Spark as it asks of many."""
    shop = SmallShop(tmp_path_factory.mktemp("engines") / "collector")
    day(shop)
    collector = shop.collector
    fold.refresh(collector.store, collector.registry.tenant(TENANT), collector.registry.sites(TENANT), at(24))
    asked = question(shop)
    with (
        query.Answers(collector.store, asked, engines.DUCKDB) as duck,
        query.Answers(collector.store, asked, engines.SPARK) as few,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(spark_engine, "FEW_ROWS", 0)
        with query.Answers(collector.store, asked, engines.SPARK) as many:
            yield duck, few, many


@needs_spark
def test_whole_result_of_every_metric_is_the_same_on_both_engines(answers: tuple[query.Answers, ...]) -> None:
    """One test and not one a metric: run in parallel, each process would start a Spark of its own."""
    duck, few, many = ({name: comparable(one.rows(metric(name))) for name in ORDER} for one in answers)
    assert duck == few
    assert duck == many
    assert [name for name, rows in duck.items() if not rows] == [], "an empty result shows nothing"


def spread_out(shop: SmallShop) -> None:
    """The day before it too, at two sites, with a time of flagged air."""
    day_ms = 24 * calendar.HOUR_MS
    stays = [Stay(n, at(9, n % 50) - day_ms, at(9, n % 50 + 1 + n % 9) - day_ms) for n in range(30)]
    shop.hear(stays, at(9) - day_ms, at(11) - day_ms)
    shop.hear(stays[::2], at(9) - day_ms, at(11) - day_ms, sensor="kiosk-1")
    registry = shop.collector.registry
    (kiosk,) = (sensor for sensor in registry.sensors() if sensor.name == "kiosk-1")
    shop.collector.store.flags.put([flag(kiosk.id, (at(11, 45), at(11, 46)), SPOOFED)])


def folded(collector: Collector, engine: str) -> dict[str, list[str]]:
    """What a store's folded files hold, by kind and day, after a turn on this engine."""
    tenant, sites, now_ms = collector.registry.tenant(TENANT), collector.registry.sites(TENANT), at(24)
    assert fold.refresh(collector.store, tenant, sites, now_ms, engine)
    assert folding.refresh(collector.store, tenant, now_ms, engine_name=engine)
    found: dict[str, list[str]] = {}
    for kind in (STAYS, OPEN_STAYS, STEPS, SIGNS):
        for file in collector.store.manifest.files(TENANT, kind):
            table = collector.store.table(file)
            place = f"{kind} {file.day} {table.schema.names} {table.schema.types} {file.first_ms} {file.last_ms}"
            found.setdefault(place, []).extend(map(nearly, table.to_pylist()))
    return {place: sorted(rows) for place, rows in found.items()}


def names(collector: Collector, but: str) -> set[str]:
    """The folded files of all days but one."""
    kinds = (STAYS, OPEN_STAYS, STEPS, SIGNS)
    return {one.name for kind in kinds for one in collector.store.manifest.files(TENANT, kind) if one.day != but}


def nearly(row: dict[str, object]) -> str:
    """A row with its fractions to 12 digits: engines add up in different orders."""
    return str([f"{value:.12g}" if isinstance(value, float) else value for value in row.values()])


def ended(collector: Collector, engine: str) -> tuple[list[str], list[list[str]]]:
    """What a day's kept visits and ways hold once it has ended, by device: the numbers of devices are drawn anew."""
    tenant, sites = collector.registry.tenant(TENANT), collector.registry.sites(TENANT)
    assert retention.end_day(collector.store, tenant, sites, DAY, at(40), engine)
    types: list[str] = []
    devices: dict[tuple[str, int], list[str]] = {}
    for kind in (VISITS, ZONES):
        for file in collector.store.manifest.files(TENANT, kind, [DAY]):
            table = collector.store.table(file)
            types.append(f"{kind} {table.schema.names} {table.schema.types}")
            for row in table.to_pylist():
                devices.setdefault((kind, row.pop("token")), []).append(nearly(row))
    return sorted(types), sorted([kind, *sorted(rows)] for (kind, _), rows in devices.items())


@needs_spark
def test_fold_of_days_and_sites_is_the_same_on_both_engines_turn_by_turn(
    tmp_path: Path, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole results, types and all; and again when more has come, so late that closed stays are opened again.

    The first turn as Spark takes few rows, the second as it takes many.
    """
    shop = SmallShop(tmp_path / "duck")
    day(shop)
    spread_out(shop)
    shutil.copytree(tmp_path / "duck", tmp_path / "spark")
    ours, theirs = shop.collector, folders.open_folder(tmp_path / "spark")
    theirs.store.blinding = None
    first = folded(ours, engines.DUCKDB)
    assert first == folded(theirs, engines.SPARK)
    untouched = names(theirs, but=DAY)
    late = shop.hear([Stay(1, at(9, 12), at(9, 14)), Stay(77, at(12, 30), at(12, 45))], at(9, 10), at(13), "shelf")
    theirs.intake().take(late, at(24))
    second = folded(ours, engines.DUCKDB)
    monkeypatch.setattr(spark_engine, "FEW_ROWS", 0)
    assert second == folded(theirs, engines.SPARK)
    assert first != second
    assert names(theirs, but=DAY) == untouched != set(), "only the day that something came for is folded again"
    assert fold.refresh(theirs.store, theirs.registry.tenant(TENANT), [], at(24), engines.SPARK) == []
    assert folding.refresh(theirs.store, theirs.registry.tenant(TENANT), at(24), engine_name=engines.SPARK) == []
    assert any(place.startswith(f"{STAYS} {DAY}") for place in first), "nothing was closed, so nothing opened again"
    assert ended(ours, engines.DUCKDB) == ended(theirs, engines.SPARK)
    theirs.close()


@needs_spark
def test_rows_of_a_token_are_shuffled_once_and_nothing_stays_in_memory_when_an_engine_is_closed(
    tmp_path: Path, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is computed for good lies by token; what is not many rows is known in its size, and sent to all."""
    store = SmallShop(tmp_path / "collector").collector.store
    heard = pa.table({"token": [1, 2, 1, 3], "hour": [7, 7, 8, 9]})
    before = held(session)
    for few_rows in (50_000, 0):
        monkeypatch.setattr(spark_engine, "FEW_ROWS", few_rows)
        engine = engines.open_engine(engines.SPARK, store, 100)
        engine.give("heard", heard)
        engine.make("stays", "SELECT token, hour FROM heard")
        own = held(session) - before
        assert len(own) == (0 if few_rows else 1), "few rows go through this process"
        asked = "SELECT token, hour, count(*) AS n FROM stays GROUP BY token, hour"
        assert sorted(engine.rows(asked)[1]) == [(1, 7, 1), (1, 8, 1), (2, 7, 1), (3, 9, 1)]
        assert "Exchange" not in engine._session.sql(asked)._jdf.queryExecution().executedPlan().toString()
        engine.close()
        assert not own & held(session)


def held(session: Any) -> set[int]:
    """The numbers of what Spark keeps."""
    return set(session.sparkContext._jsc.getPersistentRDDs().keySet())


@pytest.fixture
def cluster(tmp_path: Path, session: Any) -> Iterator[None]:
    """A standalone master with two workers in the place of this machine's own Spark; the driver's JVM is the same."""
    session.stop()
    quick = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    settings = {
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.executor.extraJavaOptions": quick,
    }
    (tmp_path / "cluster").mkdir()
    with clusters.running(tmp_path / "cluster", workers=2, memory_mib=512) as made, at_place(made.place, settings):
        yield


@needs_spark
@pytest.mark.skipif(not LAB, reason="a master and two workers for two minutes; FOOTFALL_LAB=1 runs it (make lab-spark)")
def test_two_workers_of_a_standalone_master_fold_and_report_as_duckdb_does(tmp_path: Path, cluster: None) -> None:
    """The same files and the same report in full; and what Spark has told is remembered when DuckDB is asked."""
    shop = SmallShop(tmp_path / "duck")
    day(shop)
    shutil.copytree(tmp_path / "duck", tmp_path / "spark")
    ours, theirs = shop.collector, folders.open_folder(tmp_path / "spark")
    assert folded(ours, engines.DUCKDB) == folded(theirs, engines.SPARK)
    whole, most = calendar.Span("", at(9), at(12)), calendar.Span("", at(9), at(11, 59))

    def told(collector: Collector, span: calendar.Span, engine: str) -> dict[str, Any]:
        built = report.build(collector.store, collector.registry, TENANT, SITE, span, at(24), engine)
        return report.as_json(built)

    assert told(theirs, whole, engines.SPARK) == told(ours, whole, engines.DUCKDB)
    with pytest.raises(QueryError, match="too small to be shown"):
        told(theirs, most, engines.DUCKDB)
    theirs.close()


def test_percentiles_are_written_exact_and_not_approximate_for_spark() -> None:
    """sqlglot's own dialect would write PERCENTILE_APPROX, which never gives a value between two measured ones."""
    written = dialect.spark_sql("SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY x) FROM t")
    assert "APPROX" not in written.upper()
    assert "PERCENTILE_CONT(0.9) WITHIN GROUP" in written


def test_without_java_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "openjdk-17-jre-headless" in spark_session.obstacle()
    shop = SmallShop(tmp_path / "collector")
    with pytest.raises(QueryError, match="Java"):
        engines.open_engine(engines.SPARK, shop.collector.store, 0)

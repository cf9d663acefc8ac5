"""Where Spark computes: one schema for setting, environment and option, and sentences where it cannot."""

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from shop import SITE, SmallShop

from collector import folder as folders
from collector.errors import QueryError, SettingsError
from collector.options.resolving import made, of_options
from collector.options.settings import Settings
from collector.spark import daemon, place, properties, session
from collector.spark.place import Address, Place
from tools.cli import cli

needs_spark = pytest.mark.skipif(bool(session.obstacle()), reason=session.obstacle() or "Spark runs here")


@pytest.mark.parametrize(
    ("master", "expected"),
    [
        ("local", ()),
        ("local[4]", ()),
        ("local[*]", ()),
        ("spark://big.example.org:7077", (Address("big.example.org", 7077),)),
        ("spark://[fd00::1]:7077,spark://x:1", None),
        ("spark://10.0.0.1:7077,10.0.0.2:7078", (Address("10.0.0.1", 7077), Address("10.0.0.2", 7078))),
        ("spark://[fd00::1]:7077", (Address("fd00::1", 7077),)),
        *((wrong, None) for wrong in ("", "local[0]", "yarn", "spark://x", "spark://x:0", "spark://x:65536", "x:7077")),
    ],
)
def test_masters_are_local_or_standalone_ones_and_nothing_else(
    master: str, expected: tuple[Address, ...] | None
) -> None:
    if expected is not None:
        assert Place(master).masters == expected
        assert made(of_options({"spark_master": master})).settings.spark_master == master
        return
    with pytest.raises(SettingsError, match=r"spark_master.*local\[N\].*spark://HOST:PORT is wanted"):
        made(of_options({"spark_master": master}))


@settings(max_examples=30)
@given(st.text(max_size=20))
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    try:
        assert place.checked(text) == text
    except ValueError:
        assert text != place.LOCAL


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    return SmallShop(tmp_path / "collector", settings=Settings(replay=True))


def report(shop: SmallShop, *words: str) -> str:
    folder = str(shop.collector.folder)
    done = CliRunner().invoke(cli, ["report", SITE, "--dir", folder, "--engine", "spark", *words])
    assert done.exit_code in (1, 2), done.output
    return done.output


def test_a_wrong_master_is_named_with_what_is_wanted(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "spark://HOST:PORT is wanted" in report(shop, "--spark-master", "mesos://x")
    assert "leave one away" in report(shop, "--spark-master", "local[2]", "--set", "spark_master=local[1]")
    monkeypatch.setenv("FOOTFALL_SPARK_MASTER", "local[0]")
    assert "FOOTFALL_SPARK_MASTER in the environment" in report(shop)


@needs_spark
def test_where_no_master_answers_a_sentence_says_how_to_start_one(shop: SmallShop) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        said = report(shop, "--spark-master", f"spark://127.0.0.1:{nobody.getsockname()[1]}")
    assert "no Spark master answers" in said
    assert "footfall collector spark master" in said


def test_a_clusters_secret_is_made_once_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = properties.made(tmp_path / place.PROPERTIES)
    first = properties.read(path)
    assert path.stat().st_mode & 0o077 == 0
    assert properties.read(properties.made(path)) == first
    assert len(bytes.fromhex(first[properties.SECRET])) == properties.SECRET_BYTES
    assert first["spark.authenticate"] == "true"
    assert properties.read(tmp_path / "nothing") == {}
    path.write_text("spark.authenticate\n")
    with pytest.raises(QueryError, match="has no value"):
        properties.read(path)


def test_a_collector_knows_its_place(tmp_path: Path) -> None:
    folders.create(tmp_path / "c", Settings(spark_master="spark://x:7077", spark_memory_mib=700))
    opened = folders.open_folder(tmp_path / "c")
    assert opened.spark == Place("spark://x:7077", 700, tmp_path / "c" / "spark.conf")
    opened.close()


@needs_spark
def test_a_worker_is_bounded_listens_where_it_is_told_and_shows_no_secret(tmp_path: Path) -> None:
    shared = properties.made(tmp_path / place.PROPERTIES)
    made = daemon.worker("spark://x:7077", "10.0.0.7", shared, 3, 700, tmp_path / "scratch")
    words = " ".join(made.words)
    assert "--cores 3 --memory 700m" in words
    assert "--host 10.0.0.7" in words
    assert made.environment["SPARK_LOCAL_IP"] == "10.0.0.7", "its page would be at every address"
    assert made.environment["SPARK_LOCAL_DIRS"] == str(tmp_path / "scratch")
    secret = properties.read(shared)[properties.SECRET]
    assert secret not in words + str(dict(made.environment))


def test_a_worker_wants_the_master_of_a_cluster(tmp_path: Path) -> None:
    for wrong in ("local[2]", "nonsense"):
        done = CliRunner().invoke(cli, ["collector", "spark", "worker", wrong, "--dir", str(tmp_path)])
        assert done.exit_code == 2
        assert "spark://HOST:PORT is wanted" in done.output

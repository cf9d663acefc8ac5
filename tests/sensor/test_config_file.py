"""The unit's own file: read back as it was written, and its faults named with its path."""

from pathlib import Path

import pytest

from footfall_sensor import config_file
from footfall_sensor.config import Config
from footfall_sensor.errors import ConfigError


def test_rendered_configuration_is_read_back(tmp_path: Path) -> None:
    """What a tool writes is what the sensor reads."""
    wanted = Config(name="door", broker_host="192.0.2.1", rate_per_s=0.5, run_dir="/tmp/it's here", inflight_max=7)
    path = tmp_path / "footfall"
    path.write_text(config_file.render(wanted))
    assert wanted == config_file.load(path)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"", "one section 'config sensor' is wanted, 0 are there"),
        (b"config sensor\nconfig sensor\n", "one section 'config sensor' is wanted, 2 are there"),
        (b"config sensor\noption nome door\n", "option nome: unknown"),
        (b"config sensor\noption name 'door\n", "line 2: a quotation mark is missing"),
        (b"config sensor\noption name \xff\xfe\n", "it is not text"),
    ],
)
def test_file_that_will_not_do_is_named_with_its_fault(raw: bytes, wanted: str, tmp_path: Path) -> None:
    """The sentence holds the path and the fault, whatever is in the file."""
    path = tmp_path / "footfall"
    path.write_bytes(raw)
    with pytest.raises(ConfigError, match=wanted) as caught:
        config_file.load(path)
    assert str(path) in str(caught.value)


def test_missing_file_is_named_with_the_way_out(tmp_path: Path) -> None:
    """Not a traceback but the path, and the option that names another."""
    with pytest.raises(ConfigError, match=r"none: No such file or directory. Name another with --config"):
        config_file.load(tmp_path / "none")

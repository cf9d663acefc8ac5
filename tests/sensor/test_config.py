"""Configuration: each option checks itself, and says its name when it will not do."""

import pytest

from footfall_sensor import config
from footfall_sensor.config import OPTIONS, Config
from footfall_sensor.errors import ConfigError

NAME = {"name": "shop-7-door"}


def test_name_alone_is_enough() -> None:
    """Every option but the name has a default."""
    assert Config(name="shop-7-door") == config.from_options(NAME)


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_each_default_passes_its_own_check(option: str) -> None:
    """No default would be refused if a person wrote it down."""
    value = str(getattr(Config(name="shop-7-door"), option))
    assert Config(name="shop-7-door") == config.from_options({**NAME, option: value})


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_each_option_explains_itself(option: str) -> None:
    """Every option carries a sentence of help, and either a pattern or a range."""
    about = OPTIONS[option].metadata
    assert about["help"]
    assert bool(about["match"]) != (about["low"] < about["high"])


# option -> values at the edges that will do, and values that will not.
EDGES = {
    "name": (["a", "a" * 32, "7-door"], ["-door", "Door", "a" * 33, "a/b", "a+", "#", "tür", "a\n"]),
    "enrol_url": (
        ["", "http://192.0.2.1:8080", "https://fleet.example.org/enrol", "http://[2001:db8::1]:80"],
        ["192.0.2.1", "ftp://x", "http://", "http://a b", "http://x/?y"],
    ),
    "claim": (["", "7K3Q-0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV"], ["7K3Q", "x" * 31, "7" * 31 + "'"]),
    "tenant": (["acme", "a" * 32], ["", "-a", "A", "a/b", "a" * 33]),
    "broker_host": (["192.0.2.1", "2001:db8::1", "mqtt.example.org"], ["", "a b", "mqtt://x", "ü"]),
    "broker_port": (["1", "65535"], ["0", "65536", "-1", "", "1883.0", "mqtt"]),
    "mqtt_version": (["auto", "5", "3.1.1"], ["4", "3.1", "3x1.1", "AUTO"]),
    "subscribe_qos": (["0", "1"], ["2", ""]),
    "tls": (["on", "off"], ["", "1.3"]),
    "keepalive_s": (["5", "120"], ["4", "121"]),
    "interface": (["mon0", "phy0-mon0", "a" * 15], ["", "a" * 16, "mon/0", "mon 0"]),
    "channels": (["1", "1 6 11", "36 165"], ["", "1,6", "one", "1  6", " 1"]),
    "dwell_ms": (["50", "60000"], ["49", "60001"]),
    "hop": (["auto", "off"], ["on", ""]),
    "beacons": (["auto", "on", "off"], ["", "yes"]),
    "ring_kib": (["64", "65536"], ["63", "65537"]),
    "associated": (["on", "off"], ["", "1"]),
    "bssid": (["", "02:00:00:00:00:01", "02:00:00:00:00:01 02:00:00:00:00:02"], ["02:00:00:00:00", "shop-wifi"]),
    "clock": (["auto", "ntp", "wall"], ["", "gps"]),
    "clock_file": (["/var/run/footfall-clock"], ["clock", ""]),
    "prometheus_dir": (["/var/prometheus"], ["prometheus", ""]),
    "mode": (["tokens", "counts"], ["token", "addresses", ""]),
    "profile": (["lean", "full"], ["fat"]),
    "signer": (["auto", "cryptography", "usign", "signify", "signify-openbsd"], ["gpg", "signify-x", "/bin/sh"]),
    "window_s": (["5", "60"], ["4", "61", "30s"]),
    "sightings_max": (["16", "65535"], ["15", "65536"]),
    "batch_sightings_max": (["64", "512"], ["0", "513"]),
    "spool_kib": (["128", "1048576"], ["127", "1048577"]),
    "inflight_max": (["1", "1000"], ["0", "1001"]),
    "rate_per_s": (["0", "0.5", "10000"], ["-0.1", "10001", "nan", "inf", "fast"]),
    "ack_timeout_s": (["1", "3600"], ["0", "3601"]),
    "health_s": (["1", "3600"], ["0", "3601"]),
    "state_dir": (["/etc/footfall"], ["etc", ""]),
    "run_dir": (["/tmp"], ["tmp", "", "/tmp\n/x"]),
}


def test_every_option_has_its_edges_tested() -> None:
    """Whoever adds an option adds its edges here."""
    assert set(OPTIONS) == set(EDGES)


@pytest.mark.parametrize(("option", "value"), [(name, value) for name, (good, _) in EDGES.items() for value in good])
def test_value_at_the_edge_is_taken(option: str, value: str) -> None:
    """The smallest and the largest of each range will do."""
    taken = getattr(
        config.from_options({**NAME, "sightings_max": "4096", "bssid": "02:00:00:00:00:01", option: value}), option
    )
    assert type(OPTIONS[option].default)(value) == taken


@pytest.mark.parametrize(("option", "value"), [(name, value) for name, (_, bad) in EDGES.items() for value in bad])
def test_value_beyond_the_edge_is_refused_by_name(option: str, value: str) -> None:
    """The sentence begins with the option that a person has to change."""
    with pytest.raises(ConfigError, match=f"^option {option}: "):
        config.from_options({**NAME, option: value})


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, "option name: missing"),
        ({"name": ""}, "option name: missing"),
        ({**NAME, "colour": "red"}, "option colour: unknown"),
        ({**NAME, "window_s": ("30", "60")}, "option window_s: one value is wanted, not a list"),
    ],
)
def test_options_that_are_missing_unknown_or_lists_are_named(
    options: dict[str, str | tuple[str, ...]], wanted: str
) -> None:
    """What is wrong with the set of options is said as clearly as what is wrong with one."""
    with pytest.raises(ConfigError, match=wanted):
        config.from_options(options)


def test_window_that_no_number_of_batches_could_carry_is_refused() -> None:
    """The collector takes at most 1024 parts of a window: a setting that needs more would lose the rest."""
    with pytest.raises(ConfigError, match=r"option batch_sightings_max: .* at least 4 a batch"):
        config.from_options({**NAME, "sightings_max": "4096", "batch_sightings_max": "3"})
    assert config.from_options({**NAME, "sightings_max": "4096", "batch_sightings_max": "4"}).batch_sightings_max == 4


def test_secrets_stay_out_of_the_folder_that_is_lost_at_a_restart() -> None:
    """Keys lie in state_dir, kept over upgrades; spool and status in run_dir, on a RAM file system."""
    paths = Config(name="door", state_dir="/etc/footfall", run_dir="/var/run/footfall")
    assert {"/etc/footfall"} == {str(path.parent) for path in (paths.key_path, paths.collector_key_path)}
    assert {"/var/run/footfall"} == {str(path.parent) for path in (paths.spool_path, paths.status_path)}

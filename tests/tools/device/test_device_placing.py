"""Units get their places, labels without secrets, a recovery card, and a verdict that is green only when they work."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st

from collector.records.reports import Report
from footfall_sensor.claim import Claim
from footfall_sensor.wire.reports import Health, Totals
from tools.device import installer, labels, proving, reachable
from tools.device.labels import Label

from .conftest import last

CODES = [Claim(digits, b"0123456789ABCDEFGHJKMNPQRST").code() for digits in ("7K3Q", "8K3Q")]
URL = ("--enrol-url", "http://192.0.2.1:8080")


def pallet(folder: Path, *rows: str) -> Path:
    """A CSV file."""
    path = folder / "pallet.csv"
    path.write_text("name,claim,site,position\n" + "\n".join(rows) + "\n")
    return path


def test_a_pallet_gets_an_overlay_a_unit(call: Callable[..., Result], tmp_path: Path) -> None:
    """A script that runs once on the unit, with its claim, readable for root only; names with quotes harm nothing."""
    path = pallet(tmp_path, f"door-1,{CODES[0]},shop,\"above 'door' 1; reboot\"", f"door-2,{CODES[1].lower()},shop,")
    done = call("provision", *URL, "--csv", path, "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    assert [unit["name"] for unit in last(done)["units"]] == ["door-1", "door-2"]  # type: ignore[attr-defined]
    script = tmp_path / "out/door-1/etc/uci-defaults/99-footfall-place"
    assert script.stat().st_mode & 0o77 == 0
    assert f"footfall.main.claim={CODES[0]}" in script.read_text()
    assert "'system.@system[0].notes=shop above '\"'\"'door'\"'\"' 1; reboot'" in script.read_text()
    assert CODES[0] not in done.output


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([f"door-1,{CODES[0][:-1]}X,,"], "line 2: door-1: the claim will not do"),
        ([f"Door 1,{CODES[0]},,"], "line 2: Door 1: a sensor's name"),
        ([f"a,{CODES[0]},,", f"b,{CODES[0]},,"], "the claim 7K3Q stands there twice"),
        ([f"a,{CODES[0]},,", f"a,{CODES[1]},,"], "the name a stands there twice"),
        (["a,,,"], "the columns name and claim are wanted"),
        ([], "there is no line below the first"),
    ],
)
def test_a_bad_pallet_is_refused_whole_with_the_line(
    call: Callable[..., Result], tmp_path: Path, rows: list[str], words: str
) -> None:
    """Nothing is written, and no claim is printed."""
    done = call("provision", *URL, "--csv", pallet(tmp_path, *rows), "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert words in done.output
    assert not (tmp_path / "out").exists()
    assert CODES[0] not in done.output


def test_a_label_names_the_claim_and_tells_no_secret(call: Callable[..., Result], tmp_path: Path) -> None:
    """In each form: text, SVG, PNG, ZPL."""
    path = pallet(tmp_path, f"door-1,{CODES[0]},shop & café,")
    words = [word for form in labels.FORMATS for word in ("--format", form)]
    done = call("label", "--csv", path, *words, "--out", tmp_path / "labels", "--json")
    assert last(done)["labels"] == [
        {"name": "door-1", "lines": ["door-1", "shop & café", "claim 7K3Q-..."], "code": "footfall:door-1?claim=7K3Q"}
    ]
    made = {file.suffix: file.read_bytes() for file in (tmp_path / "labels").iterdir()}
    assert set(made) == {".txt", ".svg", ".png", ".zpl"}
    assert made[".png"].startswith(b"\x89PNG")
    assert "shop &amp; café" in made[".svg"].decode()
    secret = CODES[0].replace("-", "")[4:].encode()
    assert not [suffix for suffix, content in made.items() if secret in content.replace(b"-", b"")]


@given(st.text(max_size=40))
def test_no_site_can_put_a_command_into_a_label_printer(site: str) -> None:
    """^ and ~ begin commands: none is there but ours."""
    plain, odd = (labels.as_zpl(Label("door", text)).decode() for text in ("x", site or "x"))
    assert odd.count("^") - plain.count("^") in (0, -4)
    assert odd.count("~") == 0


def test_a_recovery_card_can_be_printed(call: Callable[..., Result], tmp_path: Path) -> None:
    """Button, addresses, file; for a unit without a port the reason."""
    done = call("recover", "--unit", "CPE710-v1", "--html", tmp_path / "card.html")
    assert "let go after 30 to 40 s" in done.output
    assert "192.168.0.100/24" in done.output
    assert "<th>button" in (tmp_path / "card.html").read_text()
    assert "Ctrl+B" in call("recover", "--unit", "EAP225-v3").output
    refused = call("recover", "--unit", "EAP115")
    assert (refused.exit_code, "no OpenWrt port" in refused.output) == (1, True)


WELL = {
    "sensor": "door",
    "running": True,
    "version": "0.1.0",
    "uptime_s": 200.0,
    "mode": "tokens",
    "radio": "listening",
    "totals": {"frames": 50},
    "clock": "synced",
    "clock_offset_ms": 3,
    "connection": "connected",
    "broker": "mqtt.example:8883",
    "last_ack_s": 20.0,
    "heard": [[2412, 30], [2437, 20]],
    "channels": "1 6 11",
}


def test_a_unit_is_well_only_when_everything_is() -> None:
    """Each thing that can be amiss turns one check, and says what to do."""
    assert [check.name for check in proving.by_unit(WELL, 5, "0.1.0") if not check.ok] == []
    for name, value, check in (
        ("running", False, "agent"),
        ("radio", "deaf", "radio"),
        ("totals", {"frames": 0}, "radio"),
        ("clock", "unknown", "clock"),
        ("connection", "connecting", "broker"),
        ("last_ack_s", None, "acknowledged"),
        ("last_ack_s", 1000.0, "acknowledged"),
        ("version", "0.0.9", "version"),
    ):
        amiss = [one for one in proving.by_unit({**WELL, name: value}, 5, "0.1.0") if not one.ok]
        assert [one.name for one in amiss] == [check]
        assert amiss[0].do


def test_the_collector_answers_for_a_signed_heartbeat_of_a_new_boot() -> None:
    """The old boot id, an old word, no word."""
    health = Health(Totals(frames=9), 60.0, 0, radio="listening", clock="synced")
    report = Report(1, 7, 1_000_000, True, "0.1.0", health)
    boot = (7).to_bytes(8, "little").hex()
    assert all(check.ok for check in proving.by_collector(report, 1_010_000, "0.1.0", "00" * 8))
    assert [one.name for one in proving.by_collector(report, 1_010_000, None, boot) if not one.ok] == [
        "heartbeat",
        "boot",
    ]
    assert [one.name for one in proving.by_collector(report, 2_000_000, None, None) if not one.ok] == ["heartbeat"]
    assert [one.ok for one in proving.by_collector(None, 0, None, None)] == [False]


def test_the_installers_report_stands_alone_and_escapes_what_it_was_told(tmp_path: Path) -> None:
    """Position, checks, channels, walk; nothing is fetched."""
    walk = tmp_path / "walk.csv"
    walk.write_text("place,level\ndoor,-48\nstreet,-82\n")
    checks = proving.by_unit(WELL, 5, None)
    place = installer.Place("<b>above door 3</b>", "me", "ladder & rope")
    installer.write(tmp_path / "report.html", WELL, checks, place, walk)
    page = (tmp_path / "report.html").read_text()
    assert "&lt;b&gt;above door 3" in page
    for words in ("2412 MHz", "street", "-82", "mqtt.example:8883", "3 ms off", "ladder &amp; rope"):
        assert words in page
    assert "http" not in page.replace("http-equiv", "")


def test_verify_wants_to_know_whom_to_ask(call: Callable[..., Result]) -> None:
    """A usage error, not a guess."""
    assert call("verify", "door").exit_code == 2
    assert json.dumps("which SENSOR")[1:-1] in call("verify", "--dir", "x").output


def test_the_words_of_a_real_agent_are_taken_for_well() -> None:
    """The agent says which MQTT it speaks behind the word; a technician would be sent back for nothing."""
    said = {**WELL, "connection": "connected (MQTT 5)"}
    assert all(check.ok for check in proving.by_unit(said, 5, "0.1.0"))


def test_a_mistyped_boot_id_proves_nothing(call: Callable[..., Result]) -> None:
    """It would differ from whatever runs."""
    done = call("verify", "door", "--dir", "x", "--boot-before", "zz")
    assert done.exit_code == 2
    assert "16 hexadecimal digits" in done.output


def test_an_address_is_looked_at_before_it_is_asked(call: Callable[..., Result]) -> None:
    """A number too large, a URL: said at once, and what is wanted."""
    for typed in ("192.168.300.1", "http://192.168.1.1"):
        done = call("check", typed)
        assert (done.exit_code, "192.168.1.1 or a host's name is wanted" in done.output) == (2, True)


def test_a_unit_that_asks_by_dhcp_has_an_address_of_its_own_behind_its_hardware_address(tmp_path: Path) -> None:
    """From the kernel's table of who was spoken to; RFC 4291's example of a modified EUI-64."""
    table = tmp_path / "arp"
    table.write_text(
        "IP address HW type Flags HW address Mask Device\n"
        "192.168.1.1 0x1 0x2 34:56:78:9a:bc:de * eth0\n192.168.1.2 0x1 0x0 00:00:00:00:00:00 * eth0\n"
    )
    assert reachable.by_itself("192.168.1.1", table) == "fe80::3656:78ff:fe9a:bcde%eth0"
    assert [reachable.by_itself(address, table) for address in ("192.168.1.2", "192.168.1.3")] == ["", ""]


def test_where_a_unit_will_enrol_is_looked_at_before_it_hangs(call: Callable[..., Result], tmp_path: Path) -> None:
    """A URL that no unit takes is refused; one at which it would ask itself is said."""
    path = pallet(tmp_path, f"door-1,{CODES[0]},shop,")
    wrong = call("provision", "--enrol-url", "192.0.2.1:8080", "--csv", path, "--out", tmp_path / "out")
    assert (wrong.exit_code, "http://HOST:PORT" in wrong.output, (tmp_path / "out").exists()) == (2, True, False)
    assert "ask itself" in call("provision", "--enrol-url", "http://127.0.0.1:8080", "--csv", path, "--dry-run").output


def test_one_unit_of_a_pallet_is_named_and_nobody_types_a_claim(call: Callable[..., Result], tmp_path: Path) -> None:
    """--name is a row of it, together with --address."""
    path = pallet(tmp_path, f"door-1,{CODES[0]},shop,", f"door-2,{CODES[1]},shop,")
    words = ("provision", *URL, "--csv", path, "--address", "192.0.2.9", "--dry-run", "--json")
    assert [unit["name"] for unit in last(call(*words, "--name", "door-2"))["units"]] == ["door-2"]  # type: ignore[attr-defined]
    missing = call(*words, "--name", "door-9")
    assert (missing.exit_code, "has no unit 'door-9'" in missing.output) == (1, True)
    assert call(*words).exit_code == 2

"""A backup holds what a collector cannot do without, and never what has to die."""

from dataclasses import replace
from pathlib import Path

from shop import SmallShop, Stay, at

from collector import backup
from collector.settings import Settings
from footfall_sensor.sealing import Opener
from footfall_sensor.wire.messages import Birth

BIRTH = Birth("0.1", "3.11", "mips", "lean", "tokens", time_ms=0, wants_key=True)


def test_no_epoch_key_and_no_token_is_in_a_backup(tmp_path: Path) -> None:
    """On a running day with sightings stored: neither by its file's name nor by its bytes, raw or spelt."""
    shop = SmallShop(tmp_path / "c", settings=Settings())
    shop.sensor()
    shop.take([shop.birth(replace(BIRTH, seal=Opener().public))], at(12))
    tokens = [(0x1122334455667788 + number) & (1 << 63) - 1 for number in range(12)]
    shop.hear([Stay(token, at(10), at(10, 20)) for token in tokens])
    folder = shop.collector.folder
    (path,) = (folder / "epoch-keys").rglob("*.key")
    key = path.read_bytes()
    assert list((folder / "data").rglob("*.parquet"))
    held = backup.may_hold(folder)
    assert {"collector.toml", "collector.key", "collector.key.pub", "registry.sqlite"} <= {one.name for one in held}
    assert not [one for one in held if {"epoch-keys", "data"} & set(one.relative_to(folder).parts)]
    everything = b"".join(one.read_bytes() for one in held)
    for secret in (key, *(token.to_bytes(8, order) for token in tokens for order in ("little", "big"))):
        assert secret not in everything
        assert secret.hex().encode() not in everything


def test_a_backup_does_not_follow_links(tmp_path: Path) -> None:
    """A link in the broker's folder to the keys is a way around the list."""
    (tmp_path / "broker").mkdir()
    (tmp_path / "broker" / "acl").write_text("topic read x")
    (tmp_path / "epoch-keys").mkdir()
    (tmp_path / "epoch-keys" / "today.key").write_bytes(b"k" * 32)
    (tmp_path / "broker" / "keys").symlink_to(tmp_path / "epoch-keys")
    (tmp_path / "broker" / "key").symlink_to(tmp_path / "epoch-keys" / "today.key")
    assert backup.may_hold(tmp_path) == [tmp_path / "broker" / "acl"]

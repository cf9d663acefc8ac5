"""Signs are made when more has come; who looks often is content with fresh ones; a clock set back stops nothing."""

from pathlib import Path

from shop import TENANT, SmallShop, Stay, at

from collector.counting import folding


def test_signs_that_are_fresh_enough_are_not_made_again(tmp_path: Path) -> None:
    shop = SmallShop(tmp_path / "collector")
    collector = shop.collector
    tenant = collector.registry.tenant(TENANT)

    def made(now_ms: int, fresh_ms: int = 0) -> bool:
        return bool(folding.refresh(collector.store, tenant, now_ms, fresh_ms))

    shop.hear([Stay(1, at(10), at(10, 5))])
    assert made(at(11))
    assert not made(at(11, 5)), "nothing has come since"
    shop.hear([Stay(2, at(10, 30), at(10, 35))])
    assert not made(at(11, 0, 59), fresh_ms=60_000)
    assert made(at(11, 1), fresh_ms=60_000)
    shop.hear([Stay(3, at(10, 40), at(10, 45))])
    assert made(at(9), fresh_ms=60_000), "the clock has been set back"
    collector.close()

"""A morning with everything in it, so that no metric of it is empty."""

from dataclasses import replace

import pyarrow as pa
from shop import DAY, INSIDE_DBM, SITE, STREET_DBM, TENANT, SmallShop, Stay, asking, at

from collector import calendar
from collector.answers.question import LEVELS, PRESENT, Question
from collector.classifying.model import BOUND, Classifier, Leaf
from collector.records.registry import Site
from collector.reporting.sales import Transactions

# Two minutes inside and louder than -58 dBm, and where it is not so loud a line that looks decide.
CLASSIFIER = Classifier(
    "tree",
    (
        Leaf((4.8, -BOUND, -BOUND, -58.5), (BOUND,) * 4, (0.0,) * 4, 1.0),
        Leaf((4.8, -BOUND, -BOUND, -BOUND), (BOUND, BOUND, BOUND, -58.5), (0.1, 0.1, 0.3, 0.0), -2.05),
        Leaf((-BOUND,) * 4, (4.8, BOUND, BOUND, BOUND), (0.0,) * 4, -1.0),
    ),
)


def day(shop: SmallShop) -> None:
    """Visits of all lengths, passers-by, changing addresses, weak signals, another site, zones, transactions."""
    registry, store = shop.collector.registry, shop.collector.store
    registry.put_site(replace(shop.site, classifier=CLASSIFIER.to_json()))
    registry.put_site(Site(TENANT, "kiosk"))
    shop.sensor("shelf")
    shop.sensor("kiosk-1", site="kiosk")
    shop.sensor("sensor-1")
    store.zones.put(TENANT, SITE, "door", ("sensor-1",), "test", 0)
    store.zones.put(TENANT, SITE, "shelf", ("shelf",), "test", 0)
    Transactions(registry.engine).put(registry.site(TENANT, SITE), {at(9, n): 1 for n in range(30)}, "test", 0)
    shop.hear([Stay(n, at(9, 50), at(9, 50 + n % 7), INSIDE_DBM + 5) for n in range(25)], sensor="shelf")
    shop.hear([Stay(n, at(11, 40), at(11, 50)) for n in range(15)], sensor="kiosk-1")
    shop.hear(
        [
            *(Stay(n, at(9, n % 50), at(9 + n % 2, n % 50 + 1 + 3 * (n % 9)) + 7 * n) for n in range(40)),
            *(Stay(n, at(11, n % 30), at(11, n % 30 + 4)) for n in range(0, 40, 3)),
            *(Stay(1000 + n, at(9, n % 59), at(9, n % 59, 30), STREET_DBM) for n in range(30)),
            *(Stay(2000 + n, at(9, n % 59), at(9, n % 59, 1), randomised=True) for n in range(50)),
            *(Stay(3000 + n, at(9, n), at(9, n, 20), -95) for n in range(3)),
        ],
        start_ms=at(9),
        end_ms=at(12),
        malformed=1,
    )


def question(shop: SmallShop) -> Question:
    """All of it is asked for, with levels and people present as somebody estimated them."""
    registry, span = shop.collector.registry, calendar.Span(DAY, at(8), at(13))
    return asking(
        shop,
        span=span,
        transactions=Transactions(registry.engine).of(TENANT, SITE, span),
        levels=pa.Table.from_pylist(
            [
                {"site": SITE, "part": part, "start_ms": at(9), "end_ms": at(12), "people": 30, "low": 20, "high": 45}
                for part in ("inside", "outside")
            ],
            schema=LEVELS,
        ),
        present=pa.Table.from_pylist(
            [
                {
                    "series": "hour",
                    "cell": str(hour),
                    "start_ms": at(hour),
                    "people": 30.5,
                    "low": 20.0,
                    "high": 45.0,
                    "peak": 33.0,
                }
                for hour in (9, 10)
            ],
            schema=PRESENT,
        ),
    )

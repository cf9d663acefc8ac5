"""What stands on a metric's page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...answers import intervals
from ...metrics import Metric, metrics, sql_text
from ...metrics.inputs import Table, beneath, reads
from ...records.registry import Site
from .. import words
from ..language import gettext as _
from ..language import marked

INTERVALS = {
    intervals.COUNT: marked(
        "Nine of ten: by chance alone another such day would lie there. Of a count, Poisson's interval (Garwood 1936)."
    ),
    intervals.SHARE: marked(
        "Nine of ten: by chance alone another such day would lie there. Of a share, the score interval (Wilson 1927)."
    ),
    intervals.OWN: marked("Nine of ten; how, the definition says."),
    intervals.NONE: marked("It has none."),
}
# A site's thresholds, by the begin of the names that SQL and definitions have for them.
THRESHOLDS = (
    ("seen", marked("Heard at all, from this level on")),
    ("inside", marked("Inside, from this level on")),
    ("visit_min", marked("A visit is inside for at least")),
    ("visit_gap", marked("A stay ends after a silence of")),
    ("bounce", marked("A bounce is a visit under")),
    ("fixed", marked("A fixed device is heard in so many hours of a day")),
    ("staff", marked("Somebody who works there is inside in so many hours of a day")),
)
UNITS = "dbm|ms|s|h"


@dataclass(frozen=True, slots=True)
class Setting:
    """A threshold of the site that somebody came from."""

    label: str
    shown: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """A metric and its inputs. direct: the tables that its SQL reads; beneath: all that those rest on."""

    metric: Metric
    sql: str
    interval: str
    direct: tuple[Table, ...]
    beneath: tuple[Table, ...]
    settings: tuple[Setting, ...]
    beside: tuple[Metric, ...]  # withheld with it


def meaning(metric: Metric, site: Site | None) -> Meaning:
    """The page of one metric. site: whose thresholds are said, None: nobody's."""
    tables = beneath(metric.name)
    own = [table for table in tables if table.name in reads(metric.sql)]
    return Meaning(
        metric=metric,
        sql=_query(metric.sql),
        interval=_(INTERVALS[metric.interval]),
        direct=tuple(own),
        beneath=tuple(table for table in tables if table not in own),
        settings=tuple(_settings(metric, tables, site)) if site else (),
        beside=tuple(one for one in metrics() if one.name in metric.withheld_with),
    )


def _query(sql: str) -> str:
    """The query without the header, which the page says in words."""
    lines = sql.splitlines()
    begins = next(at for at, line in enumerate(lines) if not line.startswith("--"))
    return "\n".join(lines[begins:]).strip()


def _settings(metric: Metric, tables: tuple[Table, ...], site: Site) -> Iterator[Setting]:
    """The thresholds that are named where the number is computed, as the site has them."""
    told = " ".join((metric.sql, *(sql_text(table.made_by) for table in tables if table.made_by)))
    for begin, label in THRESHOLDS:
        if re.search(rf"\b{begin}_({UNITS})\b", told):
            yield Setting(_(label), _threshold(site, begin))
    if site.opens and site.closes and any(table.name == "opening" for table in tables):
        yield Setting(_("Open"), _("%(begin)s to %(end)s") % {"begin": site.opens, "end": site.closes})


def _threshold(site: Site, begin: str) -> str:
    unit = next(one for one in ("dbm", "s", "h") if hasattr(site, f"{begin}_{one}"))
    value = getattr(site, f"{begin}_{unit}")
    if unit == "s":
        return words.minutes(value)
    return f"{value} dBm".replace("-", "−") if unit == "dbm" else str(value)

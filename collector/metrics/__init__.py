"""The metrics: one SQL file each, whose header is its definition. See docs/metrics.md, which is made from them."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ORDER = (
    "devices_seen",
    "randomized_share",
    "panel",
    "passers_by",
    "visitors",
    "visits",
    "people_estimate",
    "entry_rate",
    "flow",
    "conversion",
    "bounce_rate",
    "engaged_rate",
    "dwell",
    "dwell_histogram",
    "hourly",
    "occupancy",
    "peak_hour",
    "profile",
    "new_visitors",
    "returning_visitors",
    "returning_rate",
    "frequency",
    "recency",
    "loyal_share",
    "zone_visitors",
    "exposure_rate",
    "zone_dwell",
    "zone_intersections",
    "routes",
    "intersections",
    "intersections_estimate",
    "noise_share",
    "noise_devices",
    "coverage",
    "zone_coverage",
)


TABLES = (
    "site_stays",
    "asked_visits",
    "asked_windows",
    "heard_hours",
    "history",
    "comers",
    "elsewhere",
    "dwells",
    "told_visits",
    "panel_tokens",
    "zone_stays",
    "ways",
    "groups",
    "site_hours",
)
FOLD = (
    "counted",
    "heard",
    "stays",
    "touched",
    "met",
    "alone",
    "over",
    "judge",
    "steps",
    "flow_hours",
)  # in the order in which they are used
OPEN = ("open_visits", "open_windows")  # the tables that other engines read


WANTED = ("name", "title", "unit", "people", "definition", "bias", "source")  # in the header of each metric
MAY = ("counts", "parts", "rests_on", "ranked", "interval", "withheld_with", "sums")  # see Metric


@dataclass(frozen=True, slots=True)
class Metric:
    """A question with its definition. Its SQL gives rows (series, cell, value, group_size)."""

    name: str
    title: str
    unit: str
    people: bool  # its values speak of people, so the minimum group holds
    counts: bool  # its values are counts, which exports round
    parts: bool  # its cells add up, so a suppressed one must not follow from the rest
    rests_on: tuple[str, ...]  # cells of metrics/groups.sql: what earlier answers must not make small
    parts_by_day: bool  # day by day: the same are withheld whatever time was asked for
    ranked: bool  # the largest of many: what is too small is left out, not named
    interval: str  # see collector/answers/intervals.py
    withheld_with: tuple[str, ...]  # metrics whose withheld numbers would follow from this one
    sums: tuple[str, ...]  # metric and series whose hours of the day it adds up
    definition: str
    bias: str
    source: str
    sql: str


def header(sql: str) -> dict[str, str]:
    """The `-- key: text` lines that a SQL file begins with; an indented comment line goes on with the text before."""
    found: dict[str, str] = {}
    key = ""
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        text = line.removeprefix("--")
        if not text.startswith("   "):
            key, _, text = text.strip().partition(":")
        found[key] = f"{found.get(key, '')} {text.strip()}".strip()
    return found


@cache
def sql_text(name: str) -> str:
    """The SQL file of this name."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


@cache
def metric(name: str) -> Metric:
    """The metric of this name. Raises ValueError: its header lacks something, or says what nobody reads."""
    sql = sql_text(name)
    said = header(sql)
    _look_through(name, said)
    return Metric(
        name=said["name"],
        title=said["title"],
        unit=said["unit"],
        people=said["people"] == "yes",
        counts=said.get("counts") == "yes",
        parts=said.get("parts") in ("yes", "day"),
        rests_on=tuple(said.get("rests_on", "").split()),
        parts_by_day=said.get("parts") == "day",
        ranked=said.get("ranked") == "yes",
        interval=said.get("interval", "none"),
        withheld_with=tuple(said.get("withheld_with", "").split()),
        sums=tuple(said.get("sums", "").split()),
        definition=said["definition"],
        bias=said["bias"],
        source=said["source"],
        sql=sql,
    )


def _look_through(name: str, said: dict[str, str]) -> None:
    """A slip in a header must not become a number without a rule: what it was to hold back would be shown."""
    missing = [one for one in WANTED if not said.get(one)]
    unknown = sorted(said.keys() - {*WANTED, *MAY})
    if missing or unknown:
        faults = [*(f"'-- {one}: ...' is missing" for one in missing), *(f"nothing reads '{one}'" for one in unknown)]
        raise ValueError(f"collector/metrics/{name}.sql: {'; '.join(faults)}; see CONTRIBUTING.md, Adding a metric")


def metrics() -> list[Metric]:
    """All metrics, in the order of a report."""
    return [metric(name) for name in ORDER]

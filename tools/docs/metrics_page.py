"""docs/metrics.md: every metric's definition, from the header of its SQL file."""

from collector.metrics import FOLD, header, metrics, sql_text
from collector.suppression import MINIMUM_GROUP

HEAD = f"""# Metrics

Made from the headers of `collector/metrics/*.sql` by `make docs`: what a number means stands in the file that
computes it.

No number that rests on fewer than {MINIMUM_GROUP} people is ever released, zero included; where cells add up to a
number that is shown, enough of them are withheld together that none follows from the rest. A time without any sensor
listening is a gap, not a zero.
"""


def render() -> str:
    """The page."""
    parts = [HEAD, "## The fold\n"]
    for name in FOLD:
        said = header(sql_text(name))
        parts += [f"- **{key}**: {text}" for key, text in said.items() if key not in ("name", "inputs")]
    parts.append("")
    for metric in metrics():
        parts += [
            f"## {metric.name}: {metric.title}\n",
            f"- **unit**: {metric.unit}",
            f"- **definition**: {metric.definition}",
            f"- **bias**: {metric.bias}",
            f"- **source**: {metric.source}",
            f"- **minimum group**: {'holds' if metric.people else 'not needed: it counts frames or time, not people'}",
            "",
        ]
    return "\n".join(parts)

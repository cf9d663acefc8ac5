"""The planner's answer in words, and the tables of docs/scaling.md."""

from collections.abc import Sequence

from tools.bench.capacity import SIGHTINGS_PER_S_A_SENSOR, Capacity, Demand, plan
from tools.bench.constants import Constants

CITY = 100_000
SIZES = (250, 1000, 2500, 5000, 10_000, 25_000, 100_000)


def sentences(found: Capacity) -> str:
    """For people."""
    demand, disk, network = found.demand, found.disk_gib, found.network_mbit_s
    cells = "one cell" if found.cells == 1 else f"{found.cells} cells of {demand.sensors / found.cells:,.0f} sensors"
    return "\n".join(
        (
            f"{demand.sensors:,} sensors, {demand.sightings_per_s:,.0f} sightings a second in the busiest hour, "
            f"{demand.batches_per_s:,.0f} batches: {cells}, each a broker, a collector and {found.workers} workers.",
            f"Cores     {found.cores:,.1f} (intake {found.intake_cores:.2f}, fold {found.fold_cores:.2f}, "
            f"brokers {found.broker_cores:.2f}; planned to be 60 % busy)",
            f"Memory    {found.memory_gib:,.1f} GiB",
            f"Disk      {sum(disk.values()):,.0f} GiB: "
            + ", ".join(f"{name} {size:,.1f}" for name, size in disk.items()),
            f"Network   {network['in']:,.1f} Mbit/s from sensors, {network['out']:,.1f} to them, "
            f"{network['store']:,.1f} to the store",
            f"Restart   a broker takes {found.reconnect_cores:.2f} of a core for 5 minutes while its sensors come back",
            f"First to break: {found.breaks_first}.",
            "By arithmetic from measured constants; docs/scaling.md says what it leaves out.",
        )
    )


def capacity_table(known: Constants, sizes: Sequence[int] = SIZES) -> str:
    """What fleets of these sizes want, as Markdown."""
    head = (
        "| sensors | sightings/s | cells | workers a cell | cores | memory GiB | disk GiB | in / out Mbit/s |\n"
        "|---:|---:|---:|---:|---:|---:|---:|---:|"
    )
    rows = [_row(plan(Demand(size, size * SIGHTINGS_PER_S_A_SENSOR), known)) for size in sizes]
    return "\n".join((head, *rows))


def city_answer(known: Constants, sensors: int = CITY) -> str:
    """The planner's answer for a city, and which bound is met at which size, as Markdown."""
    found = plan(Demand(sensors, sensors * SIGHTINGS_PER_S_A_SENSOR), known)
    said = "\n".join(f"    {line}" for line in sentences(found).splitlines())
    bounds = sorted(found.bounds, key=lambda bound: bound.wanted / bound.has, reverse=True)
    rows = [f"| {bound.what} | {sensors * bound.has / bound.wanted:,.0f} |" for bound in bounds]
    return "\n".join((said, "", "| what breaks, in this order | sensors that one cell carries |", "|---|---:|", *rows))


def constants_table(known: Constants) -> str:
    """Where each number comes from, as Markdown."""
    rows = [
        f"| `{name}` | {one.value:g} {one.unit} | {one.what} | {one.source} | {one.taken} |"
        for name, one in known.rows()
    ]
    return "\n".join(("| constant | value | what | from | taken |", "|---|---:|---|---|---|", *rows))


def _row(found: Capacity) -> str:
    network = found.network_mbit_s
    return (
        f"| {found.demand.sensors:,} | {found.demand.sightings_per_s:,.0f} | {found.cells} | {found.workers} "
        f"| {found.cores:,.1f} | {found.memory_gib:,.1f} | {sum(found.disk_gib.values()):,.0f} "
        f"| {network['in']:,.1f} / {network['out']:,.1f} |"
    )

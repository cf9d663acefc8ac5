"""What is changed, and which tests are to notice."""

from dataclasses import dataclass
from pathlib import Path

_SENSOR = "openwrt/footfall-sensor/src/footfall_sensor"


@dataclass(frozen=True)
class Target:
    """A module, or a folder of SQL files, and the tests whose promises it keeps, likeliest first.

    Paths are from the root of the tree.
    """

    module: str
    tests: tuple[str, ...]
    by_rows: bool = False  # SQL of the metrics: the rows of the known worlds are asked first, see rows.py

    @property
    def name(self) -> str:
        """As it is called on the command line: `frames`, `wire/batch`, `suppression`."""
        return self.module.removeprefix(f"{_SENSOR}/").removeprefix("collector/").removesuffix(".py")

    def paths(self, root: Path) -> tuple[str, ...]:
        """The files that are changed: the module, or every SQL file of the folder."""
        found = [root / self.module] if self.module.endswith(".py") else sorted((root / self.module).glob("*.sql"))
        return tuple(path.relative_to(root).as_posix() for path in found)


def _wire(name: str, *tests: str) -> Target:
    return Target(f"{_SENSOR}/wire/{name}.py", tuple(f"tests/sensor/{test}.py" for test in tests))


def _committing(name: str) -> Target:
    """A module of the store's commit."""
    tests = ("test_batches", "test_manifest", "test_store")
    return Target(f"collector/storage/{name}.py", tuple(f"tests/collector/storage/{test}.py" for test in tests))


TARGETS = {
    target.name: target
    for target in (
        Target(f"{_SENSOR}/frames.py", ("tests/sensor/test_frames.py", "tests/sensor/test_elements.py")),
        Target(f"{_SENSOR}/elements.py", ("tests/sensor/test_elements.py", "tests/sensor/test_frames.py")),
        Target(f"{_SENSOR}/radiotap.py", ("tests/sensor/test_radiotap.py", "tests/sensor/test_frames.py")),
        Target(f"{_SENSOR}/pseudonym.py", ("tests/sensor/test_pseudonym.py",)),
        Target(f"{_SENSOR}/window.py", ("tests/sensor/test_window.py", "tests/sensor/test_clock.py")),
        Target(f"{_SENSOR}/clock.py", ("tests/sensor/test_clock.py", "tests/sensor/test_window.py")),
        Target(f"{_SENSOR}/spool.py", ("tests/sensor/test_spool.py",)),
        _wire("body", "wire/test_body", "wire/test_batch"),
        _wire("batch", "wire/test_batch", "wire/test_vectors"),
        _wire("envelope", "wire/test_envelope", "wire/test_vectors"),
        _wire("enrol", "wire/test_vectors", "test_claim"),
        _wire("epoch", "wire/test_messages", "wire/test_vectors", "test_sealing"),
        _wire("image", "wire/test_image", "wire/test_vectors"),
        _wire("member", "wire/test_vectors", "test_claim", "test_membership"),
        _wire("messages", "wire/test_messages", "wire/test_vectors"),
        _wire("objections", "wire/test_objections_body", "wire/test_vectors"),
        _wire("release", "wire/test_release", "wire/test_vectors"),
        _wire("reports", "wire/test_messages", "wire/test_vectors"),
        _wire("settings", "wire/test_settings_bodies", "wire/test_vectors"),
        _wire("summary", "wire/test_batch", "wire/test_vectors", "test_counts"),
        _wire("trust", "wire/test_trust", "wire/test_vectors"),
        Target("collector/suppression.py", ("tests/collector/test_suppression.py",)),
        *map(_committing, ("batches", "ledger", "manifest", "store")),
        Target(
            "collector/metrics",
            tuple(
                f"tests/collector/{name}.py"
                for name in (
                    *("stays/test_fold", "test_metrics", "answers/test_differencing", "overview/test_hours"),
                    *("housekeeping/test_publish", "housekeeping/test_retention", "reporting/test_report"),
                )
            ),
            by_rows=True,
        ),
    )
}

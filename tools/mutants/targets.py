"""What is changed, and which tests are to notice."""

from dataclasses import dataclass

_SENSOR = "openwrt/footfall-sensor/src/footfall_sensor"


@dataclass(frozen=True)
class Target:
    """A module and the tests whose promises it keeps; paths from the root of the tree."""

    module: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        """As it is called on the command line: `frames`, `wire/batch`, `suppression`."""
        return self.module.removeprefix(f"{_SENSOR}/").removeprefix("collector/").removesuffix(".py")


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
        Target(f"{_SENSOR}/wire/body.py", ("tests/sensor/wire",)),
        Target(f"{_SENSOR}/wire/batch.py", ("tests/sensor/wire",)),
        Target(f"{_SENSOR}/wire/envelope.py", ("tests/sensor/wire",)),
        Target("collector/suppression.py", ("tests/collector/test_suppression.py",)),
    )
}

"""What the agent does not need is not in its memory, and is there when it is wanted after all."""

import subprocess
import sys

ASKED = """
import sys
import footfall_sensor.__main__
assert "footfall_sensor.live" in sys.modules
assert "inspect" not in sys.modules, "a dataclass of the agent's has no text of its own, or somebody imports inspect"
import dataclasses
@dataclasses.dataclass
class Bare:
    number: int
print(Bare.__doc__)
import inspect
print(inspect.signature(Bare))
"""


def test_an_agent_starts_without_inspect_and_what_asks_for_it_gets_it() -> None:
    done = subprocess.run([sys.executable, "-P", "-c", ASKED], capture_output=True, text=True, check=False)
    assert done.stdout.split("\n")[:2] == ["Bare(number: int)", "(number: int) -> None"], done.stderr

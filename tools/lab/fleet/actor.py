"""One sensor of the lab: real keys, envelopes and orders; what it hears and runs is made up."""

from dataclasses import dataclass

from footfall_sensor import __version__
from footfall_sensor.wire.envelope import Kind
from footfall_sensor.wire.messages import Birth, Health, Totals
from footfall_sensor.wire.settings import Command, Outcome, Result
from tools.simulate.fleet.sensor import LightSensor

FRAMES_A_MINUTE = 1000
INSTALL_S = 40.0  # from the order until it is back, its restart in it


@dataclass(slots=True)
class Actor(LightSensor):
    """A light sensor that can be lost, go deaf, and be told to upgrade."""

    version: str = __version__
    away: bool = False  # its power is gone: not a word more, and no end of its connection
    deaf: bool = False  # its radio says that all is well, and hears nothing
    fails: bool = False  # it does not come to run what it is told to
    heard: int = 0  # frames since its start
    order: Command | None = None
    back_ms: int = 0  # when it is done with its order

    def birth(self, now_ms: int = 0) -> bytes:
        """What it is, as soon as it has connected."""
        said = Birth(self.version, "3.11", "mips", "full", "tokens", time_ms=now_ms, wants_key=False)
        return self.seal(Kind.BIRTH, said.encode())

    def health(self, now_s: float, now_ms: int) -> bytes:
        """How it is, once a minute."""
        self.heard += 0 if self.deaf else FRAMES_A_MINUTE
        said = Health(
            Totals(frames=self.heard, reconnects=self.reconnects),
            uptime_s=now_s - self.began_s,
            time_ms=now_ms,
            load_1m=0.4,
            memory_available_kib=61_000,
            rss_kib=19_000,
            radio="listening",
            version=self.version,
            clock="synced",
        )
        return self.seal(Kind.HEALTH, said.encode())

    def told(self, order: Command, now_ms: int) -> None:
        """It is to upgrade: it is away for a while and says what came of it."""
        if self.order is None and order.new is not None:
            self.order, self.back_ms = order, now_ms + round(INSTALL_S * 1000)

    def installed(self) -> Result | None:
        """The order is done with: it runs the new version from here on, or says why not."""
        assert self.order is not None
        order, self.order = self.order, None
        assert order.new is not None
        if self.fails:
            return Result(Outcome.REVERTED, "the collector was not heard within 10 minutes", command=order.id)
        self.version, self.heard = order.new.release.agent, 0
        return None

    def result(self, said: Result) -> bytes:
        """What became of an order."""
        return self.seal(Kind.RESULT, said.encode())

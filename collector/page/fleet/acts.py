"""What can be done to a fleet from pages and API: each with its row in the audit log."""

from dataclasses import dataclass

from .alerts import Alerts
from .campaigns import Campaigns
from .changing import Changing
from .layers import Layers
from .sensors import Sensors
from .upgrades import Upgrades


@dataclass(frozen=True, slots=True)
class Acts(Changing):
    """Changes of one collector's fleet, by what they change."""

    @property
    def sensors(self) -> Sensors:
        """Sensors, and units that wait for a place."""
        return Sensors(self.collector, self.muster, self.now_ms)

    @property
    def layers(self) -> Layers:
        """Options, and proposals of them."""
        return Layers(self.collector, self.muster, self.now_ms)

    @property
    def alerts(self) -> Alerts:
        """Alerts, and times of work."""
        return Alerts(self.collector, self.muster, self.now_ms)

    @property
    def campaigns(self) -> Campaigns:
        """Changes that go over the fleet in stages."""
        return Campaigns(self.collector, self.muster, self.now_ms)

    @property
    def upgrades(self) -> Upgrades:
        """Packages and images."""
        return Upgrades(self.collector, self.muster, self.now_ms)

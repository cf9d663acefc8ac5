"""Who is on the air of the lab, and what each is told to send: the guest plays it, and the host judges by it.

Addresses and network names are made up; they are also the canaries that must appear nowhere outside the agent.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

WHOLE_FORM, SHORT_FORM = "whole", "short"  # of the lab
FORM = Path("/etc/lab/form")  # which of them this is

HOST = "10.0.2.100"  # the host as the guest sees it, and its two open ports
BROKER_PORT = 1883
RECORDS_PORT = 9000

# One emulated radio each, in the order in which the kernel names them.
ACCESS_POINT, FRESH, OLD, SUPPLICANT, SENSOR, OBSERVER = (f"wlan{number}" for number in range(6))
PHONES = {FRESH: "a new address each scan", OLD: "its maker's address", SUPPLICANT: "wpa_supplicant"}
HWSIM = "radios=6 channels=2"  # the module's options
EVERYTHING = "hwsim0"  # the driver's own tap: each frame that any radio sends, once
SENSOR_PHY = "phy4"
MONITOR = "mon0"  # the sensor's interface
SECOND = "second0"  # another one on the same radio: it hears what the agent can hear
SHARED = "mon1"  # one on the access point's radio
CAPTURES = {"everything": EVERYTHING, "observer": OBSERVER, "second": SECOND}  # and where they are recorded

# Starts of the agent, each a sensor of its own: one channel; beside an access point on the same radio; all channels.
FIXED_AGENT, SHARED_AGENT, HOPPING_AGENT = "air-fixed", "air-shared", "air-hopping"
AGENTS = (FIXED_AGENT, SHARED_AGENT, HOPPING_AGENT)
WINDOW_S = 5

CHANNEL_MHZ = {1: 2412, 6: 2437, 11: 2462}
HOME = 6  # channel of the access point, and the fixed one of the sensor

SHOP_SSID = "Kavarna-U-Tri-Lip"
PASSPHRASE = "kolac-s-povidly-42"  # noqa: S105 - of a network that exists only in the lab
HOME_SSIDS = ("novak_doma_5G", "Chata Orlik 1987", "AndroidAP-7f3a")
ADDRESSES = {  # given by hand; those of SUPPLICANT are drawn by wpa_supplicant itself
    ACCESS_POINT: "00:00:5e:00:53:a0",
    OLD: "00:00:5e:00:53:2b",
    SENSOR: "00:00:5e:00:53:5e",
    OBSERVER: "00:00:5e:00:53:0b",
}


class Burst(NamedTuple):
    """One scan: a probe request for each name on each channel. "" asks any network; `mac` "" = the phone's own."""

    phone: str
    mac: str
    ssids: tuple[str, ...]
    dbm: int  # as strong as it comes to the sensor
    channels: tuple[int, ...] = (HOME,)

    @property
    def probes(self) -> int:
        """How many probe requests this sends, by construction."""
        return len(self.ssids) * len(self.channels)


def drawn(number: int) -> str:
    """An address as a phone draws one: random, locally administered, no group's."""
    raw = hashlib.sha256(b"air %d" % number).digest()[:6]
    return (bytes([raw[0] & 0xFC | 2]) + raw[1:]).hex(":")


# While the sensors stay on one channel: every third scan is of OLD, from 1 to 4 probe requests, ever weaker.
FIXED = tuple(
    Burst(phone, mac, ("", *HOME_SSIDS)[: 1 + number % 4], -45 - 2 * number)
    for number in range(24)
    for phone, mac in [(OLD, "") if number % 3 == 2 else (FRESH, drawn(number))]
)
SHORT = FIXED[:6]  # in the short form of the lab
# While one goes through the channels of CHANNEL_MHZ.
HOPPING = tuple(
    Burst(phone, mac, ("", HOME_SSIDS[0]), -60, tuple(CHANNEL_MHZ))
    for number in range(100, 118)
    for phone, mac in ((FRESH, drawn(number)), (OLD, ""))
)

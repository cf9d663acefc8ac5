"""The access point and the phones: hostapd, scans by iw, and wpa_supplicant with addresses of its own making."""

import random
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from . import radios, scene
from .tools import run, say, start, until

SCAN_GAP_S = (0.25, 0.55)
ADDRESS_S = 1.2  # wpa_supplicant counts the life of an address in whole seconds
CONTROL = "/run/wpa"

HOSTAPD = f"""interface={scene.ACCESS_POINT}
driver=nl80211
ssid={scene.SHOP_SSID}
hw_mode=g
channel={scene.HOME}
ieee80211n=1
wpa=2
wpa_key_mgmt=WPA-PSK
rsn_pairwise=CCMP
wpa_passphrase={scene.PASSPHRASE}
"""
# A fresh random address for scans before a connection, and another for the connection (see wpa_supplicant.conf).
WPA_SUPPLICANT = f"""ctrl_interface={CONTROL}
p2p_disabled=1
preassoc_mac_addr=1
rand_addr_lifetime=1
network={{
    ssid="{scene.SHOP_SSID}"
    psk="{scene.PASSPHRASE}"
    scan_ssid=1
    scan_freq={scene.CHANNEL_MHZ[scene.HOME]}
    mac_addr=1
    disabled=1
}}
"""


def access_point() -> "subprocess.Popen[bytes]":
    """Start the shop's own network."""
    path = Path("/run/hostapd.conf")
    path.write_text(HOSTAPD)
    process = start("hostapd", "hostapd", str(path))
    state = Path(f"/sys/class/net/{scene.ACCESS_POINT}/operstate")
    until(lambda: state.read_text().strip() == "up", 15, "the access point sends")
    return process


def scan(bursts: Iterable[scene.Burst]) -> None:
    """Let phones scan, one burst after the other."""
    for burst in bursts:
        radios.strength(burst.phone, burst.dbm)
        frequencies = [str(scene.CHANNEL_MHZ[channel]) for channel in burst.channels]
        drawn = [f"randomise={burst.mac}/ff:ff:ff:ff:ff:ff"] if burst.mac else []
        run(
            *("iw", "dev", burst.phone, "scan", "trigger", "freq", *frequencies, *drawn, "ssid", *burst.ssids), tries=50
        )
        time.sleep(random.uniform(*SCAN_GAP_S))  # never in step with a radio that hops


class Supplicant:
    """A phone that runs wpa_supplicant."""

    def __init__(self) -> None:
        path = Path("/run/wpa_supplicant.conf")
        path.write_text(WPA_SUPPLICANT)
        self.process = start("wpa_supplicant", "wpa_supplicant", "-i", scene.SUPPLICANT, "-c", str(path))
        until(lambda: Path(CONTROL, scene.SUPPLICANT).exists(), 15, "wpa_supplicant answers")

    def order(self, *words: str) -> str:
        """What wpa_cli answers."""
        return run("wpa_cli", "-p", CONTROL, "-i", scene.SUPPLICANT, *words).strip()

    def look_around(self, channels: Iterable[int]) -> None:
        """Scan as a phone does that knows no network here."""
        frequencies = ",".join(str(scene.CHANNEL_MHZ[channel]) for channel in channels)
        until(lambda: self.order("scan", f"freq={frequencies}") == "OK", 10, "wpa_supplicant scans")
        time.sleep(ADDRESS_S)
        self.note()

    def join(self) -> None:
        """Connect to the shop's network."""
        self.order("bss_flush", "0")  # as if it came in just now: it asks for the network by name
        self.order("enable_network", "0")
        if until(lambda: "wpa_state=COMPLETED" in self.order("status"), 20, "wpa_supplicant joins the network"):
            self.note()

    def note(self) -> None:
        """Note the address that it has drawn."""
        address = Path(f"/sys/class/net/{scene.SUPPLICANT}/address").read_text().strip()
        say("drawn", phone=scene.SUPPLICANT, address=address)

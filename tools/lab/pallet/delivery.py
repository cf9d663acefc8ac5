"""What lies on the pallet: the units, which of them are faulty and how, and what must become of each."""

from dataclasses import dataclass
from enum import StrEnum

from . import firmware

PASSWORD = "chosen-by-us"  # noqa: S105 - of fake units
VERSION = "0.1.0"
SYSUPGRADE, FACTORY_EAP, FACTORY_CPE = "cpe210-sysupgrade.bin", "eap225-factory.bin", "cpe210-factory.bin"


class Way(StrEnum):
    """How a unit is written."""

    OPENWRT = "sysupgrade over SSH"
    PAGE = "stock page and cliclientd"
    LOADER = "boot loader over TFTP"


class Fault(StrEnum):
    """What is wrong with a unit, or happens to it."""

    NONE = ""
    REGION = "wrong region"
    COMPAT = "stock firmware too new for the image"
    CUT = "line cut at 40 % of the upload"
    IMAGE = "wrong image"
    SILENT = "no heartbeat"
    KILLED = "the run is killed after the write"  # no fault of the unit: another run goes on


REFUSED = (Fault.REGION, Fault.COMPAT, Fault.IMAGE)  # before anything is written
FAULTY = (*REFUSED, Fault.CUT, Fault.SILENT)

SENTENCES = {
    Fault.REGION: "the unit is of region US, the image for EU: this can brick it",
    Fault.COMPAT: "stock firmware 5.1.0 takes images of compat level 2; this one has 0",
    Fault.IMAGE: "the image is for tplink,cpe210-v3; this unit is tplink,cpe510-v3",
    Fault.CUT: "the line to 192.168.1.1 was cut in the middle of the upload",
    Fault.SILENT: "no signed word of this sensor has come since it was written",
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the pallet."""

    name: str  # of the sensor that it becomes
    way: Way
    fault: Fault = Fault.NONE

    @property
    def image(self) -> str:
        """The file that it is written with."""
        return {Way.OPENWRT: SYSUPGRADE, Way.PAGE: FACTORY_EAP, Way.LOADER: FACTORY_CPE}[self.way]

    @property
    def board(self) -> str:
        """The board that it is."""
        if self.fault is Fault.IMAGE:
            return "tplink,cpe510-v3"
        return "tplink,eap225-v3" if self.way is Way.PAGE else "tplink,cpe210-v3"

    @property
    def stock(self) -> str:
        """What its stock page says."""
        region = "US" if self.fault is Fault.REGION else "EU"
        release = "5.1.0" if self.fault is Fault.COMPAT else "5.0.6"
        return f"EAP225({region}) Hardware Version: 3.0 Firmware Version: {release} Build 20230101"


def units(short: bool = False) -> list[Unit]:
    """The pallet: 20 units, five of them faulty; in short three, two of them faulty."""
    if short:
        return [
            Unit("unit-01", Way.OPENWRT),
            Unit("unit-02", Way.OPENWRT, Fault.IMAGE),
            Unit("unit-03", Way.OPENWRT, Fault.SILENT),
        ]
    wanted = [
        *[(Way.OPENWRT, Fault.NONE)] * 6,
        (Way.OPENWRT, Fault.KILLED),
        (Way.OPENWRT, Fault.CUT),
        (Way.OPENWRT, Fault.IMAGE),
        (Way.OPENWRT, Fault.SILENT),
        *[(Way.PAGE, Fault.NONE)] * 5,
        (Way.PAGE, Fault.REGION),
        (Way.PAGE, Fault.COMPAT),
        *[(Way.LOADER, Fault.NONE)] * 3,
    ]
    return [Unit(f"unit-{number:02}", way, fault) for number, (way, fault) in enumerate(wanted, 1)]


def images() -> dict[str, bytes]:
    """The images at hand, by file name: of the real layouts, with nothing in them."""
    payload = b"k" * 3_000_000
    return {
        SYSUPGRADE: firmware.sysupgrade(["tplink,cpe210-v3"], payload=payload),
        FACTORY_EAP: firmware.factory(["EAP225(TP-LINK|EU|AC1350-D|00000000):3.0"], payload=b"k" * 200_000),
        FACTORY_CPE: firmware.factory(["CPE210(TP-LINK|EU|N300-2|45550000):3.20"], payload=b"k" * 300_000),
    }

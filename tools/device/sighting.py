"""What a unit tells of itself before anything is written: in a banner, a page, a file, a request, or on its label.

Every function takes text and gives what could be read from it. Stock pages differ from model to model and were not seen
on hardware here, so they are searched for words rather than taken apart.
"""

import json
import re
from dataclasses import dataclass
from html import unescape

MODELS = r"(?:EAP|CPE|WBS)\d{3}(?:[ -]?(?:Outdoor|Wall|HD|LR|UR))*"
_LABEL = re.compile(
    rf"\b({MODELS})\b\s*(?:\(([A-Z]{{2}})\))?[\s:,;()-]*(?:(?:hardware\s*version|ver(?:sion)?|v)\.?\s*:?\s*(\d+(?:\.\d+)*))?",
    re.IGNORECASE,
)
_HARDWARE = re.compile(r'hardware[\s_-]*ver(?:sion)?"?\s*[:=]?\s*"?\s*(?:\w+\s+)?v?(\d+(?:\.\d+)*)', re.IGNORECASE)
_FIRMWARE = re.compile(
    r'(?:firmware|software|soft)[\s_-]*ver(?:sion)?"?\s*[:=]?\s*"?\s*v?(\d+\.\d+(?:\.\d+)?)', re.IGNORECASE
)
_BUILD = re.compile(r"\b(\d+\.\d+(?:\.\d+)?)\s+Build\s+\d{8}", re.IGNORECASE)
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A unit as it was seen. What could not be read is empty."""

    how: str  # label, stock page, stock SSH, OpenWrt, TFTP
    model: str = ""
    version: str = ""  # of the hardware
    region: str = ""
    firmware: str = ""  # stock firmware, or the release of OpenWrt
    board: str = ""  # OpenWrt's board name
    address: str = ""
    sensor_version: str = ""  # of Footfall's agent, where it is there
    revision: str = ""  # of OpenWrt's source

    @property
    def name(self) -> str:
        """As the catalogue takes it: CPE210-v3.20."""
        return f"{self.model}-v{self.version}" if self.version else self.model


def from_label(text: str) -> Sighting:
    """The label as it was typed: "CPE210(EU) Ver: 3.20"."""
    return _from_words("label", text, "")


def from_page(text: str, address: str = "") -> Sighting:
    """A stock page, or the JSON that it is made of."""
    return _from_words("stock page", unescape(_TAGS.sub(" ", text)), address)


def from_banner(text: str, address: str = "") -> Sighting:
    """What the stock firmware says over SSH: its banner and the answers of its shell."""
    return _from_words("stock SSH", text, address)


def from_openwrt(board_name: str, release: str, address: str = "", sensor_version: str = "") -> Sighting:
    """OpenWrt's /tmp/sysinfo/board_name and /etc/openwrt_release."""
    board = board_name.strip()
    found = re.match(r"tplink,(.+?)(?:-v(\d[\d.]*))?$", board)
    said = re.search(r"DISTRIB_RELEASE='?([^'\n]*)", release)
    built = re.search(r"DISTRIB_REVISION='?([^'\n]*)", release)
    return Sighting(
        "OpenWrt",
        model=found[1].upper() if found else "",
        version=(found[2] or "") if found else "",
        firmware=said[1] if said else "",
        board=board,
        address=address,
        sensor_version=sensor_version.strip(),
        revision=built[1] if built else "",
    )


def from_request(file: str, address: str) -> Sighting:
    """A boot loader's request by TFTP: it tells its family by the file's name, not its model."""
    return Sighting("TFTP", address=address, firmware=f"boot loader asking for {file}")


def _from_words(how: str, text: str, address: str) -> Sighting:
    text = _flat(text)
    model, region, version = _named(text)
    hardware, firmware = _HARDWARE.search(text), _FIRMWARE.search(text) or _BUILD.search(text)
    return Sighting(
        how,
        model=re.sub(r"\s+", "-", model),
        version=version or (hardware[1] if hardware else ""),
        region=region.upper(),
        firmware=firmware[1] if firmware else "",
        address=address,
    )


def _named(text: str) -> tuple[str, str, str]:
    """Model, region and version. A page's title names the model alone: what it leaves out, a later mention may have."""
    mentions = [found.groups(default="") for found in _LABEL.finditer(text)]
    if not mentions:
        return "", "", ""
    model = mentions[0][0]
    same = [one for one in mentions if one[0].lower() == model.lower()]
    region, version = (next((one[place] for one in same if one[place]), "") for place in (1, 2))
    return model, region, version


def _flat(text: str) -> str:
    """JSON as words: `"firmwareVersion":"1.2"` as firmware version: 1.2."""
    try:
        json.loads(text)
    except ValueError:
        return text
    return re.sub(r'["{}\[\],]', " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))

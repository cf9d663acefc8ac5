"""What the kernel counts of an interface: frames sent, by the network layer and by the emulated radio itself."""

import array
import fcntl
import socket
import struct
from pathlib import Path

SIOCETHTOOL = 0x8946
ETHTOOL_GSTRINGS, ETHTOOL_GSTATS, ETHTOOL_GSSET_INFO = 0x1B, 0x1D, 0x37
ETH_SS_STATS = 1
NAME_BYTES = 32


def sent(interface: str) -> dict[str, int]:
    """Frames that left by this interface, and by the radio below it (whoever asked for them)."""
    statistics = Path("/sys/class/net", interface, "statistics")
    of_radio = _ethtool(interface)
    return {
        "interface": int((statistics / "tx_packets").read_text()),
        "radio": of_radio["tx_pkts_nic"],
        "radio_heard": of_radio["rx_pkts_nic"],
    }


def _ethtool(interface: str) -> dict[str, int]:
    """The statistics that `ethtool -S` would print (include/uapi/linux/ethtool.h)."""
    info = _ask(interface, struct.pack("=IIQI", ETHTOOL_GSSET_INFO, 0, 1 << ETH_SS_STATS, 0))
    count = struct.unpack_from("=I", info, 16)[0]
    names = _ask(interface, struct.pack("=III", ETHTOOL_GSTRINGS, ETH_SS_STATS, count) + bytes(count * NAME_BYTES))
    values = _ask(interface, struct.pack("=II", ETHTOOL_GSTATS, count) + bytes(count * 8))
    named = (names[12 + at * NAME_BYTES :][:NAME_BYTES].rstrip(b"\0").decode() for at in range(count))
    return dict(zip(named, struct.unpack_from(f"={count}Q", values, 8), strict=True))


def _ask(interface: str, question: bytes) -> bytes:
    buffer = array.array("B", question)
    request = struct.pack("16sP16x", interface.encode(), buffer.buffer_info()[0])
    with socket.socket() as asking:
        fcntl.ioctl(asking, SIOCETHTOOL, request)
    return buffer.tobytes()

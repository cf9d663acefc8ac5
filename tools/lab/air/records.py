"""What came back from the guest: its notes, the captures, and a copy of all that the agent left outside its process."""

import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import ToolError
from .guest import scene

Note = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Records:
    """The guest's files by their path, and its notes in the order in which it made them."""

    files: dict[str, bytes]
    events: list[Note]

    def all(self, event: str) -> list[Note]:
        """The notes of this kind."""
        return [note for note in self.events if note["event"] == event]

    def last(self, event: str, **wanted: object) -> Note:
        """The last note of this kind whose fields are as wanted. Raises ToolError where the guest made none."""
        wanted["event"] = event
        for note in reversed(self.events):
            if wanted.items() <= note.items():
                return note
        raise ToolError(f"the machine never noted '{event}' {wanted or ''}: its script broke off; see console.log")

    def span(self, agent: str) -> tuple[int, int]:
        """From when to when (ms) the phones sent to this agent."""
        begin, end = (int(self.last(event, agent=agent)["ms"]) for event in ("phones begin", "phones end"))
        return begin, end

    def of_agents(self) -> dict[str, bytes]:
        """What the agents wrote: logs, status files, spools and whatever else."""
        return {path: raw for path, raw in self.files.items() if path.startswith(("kept/", "air-"))}


def read(archive: Path) -> Records:
    """The records in an archive; the captures are also laid beside it. Raises ToolError."""
    try:
        with tarfile.open(archive) as opened:
            files = {
                member.name.removeprefix("./"): stream.read()
                for member in opened
                if (stream := opened.extractfile(member)) is not None
            }
    except tarfile.TarError as exc:
        raise ToolError(f"{archive} is damaged: {exc}") from exc
    for name in scene.CAPTURES:
        archive.with_name(f"{name}.pcap").write_bytes(files.get(f"{name}.pcap", b""))
    notes = files.get("events.jsonl", b"").decode().splitlines()
    return Records(files, [json.loads(note) for note in notes])

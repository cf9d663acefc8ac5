"""Posting of documents to an OpenWISP controller."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import httpx

WAIT_S = 15
SAID_CHARS = 200


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of one document. says: "" = taken. It never holds the address, which holds a key."""

    sensor: str
    says: str


def post(base: str, documents: Iterable[tuple[str, str, Mapping[str, object]]]) -> list[Posted]:
    """Post (sensor, path, document) each to its path below `base`; a refusal of one does not keep the others."""
    done = []
    with httpx.Client(timeout=WAIT_S, follow_redirects=False, trust_env=False) as client:
        for sensor, path, document in documents:
            try:
                answer = client.post(base.rstrip("/") + path, json=dict(document))
            except (httpx.HTTPError, httpx.InvalidURL) as exc:
                done.append(Posted(sensor, f"no answer: {type(exc).__name__}"))
                continue
            taken = 200 <= answer.status_code < 300
            says = f"the controller answers {answer.status_code} {answer.text[:SAID_CHARS].strip()}".strip()
            done.append(Posted(sensor, "" if taken else says))
    return done

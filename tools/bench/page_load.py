"""Viewers of the page over HTTP: one first view with all that it loads, and many who read at once.

A viewer opens a page, reads it for a while, and opens the next. Only loopback is asked; the asking costs processor time
of the same machine, for the peer as for Footfall.
"""

import asyncio
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

LOADS = re.compile(r'<(?:link[^>]+rel="stylesheet"[^>]+href|script[^>]+src|img[^>]+src)="(/[^"]+)"')
READ_S = (0.5, 1.5)  # between two pages of one viewer
TIMEOUT_S = 30.0
COOKIE = "footfall"
AGAIN = -1  # in the place of a status: the page says when to come again


@dataclass(frozen=True, slots=True)
class FirstView:
    """A page as it comes to an empty cache: bytes as they travel, compressed."""

    html_bytes: int
    loaded_bytes: int  # sheets, scripts, pictures
    files: int
    html_ms: float

    @property
    def bytes(self) -> int:
        """All of it."""
        return self.html_bytes + self.loaded_bytes


@dataclass(frozen=True, slots=True)
class Load:
    """What many viewers got."""

    viewers: int
    seconds: float
    requests: int
    failed: int  # any answer but 200, and but one that says when to come again
    waited: int  # of these: the numbers are being put together; the viewer comes again
    p50_ms: float
    p95_ms: float
    p99_ms: float

    @property
    def per_s(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def first_view(url: str, path: str, session: str) -> FirstView:
    """Fetch a page and what it names. Raises httpx.HTTPError."""
    with httpx.Client(base_url=url, timeout=TIMEOUT_S, cookies={COOKIE: session}) as client:
        begun_s = time.perf_counter()
        html, html_bytes = _fetched(client, path)
        html_ms = (time.perf_counter() - begun_s) * 1000
        named = sorted(set(LOADS.findall(html)))
        return FirstView(html_bytes, sum(_fetched(client, one)[1] for one in named), len(named), html_ms)


def _fetched(client: httpx.Client, path: str) -> tuple[str, int]:
    with client.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
        answer.raise_for_status()
        text = answer.read()
        return text.decode("utf-8", "replace"), answer.num_bytes_downloaded


def load(url: str, paths: Sequence[str], sessions: Sequence[str], seconds: float, seed: int = 1) -> Load:
    """Let one viewer a session open `paths` by chance for so long."""
    begun_s = time.perf_counter()
    taken = asyncio.run(_all(url, paths, sessions, begun_s + seconds, seed))
    spent_s = time.perf_counter() - begun_s
    times_ms = sorted(ms for ms, _ in taken) or [0.0]
    failed = sum(code not in (httpx.codes.OK, AGAIN) for _, code in taken)
    waited = sum(code == AGAIN for _, code in taken)
    p50, p95, p99 = (times_ms[min(len(times_ms) - 1, int(len(times_ms) * share))] for share in (0.5, 0.95, 0.99))
    return Load(len(sessions), spent_s, len(taken), failed, waited, p50, p95, p99)


async def _all(
    url: str, paths: Sequence[str], sessions: Sequence[str], end_s: float, seed: int
) -> list[tuple[float, int]]:
    limits = httpx.Limits(max_connections=len(sessions), max_keepalive_connections=len(sessions))
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, limits=limits) as client:
        viewers = [
            _view(client, paths, session, end_s, random.Random(seed * 1000 + number))
            for number, session in enumerate(sessions)
        ]
        return [one for seen in await asyncio.gather(*viewers) for one in seen]


async def _view(
    client: httpx.AsyncClient, paths: Sequence[str], session: str, end_s: float, chance: random.Random
) -> list[tuple[float, int]]:
    seen = []
    again = ""
    headers = {"cookie": f"{COOKIE}={session}", "accept-encoding": "gzip"}
    await asyncio.sleep(chance.uniform(0, READ_S[1]))
    while time.perf_counter() < end_s:
        path = again or chance.choice(paths)
        begun_s, after_s, again = time.perf_counter(), chance.uniform(*READ_S), ""
        try:
            answer = await client.get(path, headers=headers)
            code = answer.status_code
            if code == httpx.codes.SERVICE_UNAVAILABLE and "retry-after" in answer.headers:
                code, again, after_s = AGAIN, path, float(answer.headers["retry-after"])
        except httpx.HTTPError:
            code = 0
        seen.append(((time.perf_counter() - begun_s) * 1000, code))
        await asyncio.sleep(after_s)
    return seen

"""How the pages show states: each with a word, a kind that gives it colour, and a shape for where words do not fit."""

from collections.abc import Iterable

from ...rollout.advance import CampaignState, UnitState
from ...watch.checks import STATES
from ..language import gettext, marked

KINDS = {
    "ok": "good",
    "silent": "bad",
    "deaf": "bad",
    "cloned": "bad",
    "full": "bad",
    "clock": "warn",
    "late": "warn",
    "degraded": "warn",
    "misconfigured": "warn",
    "outdated": "off",
    "revoked": "off",
    "replaced": "off",
    "never": "off",
    "new": "off",
    "pending": "busy",
    "broker": "bad",
}
LABELS = {
    "ok": marked("ok"),
    "silent": marked("silent"),
    "deaf": marked("deaf"),
    "cloned": marked("cloned"),
    "full": marked("full"),
    "clock": marked("clock"),
    "late": marked("late"),
    "degraded": marked("degraded"),
    "misconfigured": marked("misconfigured"),
    "outdated": marked("outdated"),
    "revoked": marked("revoked"),
    "replaced": marked("replaced"),
    "never": marked("never heard"),
    "new": marked("announced"),
    "pending": marked("waits for approval"),
    "broker": marked("broker"),
    CampaignState.RUNNING: marked("running"),
    CampaignState.PAUSED: marked("paused"),
    CampaignState.STOPPED: marked("stopped"),
    CampaignState.DONE: marked("done"),
    CampaignState.CANCELLED: marked("cancelled"),
    UnitState.WAITS: marked("waits"),
    UnitState.TOLD: marked("told"),
    UnitState.FAILED: marked("failed"),
    UnitState.MISSED: marked("missed"),
}
CAMPAIGN_KINDS = {"running": "busy", "paused": "warn", "stopped": "bad", "done": "good", "cancelled": "off"}
UNIT_KINDS = {"waits": "off", "told": "busy", "done": "good", "failed": "bad", "missed": "warn"}
WORST_FIRST = ("bad", "warn", "busy", "off", "good")


def kind(state: str) -> str:
    """good, warn, bad, off or busy."""
    return KINDS.get(state) or CAMPAIGN_KINDS.get(state) or UNIT_KINDS.get(state, "off")


def label(state: str) -> str:
    """The word for it."""
    return gettext(LABELS.get(state, state))


def worst(states: Iterable[str]) -> str:
    """The kind of a place with sensors in these states: the worst of them. Who is outdated or shut out worsens none."""
    kinds = {kind(state) for state in states}
    for one in ("bad", "warn", "busy"):
        if one in kinds:
            return one
    return "good" if "good" in kinds or not kinds else "off"


__all__ = ["STATES", "kind", "label", "worst"]

"""The collector's options beside the unit's own: what is on probation, what has proved itself, and what holds.

A configuration that came is *pending* until, after a restart with it, the collector has been heard: then it is
*current*. One that keeps the unit from the collector for PROBATION_S, or from staying up STARTS_MAX times, is given
up for the current one. All of it is one value that changes by the functions below and is written as one file, so that
a power cut leaves the unit before or after a change, never between.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from . import config
from .config import Config
from .errors import ConfigError
from .wire.settings import Configuration, Outcome, Result

PROBATION_S = 300.0  # two of the uplink's longest waits between attempts would be more than a shop should wait
SIGNERS_MAX = 8  # keys of the collector whose newest version is remembered
STARTS_MAX = 3  # starts on probation: a configuration that the agent dies of is given up as well
# What a collector may set. Everything else stays the unit's own, see OWN.
PUSHABLE = frozenset(
    {
        *("broker_host", "broker_port", "mqtt_version", "subscribe_qos", "keepalive_s"),
        *("channels", "dwell_ms", "beacons", "associated", "bssid", "mode"),
        *("window_s", "sightings_max", "batch_sightings_max", "health_s"),
        *("inflight_max", "rate_per_s", "ack_timeout_s"),
    }
)
_PLACE, _MACHINE = "it follows from the machine", "a wrong figure fills its memory, long after any probation"
OWN: dict[str, str] = {
    "name": "it is the unit's identity: its key, its topics and its certificate go by it",
    "tenant": "it is the unit's identity",
    "tls": "certificates come by enrolment, and with them this",
    "enrol_url": "it says where a unit may ask to be let in, when nobody has let it in yet",
    "claim": "it is used before there is a collector to listen to",
    "interface": "/etc/config/wireless and the init script name it too",
    "hop": "the init script gives the capability by it, before the agent starts",
    "ring_kib": _MACHINE,
    "spool_kib": _MACHINE,
    "clock": _PLACE,
    "clock_file": _PLACE,
    "profile": _PLACE,
    "signer": _PLACE,
    "state_dir": "root makes it and gives it to the agent",
    "run_dir": "root makes it and gives it to the agent",
    "prometheus_dir": "root makes it and gives it to the agent",
}
# Values that tell less of people: a configuration that is given up for another fault leaves these behind.
TIGHTEST = {"mode": "counts", "associated": "off"}


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered over restarts."""

    current: Configuration | None = None  # has proved itself
    pending: Configuration | None = None  # on probation
    starts: int = 0  # with the pending one
    tightened: Mapping[str, str] = field(default_factory=dict)  # by what was given up since
    last: Result | None = None  # what became of the newest configuration
    floors: Mapping[str, int] = field(default_factory=dict)  # newest version of each of the collector's keys, by its id
    writes: int = 0  # of this to flash

    @property
    def running(self) -> int:
        """The version that a start with this state runs; 0 = the unit's own file alone."""
        chosen = self.pending or self.current
        return chosen.version if chosen else 0

    @property
    def trial(self) -> bool:
        """Whether that one is on probation."""
        return self.pending is not None

    def options(self) -> dict[str, str]:
        """The options that go before those of the unit's own file."""
        if self.pending:
            return dict(self.pending.options)
        return {**(self.current.options if self.current else {}), **self.tightened}

    def floor(self, signer: str) -> int:
        """The version that a new one of this key must be above. Each key counts for itself: one that was stolen and
        signed the largest number does not lock its successor out."""
        return self.floors.get(signer, 0)


def check(options: Mapping[str, str], own: Mapping[str, "str | tuple[str, ...]"]) -> Config:
    """The unit's own options under these. Raises ConfigError naming the first that may not be set or will not do."""
    for name in sorted(options):
        if name not in config.OPTIONS:
            raise ConfigError(f"option {name}: unknown to this version of the agent; take it out, or upgrade the agent")
        if name not in PUSHABLE:
            raise ConfigError(f"option {name}: set on the unit only; {OWN.get(name, 'no collector may set it')}")
    return config.from_options({**own, **options})


def settled(state: State, own: Mapping[str, "str | tuple[str, ...]"]) -> tuple[State, Config]:
    """The configuration that holds, and the state without what will not do any more.

    What was good once may not be now: the unit's own file, or the agent's version, has changed. The unit then goes
    back, at last to its own file, yet tells no more of people than before. Raises ConfigError where its own file will
    not do.
    """
    config.from_options(own)
    while True:
        try:
            return state, check(state.options(), own)
        except ConfigError as exc:
            if state.pending is None and state.current is None:
                raise
            state = reverted(state, str(exc)) if state.pending else _dropped(state, str(exc))


def taken(state: State, configuration: Configuration, signer: str) -> State:
    """A new configuration is good: on probation with it, unless it says nothing new."""
    if state.pending is None and configuration.options == state.options():
        ok = Result(Outcome.OK, "nothing new in it", configuration.version)
        return replace(_counted(state, ok, signer), current=configuration, tightened={})
    trying = Result(Outcome.TRYING, "", configuration.version)
    return replace(_counted(state, trying, signer), pending=configuration, starts=0)


def refused(state: State, version: int, says: str, signer: str) -> State:
    """A new configuration will not do; all stays as it is."""
    return _counted(state, Result(Outcome.REFUSED, says, version), signer)


def started(state: State) -> State:
    """A start: the pending configuration has one attempt less."""
    if state.pending is None:
        return state
    if state.starts >= STARTS_MAX:
        return reverted(state, f"the agent did not stay up: {state.starts} starts on probation")
    return replace(state, starts=state.starts + 1)


def kept(state: State) -> State:
    """The collector has been heard: what was pending is current."""
    if state.pending is None:
        return state
    ok = Result(Outcome.OK, "", state.pending.version)
    return replace(state, current=state.pending, pending=None, starts=0, tightened={}, last=ok)


def reverted(state: State, says: str) -> State:
    """What was pending is given up; where it told less of people than what was before, that much stays."""
    if state.pending is None:
        return state
    failed = Result(Outcome.REVERTED, says, state.pending.version)
    tightened = {**state.tightened, **_tight(state.pending.options)}
    return replace(state, pending=None, starts=0, tightened=tightened, last=failed)


def _counted(state: State, result: Result, signer: str) -> State:
    others = [(key, version) for key, version in state.floors.items() if key != signer]
    floors = dict([*others, (signer, result.version)][-SIGNERS_MAX:])
    return replace(state, last=result, floors=floors)


def _dropped(state: State, says: str) -> State:
    assert state.current is not None
    failed = Result(Outcome.REVERTED, says, state.current.version)
    tightened = {**_tight(state.current.options), **state.tightened}
    return replace(state, current=None, tightened=tightened, last=failed)


def _tight(options: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in TIGHTEST.items() if options.get(name) == value}

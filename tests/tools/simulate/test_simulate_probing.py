"""Phones probe as they were measured to: gaps, sweeps, addresses, sequence numbers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tools.simulate.elements import probe_body, probe_request, rates
from tools.simulate.handsets import ANDROID_GAPS, FIXED_MODELS, HANDSETS, IOS_GAPS
from tools.simulate.hours import Span
from tools.simulate.model import Addresses, Gap, Gaps, Model
from tools.simulate.people import Device, table_randomizing_share
from tools.simulate.probing import BURST_MS_MAX, Burst, Sender, bursts, gap_s

BY_NAME = {model.name: model for model in HANDSETS + FIXED_MODELS}
LOCAL_BIT, GROUP_BIT = 1 << 41, 1 << 40
YEAR = Span(0, 365 * 86_400_000)


def sender_of(model: Model, seed: int = 1) -> Sender:
    return Sender(Device(model, (), 0.0), np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("gap", "median_s", "p90_s"),
    [
        (ANDROID_GAPS.active, 20, 128),
        (ANDROID_GAPS.standby, 60, 160),
        (IOS_GAPS.active, 85, 270),
        (IOS_GAPS.standby, 11, 135),
    ],
    ids=["android-active", "android-standby", "ios-active", "ios-standby"],
)
def test_gaps_have_the_measured_median_and_90_percent(gap: Gap, median_s: float, p90_s: float) -> None:
    """Drawn gaps reproduce both measured numbers within 5 %: over 4 standard errors of the widest one."""
    rng = np.random.default_rng(1)
    drawn_s = [gap_s(gap, rng) for _ in range(100_000)]
    assert np.median(drawn_s) == pytest.approx(median_s, rel=0.05)
    assert np.percentile(drawn_s, 90) == pytest.approx(p90_s, rel=0.05)


@pytest.mark.parametrize(("active_share", "gap"), [(0.0, ANDROID_GAPS.standby), (1.0, ANDROID_GAPS.active)])
def test_bursts_keep_the_gaps_of_their_state(active_share: float, gap: Gap) -> None:
    """From burst to burst a phone waits as long as the table says."""
    found = bursts(ANDROID_GAPS, active_share, Span(0, 30 * 86_400_000), np.random.default_rng(1))
    waits_s = np.diff([burst.start_ms for burst in found]) / 1000
    assert np.median(waits_s) == pytest.approx(gap.median_s, rel=0.05)
    assert {burst.active for burst in found} == {active_share == 1.0}


@pytest.mark.parametrize("gaps", [ANDROID_GAPS, IOS_GAPS], ids=["android", "ios"])
def test_the_screen_is_on_for_the_wanted_share_of_time(gaps: Gaps) -> None:
    """Of the time, not of the bursts: a burst ends a gap of its own state."""
    found = bursts(gaps, 0.3, Span(0, 120 * 86_400_000), np.random.default_rng(1))
    waits_ms = np.diff([burst.start_ms for burst in found])
    active = np.array([burst.active for burst in found[1:]])
    assert waits_ms[active].sum() / waits_ms.sum() == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize("gaps", [ANDROID_GAPS, IOS_GAPS], ids=["android", "ios"])
def test_short_and_long_stays_bring_the_same_rate(gaps: Gaps) -> None:
    """A minute in range brings, on average, a minute's share of bursts: no phone starts probing at the door."""
    rng = np.random.default_rng(1)
    long_rate = len(bursts(gaps, 0.3, Span(0, 60 * 86_400_000), rng)) / (60 * 1440)
    minute = Span(0, 60_000 + BURST_MS_MAX)
    short_rate = sum(len(bursts(gaps, 0.3, minute, rng)) for _ in range(20_000)) / 20_000
    assert short_rate == pytest.approx(long_rate, rel=0.06)
    assert 0.4 < long_rate < 1.1  # bursts a minute, as measured


def test_one_burst_sweeps_the_channels_once_in_order() -> None:
    """Channels 1 to 11, each with the model's number of frames, about 20 ms apart."""
    for model in HANDSETS:
        emission = sender_of(model).send(Burst(1_000_000, active=True))
        assert list(emission.channels) == sorted(emission.channels)
        assert set(emission.channels) == set(range(1, 12))
        assert model.frames_per_channel[0] <= len(emission.channels) / 11 <= model.frames_per_channel[1]
        spacing_ms = np.diff(emission.ts_us) / 1000
        assert float(np.mean(spacing_ms)) == pytest.approx(model.frame_gap_ms, rel=0.15)
        assert emission.ts_us[-1] - emission.ts_us[0] < BURST_MS_MAX * 1000


def test_sequence_numbers_continue_inside_a_burst() -> None:
    """Each frame has the next number, round the end of the counter too."""
    for model in HANDSETS:
        sender = sender_of(model)
        for at in range(50):
            steps = np.diff(sender.send(Burst(at * 10_000, active=True)).sequences) % 4096
            assert set(steps) == {1}


@pytest.mark.parametrize(("name", "continues"), [("handset-h", True), ("handset-d", False)])
def test_sequence_numbers_carry_over_only_on_older_models(name: str, continues: bool) -> None:
    """Within 256 of the last burst on nearly all bursts of the old, on few of the new."""
    sender = sender_of(BY_NAME[name])
    sent = [sender.send(Burst(at * 60_000, active=True)).sequences for at in range(300)]
    near = [(after[0] - before[-1]) % 4096 < 256 for before, after in pairwise(sent)]
    assert (sum(near) / len(near) > 0.98) if continues else (sum(near) / len(near) < 0.20)


@pytest.mark.parametrize("model", HANDSETS, ids=lambda model: model.name)
def test_addresses_follow_the_models_policy(model: Model) -> None:
    """One for ever, one a burst (or a few bursts), or one a channel; never a group address."""
    sender = sender_of(model)
    sent = [sender.send(Burst(at * 60_000, active=True)) for at in range(24)]
    in_a_burst = {len(set(emission.addresses.tolist())) for emission in sent}
    in_all = {int(address) for emission in sent for address in emission.addresses}
    assert not any(address & GROUP_BIT for address in in_all)
    assert {bool(address & LOCAL_BIT) for address in in_all} == {model.randomizing}
    wanted = {
        Addresses.GLOBAL: ({1}, 1),
        Addresses.PER_BURST: ({1}, 24 // model.address_bursts),
        Addresses.PER_CHANNEL: ({11}, 24 * 11),
    }
    assert (in_a_burst, len(in_all)) == wanted[model.addresses]


def test_some_phones_send_bare_frames_in_standby() -> None:
    """With the screen off one model drops its capabilities and changes address with the channel."""
    sender = sender_of(BY_NAME["handset-g"])
    awake, asleep = sender.send(Burst(0, active=True)), sender.send(Burst(60_000, active=False))
    assert len(asleep.elements) < len(awake.elements)
    assert len(set(asleep.addresses.tolist())) == 11


def test_the_table_is_the_measured_one() -> None:
    """Five phones of 22 keep their global address; some models cannot be told apart by what they send."""
    assert table_randomizing_share() == pytest.approx(17 / 22)
    assert len({model.name for model in HANDSETS}) == len(HANDSETS) == 12
    assert len({model.elements for model in HANDSETS}) == 11


def test_a_probe_request_is_laid_out_as_the_standard_says() -> None:
    """One frame by hand, every octet."""
    body = probe_body((rates(1, 2),), 6, b"net")
    frame = probe_request(0x02_11_22_33_44_55, 0xABC, body)
    assert frame == bytes.fromhex("4000 0000 ffffffffffff 021122334455 ffffffffffff c0ab 0003 6e6574 0102 0204")


def test_a_network_name_has_at_most_32_octets() -> None:
    """The element could hold 255; the standard does not."""
    with pytest.raises(ValueError, match="32 bytes"):
        probe_body((), 1, b"x" * 33)

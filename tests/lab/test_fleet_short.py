"""The short form of `make lab-fleet`: 40 sensors through mosquitto, and a minute passes when everybody has spoken."""

from pathlib import Path

import pytest
from brokers import MOSQUITTO

from collector.rollout.advance import CampaignState
from tools.lab.fleet import play
from tools.lab.fleet.scene import Scene

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it"),
]
SHORT = Scene(sensors=40, outage=12, failing=0.2, canary="10", by_hand=True, looks=3, processes=1)


def test_a_site_that_goes_down_is_one_alert_a_deaf_unit_is_found_and_an_upgrade_stops_at_its_canary(
    tmp_path: Path,
) -> None:
    """Real sensors' messages, broker and collector; minutes by the lab's clock."""
    outcome = play.run(tmp_path, SHORT, lambda _: None)
    assert (outcome.alerts_for_outage, outcome.other_alerts) == (1, 0)
    assert outcome.outage_noticed_s is not None
    assert outcome.outage_noticed_s <= play.OUTAGE_S_MAX
    assert outcome.deaf_noticed_s is not None
    assert outcome.deaf_noticed_s <= play.DEAF_S_MAX
    assert (outcome.campaign_state, outcome.units_touched) == (CampaignState.STOPPED, 10)
    assert outcome.ok


def test_a_campaign_that_did_not_stop_or_a_second_alert_is_no_success() -> None:
    """What is judged, judged."""
    fine: dict[str, object] = {
        "alerts_for_outage": 1,
        "outage_noticed_s": 500.0,
        "deaf_noticed_s": 700.0,
        "other_alerts": 0,
    }
    fine |= {"campaign_state": "stopped", "units_touched": 10, "canary": 10}
    unjudged = dict.fromkeys(set(play.Outcome.__dataclass_fields__) - set(fine), 0)
    assert play.Outcome(**unjudged, **fine).ok  # type: ignore[arg-type]
    for wrong in ({"campaign_state": "done"}, {"units_touched": 40}, {"other_alerts": 1}, {"alerts_for_outage": 60}):
        assert not play.Outcome(**unjudged, **(fine | wrong)).ok  # type: ignore[arg-type]
    for late in ({"outage_noticed_s": 700.0}, {"deaf_noticed_s": 1000.0}, {"deaf_noticed_s": None}):
        assert not play.Outcome(**unjudged, **(fine | late)).ok  # type: ignore[arg-type]

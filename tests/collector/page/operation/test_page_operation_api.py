"""What operators may ask of the API is as it is described: the walk over all of it has an administrator's token."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from residents import house_in
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth
from shop import TENANT

from collector.ingest.intake import Message
from collector.people.user import RIGHTS, Role

EXAMPLES = 2  # of each operation


def test_whatever_an_operator_asks_is_answered_as_described(tmp_path_factory: pytest.TempPathFactory) -> None:
    house = house_in(tmp_path_factory.mktemp("house") / "collector")
    house.shop.take([Message(f"footfall/1/{TENANT}/ghost/batch", b"?")], house.now_ms)
    token = house.token("operator-all", *RIGHTS[Role.OPERATOR])
    app = house.client().app
    described = schemathesis.openapi.from_asgi("/api/openapi.json", app, headers=token)
    checks = described.config.checks  # as in test_page_api: refusals that schemathesis does not count among them
    checks.negative_data_rejection.expected_statuses = [*checks.negative_data_rejection.expected_statuses, "413", "414"]
    checks.positive_data_acceptance.expected_statuses = [*checks.positive_data_acceptance.expected_statuses, "414"]
    statuses: dict[str, set[int]] = {}
    for result in described.include(path_regex="^/api/operation").get_all_operations():
        operation = result.ok()
        seen = statuses.setdefault(f"{operation.method} {operation.path}", set())

        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=st.one_of(operation.as_strategy(), operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)))
        def ask(case: schemathesis.Case) -> None:
            answer = case.call_and_validate(headers=token, excluded_checks=[ignored_auth])
            seen.add(answer.status_code)  # noqa: B023 - it is done with before the next

        ask()
    assert len(statuses) == 8
    assert all(not found & {401, 403} for found in statuses.values()), "an operator is let in everywhere here"
    assert any(200 in found for found in statuses.values())

"""The API is as it describes itself: schemathesis asks what the description allows, and much that it does not."""

from urllib.parse import unquote_to_bytes, urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from residents import House, house_in
from schemathesis import CheckContext, GenerationMode, Response
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import ignored_auth

from collector.page.guard import PATH_BYTES_MAX, QUERY_BYTES_MAX
from collector.page.routes import GET, POST, Need
from collector.people.user import RIGHTS, Right, Role

EXAMPLES = 4  # of each operation


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house_in(tmp_path_factory.mktemp("house") / "collector")


@pytest.fixture(scope="module")
def token(house: House) -> dict[str, str]:
    return house.token("administrator-all", *RIGHTS[Role.ADMINISTRATOR])


@pytest.fixture(scope="module")
def described(house: House, token: dict[str, str]) -> BaseSchema:
    client = house.client()
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", client.app, headers=token)
    checks = schema.config.checks
    # Refusals that schemathesis does not count among them: a question with a body, an address that is too long. How
    # long it is in all has no word in OpenAPI, so what is well formed can be too long as well; nor has it one for the
    # days that a log or a report can be asked for, or for a name of two parts: what of that is not understood is 422.
    checks.negative_data_rejection.expected_statuses = [*checks.negative_data_rejection.expected_statuses, "413", "414"]
    checks.positive_data_acceptance.expected_statuses = [
        *checks.positive_data_acceptance.expected_statuses,
        "414",
        "422",
    ]
    return schema


def too_long_is_longer_than_is_taken(ctx: CheckContext, response: Response, case: schemathesis.Case) -> None:
    """No answer 414 to an address that may be as long as it is."""
    if response.status_code == 414:
        asked = urlsplit(response.request.url)
        assert len(unquote_to_bytes(asked.path)) > PATH_BYTES_MAX or len(asked.query) > QUERY_BYTES_MAX


def test_whatever_is_asked_is_answered_as_described(described: BaseSchema, token: dict[str, str]) -> None:
    """No fault of ours, no answer that is not described, no nonsense that is taken."""
    asked = 0
    for result in described.get_all_operations():
        operation = result.ok()

        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=st.one_of(operation.as_strategy(), operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)))
        def ask(case: schemathesis.Case) -> None:
            # What sessions and tokens open stands in tests of its own.
            case.call_and_validate(
                headers=token, additional_checks=[too_long_is_longer_than_is_taken], excluded_checks=[ignored_auth]
            )

        ask()
        asked += 1
    assert asked == len([path for path in (*GET, *POST) if path.startswith("/api/")]) - 1


def test_everything_below_api_is_described_with_what_it_needs(house: House, token: dict[str, str]) -> None:
    paths = house.client().get("/api/openapi.json", headers=token).json()["paths"]
    found = {(method.upper(), path): said["security"] for path, at in paths.items() for method, said in at.items()}
    for method, table in (("GET", GET), ("POST", POST)):
        for path, need in table.items():
            if not path.startswith("/api/") or path == "/api/openapi.json":
                assert (method, path) not in found
                continue
            ways = found.pop((method, path))
            assert [list(way) for way in ways] == ([["session"]] if need is Need.SESSION else [["token"], ["session"]])
            assert [need.value] * isinstance(need, Right) == next(iter(ways[0].values()))
    assert not found


def test_the_description_is_for_who_is_let_in(house: House) -> None:
    assert house.client().get("/api/openapi.json").status_code == 401

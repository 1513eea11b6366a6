"""The interface describes itself: /openapi.json, the page, and schemathesis, which takes them at their word."""

import json
import re
import time

import pytest
import requests
import schemathesis
from hypothesis import assume
from schemathesis import Case, CheckFunction
from schemathesis.config import (
    CoveragePhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    negative_data_rejection,
    positive_data_acceptance,
)

from tests.web.server.conftest import PATIENCE, Api, ServerProcess
from web.server.application import TABLES, all_routes, served_tables
from web.server.openapi import describe
from web.server.table import Route

ROUTES = [route for routes in TABLES.values() for route in routes]


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


async def test_the_description_is_served_and_names_every_route_at_both_its_paths(api: Api) -> None:
    described = await api.get("/openapi.json")
    assert described == await api.get("/api/openapi.json") == json.loads(json.dumps(describe(served_tables())))
    served = {(route.method.lower(), re.sub(r":[^{}]*}", "}", route.path)) for route in all_routes()}
    assert served == {(method, path) for path, methods in described["paths"].items() for method in methods}
    assert {"/prompt", "/api/prompt", "/internal/logs"} <= described["paths"].keys()
    assert "/api/internal/logs" not in described["paths"]


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_every_route_says_what_it_does_takes_and_answers(route: Route) -> None:
    assert route.meaning.endswith(".")
    assert route.replies
    assert {400, 404, 409, 413, 503, 507}.issuperset(route.refusals)
    assert route.body is None or route.method != "GET"


async def test_the_page_shows_every_route_and_runs_no_script(api: Api) -> None:
    async with api.session.get(api.url + "/api") as answer:
        page = await answer.text()
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for forbidden in ("<script", "http://", "https://", "style=", "onclick"):
        assert forbidden not in page
    for route in ROUTES:
        assert f">{re.sub(r':[^{}]*}', '}', route.path)}</code>" in page
    anchors = re.findall(r' id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    assert {*re.findall(r' href="#([^"]+)"', page)} <= {*anchors}


# Where a description cannot say enough, and what is not held against it.
KNOWN: dict[str, tuple[CheckFunction, ...]] = {
    "/prompt": (positive_data_acceptance,),  # Only the nodes that are there can be run.
    "/prompt/converted": (positive_data_acceptance,),  # Nodes of a workflow have an id and a type.
    "/queue/move": (positive_data_acceptance,),  # Exactly one of four ways to say where.
    "/upload/mask": (positive_data_acceptance,),  # Only of a picture that is there.
    # An id is printable, which no pattern says simply; and some clients send bodies that are no JSON.
    "/interrupt": (negative_data_rejection, positive_data_acceptance),
    "/internal/logs/subscribe": (positive_data_acceptance,),  # The same.
    # A count that is empty is one that is not said; only what waits has an order in the queue.
    "/jobs": (negative_data_rejection, positive_data_acceptance),
    "/history": (negative_data_rejection,),  # The same.
    "/queue": (negative_data_rejection,),  # The same.
    "/upload/image": (positive_data_acceptance,),  # Fields are named as forms can name them.
    "/ws": (positive_data_acceptance,),  # Opened by a handshake, which schemathesis does not do.
    "/jobs/cancel": (allow_header_conformance,),  # GET asks for a job of that id.
    "/model_fetches": (positive_data_acceptance,),  # Only from hosts that are allowed, into folders that there are.
    "/users": (positive_data_acceptance,),  # One user is all there is without --multi-user.
}


LONGEST_PATH = 8000  # aiohttp reads lines of at most 8190 bytes.


def description_with(phases: PhasesConfig, examples: int) -> schemathesis.BaseSchema:
    """What schemathesis reads; the same examples every time, so that a finding can be found again."""
    generation = GenerationConfig(max_examples=examples, deterministic=True, database="none")
    project = ProjectConfig(generation=generation, phases=phases)
    settings = SchemathesisConfig(projects=ProjectsConfig(default=project))
    return schemathesis.openapi.from_dict(describe(served_tables()), config=settings)


def check(case: Case, address: str) -> None:
    """Requests whose first line is refused by the parser of HTTP, before any route, are passed over."""
    request = requests.Request(**case.as_transport_kwargs(base_url=address)).prepare()
    assume(len(request.path_url) < LONGEST_PATH)
    path = case.operation.path.removeprefix("/api")
    case.call_and_validate(base_url=address, excluded_checks=list(KNOWN.get(path, ())), allow_redirects=False)


few = description_with(PhasesConfig(coverage=CoveragePhaseConfig(enabled=False)), examples=3)
many = description_with(PhasesConfig(), examples=60)


@pytest.fixture(scope="module")
def address(server: ServerProcess) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if requests.get(server.url + "/object_info", timeout=PATIENCE).ok:
                return server.url
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError(server.output())


@few.exclude(path_regex="^/api/").parametrize()
def test_what_is_described_is_what_is_answered(case: Case, address: str) -> None:
    check(case, address)


@pytest.mark.slow
@many.parametrize()
def test_whatever_is_asked_the_answer_is_one_that_is_described(case: Case, address: str) -> None:
    check(case, address)

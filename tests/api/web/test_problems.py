"""Errors and what they mean over HTTP."""

from __future__ import annotations

import asyncio
import inspect
import json
import re

import pytest
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError

import api.errors
import indexes.errors
import matcher.errors
import matcher.fair.errors
from api.web.problems import BY_STATUS, MEANINGS, problem_of
from api.web.schemas import ProblemOut
from matcher.engine import Sentence
from matcher.fair.moves import Conflict
from tests.api.web.conftest import is_problem

TREES = (api.errors, matcher.errors, indexes.errors)
BRANCHES = (matcher.fair.errors,)
"""Leaves of the matcher's tree that stand with what they speak of."""
THAI = re.compile("[ก-๛]")


def classes(module):
    return [one for _, one in inspect.getmembers(module, inspect.isclass) if one.__module__ == module.__name__]


def leaves(module):
    found = [one for one in classes(module) if issubclass(one, Exception)]
    return [one for one in found if not any(one in other.__bases__ for other in found)]


def example(kind):
    """An error of a kind, each argument made up from its annotation."""
    if kind is api.errors.RefusedFirmError:
        return kind((_bad_row(),))
    if kind is api.errors.PlaceTakenError:
        return kind(conflicts=[Conflict("busy", "a", ("a", "b"), Sentence("ไม่ว่าง", "busy"))])
    if kind is matcher.fair.errors.FairError:
        return kind([Sentence("ต้องมีโต๊ะ", "there must be a table")])
    if kind is matcher.fair.errors.MeetingRefusedError:
        return kind(Sentence("ไม่ขอพบ", "no thanks"))
    made = {"int": 3, "float": 0.5, "str": "word", "Path": "x", "int | None": 3, "tuple[str, ...]": ("x",)}
    wanted = inspect.signature(kind).parameters.values()
    return kind(**{one.name: "ไทย" if one.name == "th" else _value(str(one.annotation), made) for one in wanted})


def _value(annotation, made):
    return made.get(annotation, {} if annotation.startswith("Mapping") else "x")


def _bad_row():
    from matcher.domain import load_chains
    from matcher.exchange import read_object

    return read_object({"name_th": ""}, name="request", chains=load_chains()).problems[0]


def test_every_leaf_of_the_error_trees_has_a_meaning_and_nothing_else_has_one():
    assert {one for module in (*TREES, *BRANCHES) for one in leaves(module)} == set(MEANINGS)


@pytest.mark.parametrize("kind", MEANINGS, ids=lambda kind: kind.__name__)
def test_an_error_says_status_code_and_a_sentence_in_thai_and_in_english(kind):
    answer = problem_of(example(kind))
    body = ProblemOut.model_validate_json(answer.body)
    meaning = MEANINGS[kind]
    assert answer.media_type == "application/problem+json"
    assert answer.status_code == body.status == meaning.status
    assert 400 <= body.status < 600
    assert re.fullmatch("[a-z_]+", body.code)
    assert THAI.search(body.detail_th)
    assert re.search("[a-z]{3}", body.detail_en)
    assert not THAI.search(re.sub("[“(].*[”)]", "", body.detail_en))
    waits = {"BusyError", "NotReadyError", "TooManyRequestsError"}
    assert ("retry-after" in answer.headers) == (kind.__name__ in waits)


@pytest.mark.parametrize("module", TREES, ids=lambda module: module.__name__)
def test_the_tree_in_the_docstring_is_the_tree_of_the_classes(module):
    lines = [line for line in module.__doc__.splitlines() if re.match(r"[│ ├└─]*[A-Z]\w+Error\b", line)]
    drawn, path = {}, []
    for line in lines:
        depth, name = re.match(r"([│ ├└─]*)([A-Z]\w+)", line).groups()
        path[len(depth) // 4 :] = [name]
        drawn[name] = path[-2] if len(path) > 1 else "Exception"
    assert drawn == {one.__name__: one.__bases__[0].__name__ for one in classes(module)}


def test_every_status_without_an_error_of_ours_has_words_in_both_languages():
    for code, th, en in BY_STATUS.values():
        assert re.fullmatch("[a-z_]+", code)
        assert THAI.search(th)
        assert not THAI.search(en)


def handled(service, error):
    """What the app answers to an error, its type or a base of it being known."""
    handlers = service.app.exception_handlers
    kind = next(one for one in type(error).__mro__ if one in handlers)
    request = Request({"type": "http", "method": "GET", "path": "/v1/firms", "headers": [], "app": service.app})
    return asyncio.run(handlers[kind](request, error))


def test_a_database_that_is_away_is_503_with_retry_after_and_tells_nothing_of_itself(service):
    answer = handled(service, OperationalError("SELECT secret", {"phone": "081"}, Exception("disk is full")))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert json.loads(answer.body)["code"] == "database"
    assert b"secret" not in answer.body
    assert b"081" not in answer.body


def test_a_million_mistakes_are_answered_with_fifty(service):
    one = {"type": "extra_forbidden", "loc": ("body", "x" * 10_000), "msg": "no", "input": None}
    answer = handled(service, RequestValidationError([one] * 1_000))
    assert len(json.loads(answer.body)["errors"]) == 50
    assert len(answer.body) < 50_000


def test_an_unknown_address_and_a_wrong_method_are_problems_too(service):
    assert is_problem(service.ask("GET", "/v1/nothing"), 404, "not_found")
    answer = service.ask("PATCH", "/v1/firms")
    assert is_problem(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


def test_what_is_wrong_with_a_body_is_said_field_by_field_in_both_languages(service):
    answer = service.ask("POST", "/v1/firms", json={"name_th": 5, "colour": "red", "offers": [{}]})
    assert is_problem(answer, 422, "invalid")
    found = {one["field"]: one for one in answer.json()["errors"]}
    assert found.keys() == {"name_th", "colour", "offers.0.text"}
    assert all(THAI.search(one["detail_th"]) for one in found.values())


def test_what_is_wrong_with_a_profile_is_said_with_its_remedy(service):
    answer = service.ask("POST", "/v1/firms", json={"name_th": "x", "province_th": "นครxx", "offers": [{"text": ""}]})
    assert is_problem(answer, 422, "refused")
    assert {one["field"] for one in answer.json()["errors"]} == {"province_th", "offers.text"}


def test_a_citizen_number_is_refused_and_not_repeated(service):
    answer = service.ask("POST", "/v1/firms", json={"name_th": "x", "description": "y", "juristic_id": "3100600445635"})
    assert is_problem(answer, 422, "refused")
    assert answer.json()["field"] == "juristic_id"
    assert "3100600445635" not in answer.text

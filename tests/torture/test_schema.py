"""schemathesis' short form: some dozens of cases of each role, and proof that a fault would be found."""

from __future__ import annotations

import pytest

from tests.torture.schema import ROLES, Found, attack, rows
from tests.torture.standing import standing

CASES = 60


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with standing(tmp_path_factory.mktemp("standing"), planned=False) as made:
        yield made


@pytest.mark.parametrize("role", ROLES)
def test_no_role_makes_the_api_fail_or_say_what_is_not_described(service, tmp_path, role):
    found = attack(service, role, cases=CASES, folder=tmp_path, per_call=1, phases="examples,fuzzing")
    (row,) = rows([found], cases=CASES)
    assert row.kept, row.reached


def test_a_status_that_is_not_described_is_found(service, tmp_path, monkeypatch):
    calls = service.app.openapi()["paths"]
    monkeypatch.delitem(calls["/v1/firms/{id}"]["get"]["responses"], "404")
    found = attack(service, "organiser", cases=1, folder=tmp_path, per_call=5, phases="fuzzing", only="/v1/firms/{id}")
    assert any("ndocumented" in one for one in found.failures), found


def test_too_few_cases_and_any_failure_break_the_promise():
    fine = Found("reader", cases=10)
    assert rows([fine], cases=10)[0].kept
    assert not rows([fine], cases=11)[0].kept
    assert not rows([fine, Found("firm", cases=10, failures=["5xx: GET /"])], cases=10)[0].kept
    assert not rows([fine, Found("firm", cases=10, errors=["broke off"])], cases=10)[0].kept

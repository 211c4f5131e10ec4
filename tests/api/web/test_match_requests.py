"""Match requests: filed, answered, explained, kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from api.web.schemas import MatchRequestOut
from tests.api.web.conftest import is_problem
from tests.api.web.test_firms import everything

THAI = "หาโรงงานเย็บชุดกีฬาในภาคใต้ ขั้นต่ำไม่เกิน 100 ตัว"
ENGLISH = "factory that sews sports uniforms, small orders"


def file(service, by="organiser", key=None, **body):
    headers = {} if key is None else {"Idempotency-Key": key}
    return service.ask("POST", "/v1/match-requests", by=by, json=body, headers=headers)


def whole(service, match, *, where):
    """The words in which an answer's spans stand."""
    firm = service.ask("GET", f"/v1/firms/{match['firm']['id']}").json()
    shown = match["offer"] or match["need"] or {"text": firm["description"]}
    return {"offered": shown["text"], "described": firm["description"]}[where]


BRIEFS = {
    "thai": {"text": THAI},
    "english": {"text": ENGLISH},
    "stated": {
        "text": "ผ้าไหม",
        "cluster": "thai_textile",
        "stage": "midstream",
        "seeking": "supplier",
        "provinces": ["ขอนแก่น", "โคราช"],
        "certificates": ["GOTS"],
        "quantity": "200 เมตร",
        "budget": "ไม่เกิน 80,000 บาท",
        "needed_by": "2027-01-31",
        "limit": 3,
    },
    "need": {"need_id": "{need}"},
    "offer": {"offer_id": "{offer}"},
}


@pytest.mark.parametrize("brief", BRIEFS)
def test_a_brief_is_answered_explained_stored_and_read_again_to_the_byte(service, brief):
    ids = {"{need}": service.b.needs[0].id, "{offer}": service.b.offers[0].id}
    body = {name: ids.get(value, value) if isinstance(value, str) else value for name, value in BRIEFS[brief].items()}
    filed = file(service, **body)
    assert filed.status_code == 201, filed.text
    read = service.ask("GET", filed.headers["location"])
    assert read.content == filed.content
    said = filed.json()
    assert {name: said["asked"][name] for name in body} == body
    built = service.running.live.engine.built
    assert said["index_fingerprint"] == said["answer"]["fingerprint"] == built.fingerprint
    assert said["model_fingerprint"] == service.running.encoder.fingerprint
    assert len(said["answer"]["matches"]) <= said["asked"]["limit"]
    assert said["answer"]["matches"] or said["answer"]["near"] or said["answer"]["advice"]
    MatchRequestOut.model_validate_json(filed.content)


@pytest.mark.parametrize("text", [THAI, ENGLISH, "โดรนพ่นยา ต้องมี มอก. ๑๖ ลิตร", "silk ผ้าไหม 🧵 มัดหมี่", "dried krajood"])
def test_evidence_stands_in_the_words_of_request_offer_and_firm(service, text):
    answer = file(service, text=text).json()["answer"]
    scores = [one["score"] for one in answer["matches"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    for match in (*answer["matches"], *answer["near"]):
        evidence = match["evidence"]
        for span in evidence["asked"]:
            assert text[span["start"] : span["end"]] == span["text"]
        for where in ("offered", "described"):
            words = whole(service, match, where=where)
            for span in evidence[where]:
                assert words[span["start"] : span["end"]] == span["text"] != ""
        for sentence in (evidence["reason"], evidence["next_question"], *evidence["matched"], *evidence["missing"]):
            assert sentence["th"]
            assert sentence["en"]


def test_hard_conditions_hold_for_every_match(service):
    answer = file(service, text="ผ้าไหม", provinces=["โคราช", "ขอนแก่น"], limit=50).json()["answer"]
    assert {one["firm"]["province_th"] for one in answer["matches"]} <= {"นครราชสีมา", "ขอนแก่น"}


def test_a_need_written_a_moment_ago_can_be_asked_for(service, a_firm):
    made = service.ask("POST", "/v1/needs", json={"firm_id": a_firm["id"], "text": "เส้นไหมย้อมคราม"}).json()
    filed = file(service, need_id=made["id"])
    assert filed.status_code == 201
    assert a_firm["id"] not in {one["firm"]["id"] for one in filed.json()["answer"]["matches"]}


def test_a_firm_is_left_out_of_its_own_answers(service):
    def shown(answer) -> set[str]:
        return {one["firm"]["id"] for one in answer.json()["answer"]["matches"]}

    a, words = service.a, service.a.offers[0].text
    assert a.id in shown(file(service, text=words, limit=50))
    assert a.id not in shown(file(service, by="firm_a", text=words, limit=50))
    assert a.id not in shown(file(service, text=words, firm_id=a.id, limit=50))
    assert a.id not in shown(service.ask("GET", "/v1/search", by="firm_a", params={"q": words, "limit": 50}))
    assert a.id not in shown(file(service, by="firm_a", offer_id=a.offers[0].id, limit=50))
    assert a.id not in shown(file(service, by="firm_a", need_id=a.needs[0].id, limit=50))


def test_the_same_request_again_is_the_same_answer_and_files_nothing(service):
    key = f"key {uuid4()}"
    first, again = file(service, key=key, text=THAI), file(service, key=key, text=THAI, limit=10)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert is_problem(file(service, key=key, text=ENGLISH), 409, "idempotency_key_reused")
    other = file(service, by="firm_a", key=key, text=THAI)
    assert other.status_code == 201
    assert other.json()["id"] != first.json()["id"]


def test_the_same_request_eight_times_at_once_is_filed_once(service):
    key = f"key {uuid4()}"
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: file(service, by="reader", key=key, text=THAI), range(8)))
    assert {one.status_code for one in answers} == {201}, [one.text[:200] for one in answers]
    assert len({one.content for one in answers}) == 1


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_an_idempotency_key_has_a_length(service, key):
    assert is_problem(file(service, key=key, text=THAI), 422, "invalid")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "empty_brief"),
        ({"text": "ผ้า", "need_id": "x"}, "empty_brief"),
        ({"text": ""}, "empty_text"),
        ({"text": " \u200b ..."}, "empty_text"),
        ({"text": "ผ้า", "cluster": "x"}, "unknown_value"),
        ({"text": "ผ้า", "provinces": ["Atlantis"]}, "unknown_value"),
        ({"text": "ก" * 4_001}, "invalid"),
        ({"text": "ผ้า", "limit": 0}, "invalid"),
        ({"text": "ผ้า", "limit": 51}, "invalid"),
        ({"text": "ผ้า", "colour": "red"}, "invalid"),
    ],
)
def test_a_brief_that_asks_nothing_is_refused_and_not_filed(service, body, code):
    before = [one["id"] for one in everything(service, "/v1/match-requests", 100)]
    assert is_problem(file(service, **body), 422, code)
    assert [one["id"] for one in everything(service, "/v1/match-requests", 100)] == before


@pytest.mark.parametrize("body", [{"need_id": "x"}, {"offer_id": "x"}, {"text": "ผ้า", "firm_id": "x"}])
def test_a_brief_about_what_is_not_there_is_not_found(service, body):
    assert is_problem(file(service, **body), 404, "not_found")


def test_pages_hold_every_request_once_newest_first_and_each_owners_own(service):
    made = [file(service, by="reader", text=f"ผ้าไหม {number}").json()["id"] for number in range(5)]
    own = service.ask("GET", "/v1/match-requests", by="reader", params={"limit": 3}).json()
    rest = service.ask(
        "GET", "/v1/match-requests", by="reader", params={"limit": 100, "cursor": own["next_cursor"]}
    ).json()
    assert [one["id"] for one in own["items"] + rest["items"]][:5] == made[::-1]
    alls = [one["id"] for one in everything(service, "/v1/match-requests", 4)]
    assert len(alls) == len(set(alls))
    assert set(made) < set(alls)
    for by in ("firm_a", "firm_b"):
        theirs = service.ask("GET", "/v1/match-requests", by=by, params={"limit": 100}).json()["items"]
        assert not set(made) & {one["id"] for one in theirs}

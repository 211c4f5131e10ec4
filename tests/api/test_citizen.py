"""A sole trader's citizen number, written wherever one can write about a firm, never comes out again."""

from __future__ import annotations

import io
import json
from copy import deepcopy
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.test_pages import open_site, running_site
from tests.api.web.test_ways_out import unpacked
from tests.matcher.exchange.test_personal import citizen

SEEN = "8850123456789"
"""A number that is nobody's stands in every profile: what is sought is sought where profiles are."""

FAIR = "citizen"
SET_UP = {
    "id": FAIR,
    "name_th": "งานทดสอบ",
    "sessions": [{"id": "am", "day": "2027-02-04", "start": "09:00", "slots": 4, "slot_minutes": 30}],
    "tables": 3,
}
PROFILE: dict[str, Any] = {
    "id": "sole",
    "name_th": "ร้านเดียว",
    "name_en": "Sole",
    "province_th": "ขอนแก่น",
    "size": "micro",
    "description": SEEN,
    "juristic_id": "0105536112014",
    "certificates": [{"code": "มผช.", "number": "1"}],
    "positions": [{"cluster": "thai_textile", "stage": "midstream", "role": "ทอ"}],
    "offers": [
        {
            "id": "sole/o1",
            "cluster": "thai_textile",
            "stage": "midstream",
            "role": "ทอ",
            "text": "ผ้าไหม",
            "capacity": "40 ผืน",
            "moq": "10 ผืน",
            "price_thb": "95 บาท",
            "lead_time_days": "7",
        }
    ],
    "needs": [
        {
            "id": "sole/n1",
            "cluster": "thai_textile",
            "stage_sought": "upstream",
            "role_sought": "ปั่น",
            "text": "เส้นไหม",
            "must_certificates": ["GAP"],
            "volume": "40 กก.",
            "deliver_to": "ขอนแก่น",
            "partnership": "ระยะยาว",
        }
    ],
}
FIELDS = [
    *((name,) for name, said in PROFILE.items() if isinstance(said, str)),
    *((part, name) for part, said in PROFILE.items() if isinstance(said, list) for name in said[0]),
]
COLUMNS = ("Firm ID", "Firm name", "Juristic ID", "Delegates", "Available", "Must meet", "No thanks", "E-mail")
SPELT = {
    "plain": lambda n: n,
    "dashes": lambda n: "-".join((n[0], n[1:5], n[5:10], n[10:12], n[12])),
    "spaces": lambda n: " ".join((n[0], n[1:5], n[5:10], n[10:12], n[12])),
    "thai": lambda n: n.translate({ord("0") + at: ord("๐") + at for at in range(10)}),
}


def spellings(number: str) -> list[str]:
    """All ways in which it is sought."""
    return [spell(number) for spell in SPELT.values()]


def profile(field: tuple[str, ...], said: str) -> dict[str, Any]:
    """The profile that says this in a field."""
    found = deepcopy(PROFILE)
    if len(field) == 1:
        found[field[0]] = said
    else:
        part, name = field
        found[part][0][name] = [said] if isinstance(found[part][0][name], list) else said
    return found


def registration(api, column: str, said: str) -> bytes:
    """The sheet that is given out, with one row that says this in a column."""
    book = openpyxl.load_workbook(io.BytesIO(api.get(f"/v1/fairs/{FAIR}/registration").content))
    sheet = book.worksheets[0]
    names = [str(cell.value).partition(" / ")[2] for cell in sheet[1]]
    sheet.delete_rows(2, sheet.max_row)
    sheet.cell(2, names.index("Firm ID") + 1, "w0")
    sheet.cell(2, names.index(column) + 1, said)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    app, given_, encoder = open_site(tmp_path_factory.mktemp("citizen"), rate="1000000/minute")
    with TestClient(app):
        yield running_site(app, given_, encoder)


@pytest.fixture(scope="module")
def api(site):
    client = TestClient(site.app, headers={"Authorization": f"Bearer {site.key()}"}, raise_server_exceptions=False)
    assert client.post("/v1/fairs", json=SET_UP).status_code == 201
    return client


def send(site, api, way: str, field, said: str) -> list[Any]:
    """Write it in one of three ways; every answer."""
    if way == "api":
        answers = [api.post("/v1/firms", json=profile(field, said))]
        if answers[0].status_code == 201:
            id = answers[0].json()["id"]
            answers += [api.put(f"/v1/firms/{id}", json=profile(field, said) | {"id": id}), api.get(f"/v1/firms/{id}")]
            answers += [api.get("/v1/search", params={"q": "ผ้าไหม"}), api.delete(f"/v1/firms/{id}")]
        return answers
    if way == "registration":
        file = {"file": ("who.xlsx", registration(api, field, said))}
        return [
            api.post(f"/v1/fairs/{FAIR}/registration", files=file, data={"preview": no}) for no in ("true", "false")
        ]
    line = json.dumps(profile(field, said), ensure_ascii=False).encode() + b"\n"
    answers = [api.post("/v1/imports", files={"file": ("firms.jsonl", line)}, data={"preview": "false"})]
    site.work()
    answers += [api.get(f"/v1/jobs/{answers[0].json()['id']}"), api.get("/v1/firms/sole")]
    return [*answers, api.delete("/v1/firms/sole")]


WAYS = st.one_of(
    st.tuples(st.sampled_from(["api", "import"]), st.sampled_from(FIELDS)),
    st.tuples(st.just("registration"), st.sampled_from(COLUMNS)),
)
NUMBERS = st.from_regex(r"[1-8][0-9]{11}", fullmatch=True).map(citizen)
AROUND = st.sampled_from([("", ""), ("เลขบัตร ", ""), ("", " ค่ะ"), ("(", ")"), ("ID:", ";")])


def files_with(site, words: list[str]) -> dict[str, str]:
    """Files of the data directory that hold any of these words, with the word."""
    root = site.settings.data_dir
    found = {}
    for path in root.rglob("*"):
        name = str(path.relative_to(root))
        if path.is_file():
            text = unpacked(path.read_bytes())
            if here := next((word for word in words if word in text), None):
                found[name] = here
    return found


def test_a_citizen_number_comes_out_of_no_answer_export_index_database_or_log(site, api, caplog):
    caplog.set_level("DEBUG")
    written: list[str] = []

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(number=NUMBERS, spelt=st.sampled_from(sorted(SPELT)), around=AROUND, way=WAYS)
    def write(number, spelt, around, way):
        written.append(number)
        said = SPELT[spelt](number).join(around)
        for answer in send(site, api, *way, said):
            assert answer.status_code < 500, answer.text
            assert not [one for one in spellings(number) if one in unpacked(answer.content)], (way, answer.text[:500])

    write()
    assert api.post("/v1/firms", json=PROFILE).status_code == 201
    sought = [one for number in set(written) for one in spellings(number)]
    jobs = [api.post("/v1/exports", json={"format": kind}).json()["id"] for kind in ("xlsx", "csv", "jsonl")]
    site.work()
    site.running.live.open(rebuild=True)
    asked = [
        "/v1/firms",
        "/v1/offers",
        "/v1/needs",
        "/v1/jobs",
        f"/v1/fairs/{FAIR}/participants",
        f"/v1/fairs/{FAIR}/events",
    ]
    asked += [f"/v1/fairs/{FAIR}/registration?filled=true", "/v1/audit", *(f"/v1/jobs/{id}/file" for id in jobs)]
    answers = {path: unpacked(api.get(path).content) for path in asked}
    assert {path for path, text in answers.items() if any(one in text for one in sought)} == set()
    assert sum(SEEN in text for text in answers.values()) >= 1 + len(jobs)
    assert files_with(site, sought) == {}
    there = files_with(site, [SEEN])
    assert "khukha.sqlite" in {name.removesuffix("-wal") for name in there}
    assert any(name.startswith("files/") for name in there)
    encoded = " ".join(text for _prompt, text in site.encoder.asked)  # an index packs its words too tightly to be read
    assert SEEN in encoded
    assert not [one for one in sought if one in encoded]
    assert not [record for record in caplog.records if any(one in record.getMessage() for one in sought)]

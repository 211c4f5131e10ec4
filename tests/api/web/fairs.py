"""A small fair of the service's firms, made through the API; its jobs run in this process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from api.jobs.work import Worker
from tests.api.web.conftest import Service

SET_UP: dict[str, Any] = {
    "name_th": "งานเจรจาธุรกิจทดสอบ",
    "name_en": "Test fair",
    "venue": "ฮอลล์ 2",
    "sessions": [
        {"id": "am", "day": "2027-02-04", "start": "09:00", "slots": 4, "slot_minutes": 30, "pause_minutes": 5},
        {
            "id": "pm",
            "day": "2027-02-04",
            "times": [{"start": f"{hour}:00", "end": f"{hour}:40"} for hour in range(13, 17)],
        },
    ],
    "tables": 8,
}


@dataclass
class SmallFair:
    """Twelve firms of two clusters, A and B among them.

    Attributes:
        worker: Runs its jobs.
    """

    service: Service
    worker: Worker
    id: str
    firms: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str = "", **rest: Any):
        """A request about this fair."""
        return self.service.ask(method, f"/v1/fairs/{self.id}{path}", **rest)

    def got(self, method: str, path: str = "", **rest: Any):
        """The same, answered well: what the answer says."""
        answer = self.ask(method, path, **rest)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json() if answer.content else None

    def run(self, path: str, **rest: Any):
        """Start a job and run it to its end: its result, or its problem."""
        said = self.got("POST", path, **rest)
        job = said.get("job", said)
        self.worker.run(job["id"])
        ended = self.service.ask("GET", f"/v1/jobs/{job['id']}").json()
        return ended["result"] or ended["problem"]

    def meetings(self, *, by: str = "organiser", **params: Any) -> list[dict[str, Any]]:
        """All meetings, page by page."""
        found, cursor = [], None
        while True:
            page = self.got("GET", "/meetings", by=by, params=params | ({"cursor": cursor} if cursor else {}))
            found += page["items"]
            if (cursor := page["next_cursor"]) is None:
                return found

    def timetable(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Every meeting's place in the timetable in force."""
        return {(row["first"], row["second"]): row for row in self.got("GET", "/timetable")["rows"]}


def set_up(service: Service, encoder: Any, id: str) -> SmallFair:
    """A fair with its participants."""
    worker = Worker(service.running.settings, service.running.database)
    vars(worker)["encoder"] = encoder  # loaded already
    fair = SmallFair(service, worker, id)
    made = service.ask("POST", "/v1/fairs", json=SET_UP | {"id": id})
    assert made.status_code == 201, made.text
    around = [*service.firms[:6], *service.firms[58:64]]
    fair.firms = sorted(firm.id for firm in around)
    for firm in fair.firms:
        fair.got("PUT", f"/participants/{firm}", json={"address": f"{firm}@example.com"})
    return fair


def plan(fair: SmallFair) -> SmallFair:
    """Lists and a timetable, published with their files."""
    assert fair.run("/lists", json={})["lists"] == 1
    assert fair.run("/timetable")["timetable"] == 1
    assert fair.run("/publications")["version"] == 1
    return fair


def pair_of(meeting: dict[str, Any]) -> tuple[str, str]:
    """The ids of a meeting's firms."""
    return meeting["first"]["id"], meeting["second"]["id"]

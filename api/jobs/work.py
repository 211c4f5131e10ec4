"""What each kind of job does."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from api.errors import ServiceError
from api.fairs.planning import make_timetable, plan_lists
from api.fairs.publishing import write_files
from api.live import Live
from api.machines import bulk_of, store_of
from api.settings import Settings
from api.store import jobs
from api.store.database import Database
from api.store.fairs import Deed
from api.store.firms import Change
from api.store.tables import JobRow
from api.writing import all_firms, import_firms
from matcher.domain import Chains, load_chains
from matcher.encoder.encoder import Encoder, load_encoder
from matcher.engine import Engine
from matcher.errors import CatalogError, MatcherError
from matcher.exchange import Imported, Mapping, load_mapping, read_catalog, write_catalog, write_rejected
from matcher.text import load_glossary

SHOWN = 200
"""Problems and warnings that a job's result lists; the rest stand in the file of rejected rows."""

REPORT_EVERY_S = 0.5

log = logging.getLogger(__name__)
Result = dict[str, Any]
Report = Callable[[str, int, int], None]


@dataclass
class Worker:
    """Runs jobs, one at a time.

    Args:
        settings: The operator's.
        database: Where jobs and firms stand.
    """

    settings: Settings
    database: Database

    def run(self, job_id: str) -> None:
        """Run a job to its end, unless it has ended or another worker is on it."""
        with self.database.writing() as session:
            job = jobs.take_job(session, job_id)
        if job is None:
            return
        kinds = {
            "import": self._import,
            "export": self._export,
            "rebuild": self._rebuild,
            "lists": self._lists,
            "timetable": self._timetable,
            "publish": self._publish,
        }
        try:
            with self._reporting(job.id) as report:
                result = kinds[job.kind](job, report)
        except (ServiceError, MatcherError) as problem:
            self._end(job.id, problem=self._said(job, problem))
        except Exception as problem:  # the job must end, whatever happened
            log.exception("job %s failed", job.id)
            said = {"th": f"งานล้มเหลว ({type(problem).__name__}) แจ้งผู้ดูแลระบบ", "en": f"the job failed: {problem}"}
            self._end(job.id, problem=said)
        else:
            self._end(job.id, result=result)
            if job.given.get("preview"):  # a file that was only looked at may be imported next
                return
        for name in ("file", "mapping"):  # only now: where a worker broke off, another one reads them again
            if name in job.given:
                (self.settings.files_dir / job.given[name]).unlink(missing_ok=True)

    @cached_property
    def chains(self) -> Chains:
        """The clusters' chains."""
        return load_chains(self.settings.chains)

    @cached_property
    def encoder(self) -> Encoder:
        """The model, loaded when the first job needs it."""
        return load_encoder(self.settings.model, models_dir=self.settings.models_dir, threads=self.settings.threads)

    def _import(self, job: JobRow, report: Report) -> Result:
        path = self.settings.files_dir / job.given["file"]
        mapping: Mapping | None = (
            load_mapping(self.settings.files_dir / job.given["mapping"]) if job.given.get("mapping") else None
        )
        found = read_catalog(
            path, mapping=mapping, chains=self.chains, progress=lambda done, total: report("rows", done, total)
        )
        result = _imported(found, preview=job.given["preview"])
        if found.rejected:
            result["rejected_file"] = f"{job.id}-rejected{path.suffix}"
            write_rejected(found, self.settings.files_dir / result["rejected_file"])
        if found.firms and not job.given["preview"]:
            import_firms(
                self.database,
                self.encoder,
                found.firms,
                Change(batch=job.id, by=job.owner),
                replace=job.given["replace"],
                progress=lambda done, total: report("vectors", done, total),
            )
            result["batch"] = job.id
        return result

    def _export(self, job: JobRow, report: Report) -> Result:
        firms = all_firms(self.database)
        name = f"{job.id}-catalog.{job.given['format']}"
        self.settings.files_dir.mkdir(parents=True, exist_ok=True)
        write_catalog(firms, self.settings.files_dir / name)
        report("rows", len(firms), len(firms))
        return {"firms": len(firms), "file": name}

    def _rebuild(self, _job: JobRow, report: Report) -> Result:
        built = self._engine(report, rebuild=True).built
        return {"firms": built.catalog.n_firms, "offers": built.catalog.n_offers, "fingerprint": built.fingerprint}

    def _lists(self, job: JobRow, report: Report) -> Result:
        fair_id = job.given["fair"]
        number = plan_lists(
            self.database,
            self._engine(report),
            fair_id,
            Deed(job.owner),
            keep=job.given["keep"],
            report=report,
            bulk=bulk_of(self.settings),
        )
        return {"fair": fair_id, "lists": number}

    def _timetable(self, job: JobRow, report: Report) -> Result:
        fair_id, cache_dir = job.given["fair"], self.settings.compiled_dir
        number = make_timetable(self.database, fair_id, Deed(job.owner), cache_dir=cache_dir, report=report)
        return {"fair": fair_id, "timetable": number}

    def _publish(self, job: JobRow, report: Report) -> Result:
        fair_id, version = job.given["fair"], job.given["version"]
        report("files", 0, 1)
        write_files(self.database, fair_id, version, files_dir=self.settings.files_dir)
        report("files", 1, 1)
        return {"fair": fair_id, "version": version}

    def _engine(self, report: Report, *, rebuild: bool = False) -> Engine:
        """An engine over the catalog as it is now."""
        live = Live(
            self.database,
            chains=self.chains,
            glossary=load_glossary(self.settings.glossary),
            encoder=self.encoder,
            root=self.settings.index_dir,
            store=store_of(self.settings),
            bulk=bulk_of(self.settings),
        )
        live.open(rebuild=rebuild, progress=report)
        return live.engine

    def _said(self, job: JobRow, problem: Exception) -> Result:
        """A problem in both languages; a file goes by the name that its owner gave it."""
        en = str(problem)
        for kept, name in (("file", job.given.get("name")), ("mapping", "mapping")):
            if name and kept in job.given:
                en = en.replace(str(self.settings.files_dir / job.given[kept]), name)
        if isinstance(problem, ServiceError):
            return {"th": problem.th, "en": en}
        advice = (
            "อ่านแฟ้มไม่ได้ ใช้แฟ้ม .jsonl .csv หรือ .xlsx ที่เปิดได้ปกติ" if isinstance(problem, CatalogError) else "แจ้งผู้ดูแลระบบ"
        )
        return {"th": f"{advice} ({en})", "en": en}

    def _end(self, id: str, *, result: Result | None = None, problem: Result | None = None) -> None:
        with self.database.writing() as session:
            jobs.end_job(session, id, result=result, problem=problem)

    @contextmanager
    def _reporting(self, id: str) -> Iterator[Report]:
        """A report that writes now and then, and a beat that says the worker lives."""
        ended = threading.Event()
        last = 0.0

        def report(doing: str, done: int, total: int) -> None:
            nonlocal last
            if done == total or time.monotonic() - last > REPORT_EVERY_S:
                last = time.monotonic()
                with self.database.writing() as session:
                    jobs.report(session, id, doing=doing, done=done, total=total)

        def beat() -> None:
            while not ended.wait(jobs.BEAT_S):
                try:
                    with self.database.writing() as session:
                        jobs.beat(session, id)
                except Exception:  # the database may be busy for long; the next beat is soon enough
                    log.exception("cannot say that job %s goes on", id)

        thread = threading.Thread(target=beat, name="beat", daemon=True)
        thread.start()
        try:
            yield report
        finally:
            ended.set()
            thread.join()


def _imported(found: Imported, *, preview: bool) -> Result:
    def said(problems: Any) -> list[Result]:
        return [
            {
                "kind": one.kind,
                "row": one.row,
                "column": one.column,
                "value": one.value,
                "th": one.brief("th"),
                "en": one.brief("en"),
            }
            for one in problems[:SHOWN]
        ]

    return {
        "preview": preview,
        "rows": found.rows_in,
        "rejected": found.rows_rejected,
        "firms": len(found.firms),
        "problems": said(found.problems),
        "warnings": said(found.warnings),
    }


def upload_name(job_id: str, original: str) -> str:
    """The name under which an upload is kept: the job's, with the ending that says what it is."""
    return f"{job_id}-upload{Path(original).suffix.lower()}"

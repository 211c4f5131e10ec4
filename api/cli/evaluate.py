"""`khukha evaluate`, `khukha fit` and `khukha tune`: how good the answers are, and what they are learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.table import Table

from api.cli.shared import AsJson, console, errors, print_json, progress, workspace
from api.workspace import Workspace
from matcher.domain import Firm
from matcher.encoder.cache import VectorCache
from matcher.engine import Catalog, Engine, open_or_build
from matcher.errors import TopicsError
from matcher.evaluation import Group, Refusals, read_topics, refusals, run_systems, summarise, trec_lines
from matcher.evaluation.passages import PassageGroup, evaluate_passages, passage_lines
from matcher.evaluation.topics import NEED, Topic
from matcher.exchange import read_catalog

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder


def register(app: typer.Typer) -> None:
    """Add the subcommands."""
    app.command(help="วัดคุณภาพด้วยหัวข้อที่มีคำตอบ / measure on a folder of judged topics.")(evaluate)
    app.command(help="เรียนรู้น้ำหนักจากหัวข้อที่มีคำตอบ / learn the weights from judged topics.")(fit)
    app.command(help="ปรับแบบจำลองด้วยกิจการและสิ่งที่อยู่ในกิจการ / tune the model on trades and their goods.")(tune)


def evaluate(
    folder: Path,
    passages: Annotated[bool, typer.Option("--passages", help="The folder holds passages (BEIR).")] = False,
    run: Annotated[Path | None, typer.Option("--run", help="Write the ranking in TREC run format.")] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="Another model than the setting's; says what a question costs.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the engine, BM25 alone and dense alone, in the same run.

    Weights and verdict are those that come with the project, learned with the bundled model.
    """
    space = workspace(model=model)
    if passages:
        _evaluate_passages(folder, run, as_json, space)
        return
    with TemporaryDirectory() as scratch:
        engine, topics = _load(folder, Path(scratch), space)
        with progress() as report:
            runs = run_systems(engine, topics, progress=lambda done, total: report("topics", done, total))
    systems = {name: summarise(found) for name, found in runs.items()}
    if run:
        run.write_text("\n".join(trec_lines(runs["full"], system="khukha")) + "\n", "utf-8")
    if as_json:
        print_json({"systems": {n: {k: _numbers(g) for k, g in s.items()} for n, s in systems.items()}})
    else:
        _print_groups(systems, refusals(runs["full"]))
        if model:
            _print_speed(engine, topics)


def fit(
    folder: Path,
    out: Annotated[Path | None, typer.Option("--out", help="The folder to write weights and adapter to.")] = None,
    hold_out: Annotated[
        bool, typer.Option("--held-out", help="Measure each cluster with what is learned on the others.")
    ] = False,
) -> None:
    """Learn adapter, weights and verdict and write the files the engine reads, or measure them held out."""
    from matcher.evaluation.fit import Fitting, held_out, weights_toml  # loads torch, which takes seconds

    if (out is None) is not hold_out:
        raise typer.BadParameter("give either --out FOLDER or --held-out")
    with TemporaryDirectory() as scratch:
        engine, topics = _load(folder, Path(scratch), workspace(), plain=True)
        if out is None:
            runs = held_out(engine, topics)
            _print_groups({"held out": summarise(runs)}, refusals(runs))
            return
        learnt = Fitting(engine, topics).learn()
    (out / "weights.toml").write_text(weights_toml(learnt, made_from=folder.name), "utf-8")
    learnt.adapter.save(out / "adapter.npy")
    console.print(f"→ {out}", soft_wrap=True)


def tune(
    out: Annotated[Path, typer.Option("--out", help="The folder to write the corrections to.")],
    steps: Annotated[int | None, typer.Option("--steps", min=1, help="Draws; fewer for a try.")] = None,
) -> None:
    """Learn the corrections of the bundled model anew, in half an hour; weights and adapter need `fit` afterwards."""
    from matcher.encoder.bundled import unpack
    from matcher.encoder.tuning import FILE
    from matcher.evaluation.adapt import terms_of
    from matcher.evaluation.trades import read_trades
    from matcher.evaluation.tune import Settings, Tuner

    space = workspace()
    settings = Settings() if steps is None else Settings(steps=steps)
    plain = unpack(space.settings.models_dir, tuning=None)
    with progress() as report:
        tuner = Tuner(plain, read_trades(), terms_of(space.glossary), settings=settings, progress=report)
        tuning = tuner.learn()
    tuning.save(out / FILE)
    console.print(f"→ {out / FILE}", soft_wrap=True)


def _load(folder: Path, scratch: Path, space: Workspace, *, plain: bool = False) -> tuple[Engine, list[Topic]]:
    """An engine over a folder's firms, and its topics; over vectors of the plain model, to learn from."""
    firms = read_firms(folder / "firms.jsonl")
    encoder = _recalled(space.encoder.plain) if plain else space.encoder
    with progress() as report:
        built = open_or_build(
            Catalog(firms),
            chains=space.chains,
            encoder=encoder,
            glossary=space.glossary,
            root=scratch / "index",
            vectors=VectorCache(scratch / "vectors"),
            progress=report,
        )
    engine = Engine(built, encoder=encoder, glossary=space.glossary)
    return engine, read_topics(folder, firms, provinces=engine.provinces, certificates=engine.certificates)


def _recalled(encoder: Encoder) -> Encoder:
    from matcher.evaluation.adapt import Recalled  # loads torch, which takes seconds

    return cast("Encoder", Recalled(encoder))


def read_firms(path: Path) -> tuple[Firm, ...]:
    """Firms of a catalog file, with its bad rows named on standard error."""
    if not path.is_file():
        raise TopicsError(path=path, line=None, problem="there is no such file")
    found = read_catalog(path)
    for problem in found.problems:
        errors.print(problem.say("en"), markup=False, soft_wrap=True)
    return found.firms


def _numbers(group: Group) -> dict[str, float]:
    return {
        "ndcg@10": round(group.ndcg10, 6),
        "recall@10": round(group.recall10, 6),
        "success@1": round(group.success1, 6),
        "topics": group.topics,
    }


def _print_groups(systems: Mapping[str, Mapping[str, Group]], refused: Refusals) -> None:
    table = Table(title="nDCG@10 · recall@10 · success@1")
    table.add_column("topics", justify="right")
    for name in ("", *systems):
        table.add_column(name)
    for key, group in next(iter(systems.values())).items():
        figures = [f"{s[key].ndcg10:.3f} · {s[key].recall10:.3f} · {s[key].success1:.3f}" for s in systems.values()]
        table.add_row(str(group.topics), key, *figures)
    console.print(table)
    rightly = "–" if refused.rightly is None else f"{refused.rightly:.0%}"
    console.print(
        f"'No good answer' is said for {rightly} of the {refused.topics} topics without an answer, "
        f"and for {refused.wrongly:.1%} of the others."
    )


def _print_speed(engine: Engine, topics: Sequence[Topic]) -> None:
    """Processor time of the questions' vectors."""
    texts = [topic.text for topic in topics if topic.kind != NEED] or [topic.text for topic in topics]
    start = process_time()
    for text in texts:
        engine.encoder.queries([text])
    spent = 1_000 * (process_time() - start) / max(1, len(texts))
    line = (
        f"{engine.encoder.name}: {engine.encoder.dim} numbers a text; a question takes {spent:.1f} ms of processor time"
    )
    console.print(line, markup=False, soft_wrap=True)


def _evaluate_passages(folder: Path, run: Path | None, as_json: bool, space: Workspace) -> None:
    with TemporaryDirectory() as scratch, progress() as report:
        runs = evaluate_passages(
            folder,
            encoder=space.encoder,
            glossary=space.glossary,
            scratch=Path(scratch),
            progress=report,
        )
    if run:
        run.write_text("\n".join(passage_lines(runs["hybrid"])) + "\n", "utf-8")
    groups = {name: PassageGroup.of(found) for name, found in runs.items()}
    if as_json:
        print_json({"systems": {name: group.numbers() for name, group in groups.items()}})
        return
    table = Table("", "nDCG@10", "recall@100", "MRR@10", "success@1", "queries")
    for name, group in groups.items():
        table.add_row(name, *(f"{v:.3f}" if isinstance(v, float) else str(v) for v in group.numbers().values()))
    console.print(table)

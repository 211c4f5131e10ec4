import json
from dataclasses import replace

import pytest

from matcher.domain import load_certificates, load_provinces
from matcher.encoder.adapter import load_adapter
from matcher.engine import Verdict
from matcher.errors import TopicsError
from matcher.evaluation import read_topics, refusals, run_systems, summarise, trec_lines
from matcher.evaluation.fit import Learnt, collect, weights_toml
from matcher.evaluation.passages import PassageGroup, evaluate_passages
from matcher.text import Glossary, load_glossary


def topics_of(folder, firms):
    return read_topics(folder, firms, provinces=load_provinces(), certificates=load_certificates())


@pytest.fixture
def folder(tmp_path, demo_firms):
    need = demo_firms[0].needs[0].id
    queries = [
        {"id": "q1", "kind": "short_th", "text": "โดรนพ่นยา", "cluster": None, "constraints": {}},
        {"id": "q2", "kind": "constrained", "text": "x", "cluster": "sport", "constraints": {"province_th": "โคราช"}},
        {"id": "q3", "kind": "short_th", "text": "ไม่มีคำตอบ", "cluster": None},
    ]
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)), "utf-8")
    lines = [
        f"{need}\t{demo_firms[1].id}\t3",
        f"q1\t{demo_firms[2].id}\t2",
        "q1\tstranger\t3",
        f"q2\t{demo_firms[3].id}\t1",
    ]
    (tmp_path / "qrels.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    return tmp_path


def test_topics_are_judged_needs_and_all_queries(folder, demo_firms, caplog):
    topics = {topic.id: topic for topic in topics_of(folder, demo_firms)}
    need = demo_firms[0].needs[0]
    assert set(topics) == {need.id, "q1", "q2", "q3"}
    assert topics[need.id].kind == "need"
    assert topics["q1"].grades == {demo_firms[2].id: 2}
    assert topics["q2"].filters.provinces == {"นครราชสีมา"}
    assert topics["q3"].grades == {}
    assert "stranger" in caplog.text


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        ("queries.jsonl", '{"id": 1}\n', "line 1"),
        ("queries.jsonl", "\n[1]\n", "line 2"),
        ("queries.jsonl", "{", "line 1"),
        ("qrels.tsv", "a\tb\n", "line 1"),
        ("qrels.tsv", "a\tb\t2\nq1\tagritech-d01\t9\n", "line 2"),
    ],
)
def test_a_broken_test_folder_is_refused_with_its_line(folder, demo_firms, file, text, line):
    (folder / file).write_text(text, "utf-8")
    with pytest.raises(TopicsError, match=line):
        topics_of(folder, demo_firms)


def test_a_missing_file_is_named(folder, demo_firms):
    (folder / "qrels.tsv").unlink()
    with pytest.raises(TopicsError, match=r"qrels\.tsv"):
        topics_of(folder, demo_firms)


def test_every_system_ranks_every_topic_once_without_the_firm_that_asks(folder, demo, demo_firms):
    runs = run_systems(demo, topics_of(folder, demo_firms))
    assert set(runs) == {"full", "bm25", "dense"}
    for found in runs.values():
        assert [run.topic.id for run in found] == [demo_firms[0].needs[0].id, "q1", "q2", "q3"]
        for run in found:
            ids = [id for id, _ in run.ranking]
            scores = [score for _, score in run.ranking]
            assert len(ids) == len(set(ids))
            assert scores == sorted(scores, reverse=True)
        assert demo_firms[0].id not in [id for id, _ in found[0].ranking]
    groups = summarise(runs["full"])
    assert {key: group.topics for key, group in groups.items()} == {
        "all": 3, "kind:need": 1, "kind:short_th": 1, "kind:constrained": 1,
        "cluster:agritech": 1, "cluster:none": 1, "cluster:sport": 1,
    }  # fmt: skip
    assert refusals(runs["full"]).topics == 1
    first = trec_lines(runs["full"], system="khukha")[0].split()
    assert first[1] == "Q0"
    assert first[3] == "1"


def test_what_fails_a_gate_is_ranked_below_all_that_pass(folder, demo, demo_firms):
    run = run_systems(demo, topics_of(folder, demo_firms))["full"][2]
    province = {firm.id: firm.province_th for firm in demo_firms}
    passing = [province[id] == "นครราชสีมา" for id, _ in run.ranking]
    assert any(passing)
    assert passing == sorted(passing, reverse=True)


def test_signals_collected_for_learning_line_up_with_their_grades(folder, demo, demo_firms):
    sample = collect(demo, topics_of(folder, demo_firms)[:1])[0]
    assert len(sample.signals) == len(sample.grades)
    assert sample.grades.max() == 3


def test_weights_written_are_weights_read(demo, tmp_path):
    import tomllib

    learnt = Learnt(load_adapter(), demo.weights, demo.verdict)
    table = tomllib.loads(weights_toml(learnt, made_from="a test"))
    said = table["verdict"]
    assert demo.verdict == Verdict(said["facts"], said["bias"], said["line"], said["least"])
    assert table["signals"] == dict(demo.weights.by_signal)
    assert (table["bias"], table["good"]) == (demo.weights.bias, demo.weights.good)


def test_passages_are_found_by_every_system(encoder, tmp_path):
    texts = {"1": ("การปลูกข้าว", "นาปี นาปรัง"), "2": ("การเลี้ยงปลา", "ปลาน้ำจืด ปลาสวยงาม"), "3": ("การทอผ้า", "")}
    corpus = [json.dumps({"_id": id, "title": title, "text": text}) for id, (title, text) in texts.items()]
    (tmp_path / "corpus.jsonl").write_text("\n".join(corpus), "utf-8")
    queries = [{"_id": "a", "text": "ฟาร์มปลาสวยงาม"}, {"_id": "b", "text": "ไม่ได้ตัดสิน"}]
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)), "utf-8")
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\na\t2\t1\na\t3\t0\n", "utf-8")
    runs = evaluate_passages(tmp_path, encoder=encoder, glossary=load_glossary(), scratch=tmp_path / "scratch")
    for name in ("hybrid", "bm25", "dense"):
        group = PassageGroup.of(runs[name])
        assert (group.queries, group.ndcg10, group.mrr10, group.success1) == (1, 1, 1, 1)
    assert list(group.numbers()) == ["ndcg@10", "recall@100", "mrr@10", "success@1", "queries"]


def test_an_english_question_finds_a_thai_passage_by_what_the_glossary_knows(encoder, tmp_path):
    rows = [{"_id": str(at), "title": text} for at, text in enumerate(["ร้านขายรองเท้า", "โรงรับจำนำ", "โรงสีข้าว"])]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    (tmp_path / "queries.jsonl").write_text(json.dumps({"_id": "a", "text": "pawnshop"}), "utf-8")
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\na\t1\t1\n", "utf-8")
    known = Glossary(
        english={"pawnshop": ("#1",)}, thai={"โรง": (("โรงรับจำนำ", ("#1",)),)}, longest_english=1, terms={}, digest=""
    )
    empty = replace(known, english={}, thai={})
    found, without = (
        evaluate_passages(tmp_path, encoder=encoder, glossary=glossary, scratch=tmp_path / name)["hybrid"][0].ranking
        for glossary, name in ((known, "known"), (empty, "empty"))
    )
    assert dict(found)["1"] > dict(without)["1"]

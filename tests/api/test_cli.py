from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import openpyxl
import pytest

from api.cli import main
from matcher.exchange import read_catalog, write_catalog

DOCS = Path(__file__).parents[2]


@pytest.fixture
def khukha(tmp_path, models_dir, encoder, monkeypatch, capsys):
    """Run the command in an empty data directory that shares the unpacked model."""
    monkeypatch.setenv("MATCHER_DATA_DIR", str(tmp_path / "var"))
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "models").symlink_to(models_dir.resolve())

    def run(*words: object, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["khukha", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert (ended.value.code or 0) == code, said.err
        return said.out if code == 0 else said.err

    return run


@pytest.fixture
def some_firms(demo_firms, tmp_path):
    path = tmp_path / "some.jsonl"
    write_catalog(demo_firms[:6], path)
    return path


def test_help_lists_every_command(khukha):
    said = khukha("--help")
    for command in ("search", "match", "buyers", "import", "export", "template", "undo", "evaluate", "demo", "chains"):
        assert command in said


def test_what_is_imported_is_exported_and_undone(khukha, some_firms, demo_firms, tmp_path):
    khukha("import", some_firms)
    khukha("export", tmp_path / "out.jsonl")
    assert read_catalog(tmp_path / "out.jsonl").firms == demo_firms[:6]

    write_catalog(demo_firms[6:8], tmp_path / "more.jsonl")
    assert "2" in khukha("import", tmp_path / "more.jsonl")
    khukha("export", tmp_path / "out.jsonl")
    assert len(read_catalog(tmp_path / "out.jsonl").firms) == 8
    assert "6" in khukha("undo")
    khukha("import", tmp_path / "more.jsonl", "--replace")
    khukha("export", tmp_path / "out.xlsx")
    assert {firm.id for firm in read_catalog(tmp_path / "out.xlsx").firms} == {firm.id for firm in demo_firms[6:8]}


def test_a_preview_changes_nothing(khukha, some_firms, tmp_path):
    assert "6" in khukha("import", some_firms, "--preview")
    assert "no catalog" in khukha("export", tmp_path / "out.jsonl", code=2)
    assert "nothing to undo" in khukha("undo", code=2)
    assert "import" in khukha("export", tmp_path / "out.jsonl", code=2)


def test_bad_rows_are_named_and_come_back_as_a_file_that_can_be_mended(khukha, tmp_path):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("ชื่อกิจการ,จังหวัด,สิ่งที่ขาย\nร้านดี,โคราช,ผ้าไหม\nร้านผิด,แดนไกล,ผ้าฝ้าย\n", "utf-8")
    said = khukha("import", sheet)
    assert "แดนไกล" in said
    rejected = tmp_path / "sheet.rejected.csv"
    rejected.write_text(rejected.read_text("utf-8-sig").replace("แดนไกล", "แพร่"), "utf-8")
    khukha("import", rejected)
    khukha("export", tmp_path / "out.jsonl")
    firms = read_catalog(tmp_path / "out.jsonl").firms
    assert {(firm.name_th, firm.province_th) for firm in firms} == {("ร้านดี", "นครราชสีมา"), ("ร้านผิด", "แพร่")}


def test_an_import_without_one_good_row_leaves_the_catalog_as_it_was(khukha, some_firms, tmp_path):
    khukha("import", some_firms)
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("ชื่อกิจการ,จังหวัด,สิ่งที่ขาย\nร้านผิด,แดนไกล,ผ้าฝ้าย\n", "utf-8")
    khukha("import", sheet, "--replace", code=2)
    khukha("export", tmp_path / "out.jsonl")
    assert len(read_catalog(tmp_path / "out.jsonl").firms) == 6


def test_an_error_is_printed_to_the_letter(khukha, some_firms, tmp_path):
    (tmp_path / "map.toml").write_text('[columns]\nignore = ["x"]\n', "utf-8")
    assert "[columns]" in khukha("import", some_firms, "--mapping", tmp_path / "map.toml", code=2)


def test_a_filled_template_goes_in(khukha, tmp_path):
    khukha("template", tmp_path / "form.xlsx")
    book = openpyxl.load_workbook(tmp_path / "form.xlsx")
    headers = {str(cell.value).split(" / ")[-1].split("\n")[-1]: cell.column for cell in book.worksheets[0][1]}
    row = book.worksheets[0].max_row + 1
    for header, value in (("name (Thai)", "ร้านใหม่"), ("Province", "ตรัง"), ("services", "พรมยางพารา")):
        found = next((column for name, column in headers.items() if header.lower() in name.lower()), None)
        assert found is not None, headers
        book.worksheets[0].cell(row, found, value)
    book.save(tmp_path / "form.xlsx")
    khukha("import", tmp_path / "form.xlsx")
    khukha("export", tmp_path / "out.jsonl")
    assert [firm.name_th for firm in read_catalog(tmp_path / "out.jsonl").firms] == ["ร้านใหม่"]


def test_search_match_and_buyers_answer_as_text_and_as_json(khukha, some_firms, demo_firms):
    khukha("import", some_firms)
    assert "fingerprint" not in khukha("search", "โดรนพ่นยา")
    found = json.loads(khukha("search", "โดรนพ่นยา ในนครสวรรค์", "--json", "--limit", 3))
    assert [match["firm"]["province_th"] for match in found["matches"]] == ["นครสวรรค์"]
    assert found["gates"][0]["passing"] == 1
    need = demo_firms[0].needs[0]
    answer = json.loads(khukha("match", need.id, "--json"))
    for match in answer["matches"]:
        for span in match["evidence"]["asked"]:
            assert need.text[span["start"] : span["end"]] == span["text"]
    assert json.loads(khukha("buyers", demo_firms[0].offers[0].id, "--json"))["seeking"] == "buyer"
    assert "Near" in khukha("search", "soil probe", "--lang", "en", "--province", "Korat", "--limit", 2)


def test_mistakes_are_one_clear_sentence_and_an_exit_code(khukha, some_firms, tmp_path):
    assert "khukha import" in khukha("search", "ผ้า", code=2)
    khukha("import", some_firms)
    assert "no need has the id" in khukha("match", "nobody/n9", code=2)
    assert "no province" in khukha("search", "ผ้า", "--province", "Atlantis", code=2)
    assert "no cluster" in khukha("search", "ผ้า", "--cluster", "mining", code=2)
    assert "empty" in khukha("search", " ", code=2)
    assert "nowhere.xlsx" in khukha("import", tmp_path / "nowhere.xlsx", code=2)
    assert "firms.jsonl" in khukha("evaluate", tmp_path, code=2)


def test_a_model_that_is_not_there_is_the_operators_to_mend(khukha, some_firms, monkeypatch):
    khukha("import", some_firms)
    monkeypatch.setenv("MATCHER_MODEL", "nobody/no-such-model")
    assert "MATCHER_MODEL" in khukha("search", "ผ้า", code=3)


def test_chains_are_checked_shown_and_used_to_place_words(khukha, tmp_path):
    bundled = (DOCS / "matcher" / "data" / "chains.toml").read_text("utf-8")
    path = tmp_path / "chains.toml"
    path.write_text(bundled, "utf-8")
    assert "7 clusters" in khukha("chains", "check", path)
    path.write_text(bundled.replace('U1 = ["M1"]', 'U1 = ["M9"]', 1), "utf-8")
    line = next(at for at, text in enumerate(path.read_text("utf-8").splitlines(), 1) if '"M9"' in text)
    assert f"line {line}" in khukha("chains", "check", path, code=2)
    assert "นวมมวย" not in khukha("chains", "show", "sport")
    assert "sport/M3" in khukha("chains", "place", "ผลิตเจลและบาร์ให้พลังงาน", "--cluster", "sport")


def test_evaluate_prints_the_report_of_the_format(khukha, demo_firms, tmp_path):
    folder = tmp_path / "topics"
    folder.mkdir()
    write_catalog(demo_firms[:6], folder / "firms.jsonl")
    (folder / "queries.jsonl").write_text(
        '{"id": "q", "kind": "short_th", "text": "โดรนพ่นยา", "cluster": null}\n', "utf-8"
    )
    (folder / "qrels.tsv").write_text(f"q\t{demo_firms[0].id}\t3\n", "utf-8")
    report = json.loads(khukha("evaluate", folder, "--json", "--run", tmp_path / "run.txt"))
    assert set(report["systems"]) == {"full", "bm25", "dense"}
    assert set(report["systems"]["full"]["all"]) == {"ndcg@10", "recall@10", "success@1", "topics"}
    assert set(report["systems"]["bm25"]) == {"all", "kind:short_th", "cluster:none"}
    lines = (tmp_path / "run.txt").read_text("utf-8").splitlines()
    assert lines[0].split()[0] == "q"
    assert len(lines) == 6
    assert "No good answer" in khukha("evaluate", folder)
    assert "bundled: 384 numbers a text" in khukha("evaluate", folder, "--model", "bundled")
    assert "no-such-model" in khukha("evaluate", folder, "--model", "no-such-model", code=3)


def test_every_command_in_the_documents_exists(khukha):
    text = "".join(path.read_text("utf-8") for path in [DOCS / "README.md", *sorted((DOCS / "docs").glob("*.md"))])
    used = set(re.findall(r"khukha (chains \w+|[a-z]+)", text)) - {"firms"}
    for command in sorted(used):
        assert "Usage" in khukha(*command.split(), "--help")


def test_the_result_the_readme_shows_is_what_the_demo_prints(demo):
    block = (DOCS / "README.md").read_text("utf-8").split("```text\n")[1].split("```")[0]
    best = demo.match("agritech-d11/n1", limit=1).matches[0]
    assert best.firm.id in block
    shown = re.search(r"(0\.\d\d)  agritech", block)
    assert shown
    assert float(shown[1]) == pytest.approx(best.score, abs=0.03)
    assert best.firm.name_th in block
    assert best.evidence.next_question.th in block
    for sentence in (*best.evidence.matched, *best.evidence.assumed, *best.evidence.missing):
        assert sentence.th in block

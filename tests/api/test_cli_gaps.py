from __future__ import annotations

import json
import sys
from xml.etree import ElementTree

import pytest

from api.cli import main
from matcher.exchange import write_catalog


@pytest.fixture
def khukha(tmp_path, models_dir, encoder, demo_firms, monkeypatch, capsys):
    """Run the command over eight firms of the demo catalog."""
    monkeypatch.setenv("MATCHER_DATA_DIR", str(tmp_path / "var"))
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "models").symlink_to(models_dir.resolve())
    write_catalog(demo_firms[:8], tmp_path / "some.jsonl")

    def run(*words: object, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["khukha", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert (ended.value.code or 0) == code, said.err
        return said.out if code == 0 else said.err

    run("import", tmp_path / "some.jsonl")
    return run


def test_gaps_are_told_as_tables_json_and_pictures(khukha, demo_firms, tmp_path):
    cluster = demo_firms[0].offers[0].cluster
    assert "ขาดผู้ขาย" in khukha("gaps")
    assert "Provinces that seek" in khukha("gaps", cluster, "--lang", "en")
    told = json.loads(khukha("gaps", cluster, "--json", "--picture", tmp_path / "pictures"))
    assert {role["cluster"] for role in told["roles"]} == {cluster}
    assert {row["cluster"] for row in told["provinces"]} == {cluster}
    assert [path.name for path in (tmp_path / "pictures").iterdir()] == [f"{cluster}.svg"]
    ElementTree.parse(tmp_path / "pictures" / f"{cluster}.svg")


def test_gaps_of_a_province_are_those_of_its_firms(khukha, demo_firms):
    province = demo_firms[0].province_th
    told = json.loads(khukha("gaps", "--province", f"จ.{province}", "--json"))
    inside = {firm.id for firm in demo_firms[:8] if firm.province_th == province}
    ids = {id.split("/")[0] for role in told["roles"] for id in (*role["offers"], *role["needs"])}
    assert ids
    assert ids <= inside


@pytest.mark.parametrize(("words", "says"), [(("mining",), "no cluster"), (("--province", "แดนไกล"), "no province")])
def test_a_cluster_or_province_that_is_none_is_refused(khukha, words, says):
    assert says in khukha("gaps", *words, code=2)

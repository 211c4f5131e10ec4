from __future__ import annotations

import pytest

from matcher.domain import Stage, load_chains
from matcher.errors import ChainError
from tests.matcher.domain.small import SMALL, line_of


def load(tmp_path, text):
    path = tmp_path / "chains.toml"
    path.write_text(text, "utf-8")
    return load_chains(path)


def refusal(tmp_path, text):
    with pytest.raises(ChainError) as refused:
        load(tmp_path, text)
    return refused.value


def test_the_bundled_file_loads_and_every_role_has_both_labels():
    chains = load_chains()
    assert len(chains.clusters) == 7
    for cluster in chains.clusters.values():
        assert cluster.th
        assert cluster.en
        for role in chains.roles_of(cluster.code):
            assert role.th
            assert role.en
            assert chains.role(cluster.code, role.code) is role
    keys = {role.key for code in chains.clusters for role in chains.roles_of(code)}
    for edges in (chains.sells_to, chains.returns_to):
        assert set(edges) <= keys
        assert frozenset().union(*edges.values()) <= keys


def test_no_two_role_labels_of_a_bundled_cluster_are_equal():
    chains = load_chains()
    for cluster in chains.clusters:
        for labels in zip(*((role.th, role.en) for role in chains.roles_of(cluster)), strict=True):
            assert len(set(labels)) == len(labels)


def test_a_small_file_is_read_as_written(tmp_path):
    chains = load(tmp_path, SMALL)
    assert list(chains.clusters) == ["silk", "spa"]
    assert list(chains.clusters["silk"].roles) == ["U1", "U2", "M1", "D1", "S1"]
    role = chains.role("silk", "U1")
    assert (role.stage, role.th, role.en, role.words) == (Stage.UPSTREAM, "เลี้ยงไหม", "grower", ("รังไหม",))
    assert chains.sells_to["silk", "M1"] == {("silk", "D1"), ("spa", "M1")}
    assert chains.returns_to["silk", "M1"] == {("silk", "U1"), ("spa", "U1")}
    assert [role.code for role in chains.roles_of("spa")] == ["U1", "M1", "D1", "LOG"]
    assert chains.role("spa", "LOG").cluster == "all"


@pytest.mark.parametrize(("cluster", "code"), [("spa", "S1"), ("none", "U1"), (None, "U1"), ("spa", None)])
def test_a_role_that_is_not_there_is_none(tmp_path, cluster, code):
    assert load(tmp_path, SMALL).role(cluster, code) is None


U2 = 'U2 = { stage = "upstream", th = "เส้นไหม", en = "yarn" }'
EDGE = 'U2 = ["M1"]'
SILK_TH = '[silk]\nth = "ไหม"\n'
BROKEN = {
    "unknown stage": (U2, U2.replace("upstream", "uptown"), "U2", 1, "unknown stage 'uptown'"),
    "no stage": (U2, 'U2 = { th = "เส้นไหม", en = "yarn" }', "U2", 1, "unknown stage None"),
    "no Thai label": (U2, 'U2 = { stage = "upstream", en = "yarn" }', "U2", 1, "U2 has no th label"),
    "blank English label": (U2, U2.replace('"yarn"', '"  "'), "U2", 1, "U2 has no en label"),
    "label is a number": (U2, U2.replace('"yarn"', "5"), "U2", 1, "U2 has no en label"),
    "words are a text": (U2, U2.replace(" }", ', words = "yarn" }'), "U2", 1, "words of U2 are no list"),
    "a word is blank": (U2, U2.replace(" }", ', words = ["a", " "] }'), "U2", 1, "words of U2 are no list"),
    "a word is a number": (U2, U2.replace(" }", ", words = [1] }"), "U2", 1, "words of U2 are no list"),
    "a role is a text": (U2, 'U2 = "yarn"', "U2", 1, "'U2' is no role"),
    "a role's code has a sign": (U2, U2.replace("U2", '"U-2"'), '"U-2"', 1, "'U-2' is no role"),
    "unknown buyer": (EDGE, 'U2 = ["M9"]', "U2", 2, "unknown role 'M9'"),
    "unknown seller": (EDGE, 'X9 = ["M1"]', "X9", 1, "unknown role 'X9'"),
    "unknown role of another cluster": ('"spa/M1"', '"spa/S1"', 'M1 = ["D1"', 1, "unknown role 'spa/S1'"),
    "role of an unknown cluster": ('"spa/M1"', '"moon/M1"', 'M1 = ["D1"', 1, "unknown role 'moon/M1'"),
    "return to nowhere": ('"spa/U1"', '"spa/U9"', 'M1 = ["U1"', 1, "unknown role 'spa/U9'"),
    "buyers are a text": (EDGE, 'U2 = "M1"', "U2", 2, "U2 sells to no list"),
    "a buyer is a number": (EDGE, "U2 = [1]", "U2", 2, "U2 sells to no list"),
    "cluster without Thai label": (SILK_TH, "[silk]\n", "[silk]", 1, "silk has no th label"),
    "cluster with a blank label": ('en = "Silk"', 'en = ""', "[silk]", 1, "silk has no en label"),
    "unknown entry": (SILK_TH, SILK_TH + "color = 1\n", "color", 1, "unknown entry 'color'"),
    "unknown table": ("[silk.returns_to]", "[silk.gives_to]", "[silk.gives_to]", 1, "unknown entry 'gives_to'"),
    "edges of what is everywhere": (
        "[silk]\n",
        '[all.sells_to]\nLOG = ["LOG"]\n[silk]\n',
        "[all.sells_to]",
        1,
        "unknown",
    ),
    "a code twice": (U2, U2 + "\n" + U2, "U2", 2, "a code stands twice"),
    "a table twice": ("[spa]\n", "[silk]\n", "[silk]", 2, "a code stands twice"),
    "not TOML": (U2, "U2 = {", "U2", 1, "not valid TOML"),
    "a value at the top": ("[all]\n", "silky = 3\n[all]\n", "silky", 1, "'silky' is no cluster"),
    "all is no table": (SMALL[: SMALL.index("[silk]")], "all = 3\n", "all", 1, "'all' is no cluster"),
    "roles misspelt": ("[spa.roles]", "[spa.rolls]", "[spa.rolls]", 1, "unknown entry 'rolls'"),
    "spaced table": ("[spa.roles]", "[ spa . rolls ] # note", "[ spa", 1, "unknown entry 'rolls'"),
    "no roles": (SMALL[SMALL.index("[spa.roles]") :], "", "[spa]", 1, "spa has no roles"),
    "empty cluster": (SMALL[SMALL.index("[spa.sells_to]") :], "[spa2]\n", "[spa2]", 1, "spa2 has no th label"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_each_broken_rule_is_named_with_its_line(tmp_path, case):
    old, new, start, nth, problem = BROKEN[case]
    text = SMALL.replace(old, new, 1)
    error = refusal(tmp_path, text)
    assert problem in str(error)
    assert error.remedy
    assert error.line == line_of(text, start, nth=nth)
    assert f"line {error.line}: " in str(error)


def test_a_list_in_place_of_a_table_of_edges_is_named_with_its_line(tmp_path):
    text = SMALL[: SMALL.index("[spa.sells_to]")].replace('en = "Spa"\n', 'en = "Spa"\nsells_to = ["D1"]\n')
    error = refusal(tmp_path, text)
    assert error.problem == "spa.sells_to is no table"
    assert error.line == line_of(text, "sells_to")


@pytest.mark.parametrize("text", ["", "\n\n", "# only a note\n", SMALL[: SMALL.index("[silk]")]], ids=range(4))
def test_a_file_without_a_cluster_is_refused(tmp_path, text):
    assert "holds no cluster" in str(refusal(tmp_path, text))


def test_a_file_nested_beyond_reason_is_refused(tmp_path):
    assert "not valid TOML" in str(refusal(tmp_path, "a = " + "[" * 100_000))


def test_a_file_that_is_missing_or_a_folder_or_not_utf8_is_refused(tmp_path):
    thai = tmp_path / "thai.toml"
    thai.write_bytes(SMALL.encode("cp874"))
    for path in (tmp_path / "missing.toml", tmp_path, thai):
        with pytest.raises(ChainError, match=r"cannot be read .* UTF-8 TOML file") as refused:
            load_chains(path)
        assert refused.value.line is None


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    path = tmp_path / "notepad.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert load_chains(path) == load(tmp_path, SMALL)


def test_a_role_that_exists_everywhere_may_sell_in_several_clusters(tmp_path):
    text = SMALL.replace('U1 = ["U2"]', 'U1 = ["U2"]\nLOG = ["D1"]').replace('U1 = ["M1"]', 'U1 = ["M1"]\nLOG = ["D1"]')
    chains = load(tmp_path, text)
    assert chains.sells_to["all", "LOG"] == {("silk", "D1"), ("spa", "D1")}

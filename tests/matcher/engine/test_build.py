import numpy as np
import pytest

from matcher.domain import Firm, Offer, Stage, load_chains
from matcher.engine.roles import OFFER_OTHER_CLUSTER, OFFER_OTHER_STAGE
from matcher.engine.score import lexical_scale, logistic
from matcher.engine.texts import fields
from matcher.text import load_glossary

FIRMS = tuple(
    Firm(f"f{n}", f"ร้าน {n}", offers=(Offer(f"f{n}/o1", text, "thai_textile", Stage.MIDSTREAM),))
    for n, text in enumerate(("ผ้าไหมมัดหมี่", "ผ้าฝ้ายทอมือ", "เสื้อคราม"))
)


@pytest.mark.parametrize("name", ["offers/flat.faiss", "offer_roles.npy", "rows.json", "manifest.json"])
def test_a_damaged_index_is_built_anew_and_answers_as_before(build, tmp_path, name):
    before = [match.firm.id for match in build(FIRMS, tmp_path).search("ผ้าไหม").matches]
    path = tmp_path / (tmp_path / "CURRENT").read_text() / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(bytes(data))
    assert [match.firm.id for match in build(FIRMS, tmp_path).search("ผ้าไหม").matches] == before


def test_role_chances_sum_to_one_and_a_stated_role_is_certain(build):
    stated = Firm("x", "โรงย้อม", offers=(Offer("x/o1", "รับจ้าง", "thai_textile", Stage.MIDSTREAM, "M3"),))
    built = build((*FIRMS, stated)).built
    np.testing.assert_allclose(built.offer_roles.sum(axis=1, dtype=np.float32), 1, atol=2e-3)
    assert built.roles.all[int(built.offer_roles[-1].argmax())] == load_chains().role("thai_textile", "M3")
    assert built.offer_roles[-1].max() == 1


@pytest.mark.parametrize(
    ("words", "cluster", "stage", "role"),
    [
        ("ผลิตเจลและบาร์ให้พลังงานนักวิ่ง", "sport", None, "M3"),
        ("รับตรวจโรคปลาและออกใบรับรองสุขภาพสัตว์น้ำ", "betta", Stage.SUPPORT, "S1"),
        ("เลี้ยงไหมขายรังไหมสด", "thai_textile", Stage.UPSTREAM, "U2"),
        ("โรงเรียนสอนนวดแผนไทย", "health", Stage.UPSTREAM, "U4"),
    ],
)
def test_a_role_in_free_text_is_mapped_to_the_nearest_and_says_how_sure_it_is(demo, words, cluster, stage, role):
    guess = demo.built.roles.nearest(demo.encoder.passages([words])[0], cluster=cluster, stage=stage)
    assert (guess.role.cluster, guess.role.code) == (cluster, role)
    assert 0 < guess.sureness <= 1


def test_a_stated_cluster_and_stage_lead_but_are_no_wall(demo):
    vector = demo.encoder.passages(["กล่องโฟมและถุงใส่ปลา"])
    roles = demo.built.roles
    weight = {"other_cluster": OFFER_OTHER_CLUSTER, "other_stage": OFFER_OTHER_STAGE}
    stated = roles.chances(vector, clusters=["sport"], stages=[Stage.UPSTREAM], **weight)[0]
    free = roles.chances(vector, clusters=[None], stages=[None], **weight)[0]
    inside = (roles.clusters == "sport") & (roles.stages == Stage.UPSTREAM)
    assert stated[inside].sum() > 5 * free[inside].sum()
    assert (stated > 0).all()


def test_the_logistic_is_safe_and_exact():
    x = np.array([-1e9, -2, 0, 2, 1e9], np.float32)
    np.testing.assert_allclose(logistic(x), [0, 0.11920292, 0.5, 0.88079708, 1], atol=1e-6)


def test_a_query_of_unknown_words_alone_scales_no_word_up(demo):
    tokens = fields("เส้นไหม qqzxv", load_glossary())["words"]
    alone = lexical_scale(demo.built.words, "words", ["ไหม"])
    assert lexical_scale(demo.built.words, "words", ["ไหม", "qqzxv"]) < alone
    assert lexical_scale(demo.built.words, "words", ()) == 0
    assert "qqzxv" in tokens

import pytest

from matcher.engine.quantities import below_minimum, quantities


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("เสื้อบอล 15 ตัว", [(15, "piece")]),
        ("เดือนละ 2 พันขวด", [(2_000, "bottle")]),
        ("๑,๕๐๐ กก. กับ 30 ม้วน", [(1_500, "kilogram"), (30, "roll")]),
        ("under 100 pieces, 20 kg each", [(100, "piece"), (20, "kilogram")]),
        ("หนา 200 ไมครอน รุ่น 5มม. ปี 2567", []),
    ],
)
def test_numbers_with_a_unit_that_is_counted_are_read(text, found):
    assert [(one.amount, one.unit) for one in quantities(text)] == found


@pytest.mark.parametrize(
    ("asked", "minimum", "small"),
    [
        ("เสื้อบอล 100 ตัว", "500 ตัว", True),
        ("เสื้อบอล 100 ตัว", "100 pcs", False),
        ("เสื้อบอล 100 ตัว", "5 โหล", False),
        ("เริ่มลอง 50 ตัว ปกติ 800 ตัว", "500 ตัว", False),
        ("เสื้อบอล", "500 ตัว", False),
    ],
)
def test_an_order_is_too_small_only_where_the_same_unit_says_so(asked, minimum, small):
    assert (below_minimum(asked, minimum) is not None) is small

"""A small chains file, that each test breaks in its own way."""

from __future__ import annotations

SMALL = """\
[all]
th = "ทุกที่"
en = "Everywhere"

[all.roles]
LOG = { stage = "support", th = "ขนส่ง", en = "freight" }

[silk]
th = "ไหม"
en = "Silk"

[silk.roles]
U1 = { stage = "upstream", th = "เลี้ยงไหม", en = "grower", words = ["รังไหม"] }
U2 = { stage = "upstream", th = "เส้นไหม", en = "yarn" }
M1 = { stage = "midstream", th = "ทอผ้า", en = "weaver" }
D1 = { stage = "downstream", th = "ร้านผ้า", en = "shop" }
S1 = { stage = "support", th = "ย้อมสี", en = "dyer" }

[silk.sells_to]
U1 = ["U2"]
U2 = ["M1"]
M1 = ["D1", "spa/M1"]
S1 = ["M1"]

[silk.returns_to]
M1 = ["U1", "spa/U1"]

[spa]
th = "สปา"
en = "Spa"

[spa.roles]
U1 = { stage = "upstream", th = "สมุนไพร", en = "herbs" }
M1 = { stage = "midstream", th = "สปา", en = "spa" }
D1 = { stage = "downstream", th = "โรงแรม", en = "hotel" }

[spa.sells_to]
U1 = ["M1"]
M1 = ["D1"]
"""


def line_of(text: str, start: str, *, nth: int = 1) -> int:
    """The number of the nth line that starts so."""
    return [at for at, line in enumerate(text.splitlines(), 1) if line.startswith(start)][nth - 1]

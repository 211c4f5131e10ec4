from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from indexes.durable import append_lines

LINES = st.lists(st.binary(min_size=1, max_size=8).filter(lambda line: b"\n" not in line), min_size=1, max_size=4)


@given(LINES, st.binary(max_size=6).filter(lambda torn: b"\n" not in torn), LINES)
def test_a_line_that_was_broken_off_takes_no_new_one_with_it(tmp_path_factory, before, torn, after):
    path = tmp_path_factory.mktemp("durable") / "new" / "lines"
    append_lines(path, before)
    with path.open("ab") as file:
        file.write(torn)
    append_lines(path, after)
    assert path.read_bytes().split(b"\n") == [*before, *([torn] if torn else []), *after, b""]

"""How many threads FAISS may use."""

from __future__ import annotations

import faiss


def in_one_thread() -> None:
    """Let FAISS work in one thread where it is called from: two on busy cores made a search fifty times slower.

    OpenMP keeps the number by thread, so that it does not hold for the threads of a server when it is set at import.
    """
    faiss.omp_set_num_threads(1)

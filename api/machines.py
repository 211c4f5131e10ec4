"""What settings say about other machines: where indexes are kept, and who does bulk work."""

from __future__ import annotations

from api.settings import Settings
from indexes import Store, load_store
from matcher.bulk import Bulk, load_workers


def store_of(settings: Settings) -> Store:
    """Where indexes are kept; raises `ExtraMissingError` or `RemoteError`."""
    prefix = f"{settings.milvus_prefix}_demo" if settings.demo else settings.milvus_prefix
    return load_store(settings.milvus_url, prefix=prefix, token=settings.milvus_token)


def bulk_of(settings: Settings) -> Bulk:
    """Who does bulk work; raises `WorkersError`."""
    return Bulk(load_workers(settings.ray), models_dir=settings.models_dir, threads=settings.threads or 1)

"""MilvusIndex, held to the contract of dense indexes on milvus-lite and on a real server."""

from __future__ import annotations

import pytest

from indexes.milvus import MilvusIndex, Remote
from tests.indexes.contract import DenseContract


class TestMilvus(DenseContract):
    exact = True
    immutable = False  # what was taken out is gone for every index

    @pytest.fixture(autouse=True)
    def _reached(self, remote: Remote):
        self.connection = remote.connect()
        yield
        self.connection.client.close()

    def build(self, vectors, parts, folder):
        return MilvusIndex.build(vectors, parts=parts, connection=self.connection, name="rows")

    def reopened(self, index, folder):
        index.save(folder)
        self.connection.client.close()
        self.connection = self.connection.remote.connect()
        return MilvusIndex.load(folder, connection=self.connection, name="rows")

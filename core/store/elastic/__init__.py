"""The SearchIndex on Elasticsearch 8: start with index.py."""

from core.store.elastic.connection import Server
from core.store.elastic.generations import discard
from core.store.elastic.index import ElasticIndex

__all__ = ["ElasticIndex", "Server", "discard"]

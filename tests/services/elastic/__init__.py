"""A real Elasticsearch for tests: its node from Maven Central, and TLS before it."""

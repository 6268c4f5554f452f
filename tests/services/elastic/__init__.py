"""A real Elasticsearch for tests: its node built from Maven Central, and TLS with a password before it."""

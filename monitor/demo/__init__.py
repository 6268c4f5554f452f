"""A small invented world of sources on loopback: the demo crawls it with the real crawler."""

"""Parsers: bytes in, Posts or Discoveries out. They never fetch, and know the time only as `now`.

Each raises core.errors.ParseError, with the URL and a reason for people, where the bytes are not
what the source promised; what is merely odd is read and said in `notes`.
"""

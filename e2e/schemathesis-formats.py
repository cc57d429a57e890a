"""Formats of our documents that Schemathesis does not know."""

import schemathesis
from hypothesis import strategies as st

# Small versions, so that some are the current one.
schemathesis.openapi.format("etag", st.integers(0, 4).map(lambda version: f'"{version}"'))

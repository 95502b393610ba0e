"""From a notebook to a report: parameters, runs, batches, documents, the student's paper."""

import sys

# When nbformat is imported, jsonschema compiles a grammar for internationalised addresses, which takes a second; a
# notebook has no such field. Without the grammar's package jsonschema does without it.
if not {"jsonschema", "rfc3987_syntax"} & set(sys.modules):
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    import nbformat  # noqa: F401

    del sys.modules["rfc3987_syntax"]

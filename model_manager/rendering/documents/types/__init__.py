"""The types of the JSON documents: the one contract of the command line, the HTTP API and the admin page.

The modules beside this folder build the documents, and mypy checks them against these types. The server describes
its answers in OpenAPI with the same types: the docstring below a field is its description there. A type that ends
in `Document` is a whole document, one that ends in `Object` a part of one.

Only type checkers, the server and tests load these modules: on Python 3.11, pydantic takes only the TypedDict of
typing_extensions, whose import the command line does not have to wait for.
"""

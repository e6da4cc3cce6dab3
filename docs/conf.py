"""How the documentation is built: ``make docs``. Warnings are errors."""

from typing import Any

from sphinx.application import Sphinx

import geosector

project = "geosector"
author = "The geosector developers"
copyright = "The geosector developers, BSD-3-Clause"
version = release = geosector.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
exclude_patterns = ["_build"]
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # numpydoc prints the types with their shapes and units
numpydoc_show_class_members = False

html_theme = "furo"
html_title = "geosector"
html_static_path = ["_static"]
html_css_files = ["direction.css"]
html_copy_source = False
html_show_sphinx = False


def write_public_names(_app: Sphinx, page: str, source: list[str]) -> None:
    """Write one entry for each public name, so that none is forgotten."""
    if page != "reference":
        return
    entries = [
        f".. autoclass:: geosector.{name}\n   :members:\n"
        if isinstance(getattr(geosector, name), type)
        else f".. autofunction:: geosector.{name}\n"
        for name in geosector.__all__
    ]
    source[0] = source[0].replace(".. public-names\n", "\n".join(entries))


def write_language(
    _app: Sphinx, page: str, _template: str, context: dict[str, Any], _tree: object
) -> None:
    """State the language of a translated page: ``tutorial.ar`` is Arabic."""
    if page.endswith(".ar"):
        context["language"] = "ar"


def setup(app: Sphinx) -> None:
    """Connect the two to the build."""
    app.connect("source-read", write_public_names)
    app.connect("html-page-context", write_language)

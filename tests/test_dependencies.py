"""The versions below which a library is known to be unsafe for hostile files, pages or replies."""

from importlib.metadata import PackageNotFoundError, version

import pytest
from packaging.version import Version

FLOORS = {
    "Pillow": "13.0.0",
    "pdfminer.six": "20251230",
    "lxml": "6.1.0",
    "Werkzeug": "3.1.9",
    "cryptography": "50",
}


@pytest.mark.parametrize(("library", "floor"), FLOORS.items())
def test_what_is_installed_is_not_below_its_floor(library: str, floor: str) -> None:
    assert Version(version(library)) >= Version(floor)


@pytest.mark.parametrize("library", ["pypdf", "PyPDF2", "ghostscript"])
def test_what_must_not_read_documents_is_not_even_there(library: str) -> None:
    with pytest.raises(PackageNotFoundError):
        version(library)

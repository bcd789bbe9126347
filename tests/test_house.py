"""The house plan: a floor imports from floors below it, never from one above (docs/developers.md)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ["core", "worker", "auth", "kashflow", "lists", "rules", "capture", "publishing", "app"]
SHELLS = {"views", "api", "commands", "jobs", "app"}
FLASK_ROOMS = {"views", "api", "commands", "app", "access"}


def modules() -> Iterator[Path]:
    for floor in FLOORS:
        yield from sorted((ROOT / floor).rglob("*.py")) or [ROOT / f"{floor}.py"]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def floor_of(dotted: str) -> str | None:
    head = dotted.split(".", maxsplit=1)[0]
    return head if head in FLOORS else None


def is_shell(path: Path) -> bool:
    return path.stem in SHELLS


def faults(path: Path) -> Iterator[str]:
    own = path.relative_to(ROOT).parts[0].removesuffix(".py")
    for name in imports(path):
        parts = name.split(".")
        floor = floor_of(name)
        if parts[0] == "flask" and path.stem not in FLASK_ROOMS and "sandbox" not in path.parts:
            yield f"{path.name} imports Flask"
        if parts[0] == "zeep" and path.relative_to(ROOT).as_posix() != "kashflow/client.py":
            yield f"{path.name} imports zeep"
        if floor is None or is_shell(path):
            continue
        if FLOORS.index(floor) > FLOORS.index(own):
            yield f"{path.relative_to(ROOT)} imports {name} from a floor above"
        if SHELLS.intersection(parts[1:]):
            yield f"{path.relative_to(ROOT)} imports the shell {name}"
        if name.startswith("kashflow.sandbox") and "sandbox" not in path.parts:
            yield f"{path.relative_to(ROOT)} imports the sandbox"


@pytest.mark.parametrize("path", [pytest.param(p, id=str(p.relative_to(ROOT))) for p in modules() if p.exists()])
def test_a_module_imports_from_its_own_floor_and_below_only(path: Path) -> None:
    assert not list(faults(path))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("import capture.models", "imports capture.models from a floor above"),
        ("import lists.views", "imports the shell lists.views"),
        ("import auth.door.views", "imports the shell auth.door.views"),
        ("from lists import jobs", "imports the shell lists.jobs"),
        ("import kashflow.sandbox.book", "imports the sandbox"),
    ],
)
def test_an_import_against_the_plan_is_noticed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, complaint: str
) -> None:
    planted = tmp_path / "lists" / "service.py"
    planted.parent.mkdir()
    planted.write_text(f"{line}\n", encoding="utf-8")
    monkeypatch.setattr("tests.test_house.ROOT", tmp_path)

    assert list(faults(planted)) == [f"lists/service.py {complaint}"]

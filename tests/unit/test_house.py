"""The floors of the house: who may import whom, and what each file may be."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "chatapp"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "static" not in path.parts)
MOST_LINES = 400

# From below to above. What stands on one floor may import its own floor and those below.
FLOORS = (
    ("chatapp", "chatapp.sqlite", "chatapp.errors"),
    ("chatapp.domain",),
    ("chatapp.storage",),
    ("chatapp.services",),
    ("chatapp.transport",),
    (
        "chatapp.app",
        "chatapp.introduction",
        "chatapp.keeping",
        "chatapp.machine",
        "chatapp.whereabouts",
        "chatapp.examination",
    ),
    ("chatapp.launcher", "chatapp.administration", "chatapp.carrying", "chatapp.remote"),
    ("chatapp.cli",),
    ("chatapp.__main__",),
)
# Beside the house: these know nothing of chat and import only errors, and are used only by app, launcher and cli.
WINGS = ("chatapp.settings", "chatapp.lan", "chatapp.data_folder", "chatapp.browser", "chatapp.tray")
MAY_USE_WINGS = tuple(one for floor in FLOORS[5:8] for one in floor)

# Library → the places that touch it.
LIBRARIES = {
    "socketio": ("chatapp.transport.engine", "chatapp.transport.admissions"),
    "engineio": ("chatapp.transport.engine", "chatapp.transport.wire", "chatapp.transport.session"),
    "quart": ("chatapp.transport.http", "chatapp.transport.bodies"),
    "werkzeug": ("chatapp.transport.http",),
    "sqlalchemy": ("chatapp.storage",),
    "alembic": ("chatapp.storage.migrate",),
    "sqlite3": ("chatapp.storage",),
    "aiosqlite": ("chatapp.storage.driver",),
    "emoji": ("chatapp.domain.reactions",),
    "pysqlite3": ("chatapp.sqlite",),
    "uvicorn": (
        "chatapp.launcher",
        "chatapp.transport.websocket",
        "chatapp.transport.doors",
        "chatapp.transport.requests",
    ),
    "cryptography": ("chatapp.lan.certificates", "chatapp.services.hashing"),
    "zeroconf": ("chatapp.lan.responder",),
    "dotenv": ("chatapp.settings",),
    "jeepney": ("chatapp.tray.item",),
    "precis_i18n": ("chatapp.domain.names", "chatapp.domain.passwords"),
}


def module_of(path: Path) -> str:
    """The dotted name of a file."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in FILES}


def tree(module: str) -> ast.Module:
    """The parsed file."""
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def imports(module: str) -> set[str]:
    """Every module that a module imports, late imports included; `from package import module` is the module."""
    found: set[str] = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            assert node.module is not None
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in full}
    return found


def is_in(module: str, place: str) -> bool:
    """Whether a module is a place, or lies in it; the package itself holds only its own file."""
    return module == place or (place != "chatapp" and module.startswith(f"{place}."))


def floor_of(module: str) -> int | None:
    """The number of a module's floor, None in the wings."""
    found = (number for number, places in enumerate(FLOORS) if any(is_in(module, place) for place in places))
    return next(found, None)


def is_wing(module: str) -> bool:
    """Whether a module stands beside the house."""
    return any(is_in(module, wing) for wing in WINGS)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_a_place(module: str) -> None:
    assert (floor_of(module) is None) == is_wing(module)


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module: str) -> None:
    ours = {name for name in imports(module) if name.partition(".")[0] == "chatapp"}
    floor = floor_of(module)
    for name in ours - {"chatapp"}:
        if floor is None:
            wing = next(wing for wing in WINGS if is_in(module, wing))
            assert name == "chatapp.errors" or is_in(name, wing), f"{module} imports {name}"
        elif is_wing(name):
            assert module in MAY_USE_WINGS, f"{module} imports {name}"
        else:
            below = floor_of(name)
            assert below is not None
            assert below <= floor, f"{module} imports {name}"


def test_modules_form_no_circle() -> None:
    graph = {module: imports(module) & MODULES.keys() for module in MODULES}
    done: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " → ".join((*above, module))
        if module not in done:
            for name in graph[module]:
                visit(name, (*above, module))
            done.add(module)

    for module in graph:
        visit(module, ())


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_touched_only_where_it_belongs(library: str) -> None:
    users = {module for module in MODULES if any(name.partition(".")[0] == library for name in imports(module))}
    strangers = {module for module in users if not any(is_in(module, place) for place in LIBRARIES[library])}
    assert not strangers


def test_sqlite_is_in_place_before_anything_else_is_imported() -> None:
    statements = [ast.unparse(one) for one in tree("chatapp").body if not isinstance(one, ast.Expr)]
    assert statements[0] == "from chatapp import sqlite"
    assert imports("chatapp") == {"chatapp.sqlite"}
    assert imports("chatapp.sqlite") == {"sys", "pysqlite3"}


def test_late_imports_give_their_reason() -> None:
    for module, path in MODULES.items():
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.Import | ast.ImportFrom) and node.col_offset:
                above = lines[max(0, node.lineno - 4) : node.lineno]
                is_for_types = any(line.startswith(("if TYPE_CHECKING", "if sys.platform")) for line in above)
                assert is_for_types or any(line.lstrip().startswith("#") for line in above), f"{module}:{node.lineno}"


@pytest.mark.parametrize("path", FILES, ids=[module_of(path) for path in FILES])
def test_a_file_is_short_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    assert ast.get_docstring(ast.parse(text))


def defined(module: str) -> Iterator[tuple[str, ast.AST]]:
    """The public classes and functions of a module, and the public methods of its public classes."""
    for node in tree(module).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and not inner.name.startswith("_"):
                        yield f"{node.name}.{inner.name}", inner


@pytest.mark.parametrize("module", MODULES)
def test_everything_public_is_documented(module: str) -> None:
    bare = [
        name
        for name, node in defined(module)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not ast.get_docstring(node)
    ]
    # uvicorn names this one, its class says what it is for.
    assert [name for name in bare if name != "capture_signals"] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_function_fits_on_a_page(module: str) -> None:
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and module != "chatapp.app":
            assert (node.end_lineno or 0) - node.lineno < 50, f"{module}.{node.name}"


def test_a_catch_all_stands_in_few_places() -> None:
    places = {
        module
        for module in MODULES
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) == "Exception")
    }
    assert places <= {
        "chatapp.storage.writer",
        "chatapp.services.supervisor",
        "chatapp.transport.turns",
        "chatapp.transport.engine",
        "chatapp.transport.http",
    }


def test_only_app_launcher_and_cli_read_settings() -> None:
    users = {module for module in MODULES if "chatapp.settings" in imports(module)}
    assert users <= {
        "chatapp.app",
        "chatapp.keeping",
        "chatapp.examination",
        "chatapp.launcher",
        "chatapp.administration",
        "chatapp.carrying",
        "chatapp.cli",
    }


def test_print_is_the_clis() -> None:
    users = {
        module
        for module in MODULES
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert users <= {"chatapp.cli"}


def test_the_page_needs_nothing_that_is_slow_to_import() -> None:
    slow = ("quart", "sqlalchemy", "socketio", "cryptography", "zeroconf", "alembic", "jeepney")
    code = f"import sys, chatapp.launcher; print(*[name for name in {slow!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []

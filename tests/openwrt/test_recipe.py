"""The recipe says what the code says: version, options, dependencies; and reads as OpenWrt's recipes do."""

import re
import tomllib
from pathlib import Path

import pytest

from footfall_sensor import BUILT_S, __version__, config, config_file, uci
from tools.device import recipe, shipped_config
from tools.errors import ToolError

ROOT = recipe.PACKAGE_DIR.parent.parent
MAKEFILE = (recipe.PACKAGE_DIR / "Makefile").read_text()


@pytest.fixture(scope="module", params=list(recipe.PACKAGES))
def staged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> recipe.Package:
    return recipe.stage(request.param, tmp_path_factory.mktemp("stage"))


def test_one_version_everywhere(staged: recipe.Package) -> None:
    """The agent's, the package's and the project's are one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert (staged.version, project) == (f"{__version__}-r1", __version__)
    assert re.fullmatch(r"\d+(\.\d+)*", __version__), "apk takes dotted numbers only"


def test_the_date_is_the_agents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No clock that shows less than the agent's own date is right; the package has the same date."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert recipe.stage("full", tmp_path).epoch_s == BUILT_S


def test_dependencies_of_the_two_packages() -> None:
    """What paho-mqtt 1.6.1 forgets to name is there; only the full one has TLS; the lean one stands for the other."""
    assert "+python3-logging +python3-urllib" in MAKEFILE
    assert "+python3-email" not in MAKEFILE  # merged away in OpenWrt's master, and python3-urllib brings it
    assert "python3-cryptography" not in MAKEFILE  # does not build for 32-bit targets of 25.12


def test_the_full_package_has_tls_and_the_lean_one_has_not(tmp_path: Path) -> None:
    """They differ in OpenSSL, which 8 MB of flash have no room for."""
    full, lean = recipe.stage("full", tmp_path / "full"), recipe.stage("lean", tmp_path / "lean")
    assert set(full.depends) - set(lean.depends) == {"python3-openssl"}
    assert set(lean.depends) <= set(full.depends)
    assert {"libc", "usign", "python3-paho-mqtt", "python3-msgpack"} <= set(lean.depends)
    assert (lean.provides, lean.conflicts) == (("footfall-sensor",), ("footfall-sensor",))
    assert (full.provides, full.conflicts) == ((), ())


def test_it_is_for_every_machine_and_has_a_user(staged: recipe.Package) -> None:
    """Plain sources run on MIPS, ARM and x86 alike."""
    assert (staged.architecture, staged.users) == ("all", "footfall=646:footfall=646")
    assert list(staged.root.rglob("*.pyc")) == []


def test_shipped_settings_are_the_table_of_options() -> None:
    """Every option stands in the file, at its default, as a comment; without the # it means the same."""
    shipped = (recipe.PACKAGE_DIR / "files/footfall.config").read_text()
    assert shipped == shipped_config.render(), "run: make docs"
    assert [section.options for section in uci.parse(shipped)] == [{}]
    opened = uci.parse(re.sub(r"(?m)^\t#(option|list) ", r"\t\1 ", shipped))[0]
    assert (opened.type, list(opened.options)) == (config_file.SECTION_TYPE, list(config.OPTIONS))
    assert config.from_options({**opened.options, "name": "door-1"}) == config.from_options({"name": "door-1"})


def test_the_recipe_reads_as_openwrts_do() -> None:
    """Names are spelled out, recipes are indented by tabs, definitions by two spaces, conffiles not at all."""
    assert "$(PKG_NAME)" not in MAKEFILE
    for name, body in re.findall(r"(?ms)^define Package/(\S+)\n(.*?)^endef", MAKEFILE):
        wanted = {"install": r"\t", "conffiles": r"/"}.get(name.rpartition("/")[2], r"  |\t\+")
        assert all(re.match(wanted, line) for line in body.splitlines()), name


@pytest.mark.parametrize("script", ["preinst", "postinst", "prerm", "postrm"])
def test_a_script_that_would_be_lost_is_an_error(tmp_path: Path, script: str) -> None:
    """An SDK would pack a script of the recipe's own; `footfall device build` does not, and says so."""
    folder = tmp_path / "recipe"
    (folder / "src").mkdir(parents=True)
    (folder / "Makefile").write_text(
        MAKEFILE.replace(
            "define Build/Configure", f"define Package/footfall-sensor/{script}\n:\nendef\n\ndefine Build/Configure"
        )
    )
    with pytest.raises(ToolError, match=f"has a {script}"):
        recipe.stage("full", tmp_path / "work", folder)


def test_without_a_checkout_the_sentence_says_what_is_missing(tmp_path: Path) -> None:
    """Installed from a wheel, there is no recipe."""
    with pytest.raises(ToolError, match="checkout"):
        recipe.stage("full", tmp_path / "work", tmp_path)

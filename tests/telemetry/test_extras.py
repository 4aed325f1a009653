"""What an adapter needs is imported when the adapter is, and its absence says what to install."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from zdasync import BadArgument
from zdasync.telemetry import MissingExtra


@pytest.mark.parametrize("module", ["zdasync", "zdasync.telemetry"])
def test_the_package_loads_none_of_them(module) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    roots = {name.partition(".")[0] for name in loaded.stdout.split()}
    assert roots.isdisjoint({"opentelemetry", "prometheus_client"})
    assert ("zdasync.telemetry" in loaded.stdout.split()) == (module == "zdasync.telemetry")


@pytest.mark.parametrize(
    ("module", "missing", "extra"),
    [("otel", "opentelemetry", "otel"), ("prometheus", "prometheus_client", "prometheus")],
)
def test_a_missing_extra_is_named(module, missing, extra, monkeypatch) -> None:
    for name in list(sys.modules):
        if name == missing or name.startswith(missing + "."):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.delitem(sys.modules, f"zdasync.telemetry.{module}", raising=False)
    with pytest.raises(MissingExtra) as caught:
        importlib.import_module(f"zdasync.telemetry.{module}")
    assert f'pip install "zdasync[{extra}]"' in str(caught.value)
    assert isinstance(caught.value, BadArgument)
    assert isinstance(caught.value, ImportError)
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)

"""Every operation of the sandbox takes the parameters and body fields of the documented one: no more, no fewer."""

import importlib
import inspect
import re
import typing
from typing import Any

import attrs
import pytest
from tiktok_shop_api.generated import models
from tiktok_shop_api.generated._meta import OPERATIONS as DOCUMENTED

from sandbox.tiktok.api import OPERATIONS
from sandbox.tiktok.gate import Operation
from sandbox.tiktok.schema import Spec

# The older Get Order Detail is in the reference, but no longer in the package.
ONLY_IN_REFERENCE = {"/order/202309/orders"}
TESTED = [operation for operation in OPERATIONS if operation.template not in ONLY_IN_REFERENCE]


def documented(operation: Operation) -> dict[str, Any]:
    for entry in DOCUMENTED:
        if (entry["method"].upper(), entry["path"]) == (operation.method, operation.template):
            return entry
    raise AssertionError(f"not documented: {operation.method} {operation.template}")


def arguments_of(entry: dict[str, Any]) -> dict[str, inspect.Parameter]:
    snake = re.sub(r"(?<=[a-z0-9])([A-Z])|(?<=[A-Z])([A-Z])(?=[a-z])", r"_\1\2", entry["operationId"]).lower()
    group = re.sub(r"([A-Z])", r"_\1", entry["group"]).lower()
    module = importlib.import_module(f"tiktok_shop_api.generated.api.{group}.{snake}")
    return dict(inspect.signature(module._get_kwargs).parameters)


def model_in(annotation: Any) -> Any:
    """The model class in an annotation such as `list[X] | Unset`."""
    text = str(annotation)
    for name in re.findall(r"[A-Za-z_0-9]+", text):
        model = getattr(models, name, None)
        if model is not None and attrs.has(model):
            return model
    return None


def wire_name(name: str) -> str:
    return name.removesuffix("_")


def compare(model: Any, specs: typing.Mapping[str, Spec], where: str) -> None:
    known = {wire_name(f.name): f for f in attrs.fields(model) if f.name != "additional_properties"}
    assert set(specs) == set(known), where
    for name, spec in specs.items():
        required = known[name].default is attrs.NOTHING
        assert spec.required or not required, f"{where}.{name} is required"
        inner = spec.item if spec.kind == "list" and spec.item else spec
        if inner.kind == "object":
            compare(model_in(known[name].type), inner.fields, f"{where}.{name}")


@pytest.mark.parametrize("operation", TESTED, ids=lambda operation: f"{operation.method} {operation.template}")
def test_the_operation_is_as_documented(operation: Operation) -> None:
    entry = documented(operation)
    assert operation.cipher == entry["requiresShopCipher"]
    arguments = arguments_of(entry)
    body = arguments.pop("body", None)
    for name in re.findall(r"\{(\w+)\}", operation.template):
        arguments.pop(name)
    assert set(operation.query) == {wire_name(name) for name in arguments}
    for name, argument in arguments.items():
        if argument.default is inspect.Parameter.empty:
            assert operation.query[name].required, name
    assert (operation.body is None) == (body is None)
    if body is not None and operation.body is not None:
        compare(model_in(body.annotation), operation.body.fields, "body")

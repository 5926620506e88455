"""Settings as they travel: the same values, with addresses as URLs.

MessagePack cannot tell an address of one kind from one of another, since they are tuples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from msgspec import Struct

from harness.settings.run import Settings
from harness.values.address import parse_address
from harness.values.target import TargetSpec


def _mirror(of: type[Struct], **others: Any) -> Any:
    """A struct with the fields of ``of``, but for the types of ``others``."""
    fields: list[Any] = []
    for field in msgspec.structs.fields(of):
        kind = others.get(field.name, field.type)
        if field.required:
            fields.append((field.name, kind))
        else:
            factory = field.default_factory
            default = field.default if factory is msgspec.NODEFAULT else factory()
            fields.append((field.name, kind, default))
    return msgspec.defstruct(f"Sent{of.__name__}", fields, frozen=True)


if TYPE_CHECKING:
    Sent: TypeAlias = Settings
    SentTarget: TypeAlias = TargetSpec
else:
    SentTarget = _mirror(TargetSpec, connect=str | None)
    Sent = _mirror(Settings, target=SentTarget)


def sent(settings: Settings) -> Sent:
    """``settings`` for the way."""
    target = msgspec.structs.asdict(settings.target)
    target["connect"] = settings.target.connect and settings.target.connect.url
    return Sent(**{**msgspec.structs.asdict(settings), "target": SentTarget(**target)})


def received(settings: Sent) -> Settings:
    """The settings again.  Raises UsageProblem for what is no address."""
    target: dict[str, Any] = msgspec.structs.asdict(settings.target)
    if target["connect"] is not None:
        target["connect"] = parse_address(target["connect"])
    return Settings(**{**msgspec.structs.asdict(settings), "target": TargetSpec(**target)})

"""Case files: written, read again, and refused with the place when something is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from harness.errors import UsageProblem
from harness.fuzzer.case import CASE_VERSION, Case, Rate, corpus, dumps, load, loads, save, schema
from harness.values import plan as p
from harness.values.plan import Literal, Plan, Random, Script, Send
from harness.values.verdict import Breach, Finding, Kind, Profile
from tests.report.recorded import in_order

SCHEMA = Path(__file__).parents[2] / "docs" / "case.schema.json"

PLAN = Plan(
    (
        Script((p.Connect(4096), Send(Literal(b"\xff\xf4\0"), cuts=(1, 2)), p.Reset())),
        Script((p.Connect(), Send(Random(1, 1024)), p.HalfClose(), p.AwaitEnd()), after=(0,)),
    )
)
CASE = Case(
    profile=Profile.SEQUENTIAL,
    seed=7,
    found_after=40,
    findings=(Finding(kind=Kind.LOST, breach=Breach.SAFETY, message="2 bytes are missing"),),
    decides=("certain bytes",),
    rate=Rate(failed=7, of=10),
    plan=PLAN,
)


def changed(**fields: Any) -> bytes:
    """The case as JSON, with some fields at the top replaced."""
    return json.dumps({**json.loads(dumps(CASE)), **fields}).encode()


def test_a_case_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = save(CASE, tmp_path / "corpus")
    assert load(path) == CASE
    assert list(corpus(tmp_path / "corpus")) == [path]
    assert path.name.startswith("CASE-lost-")


def test_the_same_plan_has_the_same_name() -> None:
    """Found twice, it is one file."""
    assert msgspec.structs.replace(CASE, seed=8).name == CASE.name
    assert msgspec.structs.replace(CASE, plan=p.one(p.Connect())).name != CASE.name


def test_the_published_schema_is_up_to_date() -> None:
    """After a change: python -m tests.fuzzer.test_case"""
    assert in_order(json.loads(SCHEMA.read_bytes())) == in_order(json.loads(schema()))


def test_the_schema_accepts_a_case_and_refuses_a_damaged_one() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema()))
    validator.validate(json.loads(dumps(CASE)))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(json.loads(changed(profile="none")))


DAMAGED = {
    "not JSON": (b'{"tool": "echo-harness",\n  ?', "line 2, column"),
    "cut off": (dumps(CASE)[:200], "line "),
    "empty": (b"", "line 1"),
    "not ours": (b'{"name": "x"}', "not a case of echo-harness"),
    "a list": (b"[]", "not a case of echo-harness"),
    "another tool": (changed(tool="other"), "at $.tool: 'other'"),
    "newer": (changed(schema_version=CASE_VERSION + 1), "at $.schema_version: version 2 is newer"),
    "no version": (changed(schema_version="x"), "$.schema_version"),
    "not UTF-8": (dumps(CASE).replace(b"missing", b"m\xffssing"), "line 14, column 32: not UTF-8"),
    "not UTF-8, at the top": (
        dumps(CASE).replace(b"echo-harness", b"\xff", 1),
        "line 2, column 12: not UTF-8",
    ),
    "half a surrogate": (changed(created="\ud800"), "line 1, column "),
    "nested too deeply": (dumps(CASE)[:-3] + b',"x":' + b"[" * 100_000, "recursion"),
    "no such version": (changed(schema_version=0), "at $.schema_version"),
    "a huge version": (changed(schema_version=10**4000), "a number of some"),
    "a huge seed": (changed(seed=10**30), "at $.seed"),
    "failed more often than tried": (changed(rate={"failed": 2, "of": 1}), "at $.rate: it cannot"),
    "no clients": (changed(plan={"scripts": []}), "at $.plan.scripts: no client connects"),
    "a long line": (changed(profile="x" * 10**6), "at $.profile"),
    "bad profile": (changed(profile="none"), "at $.profile"),
    "bad step": (
        changed(plan={"scripts": [{"steps": [{"type": "connect"}, {"type": "jump"}]}]}),
        "at $.plan.scripts[0].steps[1]",
    ),
    "bad number": (
        changed(plan={"scripts": [{"steps": [{"type": "wait", "seconds": -1}]}]}),
        "at $.plan.scripts[0].steps[0].seconds",
    ),
    "huge payload": (
        changed(
            plan={
                "scripts": [
                    {
                        "steps": [
                            {"type": "send", "payload": {"type": "random", "seed": 1, "size": 1e15}}
                        ]
                    }
                ]
            }
        ),
        "at $.plan.scripts[0].steps[0].payload.size",
    ),
    "impossible": (
        changed(plan={"scripts": [{"steps": [{"type": "await-echo"}]}]}),
        "at $.plan.scripts[0].steps[0]: await-echo without an open connection",
    ),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_file_that_is_no_case_is_refused_with_the_place(name: str) -> None:
    text, place = DAMAGED[name]
    with pytest.raises(UsageProblem) as caught:
        loads(text, "CASE-x.json")
    assert caught.value.message.startswith("CASE-x.json: ")
    assert place in caught.value.message
    assert caught.value.advice
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500
    assert caught.value.exit_code == 2


def test_more_bytes_than_any_plan_needs_are_refused() -> None:
    """Before anything is allocated."""
    send = {"type": "send", "payload": {"type": "random", "seed": 1, "size": 2**28}}
    script = {"steps": [{"type": "connect"}, send]}
    with pytest.raises(UsageProblem, match="it sends"):
        loads(changed(plan={"scripts": [script] * 5}), "CASE-x.json")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="cannot be read"):
        load(tmp_path / "CASE-none.json")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageProblem, match="cannot be written"):
        save(CASE, tmp_path / "file")


if __name__ == "__main__":
    SCHEMA.write_bytes(schema())

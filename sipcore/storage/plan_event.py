"""The plan of a call in short, as an entry of its timeline: who would be rung, who not and why.

The plan is stored once, with its call; the entry is made of it when somebody reads the timeline.
"""

from collections.abc import Mapping
from typing import Any, Final

KIND: Final = "planned"


def planned(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The detail of the entry: `stages` in order, and `notes`.

    Plans of earlier versions may lack what was added later.
    """
    stages = plan.get("stages", ())
    return {
        "stages": [_stage(number, stage) for number, stage in enumerate(stages)],
        "notes": list(plan.get("notes", ())),
    }


def _stage(number: int, stage: Mapping[str, Any]) -> dict[str, Any]:
    # `number`, not `stage`: only what happens in a stage carries that.
    return {
        "number": number,
        "name": stage.get("name", ""),
        "timeout": stage.get("timeout"),
        "rings": [_target(target) for target in stage.get("targets", ())],
        "left_out": [
            {**_party(target), "reason": target.get("reason", "")}
            for target in stage.get("skipped", ())
        ],
    }


def _target(target: Mapping[str, Any]) -> dict[str, Any]:
    told = _party(target)
    if target.get("trunk"):
        told["trunk"] = target["trunk"]
    if target.get("delay"):
        told["delay"] = target["delay"]
    for name in ("wakes", "confirms"):
        if target.get(name):
            told[name] = True
    return told


def _party(target: Mapping[str, Any]) -> dict[str, Any]:
    party = target.get("party", {})
    return {name: party.get(name, "") for name in ("kind", "user", "display")}

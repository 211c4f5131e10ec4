"""What a fair's chances are made with, and what its answers would teach."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from api.web.schemas.base import Id, Model

_BELIEF: Any = {"scale": 0.9446, "shift": -0.0821, "to_sell": 0.9, "to_buy": 0.5, "to_join": 0.7}


class BeliefOut(Model):
    """What the chance that both accept is made with, beside the engine's scores."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BELIEF]})

    scale: float = Field(description="Of the log-odds of the engine's score.")
    shift: float = Field(description="Added to them.")
    to_sell: float = Field(description="How readily a firm accepts that is asked to sell, in [0, 1].")
    to_buy: float = Field(description="… that is asked to buy.")
    to_join: float = Field(description="… that is asked to be a partner.")


class BinOut(Model):
    """Answers whose chance of a yes was said to be alike."""

    low: float
    high: float
    count: int
    said: float = Field(description="Mean chance.")
    found: float = Field(description="Share that said yes.")


class ReliabilityOut(Model):
    """How far chances can be trusted."""

    brier: float = Field(description="Mean squared distance of chance and answer; 0 is best.")
    error: float = Field(description="Calibration error; 0 is best.")
    bins: list[BinOut]


class LessonOut(Model):
    """What the answers of some fairs would teach a fair."""

    fairs: list[str] = Field(description="Learned from.")
    applied: int = Field(description="How often something was learned and not taken back.")
    usual: BeliefOut = Field(description="What comes with the project; learning always starts there.")
    in_force: BeliefOut
    learnt: BeliefOut
    answers: int
    yes: int
    firms: int
    left_out: dict[str, int] = Field(
        description="`silent`: has not said; `unlisted`: not proposed for its chance; `own_wish`: asked for it itself; "
        "`gone`: the need behind it is gone."
    )
    enough: bool = Field(description="Whether there are answers enough to put it in force.")
    better: bool = Field(description="Whether it comes nearer to the answers of firms it was not learned from.")
    before: ReliabilityOut = Field(description="Of the usual chances.")
    after: ReliabilityOut = Field(description="Of what is learned without the firms asked, in turn.")


class LearnIn(Model):
    """Which fairs to learn from."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"of": []}]})

    of: list[Id] = Field(default_factory=list, max_length=20, description="The fair itself where none is named.")

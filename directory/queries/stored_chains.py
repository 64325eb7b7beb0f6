"""Chains out of the database, read so that nothing stored can keep a site from loading."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, String, select, type_coerce

from directory.chain import SINGLE, ChainMember, ChainStage, OwnChain, read_chain
from directory.kinds import ChainGuards
from directory.model import Chain
from directory.queries.dial import DialAccount
from directory.queries.stored_ringing import from_json

stored_chains: Select[*tuple[Any, ...]] = select(
    Chain.site_id, Chain.name, type_coerce(Chain.stages, String), type_coerce(Chain.guards, String)
)
"""Site, name, stages and guards of chains, as the database holds them."""
of_chains: ColumnElement[int] = Chain.site_id.expression


def chain_of(
    name: str, stages: object, guards: object, accounts: Iterable[DialAccount]
) -> OwnChain:
    """The chain of such a row; members that name a person or an account get their users."""
    chain = read_chain(name, from_json(stages), guards != ChainGuards.LISTED.value)
    if not any(kind in SINGLE for stage in chain.stages for kind in stage.kinds):
        return chain
    held = tuple(accounts)
    return replace(chain, stages=tuple([_stage(stage, held) for stage in chain.stages]))


def _stage(stage: ChainStage, accounts: tuple[DialAccount, ...]) -> ChainStage:
    return replace(stage, members=tuple([_member(one, accounts) for one in stage.members]))


def _member(member: ChainMember, accounts: tuple[DialAccount, ...]) -> ChainMember:
    if member.kind == "account":
        users = [one.user for one in accounts if one.account_id == member.id]
    elif member.kind == "person":
        users = [one.user for one in accounts if one.person_id == member.id]
    else:
        return member
    return replace(member, users=tuple(users))

"""Operators in the database."""

from sqlalchemy import delete, func, select

from directory.kinds import Role
from directory.model import Operator, OperatorSite, Site, Token
from directory.service import operators, tokens
from directory.unit import Directory
from tests.support.directories import ROOT, Estate


async def test_tokens_and_assignments_go_with_their_operator(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        operator = await operators.create(
            unit, name="pm", role=Role.PROPERTY_MANAGER, site_ids=[estate.site]
        )
        await tokens.create(unit, operator_id=operator.id)

    async with directory.database.begin_write() as connection, connection.begin():
        await connection.execute(delete(Operator).where(Operator.id == operator.id))

    async with directory.database.connect() as connection:
        for column in (Token.operator_id, OperatorSite.operator_id):
            assert (await connection.execute(select(func.count(column)))).scalar_one() == 0


async def test_an_assignment_goes_with_its_site(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        operator = await operators.create(
            unit, name="pm", role=Role.PROPERTY_MANAGER, site_ids=[estate.site, estate.office]
        )

    async with directory.database.begin_write() as connection, connection.begin():
        await connection.execute(delete(Site).where(Site.id == estate.site))

    async with directory.reading(ROOT) as unit:
        assert await operators.sites_of(unit, operator.id) == {estate.office}

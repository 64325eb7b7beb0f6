"""`/models`: the vendors and models whose files this server can make."""

from admin_api.operation import ApiRequest, Reply, reads
from admin_api.schemas.base import NoBody, NoQuery, Out
from directory.kinds import DOORS, DeviceType
from provisioning.catalogue import Catalogue
from provisioning.catalogue import Model as CatalogueModel


class Model(Out):
    """A model as devices name it."""

    vendor: str
    model: str
    types: tuple[DeviceType, ...]


class Models(Out):
    """Every model, by vendor and name. Letters behind a name are variants of it: R29C."""

    items: tuple[Model, ...]


async def list_models(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """What the catalogue holds now."""
    return Reply(Models(items=tuple(_shown(one) for one in request.services.catalogue().listing())))


def why_no_files(catalogue: Catalogue, vendor: str, model: str) -> str | None:
    """Sentence for an operator when no files can be made for that model; None when they can."""
    if catalogue.model(vendor, model) is not None:
        return None
    known: dict[str, list[str]] = {}
    for one in catalogue.listing():
        known.setdefault(one.vendor, []).append(one.name)
    names = "; ".join(f"{vendor}: {', '.join(models)}" for vendor, models in known.items())
    return f"no files can be made for this vendor and model; known are {names}"


def _shown(model: CatalogueModel) -> Model:
    """What has no relay is a monitor."""
    types = tuple(kind for kind in DeviceType if kind in DOORS)
    return Model(
        vendor=model.vendor,
        model=model.name,
        types=types if model.relays else (DeviceType.INDOOR_MONITOR,),
    )


OPERATIONS = (
    reads(
        "list_models",
        "/models",
        "Vendors and models whose files can be made",
        list_models,
        query=NoQuery,
        out=Models,
    ),
)

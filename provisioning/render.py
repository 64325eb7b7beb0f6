"""Templates to bytes: strict, sanitised, and the same bytes for the same profile.

An undefined name is an error, not an empty value; every value written passes the sanitiser of its
format (`provisioning/values.py`) without the template asking; XML is escaped besides. The format
follows from the template's name: `….cfg.j2` is `key = value` lines, `….xml.j2` is XML.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import jinja2

from directory.autop_key import folded
from provisioning.catalogue import Catalogue, Model, Vendor
from provisioning.profile import Profile, ServerAddress
from provisioning.values import (
    UnfitValue,
    cfg_value,
    dialled,
    exact,
    label,
    one_line,
    xml_value,
)

_LINES = ".cfg.j2"
_XML = ".xml.j2"


class RenderError(Exception):
    """A file cannot be made; the text names the template and never a value."""


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A file as it goes to the device."""

    body: bytes = field(repr=False)
    content_type: str
    etag: str
    """Strong: a hash of the bytes, in quotes (RFC 9110 §8.8.3)."""


def rendered(body: bytes, content_type: str) -> RenderedFile:
    """Bytes with their ETag."""
    return RenderedFile(body, content_type, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


class Renderer:
    """All templates of a catalogue, compiled once; RenderError names one that does not compile."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._templates: dict[tuple[str, str], jinja2.Template] = {}
        for vendor in catalogue.vendors.values():
            self._compile(vendor)

    def _compile(self, vendor: Vendor) -> None:
        """Compile what the vendor's models name; RenderError for one that is missing or wrong."""
        wanted = {
            name
            for model in vendor.models.values()
            for name in (model.template, model.common_template, model.contacts_template)
            if name is not None
        }
        for name in sorted(wanted):
            environment = _environment(vendor, name)
            try:
                self._templates[vendor.name, name] = environment.get_template(name)
            except jinja2.TemplateError as error:
                raise RenderError(f"{vendor.folder / 'templates' / name}: {error}") from error

    def device_file(self, profile: Profile, model: Model, server: ServerAddress) -> RenderedFile:
        """The file of this very device; holds secrets."""
        text = self._fill(model.vendor, model.template, profile=profile, server=server, model=model)
        if model.template.endswith(_LINES):
            extra = {command.key: command.value for command in profile.commands}
            text = one_line_per_key(text, extra)
        return rendered(text.encode(), model.content_type)

    def common_file(self, model: Model, server: ServerAddress) -> RenderedFile | None:
        """The file every device of the model shares; holds no secret. None when there is none."""
        if model.common_template is None:
            return None
        text = self._fill(model.vendor, model.common_template, server=server, model=model)
        return rendered(text.encode(), model.content_type)

    def contacts_file(self, profile: Profile, model: Model) -> RenderedFile | None:
        """The contact list; None when the model shows none."""
        if model.contacts_template is None:
            return None
        text = self._fill(model.vendor, model.contacts_template, profile=profile)
        return rendered(text.encode(), model.contacts_type)

    def _fill(self, vendor: str, name: str, **context: object) -> str:
        try:
            return self._templates[vendor, name].render(context)
        except (jinja2.TemplateError, UnfitValue, TypeError) as error:
            # The text of an UndefinedError names what is missing, never a value.
            raise RenderError(f"{vendor}/{name}: {error}") from error


def one_line_per_key(text: str, extra: Mapping[str, str]) -> str:
    """`key = value` lines in which an extra line takes the place of the one with the same key.

    Keys compare without case, as the vendors themselves spell them both ways.
    New keys follow at the end.
    """
    if not extra:
        return text
    waiting = {folded(key): (key, value) for key, value in extra.items()}
    lines: list[str] = []
    for line in text.splitlines():
        key = "" if line.startswith("#") else folded(line.partition("=")[0].strip())
        lines.append(_line(*waiting.pop(key)) if key in waiting else line)
    lines += [_line(key, value) for key, value in waiting.values()]
    return "\n".join(lines) + "\n"


def _line(key: str, value: str) -> str:
    """One line an operator entered; the profile has checked the key."""
    return f"{key} = {cfg_value(value)}".rstrip(" ")


def _environment(vendor: Vendor, template: str) -> jinja2.Environment:
    if template.endswith(_LINES):
        write: Callable[[object], str] = cfg_value
    elif template.endswith(_XML):
        write = xml_value
    else:
        raise RenderError(f"{vendor.name}/{template}: not named …{_LINES} or …{_XML}")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(vendor.folder / "templates", encoding="utf-8"),
        undefined=jinja2.StrictUndefined,
        autoescape=template.endswith(_XML),
        finalize=_finalizer(write),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters.update(label=label, exact=exact, dialled=dialled, one_line=one_line)
    return environment


def _finalizer(write: Callable[[object], str]) -> Callable[[object], str]:
    def finalize(value: object) -> str:
        # str() of an undefined name raises the engine's own error, which says the name.
        return str(value) if isinstance(value, jinja2.Undefined) else write(value)

    return finalize

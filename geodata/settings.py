"""Typed settings of the whole program, read from `STANDPLAATS_*`; nothing else reads the environment.

`docs/settings.md` is written from the descriptions of the fields.
"""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from geodata.base_maps import OFFERED, BaseMap, base_maps

Language = Literal["nl", "fr", "de", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "fr", "de", "en")

REAL_DATABASE = "standplaats"
DEMO_DATABASE = "standplaats_demo"

_ORIGIN = re.compile(r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$")


def _default_home() -> Path:
    """Data folder when nothing is set: the user's data directory, or /var/lib for root.

    Root gets a system folder because its cluster runs under an unprivileged account that cannot enter
    root's home directory.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/standplaats")
    return Path(platformdirs.user_data_dir("standplaats", appauthor=False))


class Settings(BaseSettings):
    """Settings with their defaults; an environment variable `STANDPLAATS_<FIELD>` overrides each."""

    model_config = SettingsConfigDict(env_prefix="STANDPLAATS_", extra="ignore")

    database_url: str | None = Field(None, description="A PostGIS database; empty = private cluster.")
    home: Path = Field(
        default_factory=_default_home,
        description="Folder of the private cluster and caches; as root /var/lib/standplaats.",
    )
    demo: bool = Field(False, description="Use the demo database instead of the real one.")
    host: str = Field("127.0.0.1", description="Address the service listens on.")
    port: int = Field(8710, ge=0, le=65535, description="Port the service listens on; 0 picks a free one.")
    workers: int = Field(1, ge=1, le=64, description="Processes that answer requests.")
    root_path: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="Path under which a proxy shows the service, such as `/standplaats`.",
    )
    trusted_proxies: str = Field(
        "", description="Addresses and networks, separated by commas, whose forwarded headers are believed."
    )
    login_header: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9-]+$",
        description="Header in which a trusted proxy names the user it has let in; without it, the anonymous view.",
    )
    cors_origins: str = Field(
        "",
        description="Origins, separated by commas, whose pages may ask the service from a browser; `*` = all; empty = none.",
    )
    metrics: Literal["local", "all", "off"] = Field(
        "local",
        description="Who may read `/metrics`: local (this machine and its private network, not through a proxy), all, off.",
    )
    shutdown_seconds: float = Field(
        20.0, ge=1, description="Seconds that requests have to end when the service is stopped."
    )
    connections: int = Field(8, ge=1, description="Connections of one worker for handlers in threads.")
    async_connections: int = Field(4, ge=1, description="Connections of one worker for tiles and health.")
    connection_wait: float = Field(10.0, gt=0, description="Seconds a request waits for a connection.")
    statement_timeout: float = Field(30.0, gt=0, description="Seconds one statement of the service may take at most.")
    budget_tile: int = Field(3_000, ge=1, description="Milliseconds a statement may take for a tile.")
    budget_list: int = Field(10_000, ge=1, description="Milliseconds a statement may take for a list.")
    budget_detail: int = Field(10_000, ge=1, description="Milliseconds a statement may take for a single thing.")
    budget_compute: int = Field(
        30_000,
        ge=1,
        description="Milliseconds a statement may take where an answer is reckoned: weights, layouts, areas, groups.",
    )
    budget_export: int = Field(30_000, ge=1, description="Milliseconds a statement may take for a file or a document.")
    idle_transaction_timeout: float = Field(
        60.0, gt=0, description="Seconds a connection may hold a transaction without asking anything."
    )
    secret: SecretStr | None = Field(
        None,
        min_length=16,
        description="Key that signs page tokens, one for all machines behind an address; empty = a file of the data folder.",
    )
    lang: Language = Field("en", description="Language of texts on the command line: nl, fr, de, en.")
    publisher: str = Field(
        "Standplaats", min_length=1, description="Who runs this service; named on the page, in `/ogc` and in `/dcat`."
    )
    contact: str | None = Field(
        None,
        description="Mail address or page named in `/dcat` and in the accessibility statement; empty = none.",
        pattern=r"^[^\s<>\"{}|\\^`]+$",
    )
    data_root: Path | None = Field(None, description="Folder with real sample files for the tests.")
    sources_base_url: str | None = Field(
        None, description="A mirror that stands in for all sources: `https://HOST/PATH` is asked as `BASE/HOST/PATH`."
    )
    sources_rate: float = Field(5.0, gt=0, description="Requests per second to one host.")
    sources_timeout: float = Field(30.0, gt=0, description="Seconds to wait for an answer of a source.")
    sources_budget: float = Field(
        1800.0, gt=0, description="Seconds one run of fetching may take; what is left over is fetched by the next."
    )
    sources_ca: Path | None = Field(None, description="File of certificates to trust beside those of the system.")
    sources_proxy: str | None = Field(
        None, description="Proxy for requests to sources; empty = `HTTPS_PROXY` and `NO_PROXY` of the environment."
    )

    base_maps: str = Field(
        "",
        description="Base maps that the page may offer, separated by blanks, each `NAME=ADDRESS`; empty = none, and no other "
        f"host is ever asked. Names: {', '.join(OFFERED)}.",
    )

    @field_validator("base_maps")
    @classmethod
    def _base_maps(cls, text: str) -> str:
        base_maps(text)
        return text

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, text: str) -> str:
        for one in text.replace(",", " ").split():
            ipaddress.ip_network(one, strict=False)
        return text

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, text: str) -> str:
        for one in text.replace(",", " ").split():
            if one != "*" and not _ORIGIN.match(one):
                raise ValueError(f"{one} is no origin; one looks like https://maps.example.org")
        return text

    @property
    def cors_allowed(self) -> list[str]:
        """Origins whose pages may ask; none by default."""
        return self.cors_origins.replace(",", " ").split()

    @property
    def offered_base_maps(self) -> tuple[BaseMap, ...]:
        """Base maps of others that the page offers."""
        return base_maps(self.base_maps)

    @property
    def proxy_networks(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """Networks of the trusted proxies."""
        return tuple(ipaddress.ip_network(one, strict=False) for one in self.trusted_proxies.replace(",", " ").split())

    @property
    def sources_folder(self) -> Path:
        """Folder of what was fetched: raw files, and a record of each source."""
        return self.home / "sources"

    @property
    def prepared_folder(self) -> Path:
        """Folder of layers prepared for measuring; safe to delete."""
        return self.home / "prepared" / self.database

    @property
    def database(self) -> str:
        """Name of the selected database in the private cluster."""
        return DEMO_DATABASE if self.demo else REAL_DATABASE

"""Whole programs that sign somebody in, filled with a client's own id and addresses."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from urllib.parse import urlsplit

from sala.identity.provider import rules
from sala.identity.provider.clients import Party


@dataclass(frozen=True, slots=True)
class Program:
    """A program in one programming language. `install` and `run` are typed into a shell."""

    slug: str
    title: str
    file: str
    install: str
    run: str


_CSHARP = "dotnet new web && dotnet add package Microsoft.AspNetCore.Authentication.OpenIdConnect"
_NPM = "npm install openid-client@6"
_PHP = "apt install php-cli php-curl"
_PAGE_RUN = "npx vite --host @HOST@ --port @PORT@"
_JAVA = "apt install default-jdk-headless libjackson2-databind-java"
_JAVA_RUN = "java -cp '/usr/share/java/*' SignIn.java"
_ALL = (
    Program("python", "Python (Authlib)", "sign_in.py", "pip install authlib joserfc requests", "python sign_in.py"),
    Program("javascript", "JavaScript (openid-client)", "sign_in.mjs", _NPM, "node sign_in.mjs"),
    Program("php", "PHP", "index.php", _PHP, "php -S @HOST@:@PORT@ index.php"),
    Program("csharp", "C# (ASP.NET Core)", "Program.cs", _CSHARP, "dotnet run"),
    Program("java", "Java", "SignIn.java", _JAVA, _JAVA_RUN),
)
PROGRAMS = {one.slug: one for one in _ALL}
"""For a server of one's own."""
PAGES = {
    "page": Program("page", "JavaScript (oidc-client-ts)", "index.html", "npm install oidc-client-ts@3 vite", _PAGE_RUN)
}
"""For what runs in the browser alone."""


def programs(client: Party) -> dict[str, Program]:
    """What a client of this kind may begin with."""
    return PAGES if client.public else PROGRAMS


def filled(program: Program, *, client: Party, issuer: str) -> tuple[str, str]:
    """The program's text, and how to run it. Addresses have no quotes (they were checked), and may stand in strings."""
    text = (resources.files("sala.identity.console") / "code" / f"{program.slug}.txt").read_text(encoding="utf-8")
    uri = _address(client.redirect_uris)
    values = {
        "@ISSUER@": issuer,
        "@CLIENT_ID@": client.id,
        "@REDIRECT_URI@": uri,
        "@PATH@": urlsplit(uri).path or "/",
        "@HOST@": urlsplit(uri).hostname or "",
        "@PORT@": str(urlsplit(uri).port or 8000),
        "@SCOPES@": " ".join(["openid", *_few(client)]),
    }
    run = program.run
    for name, value in values.items():
        text, run = text.replace(name, value), run.replace(name, value)
    return text, run


def home(client: Party) -> str:
    """Where the program begins a sign-in: the root of its host."""
    return f"{rules.origin_of(_address(client.redirect_uris))}/"


def _address(uris: tuple[str, ...]) -> str:
    """An address of the programmer's own machine if there is one: that is where the program runs first."""
    own = [uri for uri in uris if urlsplit(uri).hostname in {"127.0.0.1", "localhost"}]
    return (own or list(uris))[0]


def _few(client: Party) -> list[str]:
    """A sandbox may ask everything; a program to begin with asks little."""
    few = [scope for scope in ("given_name", "family_name") if scope in client.scopes]
    return few if client.sandbox and few else list(client.scopes)

"""What the API answers, before it is any server's response: Django's own costs as much as a whole look-up."""

from __future__ import annotations

from django.http import HttpResponse


class Answer:
    """Status, headers and the whole content. Its attributes are named as those of a Django response."""

    __slots__ = ("content", "headers", "status_code")

    def __init__(self, content: bytes = b"", *, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.content = content
        self.status_code = status
        self.headers = headers or {}

    @classmethod
    def of(cls, response: Answer | HttpResponse) -> Answer:
        """The same said by a Django response."""
        if isinstance(response, Answer):
            return response
        return cls(response.content, status=response.status_code, headers=dict(response.items()))

    def response(self) -> HttpResponse:
        """As a Django response."""
        found = HttpResponse(self.content, status=self.status_code)
        del found.headers["Content-Type"]
        for name, value in self.headers.items():
            found.headers[name] = value
        return found

"""Numbers that people read out, and secrets that machines keep."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sala.kit import ids


def complete(prefix: str, body: str) -> str:
    """The reference with its check character, of which there is one alone."""
    (found,) = [r for c in ids.ALPHABET if (r := f"{prefix}-{body}-{c}") == ids.normal_reference(r)]
    return found


references = st.builds(complete, st.sampled_from(["TM47", "PRM", "A9"]), st.text(ids.ALPHABET, min_size=8, max_size=8))


def test_a_new_reference_is_whole() -> None:
    for _ in range(100):
        reference = ids.new_reference("TM47")
        assert ids.normal_reference(reference) == reference


@given(references)
def test_a_reference_is_read_however_it_is_typed(reference: str) -> None:
    prefix, body, check = reference.split("-")
    assert ids.normal_reference(f" {prefix.lower()} {body.lower()}{check.lower()} ") == reference
    confused = body.replace("1", "I").replace("0", "O")
    assert ids.normal_reference(f"{prefix}-{confused}-{check}") == reference


@given(references, st.integers(0, 8), st.sampled_from(ids.ALPHABET))
def test_every_wrong_character_is_found(reference: str, at: int, other: str) -> None:
    prefix, body, check = reference.split("-")
    wrong = body + check
    wrong = f"{wrong[:at]}{other}{wrong[at + 1 :]}"
    found = ids.normal_reference(f"{prefix}-{wrong}")
    assert found == (reference if wrong == body + check else None)


@given(references, st.integers(0, 8), st.integers(0, 8))
def test_every_swap_is_found(reference: str, one: int, two: int) -> None:
    prefix, body, check = reference.split("-")
    characters = list(body + check)
    characters[one], characters[two] = characters[two], characters[one]
    swapped = "".join(characters)
    assert ids.normal_reference(f"{prefix}-{swapped}") == (reference if swapped == body + check else None)


def test_references_use_every_character_and_do_not_repeat() -> None:
    made = {ids.new_reference("T") for _ in range(2000)}
    assert len(made) == 2000
    for position in range(8):
        assert {reference[2 + position] for reference in made} == set(ids.ALPHABET)


@given(st.text(max_size=40))
def test_any_text_is_judged(text: str) -> None:
    assert ids.normal_reference(text) is None or ids.normal_reference(text).count("-") == 2  # type: ignore[union-attr]


def test_tokens_are_stored_as_hashes_and_derived_secrets_hang_on_their_purpose() -> None:
    assert len(ids.hash_token(ids.new_token())) == 32
    assert ids.keyed_digest("a", "x") == ids.keyed_digest("a", "x")
    assert ids.keyed_digest("a", "x") != ids.keyed_digest("b", "x")


def test_row_keys_are_in_order_of_time() -> None:
    made = [ids.uuid7() for _ in range(1000)]
    assert made == sorted(made)
    assert {key.version for key in made} == {7}

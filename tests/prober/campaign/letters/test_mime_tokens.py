"""Tokens: from the secret of a campaign and the agency, each once; secrets are never the same."""

from prober.campaign.letters.mime import ALPHABET, LENGTH, new_secret, token


def test_tokens_depend_on_secret_campaign_and_agency_and_do_not_collide() -> None:
    secrets = [new_secret() for _ in range(2)]
    many = {token(secret, campaign, f"a{n}") for secret in secrets for campaign in ("x", "y") for n in range(5_000)}
    assert len(many) == 20_000
    assert token(secrets[0], "ab", "c") != token(secrets[0], "a", "bc")


def test_a_token_has_eighty_bits() -> None:
    assert len(set(ALPHABET)) == 32
    assert LENGTH * 5 == 80
    assert len(token(new_secret(), "w", "a")) == LENGTH


def test_a_secret_is_new_each_time() -> None:
    assert len({new_secret() for _ in range(1000)}) == 1000

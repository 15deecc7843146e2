"""Tokens: drawn from seed, campaign and agency, each once."""

from prober.campaign.letters.tokens import token


def test_tokens_depend_on_seed_campaign_and_agency_and_do_not_collide() -> None:
    many = {token(seed, campaign, f"a{n}") for seed in (1, 2) for campaign in ("x", "y") for n in range(5_000)}
    assert len(many) == 20_000
    assert token(1, "ab", "c") != token(1, "a", "bc")

"""Write the pre-registration of a campaign: what was decided before the first letter."""

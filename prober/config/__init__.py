"""Read prober.toml and the environment into one frozen value."""

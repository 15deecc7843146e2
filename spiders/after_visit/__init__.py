"""What a visit asks for when its verdicts are settled: a sample of the questions, named addresses, measures. Pure."""

"""Twelve English-language councils: their sites, how their offices answer, and the truth about both."""

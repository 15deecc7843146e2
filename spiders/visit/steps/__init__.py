"""The steps of the search protocol (prober.domain.search_protocol), one class each, in the order of `walk`."""

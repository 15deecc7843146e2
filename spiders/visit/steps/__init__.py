"""The steps of the search protocol (prober.domain.protocol), one class each; spiders.visit.walk has their order."""

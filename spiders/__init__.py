"""Scrapy spiders that crawl the portals of the registry and detect what a citizen would find."""

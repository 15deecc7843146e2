"""Crawl the portals of the registry with Scrapy, and detect what a citizen would find there."""

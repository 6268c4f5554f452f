"""Downloader middlewares. They reach what the process shares through `crawler.spider.visit`."""

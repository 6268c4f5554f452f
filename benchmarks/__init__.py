"""Commands that print ratios against a named baseline of the same run; never timed tests."""

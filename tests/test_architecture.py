"""Who may import whom: the contracts in pyproject.toml."""

from importlinter import cli


def test_import_rules_are_kept():
    assert cli.lint_imports(is_debug_mode=False, cache_dir=None) == cli.EXIT_STATUS_SUCCESS

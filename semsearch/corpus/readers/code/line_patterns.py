"""Patterns of lines that begin a definition, by document type; the last matching group is the symbol's name.

For languages without a grammar in `grammars`, and for files that are not parsed: generated ones, and all files when
tree-sitter is not installed.
"""

from __future__ import annotations

import re

__all__ = ["DEFINITIONS", "STATEMENTS"]

_MODIFIERS = (
    "public|private|protected|internal|static|final|abstract|sealed|open|override|data|partial|export|default|async|"
    "virtual|readonly|case|inline|suspend|fileprivate|mutating|implicit|synchronized|native|unsafe|extern|constexpr|"
    "required|convenience|indirect|tailrec|operator|infix|annotation|inner|value|declare"
)
_TYPES = "class|interface|enum|record|struct|trait|object|namespace|protocol|extension|module|type"

_CLASSES = rf"\s*(?:(?:{_MODIFIERS})\s+)*(?:(?:{_TYPES})\s+(?:class\s+)?([A-Za-z_]\w*)"
_METHOD = rf"|(?:(?:{_MODIFIERS})\s+)+(?:[\w<>\[\],.?&*]+\s+)?([A-Za-z_]\w*)\s*\()"
_FUNCTION = (
    r"|(?:fun|func|function|def|sub|fn|init|macro)\s+(?:<[^>]*>\s*)?(?:[\w.]+\.)?([A-Za-z_]\w*[?!]?)|(\binit)\s*\()"
)

_C_NOT = r"(?!(?:if|else|for|while|switch|return|do|case|typedef|using|extern|goto|delete|throw|new)\b)"

_PATTERNS = {
    "py pyi": r"\s*(?:async\s+)?(?:def|class)\s+(\w+)",
    "js jsx mjs cjs ts tsx mts cts vue svelte": (
        r"\s*(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?"
        r"(?:(?:function\s*\*?|class|interface|enum|namespace|type)\s+([A-Za-z_$][\w$]*)"
        r"|(?:const|let|var)\s+([\w$]+)\s*(?::[^=]+)?=\s*(?:async\s*)?(?:function\b|\([^()]*\)\s*(?::[^=]+)?=>|[\w$]+\s*=>))"
    ),
    "go": r"func\s+(?:\([^)]*\)\s*)?(\w+)|type\s+(\w+)\s",
    "rs": (
        r"\s*(?:pub(?:\([^)]*\))?\s+)?(?:(?:default|const|async|unsafe|extern(?:\s+\"[^\"]*\")?)\s+)*"
        r"(?:(?:fn|struct|enum|trait|mod|union|macro_rules!)\s+(\w+)|impl\b(?:<[^>]*>)?\s*([^{]+))"
    ),
    "java cs groovy": _CLASSES + _METHOD,
    "dart": (
        r"(?:(?:abstract|base|final|interface|sealed|mixin)\s+)*(?:class|enum|extension(?:\s+type)?|mixin|typedef)\s+(\w+)"
        rf"|(?:  )?{_C_NOT}(?:\w[\w<>?,. \[\]()]*\s)?(\w+(?:\.\w+)?)\s*(?:<[^>]*>)?\("
        r"(?=.*\)\s*(?:a?sync\*?\s*)?(?:\{|=>))|  (?:const\s+|factory\s+)?([A-Z]\w*(?:\.\w+)?)\(\{?\s*$"
        r"|(?:  )?[\w<>?,. ]*\bget\s+(\w+)\s*(?:=>|\{|async)"
    ),
    "kt kts scala sc swift php": _CLASSES + _FUNCTION,
    "rb rake ex exs cr": r"\s*(?:def|defp|defmodule|defmacro|class|module)\s+(?:self\.)?([\w.:]+[?!=]?)",
    "jl": r"\s*(?:function|macro|struct|mutable\s+struct|module|abstract\s+type)\s+([\w.!]+)",
    "lua": r"\s*(?:local\s+)?function\s+([\w.:]+)",
    "pl pm": r"\s*(?:sub|package)\s+([\w:]+)",
    "r": r"\s*([\w.]+)\s*(?:<-|=)\s*function\b",
    "sh bash zsh fish ksh": r"\s*(?:function\s+([\w.:-]+)|([\w.:-]+)\s*\(\))",
    "ps1 psm1": r"\s*(?i:function|class|filter)\s+([\w:-]+)",
    "c h cc cpp cxx hh hpp hxx cu cuh m mm ino": (
        r"(?:template\s*<[^>]*>\s*)?(?:(?:typedef\s+)?(?:struct|class|enum(?:\s+class)?|union|namespace)\s+(\w+)[^;]*$"
        rf"|{_C_NOT}(?:[A-Za-z_][\w:<>,*&~ \t]*?[\s*&])?([\w:~]+)\s*\([^;]*$)"
    ),
    "sql": (
        r"\s*(?i:create)\s+(?:(?i:or\s+replace|temp|temporary|unique|materialized)\s+)*"
        r"(?i:table|view|function|procedure|trigger|index|type)\s+(?:(?i:if\s+not\s+exists)\s+)?([\w.\"`]+)"
    ),
    "proto thrift": r"\s*(?:message|service|enum|struct|rpc)\s+(\w+)",
    "tf hcl": r"(?:resource|data|module|variable|output|provider|locals)\s+(\"[^{]*\")",
    "clj cljs lisp el scm": r"\s*\((?:def\w*|define)\s+\(?([^\s()]+)",
    "css scss less": r"",
    "hs ml mli fs fsx erl zig nim d v vb pas asm s vhd sv f90 f95 gradle cmake nix graphql": r"",
}

DEFINITIONS: dict[str, re.Pattern[str] | None] = {
    suffix: re.compile(pattern) if pattern else None
    for suffixes, pattern in _PATTERNS.items()
    for suffix in suffixes.split()
}

STATEMENTS: dict[str, re.Pattern[str]] = {
    "sql": re.compile(r"(?i:alter|comment|commit|delimiter|drop|go|grant|insert\s+into|use)\b"),
}
"""{document type: pattern of lines outside definitions}, where indentation does not show it."""

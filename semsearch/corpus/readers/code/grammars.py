"""Tree-sitter grammars, and the queries that find the definitions of each language.

Captures: `@def` is a definition with its decorators, `@name` its name and `@of` the owner of the name; `@open` is a
definition without an end of its own; `@lead` belongs to the definition right below; `@title` is the file's docstring.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GRAMMARS", "Grammar"]


@dataclass(frozen=True, slots=True)
class Grammar:
    """A grammar: its package, the function there that returns it, and the query."""

    package: str
    query: str
    function: str = "language"
    clauses: bool = False
    """Whether a function may be written as several consecutive clauses."""


def _named(*types: str) -> str:
    """Return the patterns of definitions whose name is a field."""
    return "\n".join(f"({kind} name: (_) @name) @def" for kind in types)


_PYTHON = f"""
[(comment) (decorator)] @lead
{_named("class_definition", "function_definition")}
(decorated_definition definition: (_ name: (_) @name)) @def
(module . (comment)* . (expression_statement (string (string_content) @title)))
"""

_FUNCTIONS = "[(arrow_function) (function_expression) (generator_function) (class)]"
_JAVASCRIPT = f"""
[(comment) (decorator)] @lead
{_named("function_declaration", "generator_function_declaration", "class_declaration", "method_definition")}
(export_statement declaration: (_ name: (_) @name)) @def
(lexical_declaration (variable_declarator name: (identifier) @name value: {_FUNCTIONS})) @def
(variable_declaration (variable_declarator name: (identifier) @name value: {_FUNCTIONS})) @def
(expression_statement (assignment_expression left: (member_expression) @name right: {_FUNCTIONS})) @def
(pair key: (property_identifier) @name value: (arrow_function body: (statement_block))) @def
(pair key: (property_identifier) @name value: (function_expression)) @def
"""
_TYPESCRIPT = f"""
{_named("abstract_class_declaration", "interface_declaration", "enum_declaration", "type_alias_declaration")}
{_named("internal_module", "module")}
(public_field_definition name: (_) @name value: {_FUNCTIONS}) @def
"""

_JAVA = f"""
[(line_comment) (block_comment)] @lead
{_named("class_declaration", "interface_declaration", "enum_declaration", "record_declaration")}
{_named("annotation_type_declaration", "method_declaration", "constructor_declaration")}
{_named("compact_constructor_declaration")}
"""

_C = """
(comment) @lead
(function_definition declarator: (_) @name) @def
(struct_specifier name: (_) @name body: (_)) @def
(union_specifier name: (_) @name body: (_)) @def
(enum_specifier name: (_) @name body: (_)) @def
(type_definition type: (_ body: (_)) declarator: (type_identifier) @name) @def
(preproc_function_def name: (_) @name) @def
"""
_CPP = f"""
(class_specifier name: (_) @name body: (_)) @def
{_named("namespace_definition", "concept_definition")}
(template_declaration (function_definition declarator: (_) @name)) @def
(template_declaration (class_specifier name: (_) @name body: (_))) @def
(template_declaration (struct_specifier name: (_) @name body: (_))) @def
"""

_C_SHARP = f"""
[(comment) (attribute_list)] @lead
{_named("namespace_declaration", "class_declaration", "interface_declaration", "struct_declaration")}
{_named("record_declaration", "enum_declaration", "delegate_declaration", "method_declaration")}
{_named("constructor_declaration", "local_function_statement")}
"""

_GO = """
(comment) @lead
(function_declaration name: (_) @name) @def
(method_declaration receiver: (parameter_list (parameter_declaration type: (_) @of)) name: (_) @name) @def
(type_spec name: (_) @name) @def
"""

_RUST = f"""
[(line_comment) (block_comment) (attribute_item)] @lead
{_named("function_item", "struct_item", "enum_item", "union_item", "trait_item", "macro_definition")}
(mod_item name: (_) @name body: (_)) @def
(impl_item trait: (_) @trait type: (_) @name) @def
(impl_item !trait type: (_) @name) @def
"""

_RUBY = f"""
(comment) @lead
{_named("method", "singleton_method", "class", "module")}
"""

_PHP = f"""
[(comment) (attribute_list)] @lead
{_named("function_definition", "method_declaration", "class_declaration", "interface_declaration")}
{_named("trait_declaration", "enum_declaration")}
(namespace_definition name: (_) @name body: (_)) @def
"""

_SWIFT = """
[(comment) (multiline_comment)] @lead
(class_declaration name: (_) @name) @def
(protocol_declaration name: (_) @name) @def
(function_declaration name: (simple_identifier) @name) @def
(init_declaration "init" @name) @def
(deinit_declaration "deinit" @name) @def
"""

_KOTLIN = f"""
[(line_comment) (block_comment)] @lead
{_named("class_declaration", "object_declaration", "function_declaration")}
(secondary_constructor "constructor" @name) @def
"""

_SCALA = f"""
[(comment) (block_comment)] @lead
{_named("class_definition", "object_definition", "trait_definition", "enum_definition", "function_definition")}
{_named("package_object", "given_definition")}
"""

_BASH = """
(comment) @lead
(function_definition name: (_) @name) @def
"""

_LUA = """
(comment) @lead
(function_declaration name: (_) @name) @def
(assignment_statement
  (variable_list . name: (_) @name) (expression_list . value: (function_definition))) @def
(variable_declaration (assignment_statement
  (variable_list . name: (_) @name) (expression_list . value: (function_definition)))) @def
"""

_HASKELL = """
[(comment) (haddock) (pragma)] @lead
(_ declaration: [(signature name: (_) @name) (function name: (_) @name) (bind name: (_) @name)] @def)
(declarations [
  (signature name: (_) @name) (function name: (_) @name) (bind name: (_) @name) (data_type name: (_) @name)
  (newtype name: (_) @name) (class name: (_) @name) (type_synonym name: (_) @name)
  (instance name: (_) @trait patterns: (_) @name)
] @def)
"""

_JULIA = """
[(line_comment) (block_comment)] @lead
(source_file (string_literal) @lead)
(module_definition (string_literal) @lead)
(module_definition name: (_) @name) @def
(function_definition (signature (_) @name)) @def
(macro_definition (signature (_) @name)) @def
(struct_definition (type_head (_) @name)) @def
(abstract_definition (type_head (_) @name)) @def
(assignment . (call_expression) @name) @def
(assignment . (where_expression) @name) @def
"""

_ELIXIR = """
(comment) @lead
((unary_operator operand: (call target: (identifier) @_word)) @lead
  (#any-of? @_word "doc" "typedoc" "spec" "impl" "deprecated"))
((call target: (identifier) @_word (arguments . (_) @name)) @def
  (#any-of? @_word "defmodule" "defprotocol" "defimpl" "def" "defp" "defmacro" "defmacrop" "defguard" "defdelegate"))
"""

_PERL = """
[(comment) (pod)] @lead
(subroutine_declaration_statement name: (_) @name) @def
(method_declaration_statement name: (_) @name) @def
(class_statement name: (_) @name (block)) @def
(package_statement name: (_) @name (block)) @def
(package_statement name: (_) @name . ";") @open
(class_statement name: (_) @name . ";") @open
"""

_JS = Grammar("tree_sitter_javascript", _JAVASCRIPT)
_TS = Grammar("tree_sitter_typescript", _JAVASCRIPT + _TYPESCRIPT, "language_typescript")
_TSX = Grammar("tree_sitter_typescript", _JAVASCRIPT + _TYPESCRIPT, "language_tsx")
_LANGUAGES = {
    "py pyi": Grammar("tree_sitter_python", _PYTHON),
    "js jsx mjs cjs": _JS,
    "ts mts cts": _TS,
    "tsx": _TSX,
    "java": Grammar("tree_sitter_java", _JAVA),
    "c": Grammar("tree_sitter_c", _C),
    "h cc cpp cxx hh hpp hxx ino": Grammar("tree_sitter_cpp", _C + _CPP),
    "cs": Grammar("tree_sitter_c_sharp", _C_SHARP),
    "go": Grammar("tree_sitter_go", _GO),
    "rs": Grammar("tree_sitter_rust", _RUST),
    "rb rake": Grammar("tree_sitter_ruby", _RUBY),
    "php": Grammar("tree_sitter_php", _PHP, "language_php"),
    "swift": Grammar("tree_sitter_swift", _SWIFT),
    "kt kts": Grammar("tree_sitter_kotlin", _KOTLIN),
    "scala sc": Grammar("tree_sitter_scala", _SCALA),
    "sh bash ksh": Grammar("tree_sitter_bash", _BASH),
    "lua": Grammar("tree_sitter_lua", _LUA),
    "hs": Grammar("tree_sitter_haskell", _HASKELL, clauses=True),
    "jl": Grammar("tree_sitter_julia", _JULIA, clauses=True),
    "ex exs": Grammar("tree_sitter_elixir", _ELIXIR, clauses=True),
    "pl pm": Grammar("tree_sitter_perl", _PERL),
}
GRAMMARS = {suffix: grammar for suffixes, grammar in _LANGUAGES.items() for suffix in suffixes.split()}
"""{document type: its grammar}; all other types are examined line by line."""

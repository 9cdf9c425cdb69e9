"""LaTeX commands in texts: the characters they stand for, and how many arguments are not text."""

from __future__ import annotations

import unicodedata

__all__ = ["ACCENTS", "DROPPED", "KEYS", "SECTIONS", "SYMBOLS", "accented"]

_SECTIONS = "part chapter section subsection subsubsection paragraph subparagraph"
_KEYS = (
    "cite citep citet citealp citeauthor citeyear parencite textcite autocite footcite ref eqref autoref "
    "cref Cref pageref nameref vref"
)
_ONE_DROPPED = (
    "label vspace hspace includegraphics bibliographystyle bibliography usepackage input include "
    "documentclass pagestyle thispagestyle pagenumbering nocite graphicspath index thanks color hypersetup "
    "addbibresource RequirePackage externaldocument phantom vskip hskip enlargethispage hyphenation "
    "usetikzlibrary tikzset lstset captionsetup subfile import includeonly selectlanguage linespread cline "
    "cmidrule hphantom geometry href textcolor colorbox parbox"
)
_TWO_DROPPED = (
    "setlength addtolength setcounter addtocounter newcommand renewcommand providecommand newtheorem "
    "DeclareMathOperator definecolor fontsize multirow multicolumn rule"
)
_THREE_DROPPED = "newenvironment renewenvironment addcontentsline"
_GREEK = (
    "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ "
    "lambda λ mu μ nu ν xi ξ pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi φ varphi φ "
    "chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω"
)
_MATHS = (
    "sum ∑ prod ∏ int ∫ iint ∬ oint ∮ partial ∂ nabla ∇ infty ∞ times × cdot · pm ± mp ∓ div ÷ ast * star ⋆ "
    "circ ∘ bullet • leq ≤ le ≤ geq ≥ ge ≥ neq ≠ ne ≠ approx ≈ equiv ≡ sim ∼ simeq ≃ cong ≅ propto ∝ ll ≪ "
    "gg ≫ in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ cup ∪ cap ∩ setminus ∖ emptyset ∅ "
    "varnothing ∅ forall ∀ exists ∃ neg ¬ lnot ¬ land ∧ wedge ∧ lor ∨ vee ∨ to → rightarrow → "
    "longrightarrow ⟶ leftarrow ← gets ← leftrightarrow ↔ Rightarrow ⇒ implies ⇒ Leftarrow ⇐ "
    "Leftrightarrow ⇔ iff ⇔ mapsto ↦ uparrow ↑ downarrow ↓ oplus ⊕ otimes ⊗ perp ⊥ parallel ∥ mid | vert | "
    "Vert ‖ langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ ell ℓ hbar ℏ Re ℜ Im ℑ aleph ℵ angle ∠ "
    "prime ′ dagger † ddagger ‡ sqrt √ lbrace { rbrace } colon : therefore ∴ because ∵ models ⊨ vdash ⊢ "
    "top ⊤ bot ⊥ square □ triangle △ degree °"
)
_TEXT = (
    "ldots … dots … cdots … vdots … textellipsis … S § P ¶ copyright © textcopyright © texttrademark ™ "
    "textregistered ® pounds £ euro € texteuro € ss ß ae æ AE Æ oe œ OE Œ o ø O Ø aa å AA Å l ł L Ł i ı j ȷ "
    "textbackslash \\ textasciitilde ~ textasciicircum ^ textbar | textless < textgreater > "
    "textquotedblleft “ textquotedblright ” textquoteleft ‘ textquoteright ’ textendash – textemdash — "
    "guillemotleft « guillemotright » textdegree ° textbullet • textunderscore _ LaTeX LaTeX TeX TeX "
    "BibTeX BibTeX LaTeXe LaTeX2e"
)
_FUNCTIONS = (
    "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln lg exp lim liminf limsup max min sup "
    "inf det dim ker deg gcd arg hom Pr bmod mod"
)


def _pairs(words: str) -> dict[str, str]:
    parts = words.split()
    return dict(zip(parts[::2], parts[1::2], strict=True))


SECTIONS = {name: level for level, name in enumerate(_SECTIONS.split(), 1)}
KEYS = frozenset(_KEYS.split())
"""Commands whose argument is a key, shown in brackets."""
DROPPED = {
    **dict.fromkeys(_ONE_DROPPED.split(), 1),
    **dict.fromkeys(_TWO_DROPPED.split(), 2),
    **dict.fromkeys(_THREE_DROPPED.split(), 3),
}
"""The number of leading arguments that are not text."""
SYMBOLS = {
    **_pairs(_GREEK),
    **_pairs(_MATHS),
    **_pairs(_TEXT),
    **{name: name for name in _FUNCTIONS.split()},
    **dict.fromkeys(("quad", "qquad", "space", "hfill", "enspace", "thinspace", "newline", "par"), " "),
    "and": ", ",
}
"""Commands that stand for characters."""
ACCENTS = {
    **{"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307"},
    **{"u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "k": "\u0328", "r": "\u030a"},
    **{"d": "\u0323", "b": "\u0331"},
}


def accented(accent: str, letter: str) -> str:
    """Return an accented letter, as one character if possible."""
    letter = {"\\i": "i", "\\j": "j"}.get(letter, letter)
    return unicodedata.normalize("NFC", letter + ACCENTS[accent])

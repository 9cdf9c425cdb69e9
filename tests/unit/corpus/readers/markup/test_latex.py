"""LaTeX: the printed text, on the lines of its source."""

from __future__ import annotations

import pytest

from tests.formats.reading import blocks, read

PAPER = r"""\documentclass{article} % \title{never}
\usepackage{amsmath}
\newcommand{\R}{\mathbb{R}}
\title{Wells of \emph{the} Village}
\author{Ida Holm\thanks{x} \and Ole Berg}
\date{March 5, 2024}
\begin{document}
\maketitle
\begin{abstract}
We measure wells.
\end{abstract}
\section[short]{Depth \& age}\label{sec:depth}
The well is ``deep''~--- very % but a comment
% a line of its own
deep \cite[p.~3]{holm} (see Section~\ref{sec:age}).
\input{other}

Where $x_{ij} \leq \frac{a+b}{2}$ and $\alpha^2$, na\"{\i}ve caf\'e \ss{}.
\begin{equation}\label{eq:one}
  E = m c^{2} + \sum_{i=1}^{n} x_i
\end{equation}
\begin{itemize}
  \item first\footnote{A note.}
    goes on
  \item[second] \textbf{bold} item
\end{itemize}
\begin{tabular}{l|r}
  \hline
  Depth & Age \\
  12~m & 80 \\ \hline
\end{tabular}
\begin{verbatim}
  % kept \section{no}
\end{verbatim}
\begin{tikzpicture}\draw (0,0) -- (1,1);\end{tikzpicture}
\subsection*{Age}
100\% of \verb|x_1|\ldots
\begin{theorem}[Holm] True.\end{theorem}
\end{document}
"""


def test_structure_and_metadata() -> None:
    parsed = read("a.tex", PAPER)
    assert blocks(parsed) == [
        ("heading", "L9", "Abstract"),
        ("paragraph", "L10", "We measure wells."),
        ("heading", "L12", "Depth & age"),
        (
            "paragraph",
            "L13-15",
            "The well is “deep” — very\ndeep [holm] (see Section [sec:age]).",
        ),
        ("paragraph", "L18", "Where x_(ij) ≤ (a+b)/2 and α^2, naïve café ß."),
        ("paragraph", "L20", "E = m c^2 + ∑_(i=1)^n x_i"),
        ("list", "L23-24", "- first (A note.)\ngoes on"),
        ("list", "L25", "- second: bold item"),
        ("table", "L29", "Depth | Age"),
        ("table", "L30", "12 m | 80"),
        ("code", "L33", "  % kept \\section{no}"),
        ("heading", "L36", "Age"),
        ("paragraph", "L37", "100% of x_1…"),
        ("paragraph", "L38", "Theorem (Holm). True."),
    ]
    assert parsed.title == "Wells of the Village"
    assert parsed.metadata == {"author": "Ida Holm, Ole Berg", "date": "2024-03-05"}


def test_a_part_of_a_book_without_a_preamble() -> None:
    parsed = read("b.tex", "\\chapter{Wells}\nDeep.\n\n\\foo{kept} \\bar\n")
    assert blocks(parsed) == [
        ("heading", "L1", "Wells"),
        ("paragraph", "L2", "Deep."),
        ("paragraph", "L4", "kept"),
    ]
    assert parsed.title == "Wells"


@pytest.mark.parametrize(
    "text",
    [
        "\\section{never closed\n\nText stays.\n",
        "\\label{never closed\n\nText stays.\n",
        "\\begin{verbatim}\nText stays.\n",
        "}}} Text stays. \\",
        "$ a \\[ Text stays.\n",
        "\\begin{tabular}{ll}\nText stays. & b\n",
    ],
)
def test_broken_sources_lose_nothing(text: str) -> None:
    assert "Text stays." in read("a.tex", text).text

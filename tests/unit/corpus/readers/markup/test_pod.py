"""POD: its structure, and paragraphs without formatting codes."""

from __future__ import annotations

import pytest

from tests.formats.reading import blocks, read

POD = """\
=encoding utf8

=head1 NAME

pump - move B<water> up

=head1 DESCRIPTION

See L<the manual|pump(1)> and L<well>, or
C<< $pump->go >>; E<lt>fastE<gt>.X<speed>

    pump --night

=over 4

=item *

First

=item --depth I<metres>

How deep.

=back

=begin html

<p>never</p>

=end html

=cut

sub never { 1 }

=head2 Costs

None.
"""


def test_structure() -> None:
    parsed = read("a.pod", POD)
    assert blocks(parsed) == [
        ("heading", "L3", "NAME"),
        ("paragraph", "L5", "pump - move water up"),
        ("heading", "L7", "DESCRIPTION"),
        ("paragraph", "L9-10", "See the manual and well, or $pump->go; <fast>."),
        ("code", "L12", "    pump --night"),
        ("list", "L18", "- First"),
        ("list", "L20", "- --depth metres"),
        ("paragraph", "L22", "How deep."),
        ("heading", "L36", "Costs"),
        ("paragraph", "L38", "None."),
    ]
    assert parsed.title == "pump - move water up"
    assert [b.level for b in parsed.blocks if b.level] == [1, 1, 2]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("B<a I<b C<c>>>", "a b c"),
        ("a < b and c > d", "a < b and c > d"),
        ("C<unclosed", "C<unclosed"),
        ('see L</"How deep"> and L</Costs>', "see How deep and Costs"),
        ("E<233>E<nbsp>E<sol>", "é /"),
        ("C<<< a >> b >>>", "a >> b"),
    ],
)
def test_formatting_codes(text: str, shown: str) -> None:
    assert read("a.pod", f"=pod\n\n{text}\n").text == shown


def test_without_a_name_the_first_heading_is_the_title() -> None:
    assert read("a.pod", "=head1 Wells\n\nText.\n").title == "Wells"


@pytest.mark.parametrize("level", ["7758", "9" * 5000, "0", "\xb2"])
def test_headings_of_invalid_levels(level: str) -> None:
    (heading, _) = read("a.pod", f"=head{level} Wells\n\nText.\n").blocks
    assert (heading.kind, heading.level) == ("heading", 1)


@pytest.mark.parametrize("number", ["9" * 5000, "1114112", "\xb2"])
def test_invalid_characters(number: str) -> None:
    assert read("a.pod", f"=pod\n\nA well E<{number}>.\n").text == f"A well {number}."

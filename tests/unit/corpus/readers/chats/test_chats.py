"""Chat exports: a document per stretch of talk, with authors and times; other texts with dates are not chats."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from semsearch.corpus.parse.read import read_bytes
from semsearch.settings import Settings
from semsearch.types.documents import Parsed
from tests.formats.library_samples import CHAT, DISCORD, SLACK, TELEGRAM
from tests.formats.make_archives import zipped
from tests.formats.reading import read


def stretches(parsed: Parsed) -> list[tuple[str, str, str]]:
    """Return (text, author, date) of each stretch."""
    assert parsed.text == ""
    assert all(member.type == "chat" for member in parsed.members)
    found = [member.parsed for member in parsed.members if member.parsed is not None]
    return [(one.text, str(one.metadata.get("author", "")), str(one.metadata.get("date", ""))) for one in found]


def test_whatsapp_of_android() -> None:
    parsed = read("WhatsApp Chat with Shed.txt", CHAT)
    assert parsed.title == "Shed"
    assert stretches(parsed) == [
        (
            "Ada Holm: Who has the ladder?\nI need it today.\n\nThe long one.\nBo: Behind the shed",
            "Ada Holm, Bo",
            "2024-03-05T10:21:00",
        ),
        ('Ada Holm changed the subject to "Ladders"', "", "2024-03-05T18:02:00"),
        ("Cy: Morning", "Cy", "2024-03-13T09:00:00"),
    ]
    first = parsed.members[0].parsed
    assert first is not None
    assert [str(block.anchor) for block in first.blocks] == ["L2-5", "L7"]
    assert parsed.metadata["author"] == "Ada Holm, Bo, Cy"
    assert parsed.metadata["until"] == "2024-03-13T09:00:00"


@pytest.mark.parametrize(
    ("stamp", "date"),
    [
        ("\u200e[25/03/24, 22:20:30] {}", "2024-03-25T22:20:30"),
        ("[3/25/24, 10:20:30\u202fPM] {}", "2024-03-25T22:20:30"),
        ("[2024-03-25, 22:20:30] {}", "2024-03-25T22:20:30"),
        ("[25.03.24, 22:20:30] {}", "2024-03-25T22:20:30"),
        ("3/25/24, 10:20 PM - {}", "2024-03-25T22:20:00"),
        ("25/3/2024, 10:20 p. m. - {}", "2024-03-25T22:20:00"),
        ("25.03.24, 22:20 - {}", "2024-03-25T22:20:00"),
        ("25-03-2024 22:20 - {}", "2024-03-25T22:20:00"),
        ("2024/03/25 22:20 - {}", "2024-03-25T22:20:00"),
        ("25/03/2024 à 22:20 - {}", "2024-03-25T22:20:00"),
        ("3/25/24, 12:20 AM - {}", "2024-03-25T00:20:00"),
        ("25/03/2024 às 22:20 - {}", "2024-03-25T22:20:00"),
        ("25.03.24 г., 22:20 - {}", "2024-03-25T22:20:00"),
        ("25.3.2024 г. 22:20 ч. - {}", "2024-03-25T22:20:00"),
        ("\u200f25\u200f/3\u200f/2024، 10:20 م - {}", "2024-03-25T22:20:00"),
        ("[25/3/2024، 10:20:30 م] {}", "2024-03-25T22:20:30"),
    ],
)
def test_whatsapp_of_any_country(stamp: str, date: str) -> None:
    said = ["Ada: \u200eone", "Bo: two", "Ada: three", "\u2068Bo\u2069: four: five"]
    text = "".join(stamp.format(line) + "\n" for line in said)
    assert stretches(read("talk.txt", text)) == [("Ada: one\nBo: two\nAda: three\nBo: four: five", "Ada, Bo", date)]


def test_ambiguous_dates_are_read_so_that_time_ascends() -> None:
    days = ["03/04/24", "04/04/24", "05/04/24", "01/05/24"]
    text = "".join(f"{day}, 10:00 - {'Ada' if n % 2 else 'Bo'}: word {n}\n" for n, day in enumerate(days))
    assert [date[:10] for _, _, date in stretches(read("_chat.txt", text))] == [
        "2024-04-03",
        "2024-04-04",
        "2024-04-05",
        "2024-05-01",
    ]
    other = ["04/03/24", "04/04/24", "04/05/24", "05/01/24"]
    text = "".join(f"{day}, 10:00 - {'Ada' if n % 2 else 'Bo'}: word {n}\n" for n, day in enumerate(other))
    assert stretches(read("_chat.txt", text))[-1][2][:10] == "2024-05-01"


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05 10:20 - INFO: started\n2024-03-05 10:21 - server: up\n" * 3,
        "2024-03-05 10:20:31 - main: started\n2024-03-05 10:21:02 - web: up\n" * 3,
        "05/03/2024, 10:20 - Went to town\n06/03/2024, 10:20 - Slept: badly\n07/03/2024, 11:00 - Ate\n",
        "[2024-03-05, 10:20:30] core.db: open\n[2024-03-05, 10:20:31] core.web: open\n" * 3,
        "05/03/2024, 10:20 - Bus: late\n06/03/2024, 10:20 - Train: late\n07/03/2024, 11:00 - Boat: sunk\n",
        "05.03.2024 Anna: hat Geburtstag\n06.03.2024 Bert: kommt\n" * 3,
        "On 05/03/2024, 10:20 - Ada: said so\n" * 5,
    ],
)
def test_text_with_dates_that_is_not_a_chat_stays_text(text: str) -> None:
    parsed = read("notes.txt", text)
    assert (parsed.text, parsed.members) == (text, ())


def test_a_long_talk_is_several_stretches_without_overlap() -> None:
    lines = [f"05/03/2024, 10:{n:02d} - {'Ada' if n % 2 else 'Bo'}: w{n} {'word ' * 30}" for n in range(20)]
    found = stretches(read("WhatsApp.txt", "\n".join(lines)))
    assert 3 < len(found) < 20
    whole = "\n".join(text for text, _, _ in found)
    assert [whole.count(f"w{n} ") for n in range(20)] == [1] * 20
    assert all(len(text) < 1000 for text, _, _ in found)


def test_slack_user_names_come_from_the_export(tmp_path: Path) -> None:
    users = [{"id": "U1", "name": "ada", "profile": {"real_name": "Ada Holm"}}, {"id": "U2", "name": "bo"}]
    channel = tmp_path / "general"
    channel.mkdir()
    parsed = read_bytes(channel / "2024-03-05.json", SLACK.encode(), Settings())
    assert stretches(parsed)[0][1] == "U1, U2"
    (tmp_path / "users.json").write_text(json.dumps(users))
    parsed = read_bytes(channel / "2024-03-05.json", SLACK.encode(), Settings())
    assert parsed.title == "#general"
    assert stretches(parsed) == [
        ("Ada Holm: @bo see the list & sign\nbo: done", "Ada Holm, bo", "2024-03-05T10:20:00"),
    ]
    (tmp_path / "users.json").write_text("{broken")
    assert stretches(read_bytes(channel / "a.json", SLACK.encode(), Settings()))[0][1] == "U1, U2"


def test_slack_user_names_come_from_the_lists_of_a_zipped_export() -> None:
    users = [{"id": "U1", "name": "ada", "profile": {"real_name": "Ada Holm"}}, {"id": "U2", "name": "bo"}]
    said = {"type": "message", "user": "U1", "ts": "1709634000.000100", "text": "more in <#C7> and <#C8|boats>"}
    files = {
        "export/general/2024-03-05.json": SLACK,
        "export/tides/2024-03-05.json": json.dumps([said]),
        "export/users.json": json.dumps(users),
        "export/channels.json": json.dumps([{"id": "C7", "name": "keels"}, {"id": "C8", "name": "ships"}]),
        "other/general/2024-03-05.json": SLACK,
    }
    parsed = read_bytes(Path("slack.zip"), zipped(files), Settings())
    found = {member.name: member.parsed for member in parsed.members if member.parsed is not None}
    assert stretches(found["export/general/2024-03-05.json"])[0][:2] == (
        "Ada Holm: @bo see the list & sign\nbo: done",
        "Ada Holm, bo",
    )
    assert stretches(found["export/tides/2024-03-05.json"])[0][0] == "Ada Holm: more in #keels and #boats"
    assert stretches(found["other/general/2024-03-05.json"])[0][1] == "U1, U2"


def test_telegram() -> None:
    parsed = read("result.json", TELEGRAM)
    assert (parsed.title, stretches(parsed)) == ("Boats", [("Ada: see this keel", "Ada", "2024-03-05T10:00:00")])
    one = parsed.members[0].parsed
    assert one is not None
    assert str(one.blocks[0].anchor).startswith("L")
    every = json.dumps({"about": "x", "chats": {"list": [json.loads(TELEGRAM), {"name": "No", "messages": []}]}})
    parsed = read("result.json", every)
    assert [member.name for member in parsed.members] == ["Boats/2024-03-05 10.00"]


def test_discord() -> None:
    parsed = read("export.json", DISCORD)
    assert parsed.title == "Harbour #tides"
    assert stretches(parsed) == [("Ada: high at noon\nAda: low at six", "Ada", "2024-03-05T10:00:00")]
    own = [
        {"ID": 2, "Timestamp": "2024-03-05 10:05:00", "Contents": "low at six", "Attachments": ""},
        {"ID": 1, "Timestamp": "2024-03-05 10:00:00", "Contents": "high at noon", "Attachments": ""},
    ]
    assert stretches(read("messages.json", json.dumps(own))) == [
        ("high at noon\nlow at six", "", "2024-03-05T10:00:00")
    ]


@pytest.mark.parametrize(
    "value",
    [
        {"messages": [{"role": "user", "content": "How deep is the well in the yard?"}] * 2},
        [{"type": "message", "text": "no time of Slack", "ts": "yesterday"}] * 2,
        {"name": "x", "messages": ["a", "b"]},
        {"type": "object", "id": 1, "messages": {"a": 1}},
        {"channel": {"name": "rss"}, "items": [{"content": "a", "timestamp": 1}]},
    ],
)
def test_other_json_is_not_a_chat(value: object) -> None:
    assert all(member.type != "chat" for member in read("a.json", json.dumps(value)).members)

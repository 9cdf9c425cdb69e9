"""Messages, mailboxes and saved pages in mail format."""

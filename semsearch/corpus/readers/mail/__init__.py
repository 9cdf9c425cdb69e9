"""Messages, mailboxes and web pages saved in mail format."""

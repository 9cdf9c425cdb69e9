"""Chat exports: WhatsApp, Telegram, Slack, Discord."""

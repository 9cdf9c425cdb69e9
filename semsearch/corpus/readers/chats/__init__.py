"""Chats as their programs export them: WhatsApp, Telegram, Slack, Discord."""

"""The actions behind `semsearch models`."""

"""What stands behind `semsearch models`."""

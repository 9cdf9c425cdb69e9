"""What has changed below the roots."""

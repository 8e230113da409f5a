"""The receiver of CircleCI's webhooks and Circa's push notifications, which become asset events."""

"""From what an application hands over to messages, tools and formats; and estimates of their tokens."""

"""All that knows TikTok Shop's API. It takes values and credentials, gives values back, and knows no tables."""

"""Design a campaign with two arms: who is in which, and how large an effect it can show."""

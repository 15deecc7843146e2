"""The mails that offices write, with their texts (`texts/`): official letters, machine notices, strangers' mail."""

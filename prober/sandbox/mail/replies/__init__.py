"""Write the mails of offices from their texts (`texts/`): official letters, machine notices, strangers' mail."""

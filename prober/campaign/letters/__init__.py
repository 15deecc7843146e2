"""Write the letters and their attachments, to the byte."""

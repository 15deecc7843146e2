"""Write the public site as plain files, for a web server that runs no program of ours."""

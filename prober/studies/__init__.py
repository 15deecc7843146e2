"""Studies as data: folders of text that say what is asked of whom, under which law and calendar, in which language."""

"""Write down, before the first letter, what will be measured."""

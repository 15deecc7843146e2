"""Vietnamese text: encodings, forms for comparing, syllables."""

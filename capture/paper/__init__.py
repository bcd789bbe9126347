"""The pages that items show: their words, and their pictures in several sizes."""

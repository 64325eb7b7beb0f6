"""The rooms of the program: in each file one function, which takes its ports and returns its part.

`doorline.compose` walks through them in the order of dependence. Nothing here listens or sends.
"""

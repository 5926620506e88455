"""The main job from the outside: the command as people run it, and what it leaves behind."""

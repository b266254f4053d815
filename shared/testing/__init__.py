"""What tests of every part share: the local stack as fixtures, event builders, failpoints, time."""

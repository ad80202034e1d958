"""Captions of any kind, made into WebVTT. Pure, without Django: the confined programs load it."""

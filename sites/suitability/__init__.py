"""Suitability: profiles, constraints in five states, scores with their intervals, and explanations. Pure functions."""

from sites.suitability.explain import explain
from sites.suitability.loader import load_profile, profiles
from sites.suitability.messages import Message, Translate
from sites.suitability.model import Profile
from sites.suitability.score import Assessment, assess, score
from sites.suitability.titles import constraint_title, layer_title, owner_title, zoning_title

__all__ = [
    "Assessment",
    "Message",
    "Profile",
    "Translate",
    "assess",
    "constraint_title",
    "explain",
    "layer_title",
    "load_profile",
    "owner_title",
    "profiles",
    "score",
    "zoning_title",
]

"""Tests of what scripts and notebooks do."""

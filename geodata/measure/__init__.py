"""Measurement: one row of measurements per parcel (shares, distances, slope, shape), unknown kept apart."""

from geodata.measure.inputs import Coverage, HeightGrid, Layer, Layers, Parcels
from geodata.measure.measure import measure
from geodata.measure.table import Interval, MeasurementTable

__all__ = ["Coverage", "HeightGrid", "Interval", "Layer", "Layers", "MeasurementTable", "Parcels", "measure"]

"""The certificate of a machine of which nothing is known yet."""

from limit_transformer.floating.certificate import FloatCertificate, float_certificate_of
from limit_transformer.floating.rounding_errors import PRECISIONS
from limit_transformer.machine.machine import LimitTransformer
from limit_transformer.values.machine_values import machine_values


def certify_float(machine: LimitTransformer, dtype: str, *, max_length: int | None = None) -> FloatCertificate:
    """The certificate of a float run for that length, or for the largest one that can be certified."""
    return float_certificate_of(machine, machine_values(machine), PRECISIONS[dtype], max_length)

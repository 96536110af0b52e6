"""The Python face: what the verbs do, as functions whose results show themselves in a notebook."""

from topotaxy.api.analysing import Analysed, analyse, probe
from topotaxy.api.judging import Judged, judge

__all__ = ["Analysed", "Judged", "analyse", "judge", "probe"]

"""Make the lines of a page level that was photographed askew.

The slopes of the words' boxes give the page's angle and how it changes over the page (perspective, curl); the picture
is bent by the same amount as the boxes, so that a box still marks its word. Pixels, origin top left.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.reading.pictures import Pixels

Points = NDArray[np.float64]  # n x 2: x, y

LEAST_SHIFT = 3.0  # pixels at the page's edge below which a page counts as level
LEAST_WORDS = 5
MAP_STEP = 16  # pixels between the points for which the bend is computed; between them it is interpolated


@dataclass(frozen=True)
class Bend:
    """How the lines of a page of this size run: slope = tan(angle) + twist * y + curl * x, x and y from -1 to 1."""

    width: int
    height: int
    angle: float = 0.0  # radians
    twist: float = 0.0
    curl: float = 0.0

    @property
    def matters(self) -> bool:
        """Tell whether a line would move visibly."""
        slope = abs(np.tan(self.angle)) + abs(self.twist) + abs(self.curl)
        return bool(slope * self.width / 2 > LEAST_SHIFT)

    def level(self, points: Points) -> Points:
        """Give where these points stand on the levelled page."""
        x, y = self._turn(points, -self.angle)
        return np.stack([x, y - self._lift(x, y)], axis=-1)

    def unlevel(self, points: Points) -> Points:
        """Give where these points of the levelled page stood before (to a fraction of a pixel)."""
        x, level = points[..., 0], points[..., 1]
        y = level.copy()
        for _ in range(3):
            y = level + self._lift(x, y)
        turned = self._turn(np.stack([x, y], axis=-1), self.angle)
        return np.stack(turned, axis=-1)

    def _lift(self, x: Points, y: Points) -> Points:
        across, down = (x - self.width / 2) / (self.width / 2), (y - self.height / 2) / (self.height / 2)
        return (self.twist * down * across + self.curl * across**2 / 2) * (self.width / 2)

    def _turn(self, points: Points, angle: float) -> tuple[Points, Points]:
        x, y = points[..., 0] - self.width / 2, points[..., 1] - self.height / 2
        cos, sin = np.cos(angle), np.sin(angle)
        return x * cos - y * sin + self.width / 2, x * sin + y * cos + self.height / 2


def find_bend(quads: list[NDArray[np.float32]], width: int, height: int) -> Bend:
    """Fit the bend to the slopes of the words' upper and lower edges, longer words counting more."""
    edges = np.asarray([(quad[1] - quad[0] + quad[2] - quad[3]) / 2 for quad in quads]).reshape(-1, 2)
    centres = np.asarray([quad.mean(axis=0) for quad in quads]).reshape(-1, 2)
    tall = np.asarray([np.linalg.norm(quad[3] - quad[0]) for quad in quads])
    long = edges[:, 0] > 2 * tall
    if long.sum() < LEAST_WORDS:
        return Bend(width, height)
    edges, centres = edges[long], centres[long]
    slopes, weights = edges[:, 1] / edges[:, 0], edges[:, 0]
    near = np.abs(slopes - _middle(slopes, weights)) < 0.1
    edges, centres, slopes, weights = edges[near], centres[near], slopes[near], weights[near]
    across, down = (centres[:, 0] - width / 2) / (width / 2), (centres[:, 1] - height / 2) / (height / 2)
    basis = np.stack([np.ones_like(down), down, across], axis=1)
    for _ in range(3):
        answer = _ridge(basis, slopes, weights)
        rest = np.abs(slopes - basis @ answer)
        weights = edges[:, 0] / (1 + (rest / max(float(np.median(rest)), 1e-3)) ** 2)
    return Bend(width, height, float(np.arctan(answer[0])), float(answer[1]), float(answer[2]))


def bend_picture(pixels: Pixels, bend: Bend) -> Pixels:
    """Give the picture with its lines level."""
    columns = np.arange(0, bend.width + MAP_STEP, MAP_STEP, dtype=np.float64)
    rows = np.arange(0, bend.height + MAP_STEP, MAP_STEP, dtype=np.float64)
    coarse = bend.unlevel(np.stack(np.meshgrid(columns, rows), axis=-1)).astype(np.float32)
    scale = np.asarray([[1 / MAP_STEP, 0, 0], [0, 1 / MAP_STEP, 0]], dtype=np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    fine = cv2.warpAffine(coarse, scale, (bend.width, bend.height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    across, down = np.ascontiguousarray(fine[..., 0]), np.ascontiguousarray(fine[..., 1])
    bent = cv2.remap(pixels, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(bent, dtype=np.uint8)


def _middle(values: Points, weights: Points) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def _ridge(basis: Points, values: Points, weights: Points) -> Points:
    """Least squares in which twist and curl must earn their keep."""
    weighted = basis * weights[:, None]
    keep = np.diag([0.0, 0.1, 0.1]) * weights.sum()
    return np.linalg.solve(basis.T @ weighted + keep, weighted.T @ values)

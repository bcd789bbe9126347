"""RapidOCR: lines of text in a picture (settings and their reasons: measured in docs/benchmarks.md)."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import rapidocr
from rapidocr.ch_ppocr_det import TextDetector
from rapidocr.ch_ppocr_rec import TextRecognizer

from capture.reading.engines import Piece, Quad, Seen
from capture.reading.pictures import LONG_PAGE, Pixels

MODELS = Path(rapidocr.__file__).parent / "models"
LINE_HEIGHT = 48  # pixels; the recogniser's own
LEAST_WIDTH = (
    320  # of a line given to the recogniser: half of it saves a fifth of the time, and reads handwriting worse
)
STEP = 32  # widths are rounded up to this, so that shapes repeat and memory stays flat
DETAIL = 960  # pixels: the longer side as the detector sees it
MORE_DETAIL = 1440  # the same, for pages of small print
SMALL_LINES = 17  # pixels: the height of lines, as the detector sees them, below which it misses some
BOX_SCORE = 0.4  # lower than the default: rows of asterisks before a card's digits are seen, too
LEAST_SCORE = 0.5
WIDEST = 12  # lines asked which way up the page is
STRIP = 1.5  # height by width of one strip of a long page
OVERLAP = 0.2


class RapidEngine:
    """RapidOCR on onnxruntime or OpenVINO; loaded once, one thread."""

    def __init__(self, backend: str = "onnxruntime") -> None:
        ocr = rapidocr.RapidOCR(params=_settings(backend))
        config = ocr.cfg
        for part in (config.Det, config.Rec):
            part.engine_cfg = config.EngineConfig[backend]
            part.model_root_dir = str(MODELS)
        config.Rec.font_path = None
        self._detector = TextDetector(config.Det)
        self._recognizer = TextRecognizer(config.Rec)
        self._ocr = ocr  # for its classifier, which is loaded when first asked
        if backend == "openvino":
            _forget_shapes(self._detector, self._recognizer)
        self._give_memory_back = _shrinker(self._detector) if backend == "onnxruntime" else bool

    def read(self, pixels: Pixels) -> Seen:
        """Find the words, whichever way round the page was put in."""
        picture = np.ascontiguousarray(pixels[:, :, ::-1])  # the models want blue first
        quads = self._detect(picture)
        if _mostly_tall(quads):
            picture = np.ascontiguousarray(np.rot90(picture))
            quads = self._detect(picture)
        if quads and self._upside_down(picture, quads):
            picture = np.ascontiguousarray(np.rot90(picture, 2))
            quads = self._detect(picture)
        pieces = tuple(piece for quad in quads for piece in self._recognise(picture, quad))
        return Seen(pieces, np.ascontiguousarray(picture[:, :, ::-1]))

    def read_bare(self, pixels: Pixels) -> int:
        """Detect and recognise, and nothing else; give how many lines were found.

        The whole pipeline is measured against it (tests/benchmarks/reading_speed.py).
        """
        picture = np.ascontiguousarray(pixels[:, :, ::-1])
        return sum(bool(self._recognise(picture, quad)) for quad in self._detect(picture))

    def _detect(self, picture: Pixels) -> list[Quad]:
        height, width = picture.shape[:2]
        if height <= LONG_PAGE * width:
            return self._detect_part(picture, 0)
        step = round(width * (STRIP - OVERLAP))
        quads: list[Quad] = []
        for top in range(0, max(1, height - round(width * OVERLAP)), step):
            strip = picture[top : top + round(width * STRIP)]
            quads += [quad for quad in self._detect_part(strip, top) if not _known(quad, quads)]
        return quads

    def _detect_part(self, picture: Pixels, top: int) -> list[Quad]:
        self._detector.limit_side_len = DETAIL
        found = self._detector(picture)
        if found.boxes is None:
            return []
        small = float(np.median([_size(box)[1] for box in found.boxes])) * DETAIL / max(picture.shape[:2])
        if small < SMALL_LINES and max(picture.shape[:2]) > DETAIL:
            self._detector.limit_side_len = MORE_DETAIL
            found = self._detector(picture)
            self._give_memory_back()
        boxes = () if found.boxes is None else found.boxes
        return [np.asarray(box, dtype=np.float32) + np.asarray([0, top], dtype=np.float32) for box in boxes]

    def _upside_down(self, picture: Pixels, quads: list[Quad]) -> bool:
        widest = sorted(quads, key=lambda quad: -_size(quad)[0] / max(_size(quad)[1], 1))[:WIDEST]
        _, answer = self._ocr.cls_and_rotate([_crop(picture, quad) for quad in widest])
        votes = [score if label == "180" else -score for label, score in answer.cls_res or ()]
        return sum(votes) > 0

    def _recognise(self, picture: Pixels, quad: Quad) -> list[Piece]:
        crop = _crop(picture, quad)
        ratio = crop.shape[1] / crop.shape[0]
        width = max(LEAST_WIDTH, math.ceil(LINE_HEIGHT * ratio / STEP) * STEP)
        batch = self._recognizer.resize_norm_img(crop, width / LINE_HEIGHT)[np.newaxis]
        (line,), (info,) = self._recognizer.postprocess_op(
            self._recognizer.session(batch),
            return_word_box=True,
            wh_ratio_list=[ratio],
            max_wh_ratio=width / LINE_HEIGHT,
        )
        if line[1] < LEAST_SCORE:
            return []
        return _pieces(info, quad)


def _forget_shapes(*parts: TextDetector | TextRecognizer) -> None:
    """Have OpenVINO keep nothing for each shape of picture it met: memory would grow with every document.

    RapidOCR has no setting for it, so its models are compiled anew.
    """
    import openvino  # noqa: PLC0415 - an extra; loaded when it is chosen

    core = openvino.Core()
    settings = {"INFERENCE_NUM_THREADS": 1, "ENABLE_CPU_PINNING": False, "CPU_RUNTIME_CACHE_CAPACITY": 0}
    for part in parts:
        part.session.session = core.compile_model(part.session.model, "CPU", settings).create_infer_request()


def _shrinker(detector: TextDetector) -> Callable[[], object]:
    """Give what makes the detector let go of memory it keeps for the next page: hundreds of MB after one in detail.

    It takes a run to say so to onnxruntime, so a very small one.
    """
    session = detector.session.session
    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    nothing = {session.get_inputs()[0].name: np.zeros((1, 3, 32, 32), dtype=np.float32)}
    return lambda: session.run(None, nothing, options)


def _pieces(info: Any, quad: Quad) -> list[Piece]:  # noqa: ANN401 - RapidOCR's WordInfo
    """Split a line into words by the columns in which its letters were seen."""
    pieces, done = [], 0
    for letters, columns in zip(info.words, info.word_cols, strict=True):
        scores = info.confs[done : done + len(letters)]
        done += len(letters)
        pad = (columns[-1] - columns[0]) / (len(columns) - 1) / 2 if len(columns) > 1 else 1.0
        left = max(0.0, (columns[0] + 0.5 - pad) / info.line_txt_len)
        right = min(1.0, (columns[-1] + 0.5 + pad) / info.line_txt_len)
        pieces.append(Piece("".join(letters), _part(quad, left, right), float(min(scores, default=0.0))))
    return pieces


def _part(quad: Quad, left: float, right: float) -> Quad:
    top, bottom = quad[1] - quad[0], quad[2] - quad[3]
    corners = [quad[0] + top * left, quad[0] + top * right, quad[3] + bottom * right, quad[3] + bottom * left]
    return np.asarray(corners, dtype=np.float32)


def _crop(picture: Pixels, quad: Quad) -> Pixels:
    width, height = (max(1, int(side)) for side in _size(quad))
    flat = np.asarray([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(quad, flat)
    crop = cv2.warpPerspective(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_CUBIC)
    upright = np.rot90(crop) if height >= 1.5 * width else crop
    return np.asarray(upright, dtype=np.uint8)


def _size(quad: Quad) -> tuple[float, float]:
    """Give width and height of the quad in pixels."""
    sides = [float(np.linalg.norm(quad[a] - quad[b])) for a, b in ((0, 1), (2, 3), (0, 3), (1, 2))]
    return max(sides[:2]), max(sides[2:])


def _mostly_tall(quads: list[Quad]) -> bool:
    long = [(width, height) for width, height in map(_size, quads) if max(width, height) > 2 * min(width, height)]
    return sum(height > width for width, height in long) > len(long) / 2


def _known(quad: Quad, quads: list[Quad]) -> bool:
    """Tell whether a box of the strip before covers most of this one."""
    left, top = quad.min(axis=0)
    right, bottom = quad.max(axis=0)
    for other in quads:
        wide = min(right, other[:, 0].max()) - max(left, other[:, 0].min())
        high = min(bottom, other[:, 1].max()) - max(top, other[:, 1].min())
        if wide > 0 and high > 0.4 * (bottom - top) and wide > 0.5 * (right - left):
            return True
    return False


def _settings(backend: str) -> dict[str, Any]:
    engine = rapidocr.EngineType(backend)
    threads = {
        "onnxruntime": {"intra_op_num_threads": 1, "inter_op_num_threads": 1, "enable_cpu_mem_arena": True},
        "openvino": {"inference_num_threads": 1, "enable_cpu_pinning": False},
    }[backend]
    return {
        "Global.log_level": "error",
        "Global.use_cls": False,
        "Det.engine_type": engine,
        "Det.model_path": str(MODELS / "PP-OCRv6_det_small.onnx"),
        "Det.limit_side_len": DETAIL,
        "Det.limit_type": "max",
        "Det.box_thresh": BOX_SCORE,
        "Rec.engine_type": engine,
        "Rec.model_path": str(MODELS / "PP-OCRv6_rec_small.onnx"),
        "Rec.rec_batch_num": 1,
        "Cls.model_path": str(MODELS / "ch_ppocr_mobile_v2.0_cls_mobile.onnx"),
        **{f"EngineConfig.{backend}.{name}": value for name, value in threads.items()},
    }

"""The table of contents: chapters, their scenes, and the topics each scene covers.

Cheap to import: it names the modules of scenes without loading them, so the window can stand before the
engine does. To add a scene, add its line here; `load` finds the file's `SCENE`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scenes.scene import Scene


@dataclass(frozen=True)
class Topic:
    """A topic of the curriculum, findable by either name."""

    id: str
    name: str
    chinese: str


@dataclass(frozen=True)
class Entry:
    """A scene's line in the table of contents. `module` is the file that holds it."""

    key: str
    title: str
    chinese: str
    module: str
    point: str
    topics: tuple[Topic, ...]


@dataclass(frozen=True)
class Chapter:
    """A chapter: a folder under scenes/."""

    title: str
    chinese: str
    entries: tuple[Entry, ...]


CHAPTERS = (
    Chapter(
        "Images",
        "图像处理",
        (
            Entry(
                "filters",
                "Image filters",
                "图像滤波",
                "scenes.images.filters",
                "A window slides over the picture; one small rule makes each output pixel.",
                (
                    Topic("A3", "Median filter", "中值滤波"),
                    Topic("A4", "Mean filter", "均值滤波"),
                    Topic("A5", "Gaussian filter", "高斯滤波"),
                    Topic("A6", "Sobel filter", "Sobel滤波器"),
                ),
            ),
        ),
    ),
    Chapter(
        "Convolution",
        "卷积",
        (
            Entry(
                "pooling",
                "Pooling",
                "池化",
                "scenes.convolution.pooling",
                "A window hands on one number; the gradient finds its way back to where it came from.",
                (
                    Topic("A1", "Max pooling", "最大池化"),
                    Topic("A2", "Average pooling", "平均池化"),
                    Topic("B9", "Smaller pooling in VGG", "VGG更小的池化"),
                    Topic("G5", "Max vs avg pooling backward", "最大与平均池化的反向传播"),
                ),
            ),
            Entry(
                "receptive-field",
                "Receptive fields",
                "感受野",
                "scenes.convolution.receptive",
                "Layer by layer a unit sees more of the image; what moves it is far less.",
                (
                    Topic("B2", "Receptive field", "感受野"),
                    Topic("B8", "Stacked 3x3 instead of 5x5", "堆叠3x3代替5x5"),
                ),
            ),
        ),
    ),
    Chapter(
        "Detection",
        "目标检测",
        (
            Entry(
                "iou",
                "The IoU family",
                "IoU家族",
                "scenes.detection.iou",
                "How well does one box fit another, and which way is better?",
                (
                    Topic("I9", "IoU", "交并比"),
                    Topic("I10", "GIoU", "GIoU"),
                    Topic("I11", "DIoU", "DIoU"),
                    Topic("I12", "CIoU", "CIoU"),
                    Topic("I13", "CIoU loss, its code", "ciou_loss代码"),
                ),
            ),
            Entry(
                "nms",
                "Non-maximum suppression",
                "非极大值抑制",
                "scenes.detection.nms",
                "Many boxes find one object; keep the best and let it silence its rivals.",
                (
                    Topic("H28", "Non-maximum suppression (NMS)", "非极大值抑制"),
                    Topic("H29", "Soft-NMS", "软非极大值抑制"),
                    Topic("H30", "Soft-NMS, its code", "Soft-NMS代码"),
                    Topic("I14", "DIoU-NMS", "DIoU非极大值抑制"),
                ),
            ),
        ),
    ),
)

ENTRIES = {entry.key: entry for chapter in CHAPTERS for entry in chapter.entries}
FIRST = "nms"  # what the program opens with


class UnknownScene(ValueError):
    """A scene that is not in the table of contents, said in one sentence."""


def entry(key: str) -> Entry:
    """The line of a scene.

    Raises:
        UnknownScene: there is none of that name.
    """
    if key not in ENTRIES:
        raise UnknownScene(f"There is no scene {key!r}; there are {', '.join(ENTRIES)}.")
    return ENTRIES[key]


def load(key: str) -> Scene:
    """The scene itself. The first one loads torch, which takes a second or two.

    Raises:
        UnknownScene: there is none of that name.
    """
    scene: Scene = importlib.import_module(entry(key).module).SCENE
    return scene


def found(query: str) -> list[tuple[Entry, Topic | None]]:
    """Scenes and topics that match every word of the query, in the order of the book."""
    words = query.casefold().split()
    hits: list[tuple[Entry, Topic | None]] = []
    for chapter in CHAPTERS:
        for line in chapter.entries:
            home = f"{chapter.title} {chapter.chinese} {line.key} {line.title} {line.chinese}".casefold()
            if all(word in home for word in words):
                hits.append((line, None))
            for topic in line.topics:
                text = f"{topic.id} {topic.name} {topic.chinese}".casefold()
                if words and all(word in text for word in words):
                    hits.append((line, topic))
    return hits

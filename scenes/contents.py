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
                "convolution",
                "Convolution",
                "卷积",
                "scenes.convolution.convolution",
                "A kernel walks over the padded grid; the size formula counts its stops.",
                (Topic("B1", "Convolution output size", "卷积计算公式"),),
            ),
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
        "Optimization",
        "优化",
        (
            Entry(
                "descent",
                "Gradient descent",
                "梯度下降",
                "scenes.optimization.descent",
                "Step against the gradient; the curvature says how long a step may be.",
                (
                    Topic("F1", "Critical points", "驻点"),
                    Topic("F2", "Gradient descent rule", "梯度下降法"),
                    Topic("F6", "Choosing learning rate", "学习率的选择"),
                    Topic("F7", "Learning-rate schedules", "学习率表"),
                    Topic("F9", "Local minima vs saddles", "局部极小值与鞍点"),
                    Topic("F10", "Convex functions", "凸函数"),
                    Topic("H3", "Convex loss, global optimum", "凸损失与全局最优"),
                ),
            ),
            Entry(
                "batches",
                "Batches and their noise",
                "批量、随机与小批量",
                "scenes.optimization.batches",
                "How many samples should a step read? More aim better, fewer cost less.",
                (
                    Topic("F3", "Batch GD", "批量梯度下降"),
                    Topic("F4", "SGD", "随机梯度下降"),
                    Topic("F5", "Mini-batch GD", "小批量梯度下降"),
                ),
            ),
            Entry(
                "optimizers",
                "The race of optimizers",
                "优化器赛跑",
                "scenes.optimization.optimizers",
                "Eight ways down from one start: what each remembers decides where it steps.",
                (
                    Topic("F8", "Same rate for all parameters", "所有参数同一学习率"),
                    Topic("F11", "General update form", "一般更新形式"),
                    Topic("F12", "Momentum", "动量法"),
                    Topic("F13", "AdaGrad", "AdaGrad"),
                    Topic("F14", "RMSProp", "RMSProp"),
                    Topic("F15", "Adadelta", "Adadelta"),
                    Topic("F16", "Adam", "Adam"),
                ),
            ),
        ),
    ),
    Chapter(
        "Detection",
        "目标检测",
        (
            Entry(
                "box-coding",
                "Priors and box coding",
                "先验框与框编码",
                "scenes.detection.box_coding",
                "A network says four numbers, which move and scale a prior.",
                (
                    Topic("D8", "Box regression loss", "边框回归损失"),
                    Topic("J10", "Priors and offsets", "先验框与偏移"),
                    Topic("J11", "k-means priors", "k-means先验框"),
                    Topic("J12", "Box decoding", "边框解码"),
                    Topic("J13", "Target encoding", "目标编码"),
                    Topic("J14", "Why log w,h", "为什么用对数宽高"),
                    Topic("J16", "Objectness decoding", "置信度解码"),
                    Topic("J17", "Class decoding", "类别解码"),
                ),
            ),
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
            Entry(
                "yolo-assignment",
                "YOLOv3: who answers",
                "YOLOv3样本分配",
                "scenes.detection.yolo_assignment",
                "Ten thousand priors, a few truths: one prior answers for each, and what of the others?",
                (
                    Topic("J4", "Network and three heads", "网络与三个检测头"),
                    Topic("J15", "Which prior matches", "先验框匹配"),
                    Topic("J18", "Positive, negative, ignored", "正样本、负样本与忽略样本"),
                    Topic("J19", "Loss terms", "损失函数"),
                    Topic("J20", "Why ignore samples", "为什么忽略样本"),
                    Topic("J21", "Optimizer", "优化器"),
                    Topic("J22", "YOLOv3 in four points", "YOLOv3四个要点"),
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

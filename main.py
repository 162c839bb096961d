"""Zoetrope's command line: opens the window, or lists, renders, computes and traces without one."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from engine.trace import Frame, Trace
    from scenes.scene import Scene, State

MOST_CASES = 100_000
COMMANDS = ("list", "render", "compute", "trace", "check", "doctor")


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        said = " ".join(message.split())
        self.exit(2, f"{said[:1].upper()}{said[1:]}; see 'python {self.prog} --help'.\n")


def parser_for(command: str) -> argparse.ArgumentParser:
    """The parser of one command, "" being the window."""
    parser = Parser(prog=f"main.py {command}".strip(), description=DESCRIPTIONS[command])
    if command in ("list",):
        parser.add_argument("--json", action="store_true", help="as JSON")
    if command in ("list", "doctor"):
        return parser
    parser.add_argument("scene", nargs="?" if not command else None, help="its key, as 'list' names it")
    parser.add_argument("--preset", help="the state to start from")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="set a parameter")
    if command in ("trace", "check"):
        parser.add_argument(
            "--code", required=command == "check", metavar="FILE", help=f"Python of your own. {CODE}"
        )
    if command == "check":
        parser.add_argument("--cases", type=int, default=300, metavar="N", help="how many to try (300)")
        parser.set_defaults(image=None, data=None, step=None)
        return parser
    parser.add_argument("--image", metavar="FILE", help="a picture of your own")
    parser.add_argument("--data", metavar="FILE", help="data of your own, in the scene's formats")
    parser.add_argument(
        "--step", type=int, metavar="N", help="the step to look at: 0 is before the first line"
    )
    parser.add_argument("--device", default="cpu", metavar="NAME", help="cpu, cuda or mps")
    if command in ("", "render"):
        parser.add_argument("--theme", choices=("dark", "light", "contrast"), default="")
    if command == "render":
        parser.add_argument("--size", default="1280x720", metavar="WxH", help="in pixels (1280x720)")
    if command:
        parser.add_argument("-o", "--output", required=True, metavar="FILE", help=OUTPUTS[command])
    return parser


CODE = (
    "It defines the function that the scene steps through, by its name, and runs in a process of its own with limits "
    "on time, memory and output. These limits contain accidents; they are no sandbox: run only code you trust."
)
DESCRIPTIONS = {
    "": "Opens the window. Other commands: " + ", ".join(COMMANDS) + ".",
    "list": "Lists the scenes, their presets and parameters.",
    "render": "Draws a scene into a picture, without a window.",
    "compute": "Computes a scene and writes every named array.",
    "trace": "Runs a scene's algorithm, or code of your own, step by step and writes the steps.",
    "check": "Compares a function of your own with the engine's on many small cases; prints agreement (status 0) "
    "or the smallest case that differs (status 1) as JSON.",
    "doctor": "Says what is here, what is missing, and the command that mends it.",
}
OUTPUTS = {"render": "a .png or .svg file", "compute": "a .npz file", "trace": "a .json file"}
SUFFIXES = {"render": (".png", ".svg"), "compute": (".npz",), "trace": (".json",)}


def main(argv: list[str]) -> int:
    """Run one command. The exit status is 0, or 2 with one line on bad input, or 1 where a person's own code fails."""
    command = argv[0] if argv and argv[0] in COMMANDS else ""
    options = parser_for(command).parse_args(argv[1:] if command else argv)
    try:
        status = RUN[command](options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        raise  # who reads has read enough
    except (ValueError, OSError, RuntimeError, ImportError) as error:
        if not _is_plain(error):
            raise
        print(_sentence(error), file=sys.stderr)
        return 2


def _is_plain(error: Exception) -> bool:
    """Whether the error is a thing for people to mend: bad input, no display, a file or package that is not."""
    if isinstance(error, ImportError):
        return (error.name or "").partition(".")[0] not in ("", "gui", "scenes", "engine")
    return isinstance(error, ValueError | OSError) or type(error).__name__ == "NoDisplay"


def _sentence(error: Exception) -> str:
    """What the error says, in one line."""
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        text = f"{f'{error.filename}: ' if error.filename else ''}{error.strerror}."
    if isinstance(error, ImportError):
        text = f"{text}; 'python main.py doctor' names the command that mends it."
    return " ".join(text.split())


def state_from(options: argparse.Namespace) -> tuple[Scene, State, tuple[str, ...]]:
    """The scene and state that the options describe, and what there is to say about the files."""
    from scenes import contents
    from scenes.data.image import read_image
    from scenes.parameters import BadParameter, with_values

    contents.entry(options.scene)
    values = {}
    for setting in options.set:
        name, equals, value = setting.partition("=")
        if not equals:
            raise BadParameter(f"--set takes NAME=VALUE; {setting!r} has no '='.")
        values[name.strip()] = value.strip()
    scene = contents.load(options.scene)
    if options.preset is not None and options.preset not in scene.presets:
        raise BadParameter(f"There is no preset {options.preset!r}; there are {', '.join(scene.presets)}.")
    state = scene.opening(options.preset)
    notices: tuple[str, ...] = ()
    if options.image is not None:
        if scene.take_image is None:
            raise BadParameter(f"{options.scene} takes no image.")
        image = read_image(Path(options.image))
        state, notices = scene.take_image(state, image), image.notices
    if options.data is not None:
        if scene.take_data is None:
            raise BadParameter(f"{options.scene} takes no data.")
        state, more = scene.take_data(state, Path(options.data))
        notices += more
    return scene, replace(state, params=with_values(state.params, values), step=options.step), notices


def output_of(options: argparse.Namespace, command: str) -> Path:
    """Where to write, checked before anything is computed.

    Raises:
        ValueError: another kind of file, no such folder, or one that may not be written to.
    """
    path = Path(options.output)
    if path.suffix.lower() not in SUFFIXES[command]:
        raise ValueError(f"{options.output!r} cannot be the output; {command} writes {OUTPUTS[command]}.")
    if not path.parent.is_dir():
        raise ValueError(f"There is no folder {path.parent} to write {path.name} into.")
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is a folder or a device; name a file.")
    if not os.access(path.parent, os.W_OK):
        raise ValueError(f"The folder {path.parent} may not be written to; name a file elsewhere.")
    return path


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Write through a temporary file beside the target: the old file or the new one, never half.

    Raises:
        OSError: naming the target, and why it could not be written.
    """
    draft = path.with_name(f".zoetrope.{os.getpid()}{path.suffix}")
    try:
        write(draft)
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise OSError(f"{path} could not be written: {error.strerror or error}.") from error
    finally:
        draft.unlink(missing_ok=True)


def say_all(notices: tuple[str, ...]) -> None:
    """Notices go to standard error, one a line."""
    for notice in notices:
        print(notice, file=sys.stderr)


def run_list(options: argparse.Namespace) -> int:
    """The contents; with parameters and presets in JSON."""
    from scenes import contents

    if not options.json:
        for chapter in contents.CHAPTERS:
            print(f"{chapter.title} {chapter.chinese}")
            for line in chapter.entries:
                print(f"  {line.key:18} {line.title} {line.chinese}")
        return 0
    print(
        json.dumps([_described(line.key) for line in contents.ENTRIES.values()], ensure_ascii=False, indent=1)
    )
    return 0


def _described(key: str) -> dict[str, Any]:
    from scenes import contents
    from scenes.parameters import parameters_of

    line, scene = contents.entry(key), contents.load(key)
    return {
        "key": key,
        "title": line.title,
        "title_zh": line.chinese,
        "point": line.point,
        "topics": [{"id": t.id, "name": t.name, "name_zh": t.chinese} for t in line.topics],
        "presets": {name: preset.title for name, preset in scene.presets.items()},
        "parameters": [
            {
                "name": p.name,
                "kind": p.kind,
                "default": p.default,
                "help": p.help,
                **({"follows": p.follows.name, "defaults": dict(p.follows.defaults)} if p.follows else {}),
                **({"range": [p.range.low, p.range.high, p.range.step]} if p.range else {}),
                **({"choices": p.choices} if p.choices else {}),
            }
            for p in parameters_of(scene.params)
        ],
        "data": scene.data_formats,
        "image": scene.take_image is not None,
        "sources": scene.sources,
    }


def run_compute(options: argparse.Namespace) -> int:
    """Every named array of the result, as .npz."""
    import numpy as np

    path = output_of(options, "compute")
    result, _, scene, _, notices = computed(options)

    def write(draft: Path) -> None:
        with draft.open("wb") as file:  # by name alone, savez would add an ending of its own
            np.savez(file, allow_pickle=False, **scene.arrays(result))

    write_whole(path, write)
    say_all(notices)
    return 0


def computed(options: argparse.Namespace) -> tuple[Any, Frame | None, Scene, State, tuple[str, ...]]:
    """The result of what the options describe, on the device they name, and the frame at their step."""
    scene, state, notices = state_from(options)
    from engine.device import Engine, on_device_or_cpu
    from scenes.running import check_step, result_of, trace_of

    wanted = Engine.on(options.device)
    trace = trace_of(scene, state) if state.step is not None else None
    check_step(trace, state.step)
    result, notice = on_device_or_cpu(wanted, lambda engine: result_of(scene, state, engine))
    frame = trace.at(state.step) if trace else None
    return result, frame, scene, state, (*notices, notice) if notice else notices


def run_trace(options: argparse.Namespace) -> int:
    """The recorded run, as JSON."""
    path = output_of(options, "trace")
    if options.code is not None:
        return run_trace_of_code(options, path)
    scene, state, notices = state_from(options)
    from engine.device import Engine
    from scenes.running import check_step, trace_of

    Engine.on(options.device)  # it runs on the CPU, whatever the device; one that is not here is a mistake
    trace = trace_of(scene, state)
    if trace is None:
        raise no_steps(scene, state)
    check_step(trace, options.step)
    write_trace(path, trace, options.step)
    say_all((*notices, trace.ended_early) if trace.ended_early else notices)
    return 0


def no_steps(scene: Scene, state: State) -> ValueError:
    """That a state has nothing to step through, and why."""
    from scenes.running import BadStep

    why = scene.unstepped(state.params, state.inputs)
    return BadStep(why or f"{scene.key} has no steps with these settings.")


def write_trace(path: Path, trace: Trace, upto: int | None) -> None:
    """The steps of a run, as JSON."""
    from scenes.running import trace_as_data

    text = json.dumps(trace_as_data(trace, upto), ensure_ascii=False, indent=1)
    write_whole(path, lambda draft: _write_text(draft, text))


def run_trace_of_code(options: argparse.Namespace, path: Path) -> int:
    """The recorded run of a person's own code, as far as it came; what it prints goes to standard output."""
    from scenes.workbench.files import read_code
    from scenes.workbench.process import Bench

    code = read_code(options.code)
    with Bench.once() as bench:
        scene, state, notices = state_from(options)
        from engine.device import Engine
        from engine.trace import Trace
        from scenes.running import check_step
        from scenes.workbench.running import run_code

        Engine.on(options.device)
        ran = run_code(scene, state, code, bench)
    if ran is None:
        raise no_steps(scene, state)
    if ran.unfit:
        print(ran.words(options.code), file=sys.stderr)
        return 2
    trace = ran.trace or Trace((), [], None, ran.sentence)
    if not ran.sentence:
        check_step(trace, options.step)
    write_trace(path, trace, options.step)
    sys.stdout.write(ran.output)
    say_all((*notices, trace.ended_early) if trace.ended_early and ran.trace else notices)
    if ran.sentence:
        print(ran.words(options.code), file=sys.stderr)
    return 1 if ran.sentence else 0


def run_check(options: argparse.Namespace) -> int:
    """Whether a person's own function does what the engine's does."""
    from scenes.workbench.files import in_file, read_code
    from scenes.workbench.process import Bench

    if not 1 <= options.cases <= MOST_CASES:
        raise ValueError(f"--cases is {options.cases}; it goes from 1 to {MOST_CASES:,}.")
    code = read_code(options.code)
    with Bench.once() as bench:
        scene, state, _ = state_from(options)
        from scenes.workbench.checking import check
        from scenes.workbench.code import BadCode

        try:
            verdict = check(scene, state, code, bench, cases=options.cases)
        except BadCode as error:
            raise ValueError(in_file(options.code, error.line, str(error))) from error
    print(json.dumps(verdict.as_data(), ensure_ascii=False, indent=1))
    return 0 if verdict.agrees else 1


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def run_render(options: argparse.Namespace) -> int:
    """A picture of a state, at a step or at the end."""
    path = output_of(options, "render")
    size = picture_size(options.size)
    result, frame, scene, state, notices = computed(options)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from gui.render import render

    picture = scene.picture(state, result, frame, None)
    write_whole(
        path, lambda draft: render(scene.key, picture, frame, draft, size=size, theme=options.theme or "dark")
    )
    say_all(notices)
    return 0


def picture_size(text: str) -> tuple[int, int]:
    """Width and height from "1280x720".

    Raises:
        ValueError: it is no such size, or not from 160 to 8192 each way.
    """
    sides = re.fullmatch(r"([0-9]{1,9})x([0-9]{1,9})", text.lower())
    if sides is None:
        raise ValueError(f"--size is {text!r}; it takes WIDTHxHEIGHT in pixels, such as 1280x720.")
    size = int(sides[1]), int(sides[2])
    if not all(160 <= side <= 8192 for side in size):
        raise ValueError(f"--size is {text}; each side goes from 160 to 8192 pixels.")
    return size


def run_doctor(options: argparse.Namespace) -> int:
    """What is here and what is missing."""
    from gui.doctor import examine

    return examine()


def run_window(options: argparse.Namespace) -> int:
    """The window."""
    from scenes import contents

    if options.scene:
        contents.entry(options.scene)
    from gui.application import check_display

    check_display()
    from gui.start import start

    return start(options)


RUN: dict[str, Callable[[argparse.Namespace], int]] = {
    "": run_window,
    "list": run_list,
    "render": run_render,
    "compute": run_compute,
    "trace": run_trace,
    "check": run_check,
    "doctor": run_doctor,
}

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):  # into a file or pipe, some systems write less than Unicode
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        sys.exit(main(sys.argv[1:]))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains at its end
        sys.exit(1)
